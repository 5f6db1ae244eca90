"""Sites where the public may not make up any URL: ladders of sizes, and signatures."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from qis_core.cli import main
from qis_core.services.links import signed_url
from qis_core.services.platform import open_links
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, TestSite, site_in

Make = Callable[[dict[str, str]], TestSite]
SETTINGS = {
    "qis.public.level": "download",
    "qis.links.mode": "signed",
    "qis.links.folders": "art=ladder",
    "qis.links.ladder": "100 200 400",
    "qis.links.keys": "now:a-secret-of-this-year before:a-secret-of-last-year",
}
PHOTO = "/image?src=photos/wide.jpg&width=300"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    with site_in(tmp_path_factory.mktemp("links"), SETTINGS) as made:
        yield made


def sign(site: TestSite, url: str, **how: Any) -> str:
    rules = open_links(site.site.kernel)
    assert rules is not None
    return signed_url(url, rules, **how)


def test_only_what_is_signed_is_answered(site: TestSite) -> None:
    answer = site.testapp.get(PHOTO, status=403)
    assert "have to be signed by this site" in answer.text
    signed = sign(site, PHOTO)
    for _ in range(2):
        assert site.testapp.get(signed).headers["X-Image-Size"] == "300x200"
    refused = site.testapp.get(signed.replace("width=300", "width=301"), status=403)
    assert "is not right" in refused.text


def test_the_signature_is_no_part_of_the_rendering(site: TestSite) -> None:
    first = site.testapp.get(sign(site, PHOTO + "&left=0.2"))
    tomorrow = int(time.time()) + 86400
    second = site.testapp.get(sign(site, PHOTO + "&left=0.2", expires=tomorrow, key="before"))
    assert first.headers["ETag"] == second.headers["ETag"]
    assert second.headers["X-From-Cache"] == "True"
    assert 86_000 <= int(second.headers["Cache-Control"].rpartition("=")[2]) <= 86_400


def test_a_url_ends_at_its_time_even_where_it_is_remembered(site: TestSite) -> None:
    ends = int(time.time()) + 3
    url = sign(site, PHOTO + "&left=0.3", expires=ends)
    while site.testapp.get(url, status="*").status_int == 200:
        assert time.time() < ends + 60
        time.sleep(0.05)
    assert time.time() >= ends
    assert "was to be answered until" in site.testapp.get(url, status=403).text


def test_originals_need_a_signature_of_their_own(site: TestSite) -> None:
    site.testapp.get("/original?src=photos/wide.jpg", status=403)
    site.testapp.get(sign(site, PHOTO).replace("/image?", "/original?"), status=403)
    assert site.testapp.get(sign(site, "/original?src=photos/wide.jpg")).content_type == "image/jpeg"


def test_a_ladder_takes_sizes_to_its_steps(site: TestSite) -> None:
    picture = "/image?src=art/poster.tif"
    tags = {site.testapp.get(f"{picture}&width={width}").headers["ETag"] for width in (101, 150, 200)}
    assert len(tags) == 1
    assert "given by a template" in site.testapp.get(f"{picture}&sharpen=2", status=400).text
    assert "X-Ignored-Options" in site.testapp.get(f"{picture}&utm_source=mail").headers


def test_a_picture_that_needs_a_signature_is_not_laid_over_another(new_site: Make) -> None:
    site = new_site({**SETTINGS, "qis.links.mode": "free", "qis.links.folders": "photos=signed"})
    url = "/image?src=art/poster.tif&overlay=photos/wide.jpg"
    assert "have to be signed" in site.testapp.get(url, status=403).text
    site.testapp.get(sign(site, url))


def test_who_has_logged_in_is_free(site: TestSite) -> None:
    token = site.testapp.post("/api/token/", {"username": "admin", "password": ADMIN_PASSWORD}).json["data"]["token"]
    site.testapp.get(PHOTO, headers={"Authorization": f"Bearer {token}"})


def test_the_command_signs_as_the_server_verifies(site: TestSite, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name.upper().replace(".", "_"), value)
    data = ["--data", str(site.data)]
    made = CliRunner().invoke(main, ["sign", "http://localhost" + PHOTO, "--for", "2h", *data])
    assert made.exit_code == 0, made.output
    site.testapp.get(made.output.strip())
    wrong = CliRunner().invoke(main, ["sign", "/list/?path=a", *data])
    assert wrong.exit_code == 1
    assert "/image?src=" in wrong.output


@pytest.mark.parametrize(
    ("name", "value"),
    [("folders", "shop=locked"), ("folders", "shop"), ("ladder", "0 100"), ("ladder", ""), ("keys", "a:short")],
)
def test_what_makes_no_sense_stops_the_start(new_site: Make, name: str, value: str) -> None:
    with pytest.raises(Exception, match=f"qis.links.{name}"):
        new_site({**SETTINGS, f"qis.links.{name}": value})


def test_a_program_of_ones_own_can_sign_as_the_guide_says(site: TestSite) -> None:
    options = {"src": "photos/wide.jpg", "width": "310", "title": "Ärmel & Co."}
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(options.items()))
    found = hmac.digest(b"a-secret-of-this-year", f"image?{text}".encode(), "sha256")
    sig = "now." + base64.urlsafe_b64encode(found).decode().rstrip("=")
    site.testapp.get(f"/image?{urlencode({**options, 'sig': sig})}")


PAGES = [
    "/",
    "/list/?path=photos",
    "/list/",
    "/details/?src=photos/wide.jpg",
    "/help/viewers/lightbox/",
    "/search/?q=wide",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_our_own_show_the_public_what_has_to_be_signed(site: TestSite, page: str) -> None:
    html = site.testapp.get(page).html
    found = [text for image in html.select("main img") for text in (image.get("src"), image.get("srcset")) if text]
    urls = {part.split()[0] for text in found for part in text.split(", ") if part.startswith("/image?")}
    assert any("&sig=" in url for url in urls)
    for url in urls:
        assert site.testapp.get(url).content_type.startswith("image/"), url


def test_a_signature_for_viewers_leaves_the_size_open_and_nothing_else(site: TestSite) -> None:
    zoom = site.testapp.get("/details/?src=photos/wide.jpg").html.select_one("qis-zoom")
    given = zoom["src"]
    assert ".sizes." in given
    # Any size is one of the ladder, so that nobody can ask for a million of them.
    for more, size in (
        ("width=333", "400x267"),
        ("width=90&height=90&autosizefit=1", "100x67"),
        ("width=9999", "400x267"),
    ):
        assert site.testapp.get(f"{given}&{more}").headers["X-Image-Size"] == size
    assert site.testapp.get(f"{given}&width=200&tile=1:4&format=webp").content_type == "image/webp"
    for more in ("angle=90", "quality=99", "page=2"):
        assert "is not right" in site.testapp.get(f"{given}&width=200&{more}", status=403).text
    site.testapp.get(given.replace("wide", "tall"), status=403)
    site.testapp.get(given.replace(".sizes.", "."), status=403)
    site.testapp.get(given.replace("/image?", "/original?"), status=403)
    exact = sign(site, PHOTO)
    site.testapp.get(exact.replace("sig=now.", "sig=now.sizes."), status=403)


def urls_of(site: TestSite, query: str) -> list[str]:
    listed = site.testapp.get(f"/api/v1/list/?{query}").json["data"]
    return [entry["url"].removeprefix("http://localhost") for entry in listed if entry["url"]]


def test_lists_sign_the_plain_picture_for_viewers_and_nothing_that_is_asked_for(site: TestSite) -> None:
    for query in ("path=photos", "path=photos&attributes=1", "path=photos&width=90&stats=0&format=webp"):
        (url,) = [url for url in urls_of(site, query) if "wide.jpg" in url]
        assert ".sizes." in url
        assert site.testapp.get(f"{url}&height=100&tile=1:4").content_type.startswith("image/")
        assert "is not right" in site.testapp.get(f"{url}&angle=90", status=403).text
    details = site.testapp.get("/api/v1/details/?src=photos/wide.jpg").json["data"]["url"]
    site.testapp.get(details.removeprefix("http://localhost") + "&width=100")
    # What the signature would hold fast is not for whoever reads a list to choose, nor until when it holds.
    for more in ("angle=90", "overlay=art/poster.tif", "tmp=SmallJpeg", "expires=99999999999", "sig=now.sizes.x"):
        for url in urls_of(site, f"path=photos&{more}"):
            assert ".sizes." not in url or url.endswith("sig=now.sizes.x")
            site.testapp.get(url, status=403)
    # Sizes of a ladder need no signature, and with one templates could not be named any more.
    assert "sig=" not in "".join(urls_of(site, "path=art"))


def test_a_list_signs_nothing_for_those_who_may_not_see_the_folder(new_site: Make) -> None:
    closed = new_site({**SETTINGS, "qis.public.level": "none"})
    assert "sig=" not in closed.testapp.get("/api/v1/list/?path=photos", status="*").text
    assert "sig=" not in closed.testapp.get("/api/v1/details/?src=photos/wide.jpg", status="*").text


def published(site: TestSite, query: str, *, admin: bool = True) -> Any:
    """The publisher's snippets, as HTML."""
    site.testapp.authorization = ("Bearer", token(site)) if admin else None
    try:
        return site.testapp.get(f"/publish/outputs/?{query}&publish.size=300x200").html
    finally:
        site.testapp.authorization = None


