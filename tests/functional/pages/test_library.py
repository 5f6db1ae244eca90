"""The library's pages as a browser without scripts gets them."""

from __future__ import annotations

import pytest

from qis_core.services.listing import PAGE_LENGTH
from qis_core.testing.app_fixtures import ADMIN_PASSWORD


def names(page):
    return [cell.img["alt"] for cell in page.select(".tile a.cell")]


def test_a_picture_has_a_box_a_rendering_and_its_name(browser):
    page = browser.testapp.get("/list/?path=shelf").html
    assert names(page) == ['a & b "c".png', "red.png"]
    cell = page.select("a.cell")[1]
    image = cell.select_one(".box img")
    assert image["src"].startswith("/image?src=shelf/red.png&width=390&height=260&autosizefit=1&format=auto&v=")
    assert image["srcset"].endswith("2x")
    assert cell["href"] == "/details/?src=shelf/red.png"


def test_a_box_is_filled_with_the_pictures_colours_until_it_comes(browser):
    browser.testapp.get("/list/?path=shelf")
    assert browser.site.noticer.settle(60)
    tile = browser.testapp.get("/list/?path=shelf").html.select(".tile")[1]
    placeholder = tile.select_one(".box .placeholder image")
    assert placeholder["href"].startswith("data:image/bmp;base64,")
    picture = tile.select_one(".box img")
    assert [placeholder[side] for side in ("width", "height")] == [picture[side] for side in ("width", "height")]
    assert browser.testapp.get("/list/").html.select_one(".folder-card .placeholder")
    found = browser.testapp.get("/search/?q=red").html.select_one(".tile .placeholder image")
    assert found["href"] == placeholder["href"]
    asked = {"do": "move", "src": ["shelf/red.png", "shelf/none.png"]}
    picked = browser.testapp.post("/selection/", asked, headers={"Accept": "text/html"}).html.select(".shot")
    assert [each["src"] for each in picked[0].select(".placeholder")] == [placeholder["href"]]
    assert (picked[0].img["width"], picked[0].img["height"]) == ("40", "30")
    assert not picked[1].select(".placeholder")


def test_nobody_is_told_the_colours_of_what_they_may_not_see(new_site):
    site = new_site({"qis.public.level": "none"})
    token = site.testapp.post("/api/v1/token/", {"username": "admin", "password": ADMIN_PASSWORD}).json["data"]["token"]
    known = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
    site.testapp.get("/list/?path=photos", headers=known)
    assert site.site.noticer.settle(60)
    asked = {"do": "move", "src": "photos/wide.jpg"}
    assert "data:image" in site.testapp.post("/selection/", asked, headers=known).text
    page = site.testapp.post("/selection/", asked, headers={"Accept": "text/html"}, status="*")
    assert "data:image" not in page.text


def test_names_of_any_script_are_encoded_in_urls_and_shown_as_they_are(browser):
    cell = browser.testapp.get("/list/", {"path": "日本"}).html.select_one("a.cell")
    assert cell["href"] == "/details/?src=%E6%97%A5%E6%9C%AC/%E5%AF%8C%E5%A3%AB%E5%B1%B1.png"
    assert cell.get_text(strip=True) == "富士山.png"


def test_folders_lead_down_and_breadcrumbs_up(browser):
    home = browser.testapp.get("/list/").html
    assert "shelf" in [card.get_text(strip=True) for card in home.select(".folder-card")]
    crumbs = browser.testapp.get("/list/?path=shelf/deep/er").html.select(".crumbs li")
    assert [crumb.get_text(strip=True) for crumb in crumbs] == ["Library", "shelf", "deep", "er"]


def test_the_tree_opens_the_way_to_here(browser):
    for path in ("", "shelf", "shelf/deep"):
        browser.testapp.get("/api/v1/admin/filesystem/folders/", {"path": "/" + path}, status="*")
    browser.testapp.get("/list/?path=shelf")
    tree = browser.testapp.get("/list/?path=shelf").html.select_one(".tree nav")
    assert tree.select_one("[aria-current]").get_text(strip=True) == "shelf"


