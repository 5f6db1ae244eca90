"""``format=auto`` does not wait for AVIF: WebP or JPEG answers, until AVIF has been made in the background."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Mapping

import pytest
from webtest import TestResponse

from qis_core.api import BrokenImage, Unavailable
from qis_core.services.background import Work
from qis_core.services.failures import Failures
from qis_core.testing import pictures
from qis_core.testing.app_fixtures import site_in
from qis_core.testing.galleries import Gallery, MakeGallery

CHROME = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
DEADLINE = 60
SOON, WEEK = "public, max-age=60", "public, max-age=604800"


@pytest.fixture(scope="module")
def auto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A site of its own, so that nobody else's AVIF is in its cache, and its background has nothing else to do."""
    with site_in(tmp_path_factory.mktemp("site"), {}) as site:
        made = Gallery(site=site)
        made.put("photo.jpg", pictures.encoded(pictures.photo((320, 240)), "JPEG", quality=92))
        made.put("photo.avif", pictures.encoded(pictures.photo((320, 240)), "AVIF"))
        made.put("moving.gif", pictures.FILES["animated.gif"]())
        made.add_templates({"hour": {"expiry_secs": 3600}, "brief": {"expiry_secs": 5}, "never": {"expiry_secs": -1}})
        made.add_templates({"plain": {}, "silent": {"expiry_secs": 0}})
        yield made