def renderings(html: Any) -> Iterator[tuple[str, str]]:
    """All image URLs of the snippets, each with the width that a srcset says it has ('' elsewhere)."""
    for snippet in html.select("[data-snippet]"):
        for element in BeautifulSoup(snippet.text, "html.parser").select("[src], [href], [srcset]"):
            found = {name: str(element.get(name, "")) for name in ("src", "href", "srcset")}
            yield from ((found[name], "") for name in ("src", "href") if "/image?" in found[name])
            for part in filter(None, found["srcset"].split(", ")):
                url, _, width = part.partition(" ")
                yield url, width.rstrip("w")


@pytest.mark.parametrize("query", ["src=photos/wide.jpg&width=300&left=0.2", "src=art/poster.tif&width=150&flip=h"])
def test_what_the_publisher_gives_is_answered_to_everybody(site: TestSite, query: str) -> None:
    html = published(site, query)
    found = list(renderings(html))
    assert len(found) > 6
    for url, width in found:
        size = site.testapp.get(url.removeprefix("http://localhost")).headers["X-Image-Size"]
        assert not width or size.partition("x")[0] == width
    # Galleries make up URLs that nobody has signed, or that say more than a size; a zoom is signed for any size.
    (zoom,) = BeautifulSoup(html.select_one("[data-snippet=zoom]").text, "html.parser").select("qis-zoom")
    for sizes in ("width=200", "width=400&tile=2:4&format=jpg"):
        assert site.testapp.get(f"{str(zoom['src']).removeprefix('http://localhost')}&{sizes}").headers["X-Image-Size"]
    assert not html.select_one("[data-snippet=gallery]")
    assert "igned" in html.select_one(".output-note").text


