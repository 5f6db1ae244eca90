"""How often a picture was asked for, on its page."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import TestSite

PAGE = "/details/?src=shelf/counted.png"


@pytest.fixture
def counted(admin: TestSite) -> TestSite:
    """The site with a picture that is recorded and was never asked for."""
    Image.new("RGB", (40, 30), "green").save(admin.library / "shelf/counted.png")
    page = admin.testapp.get(PAGE).html
    assert "not been asked for" in page.select_one(".usage").text
    assert not page.select(".usage svg")
    return admin


def test_renderings_and_originals_are_counted_for_who_works_here(counted: TestSite) -> None:
    browser = counted.testapp
    url = "/image?src=shelf/counted.png&width=20"
    made = browser.get(url)
    browser.get(url)
    browser.get(url, headers={"If-None-Match": made.headers["ETag"]}, status=304)
    browser.get(url + "&stats=0")
    browser.get(url + "&stats=0")
    browser.head(url)
    whole = browser.get("/original?src=shelf/counted.png")
    browser.get("/original?src=shelf/counted.png", headers={"Range": "bytes=0-9"}, status=206)
    browser.get("/original?src=shelf/counted.png", headers={"Range": "bytes=99999-"}, status=416)
    browser.get("/original?src=shelf/counted.png&stats=0")
    browser.get("/original?src=shelf/counted.png", headers={"If-None-Match": whole.headers["ETag"]}, status=304)
    counted.site.usage.flush()

    usage = browser.get(PAGE).html.select_one(".usage")
    sent = 2 * len(made.body) + len(whole.body) + 10
    assert sent < 1500
    told = "3 renderings, 3 originals, 1 kB"
    names = [term.text for term in usage.select("dt")]
    assert names == ["Last 7 days", "Last 30 days", "Counted since"]
    assert [value.text for value in usage.select("dd")][:2] == [told, told]
    assert usage.svg["role"] == "img"
    assert usage.svg["aria-label"].endswith(told)
    assert [bar.title.text.endswith(told) for bar in usage.select("rect")] == [True]

    # To look around here is no use of the picture, whoever does it.
    shown = (
        "/",
        "/list/?path=shelf",
        "/search/?q=counted",
        PAGE,
        "/publish/?src=shelf/counted.png",
        "/help/viewers/zoom/",
    )
    for page in shown:
        html = browser.get(page).html
        pictures = html.select('img[src^="/image?"]')
        seen = {part.split()[0] for each in pictures for part in each.get("srcset", each["src"]).split(", ")}
        for url in seen:
            browser.get(url)
        viewers = html.select("qis-zoom")
        assert seen or viewers
        assert all(viewer["options"] == "stats=0" for viewer in viewers)
    counted.site.usage.flush()
    assert browser.get(PAGE).html.select_one(".usage").select("dd")[0].text == told

    browser.authorization = None
    assert not browser.get(PAGE).html.select(".usage")
