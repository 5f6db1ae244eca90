"""A file that cannot be rendered is tried once, not at each request."""

from __future__ import annotations

import time
from typing import Any

import pytest

from qis_core.api import Rendition
from qis_core.domain.purging import Purge
from qis_core.testing.app_fixtures import MakeSite, TestSite

BROKEN = "/image?src=broken.jpg&width=100"


def jobs(site: TestSite) -> int:
    """How many renderings were tried; the pool itself also counts its looks at new files for the records."""
    tried: int = site.site.platform.pool.tried
    return tried


def make(new_site: MakeSite, **settings: str) -> TestSite:
    site = new_site({"qis.cache.failure_seconds": "1000", **{f"qis.{k}": v for k, v in settings.items()}})
    (site.library / "broken.jpg").write_bytes((site.library / "photos/wide.jpg").read_bytes()[:200])
    pool = site.site.platform.pool
    render, pool.tried = pool.render, 0

    def counted(*args: Any, **kwargs: Any) -> Rendition:
        pool.tried += 1
        return render(*args, **kwargs)

    pool.render = counted
    return site


def test_a_broken_file_is_tried_once(new_site: MakeSite) -> None:
    site = make(new_site)
    first = site.testapp.get(BROKEN, status=415)
    tried = jobs(site)
    for _ in range(5):
        assert site.testapp.get(BROKEN, status=415).text == first.text
    assert jobs(site) == tried
    site.testapp.get(BROKEN + "&height=5", status=415)
    assert jobs(site) > tried


def test_another_process_on_the_same_cache_does_not_try_it_either(new_site: MakeSite) -> None:
    one = make(new_site)
    cache = {"cache.url": f"disk://{one.data / 'shared'}", "library.url": one.library.as_uri()}
    first, second = (make(new_site, **cache) for _ in range(2))
    told = first.testapp.get(BROKEN, status=415).text
    assert second.testapp.get(BROKEN, status=415).text == told
    assert jobs(second) == 0


@pytest.mark.parametrize("change", ["replaced", "purged"])
def test_a_file_that_was_mended_is_shown(new_site: MakeSite, change: str) -> None:
    site = make(new_site, **{"library.freshness_seconds": "0"})
    site.testapp.get(BROKEN, status=415)
    if change == "replaced":
        (site.library / "broken.jpg").write_bytes((site.library / "photos/wide.jpg").read_bytes())
        site.testapp.get(BROKEN, status=200)
    else:
        tried = jobs(site)
        site.site.purging.purge(Purge.of(images=["broken.jpg"]))
        site.testapp.get(BROKEN, status=415)
        assert jobs(site) > tried


def test_it_is_tried_again_after_a_while(new_site: MakeSite) -> None:
    site = make(new_site, **{"cache.failure_seconds": "0.2"})
    site.testapp.get(BROKEN, status=415)
    tried = jobs(site)
    time.sleep(0.3)
    site.testapp.get(BROKEN, status=415)
    assert jobs(site) > tried


def test_a_rendering_over_the_limits_is_remembered_with_its_own_status(new_site: MakeSite) -> None:
    site = make(new_site, **{"imaging.max_source_pixels": "1000", "imaging.max_streamed_pixels": "1000"})
    url = "/image?src=photos/wide.jpg&width=100"
    first = site.testapp.get(url, status=413)
    tried = jobs(site)
    assert site.testapp.get(url, status=413).text == first.text
    assert jobs(site) == tried


def test_a_busy_server_is_not_remembered(new_site: MakeSite) -> None:
    site = make(new_site, **{"imaging.queue_length": "0", "imaging.wait_seconds": "0"})
    site.site.platform.pool._turnstile.enter("somebody", 1)
    site.testapp.get("/image?src=photos/wide.jpg&width=100", status=503)
    site.site.platform.pool._turnstile.leave()
    # The records' own look at the file may keep the one worker a moment longer.
    until = time.monotonic() + 30
    while site.testapp.get("/image?src=photos/wide.jpg&width=100", status="*").status_int != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