def test_the_publisher_offers_galleries_of_signed_folders_for_their_plain_pictures(site: TestSite) -> None:
    html = published(site, "src=photos/wide.jpg&width=300")
    assert ' folder="photos"></qis-gallery>' in html.select_one("[data-snippet=gallery]").text
    zoom = BeautifulSoup(html.select_one("[data-snippet=zoom]").text, "html.parser").select_one("qis-zoom")
    assert ".sizes." in zoom["src"]
    # Who may not have URLs signed is offered what needs none of them.
    html = published(site, "src=photos/wide.jpg&width=300", admin=False)
    assert html.select_one("[data-snippet=gallery]")
    assert not html.select_one("[data-snippet=zoom]")


def test_the_publisher_signs_nothing_that_is_on_the_ladder_or_for_strangers(site: TestSite) -> None:
    html = published(site, "src=art/poster.tif&width=200")
    assert "sig=" not in html.select_one("[data-snippet=srcset]").text
    assert html.select_one("[data-snippet=gallery]")
    assert not html.select(".output-note")
    html = published(site, "src=photos/wide.jpg&width=300", admin=False)
    assert "sig=" not in html.text
    assert "who may edit this picture" in html.select_one(".output-note").text


def test_the_publisher_says_where_the_public_gets_nothing(new_site: Make) -> None:
    html = published(new_site({"qis.public.max_width": "100"}), "src=photos/wide.jpg&width=300")
    assert "The public does not get this picture: width" in html.select_one(".output-note").text
    assert "srcset" not in html.select_one("[data-snippet=srcset]").text
    html = published(new_site({"qis.public.level": "none"}), "src=photos/wide.jpg&width=300")
    assert "the public may not" in html.select_one(".output-note").text


def token(site: TestSite) -> str:
    answer = site.testapp.post("/api/v1/token/", {"username": "admin", "password": ADMIN_PASSWORD})
    given: str = answer.json["data"]["token"]
    return given
