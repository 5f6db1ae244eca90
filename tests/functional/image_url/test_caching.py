"""What is kept, by clients and here: ETags and 304, Cache-Control, X-From-Cache, HEAD, and fresh files."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime

import pytest
from webtest import TestApp, TestResponse

from qis_core.testing import pictures
from qis_core.testing.galleries import Gallery, MakeGallery

WEEK = 604_800


@pytest.fixture(scope="session")
def timed(gallery: Gallery) -> Gallery:
    """The gallery with templates of all expiry times."""
    gallery.add_templates({"hour": {"expiry_secs": 3600}, "silent": {"expiry_secs": 0}, "never": {"expiry_secs": -1}})
    return gallery


@pytest.fixture(params=["image", "original", "unchanged"])
def asked(request: pytest.FixtureRequest, open_gallery: Gallery) -> Callable[..., TestResponse]:
    """Asks for a rendering, an original, and a rendering that is the original's own bytes."""
    path, query = {
        "image": ("/image", "width=90"),
        "original": ("/original", ""),
        "unchanged": ("/image", "tmp=plain"),
    }[request.param]
    return lambda **more: open_gallery.get("wide.png", query, path=path, **more)


def test_what_an_answer_says(gallery: Gallery) -> None:
    answer = gallery.get("photo.png", "width=77")
    assert re.fullmatch(r'"[0-9a-f]{40}"', answer.headers["ETag"])
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    modified = gallery.site.library.joinpath("photo.png").stat().st_mtime
    assert answer.headers["Last-Modified"] == formatdate(modified, usegmt=True)


@pytest.mark.parametrize(
    ("template", "control", "expires", "has_tag"),
    [
        ("", f"public, max-age={WEEK}", WEEK, True),
        ("plain", f"public, max-age={WEEK}", WEEK, True),
        ("hour", "public, max-age=3600", 3600, True),
        ("silent", None, None, True),
        ("never", "public, no-cache", None, False),
    ],
)
def test_how_long_clients_keep_it(
    timed: Gallery, template: str, control: str | None, expires: int | None, has_tag: bool
) -> None:
    for _ in ("rendered", "from memory"):
        answer = timed.get("photo.png", f"width=60&tmp={template}")
        assert answer.headers.get("Cache-Control") == control
        assert ("ETag" in answer.headers) == has_tag
        if expires is None:
            assert "Expires" not in answer.headers
        else:
            left = parsedate_to_datetime(answer.headers["Expires"]).timestamp() - time.time()
            assert left == pytest.approx(expires, abs=60)


def test_expiry_is_no_option_of_urls(gallery: Gallery) -> None:
    answer = gallery.get("photo.png", "width=61&expiry_secs=5")
    assert answer.headers["X-Ignored-Options"] == "expiry_secs"
    assert answer.headers["Cache-Control"] == f"public, max-age={WEEK}"


def test_without_a_tag_nothing_matches(timed: Gallery) -> None:
    tag = timed.etag("photo.png", "width=60&tmp=hour")
    for header in (tag, "*"):
        timed.get("photo.png", "width=60&tmp=never", headers={"If-None-Match": header}, status=200)


MATCHING = ["{}", "W/{}", '"other", {}', '"a","b" , W/{},"c"', "*", " * "]
DIFFERENT = ['"other"', 'W/"other"', '"a", "b"', '"*"', ""]


@pytest.mark.parametrize("header", MATCHING)
def test_304_for_what_the_client_has(asked: Callable[..., TestResponse], header: str) -> None:
    first = asked()
    again = asked(headers={"If-None-Match": header.format(first.headers["ETag"])}, status=304)
    assert again.body == b""
    for name in ("ETag", "Cache-Control", "Last-Modified", "X-Content-Type-Options"):
        assert again.headers[name] == first.headers[name], name
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize("header", DIFFERENT)
def test_200_for_what_the_client_has_not(asked: Callable[..., TestResponse], header: str) -> None:
    asked(headers={"If-None-Match": header}, status=200)


def test_304_is_decided_before_any_rendering(open_gallery: Gallery) -> None:
    gallery = open_gallery
    asks = [("width=90", "/image"), ("tmp=plain", "/image"), ("", "/original")]
    tags = [gallery.etag("wide.png", query, path=path) for query, path in asks]
    gallery.site.site.platform.cache.clear()
    rendered, jobs = gallery.rendered(), gallery.site.site.platform.cache.counts
    for (query, path), tag in zip(asks, tags, strict=True):
        for more in ("", "&v=1"):
            gallery.get("wide.png", query + more, path=path, headers={"If-None-Match": tag}, status=304)
    assert gallery.rendered() == rendered
    assert gallery.site.site.platform.cache.counts == jobs, "not even the caches were asked"


def test_304_for_what_was_never_rendered_here(open_gallery: Gallery, new_gallery: MakeGallery) -> None:
    """Equal servers give equal tags, so a client may come to one with what it has from another."""
    tag = open_gallery.etag("wide.png", "width=90")
    settings = {"qis.public.level": "download", "qis.library.url": open_gallery.site.library.as_uri()}
    other = new_gallery(settings)
    other.get("wide.png", "width=90", headers={"If-None-Match": tag}, status=304)
    assert other.rendered() == 0


def test_from_cache(gallery: Gallery) -> None:
    answers = [gallery.get("photo.png", "width=78") for _ in range(3)]
    assert [answer.headers["X-From-Cache"] for answer in answers] == ["False", "True", "True"]
    assert len({answer.body for answer in answers}) == 1