def test_a_long_folder_comes_in_pages(browser):
    first = browser.testapp.get("/list/?path=long").html
    second = browser.testapp.get(first.select_one("a[rel=next]")["href"]).html
    found = names(first) + names(second)
    assert len(found) == len(set(found)) == 125
    assert len(names(first)) == PAGE_LENGTH
    assert second.select_one("a[rel=next]") is None


@pytest.mark.parametrize("order", ["-name", "newest", "oldest", "largest", "smallest"])
def test_every_order_shows_all_pictures_page_by_page(browser, order):
    browser.testapp.get(browser.testapp.get("/list/?path=long").html.select_one("a[rel=next]")["href"])
    # A picture that is recorded between two pages would move the others.
    assert browser.site.noticer.settle(60)
    first = browser.testapp.get(f"/list/?path=long&sort={order}").html
    second = browser.testapp.get(first.select_one("a[rel=next]")["href"]).html
    assert len({*names(first), *names(second)}) == 125


def test_the_filter_looks_at_names_in_this_folder(browser):
    browser.testapp.get("/list/?path=shelf")
    assert names(browser.testapp.get("/list/?path=shelf&filter=RED").html) == ["red.png"]
    nothing = browser.testapp.get("/list/?path=shelf&filter=100%25")
    assert "Nothing here is called" in nothing.text
    assert names(nothing.html) == []


def test_an_empty_folder_says_what_belongs_there(browser):
    assert "There are no pictures in this folder yet" in browser.testapp.get("/list/?path=empty").text


def test_a_list_tells_size_and_day(browser):
    row = browser.testapp.get("/list/?path=shelf&view=list").html.select_one(".rows .tile")
    assert [fact.text for fact in row.select(".fact")][1] == "1 kB"


@pytest.mark.parametrize("query", ["path=../..", "path=nowhere", "path=.hidden", "path=%00"])
def test_what_is_not_there_is_not_found(browser, query):
    browser.testapp.get(f"/list/?{query}", status=404)


@pytest.mark.parametrize("query", ["sort=random", "start=-1", "start=many", "start=99999999999"])
def test_what_cannot_be_asked_is_named(browser, query):
    answer = browser.testapp.get(f"/list/?path=shelf&{query}", status=400)
    assert query.partition("=")[0] in answer.text


def test_who_may_not_look_is_told_so_and_shown_the_way(new_site):
    site = new_site({"qis.public.level": "none"})
    answer = site.testapp.get("/list/", status=403)
    assert "This is not for you to see" in answer.text
    assert not answer.html.select(".tile")


def test_nothing_is_inline_and_nothing_from_elsewhere(browser):
    for path in ("/", "/list/?path=shelf", "/nowhere"):
        answer = browser.testapp.get(path, status="*")
        page = answer.html
        assert not page.select("[style], style, [onclick], script:not([src])"), path
        for tag in page.select("[src], link[href]"):
            assert tag.get("src", tag.get("href")).startswith(("/", "data:image/bmp;")), path
        if answer.status_int == 200:
            assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_light_or_dark_is_kept_by_a_form(browser):
    answer = browser.testapp.post("/scheme/", {"scheme": "dark", "next": "/list/?path=shelf"})
    assert answer.location.endswith("/list/?path=shelf")
    assert answer.follow().html.html["data-scheme"] == "dark"
    browser.testapp.post("/scheme/", {"scheme": "", "next": "/"})
    assert "data-scheme" not in browser.testapp.get("/").html.html.attrs


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example/", "/\\evil.example", "/a\r\nSet-Cookie: x"])
def test_the_switch_leads_nobody_elsewhere(browser, place):
    assert browser.testapp.post("/scheme/", {"scheme": "dark", "next": place}).location == "http://localhost/"


def test_the_front_door_is_what_the_operator_says(browser, new_site):
    assert browser.testapp.get("/").html.select(".hero .box img")
    folder = new_site({"qis.look.front": "/photos"}).testapp.get("/", status=303)
    assert folder.location.endswith("/list/?path=photos")
    elsewhere = new_site({"qis.look.front": "https://www.example.org/"}).testapp.get("/", status=303)
    assert elsewhere.location == "https://www.example.org/"