def ask(
    gallery: Gallery, name: str, query: str, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> TestResponse:
    return gallery.get(name, f"{query}&format=auto", headers={**CHROME, **(headers or {})}, status=status)


def await_avif(gallery: Gallery, name: str, query: str) -> TestResponse:
    """The answer once it is AVIF; until then it is WebP."""
    until = time.monotonic() + DEADLINE
    while (answer := ask(gallery, name, query)).content_type != "image/avif":
        assert answer.content_type == "image/webp"
        assert time.monotonic() < until, "no AVIF was made"
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("name", ["photo.jpg", "moving.gif", "photo.avif"])
def test_first_webp_and_then_avif(auto: Gallery, name: str) -> None:
    first = ask(auto, name, "width=50")
    assert (first.content_type, first.headers["Cache-Control"]) == ("image/webp", SOON)
    then = await_avif(auto, name, "width=50")
    assert then.headers["Cache-Control"] == WEEK
    assert then.headers["X-From-Cache"] == "True"
    assert then.headers["ETag"] != first.headers["ETag"]
    assert then.headers["X-Image-Size"] == first.headers["X-Image-Size"]
    for answer in (first, then):
        assert answer.headers["Vary"] == "Accept"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for answer, named in ((first, "webp"), (then, "avif")):
        by_name = auto.get(name, f"width=50&format={named}")
        assert (by_name.body, by_name.headers["ETag"]) == (answer.body, answer.headers["ETag"])
        assert by_name.headers["Cache-Control"] == WEEK


def test_304_for_either(new_gallery: MakeGallery) -> None:
    gallery = new_gallery()
    # As long as nothing is done in the background, the stand-in stays.
    gallery.site.site.platform.costly.wanted = lambda key, work: None
    webp = ask(gallery, "wide.png", "width=51").headers["ETag"]
    for _ in range(2):
        again = ask(gallery, "wide.png", "width=51", {"If-None-Match": webp}, status=304)
        assert (again.headers["ETag"], again.headers["Cache-Control"], again.headers["Vary"]) == (webp, SOON, "Accept")
    avif = gallery.etag("wide.png", "width=51&format=avif")
    for tag in (avif, f"{webp}, {avif}"):
        again = ask(gallery, "wide.png", "width=51&v=2", {"If-None-Match": tag}, status=304)
        assert (again.headers["ETag"], again.headers["Cache-Control"], again.headers["Vary"]) == (avif, WEEK, "Accept")
    better = ask(gallery, "wide.png", "width=51&v=3", {"If-None-Match": webp})
    assert (better.content_type, better.headers["ETag"]) == ("image/avif", avif)
    # Who has it needs none made, wherever it came from.
    gallery.site.site.platform.cache.clear()
    rendered = gallery.rendered()
    ask(gallery, "wide.png", "width=51&v=4", {"If-None-Match": avif}, status=304)
    assert gallery.rendered() == rendered


def test_avif_by_name_or_where_nothing_else_is_taken_is_waited_for(auto: Gallery) -> None:
    assert auto.get("photo.jpg", "width=52&format=avif", headers=CHROME).content_type == "image/avif"
    only = ask(auto, "photo.jpg", "width=53", {"Accept": "image/avif"})
    assert (only.content_type, only.headers["Cache-Control"]) == ("image/avif", WEEK)


def test_the_originals_own_bytes_need_no_stand_in(auto: Gallery) -> None:
    answer = ask(auto, "photo.avif", "tmp=plain")
    assert answer.body == auto.site.library.joinpath("photo.avif").read_bytes()


@pytest.mark.parametrize(
    ("template", "width", "control"),
    [("hour", 61, SOON), ("brief", 62, "public, max-age=5"), ("silent", 63, SOON), ("never", 64, "public, no-cache")],
)
def test_clients_keep_a_stand_in_for_a_minute_at_most(auto: Gallery, template: str, width: int, control: str) -> None:
    answer = ask(auto, "photo.jpg", f"width={width}&tmp={template}")
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("image/webp", control)


def test_permissions_are_asked_as_ever(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.public.level": "none"})
    ask(gallery, "wide.png", "width=55", status=403)
    user = gallery.as_administrator()
    first = ask(gallery, "wide.png", "width=55", user)
    assert (first.content_type, first.headers["Cache-Control"]) == ("image/webp", "private, max-age=60")
    until = time.monotonic() + DEADLINE
    while ask(gallery, "wide.png", "width=55", user).content_type != "image/avif":
        assert time.monotonic() < until
        time.sleep(0.05)
    ask(gallery, "wide.png", "width=55", status=403)
    # Whoever wants a fresh rendering wants the real one.
    assert ask(gallery, "wide.png", "width=55&cache=0", user).content_type == "image/avif"


def test_what_cannot_be_made_is_not_tried_again_and_again(new_gallery: MakeGallery) -> None:
    gallery = new_gallery()
    platform, works = gallery.site.site.platform, dict[Hashable, Work]()
    platform.costly.wanted = works.__setitem__
    for more in ("", "&v=2"):
        assert ask(gallery, "wide.png", f"width=57{more}").content_type == "image/webp"
    [(key, work)] = works.items()
    works.clear()
    with pytest.raises(BrokenImage), Failures(platform.cache, seconds=DEADLINE).noted(str(key)):
        raise BrokenImage("it is broken")
    with pytest.raises(BrokenImage, match="it is broken"):
        work(platform.pool)
    assert ask(gallery, "wide.png", "width=57&v=3").content_type == "image/webp"
    assert works == {}


def test_two_nodes_do_not_make_the_same(new_gallery: MakeGallery) -> None:
    gallery = new_gallery()
    platform, works = gallery.site.site.platform, dict[Hashable, Work]()
    platform.costly.wanted = works.__setitem__
    ask(gallery, "wide.png", "width=58")
    [(key, work)] = works.items()
    lease = f"lease:background:{key}"
    assert platform.cache.add(lease, "another node", DEADLINE)
    with pytest.raises(Unavailable):
        work(platform.pool)
    assert ask(gallery, "wide.png", "width=58&v=2").content_type == "image/webp"
    platform.cache.release(lease, "another node")
    stored = platform.cache.counts.stored
    for _ in range(2):
        work(platform.pool)
    assert platform.cache.counts.stored == stored + 1
    assert ask(gallery, "wide.png", "width=58&v=3").content_type == "image/avif"


def test_a_site_may_wait(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.costly_formats": "now"})
    answer = ask(gallery, "wide.png", "width=56")
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("image/avif", WEEK)