def test_the_cache_outlives_the_process(new_gallery: MakeGallery) -> None:
    first = new_gallery()
    made = first.get("wide.png", "width=79")
    second = new_gallery({"qis.server.data": str(first.site.data), "qis.library.url": first.site.library.as_uri()})
    found = second.get("wide.png", "width=79")
    assert (found.headers["X-From-Cache"], found.body) == ("True", made.body)
    assert found.headers["Server-Timing"].startswith("shared")
    assert second.rendered() == 0


def test_server_timing(gallery: Gallery) -> None:
    made = gallery.get("photo.png", "width=80").headers["Server-Timing"]
    assert re.fullmatch(r"([a-z]+;dur=[0-9.]+, )+total;dur=[0-9.]+", made)
    assert {"decode", "encode"} <= {part.split(";")[0] for part in made.split(", ")}
    assert gallery.get("photo.png", "width=80").headers["Server-Timing"] == "memory"


@pytest.mark.parametrize("query", ["width=81", "width=81&v=1", "tmp=plain", "width=82&format=auto"])
def test_head_is_get_without_the_body(gallery: Gallery, query: str) -> None:
    head = gallery.get("photo.png", query, method="HEAD")
    whole = gallery.get("photo.png", query)
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(whole.body))
    varying = {"X-From-Cache", "Server-Timing", "Expires"}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in whole.headers.items() if k not in varying
    }


@pytest.mark.parametrize("path", ["/image", "/original", "/erez/erez"])
def test_methods(gallery: Gallery, path: str) -> None:
    options = gallery.get("photo.png", path=path, method="OPTIONS")
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = gallery.get("photo.png", path=path, method=method, status=405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_only_users_can_have_it_rendered_afresh(gallery: Gallery) -> None:
    gallery.get("photo.png", "width=83")
    before = gallery.rendered()
    assert gallery.get("photo.png", "width=83&cache=0").headers["X-From-Cache"] == "True"
    assert gallery.rendered() == before
    for _ in range(2):
        fresh = gallery.get("photo.png", "width=83&cache=0", headers=gallery.as_administrator())
        assert fresh.headers["X-From-Cache"] == "False"
    assert gallery.rendered() == before + 2
    assert (
        gallery.get("photo.png", "width=83&cache=1", headers=gallery.as_administrator()).headers["X-From-Cache"]
        == "True"
    )
    # What a user had made afresh is not remembered for the public under that address.
    assert gallery.get("photo.png", "width=83&cache=0").headers["X-From-Cache"] == "True"


def test_a_token_that_is_none_is_the_public(gallery: Gallery) -> None:
    gallery.get("photo.png", "width=83")
    for header in ("Basic bm9ib2R5Og==", "Bearer nonsense", "nonsense"):
        answer = gallery.get("photo.png", "width=83&cache=0", headers={"Authorization": header})
        assert answer.headers["X-From-Cache"] == "True"


def test_a_replaced_file_is_seen_within_the_freshness_time(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.library.freshness_seconds": "0.3", "qis.public.level": "download"})
    for path, query in (("/image", "width=90"), ("/original", "")):
        gallery.put("changing.png", pictures.corners((300, 200)))
        time.sleep(0.4)
        old = gallery.get("changing.png", query, path=path)
        gallery.put("changing.png", pictures.corners((200, 300)))
        time.sleep(0.4)
        new = gallery.get("changing.png", query, path=path, headers={"If-None-Match": old.headers["ETag"]}, status=200)
        assert new.headers["ETag"] != old.headers["ETag"]
        assert new.body != old.body
        assert new.headers.get("X-From-Cache") == "False"


def test_without_a_freshness_time_it_is_seen_at_once(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.library.freshness_seconds": "0"})
    sizes = []
    for height in (100, 300, 200):
        gallery.put("changing.png", pictures.corners((200, height)))
        sizes.append(gallery.size("changing.png", "width=100"))
    assert sizes == [(100, 50), (100, 150), (100, 100)]


def test_a_file_replaced_within_the_freshness_time_is_never_mixed_with_the_old_one(
    new_gallery: MakeGallery,
) -> None:
    """The old version is remembered, its bytes are gone: what is sent is the new one, whole and by its own name."""
    gallery = new_gallery({"qis.library.freshness_seconds": "600", "qis.public.level": "download"})
    gallery.add_templates({"Plain": {}})
    asks = [("/original", ""), ("/image", "tmp=plain"), ("/image", "width=90"), ("/image", "format=jpg")]
    for number, (path, query) in enumerate(asks):
        name = f"{number}.png"
        gallery.put(name, pictures.corners((300, 200)))
        gallery.get(name, "width=20")
        old = gallery.get(name, query, path=path, method="HEAD")
        gallery.site.site.platform.cache.clear()
        gallery.put(name, pictures.photo((200, 300)))
        stored = gallery.site.library.joinpath(name).read_bytes()
        new = gallery.get(name, query + "&v=1", path=path)
        assert new.headers["ETag"] != old.headers["ETag"], (path, query)
        assert new.headers["Content-Length"] == str(len(new.body))
        if path == "/original" or query == "tmp=plain":
            assert new.body == stored


def test_a_deleted_file_is_gone(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.library.freshness_seconds": "0"})
    tag = gallery.etag("wide.png", "width=50")
    gallery.site.library.joinpath("wide.png").unlink()
    gallery.get("wide.png", "width=50", status=404)
    gallery.get("wide.png", "width=50", headers={"If-None-Match": tag}, status=404)


def test_many_who_ask_at_once_get_one_rendering(new_gallery: MakeGallery) -> None:
    gallery = new_gallery()
    bodies: list[bytes] = []

    def ask() -> None:
        bodies.append(TestApp(gallery.site.testapp.app).get("/image?src=wide.png&width=400&sharpen=50").body)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 8
    assert len(set(bodies)) == 1
    assert gallery.rendered() == 1
