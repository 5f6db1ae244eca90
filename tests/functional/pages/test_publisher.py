"""The publisher without scripts: a form whose answer is the rendering, its snippets, and a way to keep it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from webtest import TestApp, TestResponse

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, TestSite

PAGE = "/publish/?src=shelf/red.png"


def image_of(page: TestResponse) -> dict[str, list[str]]:
    """The options of the rendering that a page shows."""
    preview = str(page.html.select_one("[data-preview]")["src"])
    assert "?stats=0&" in preview
    return parse_qs(urlsplit(preview.replace("stats=0&", "")).query)


def test_what_is_filled_in_is_what_is_shown(browser: TestSite) -> None:
    form = browser.testapp.get(PAGE).forms["publish-form"]
    form["width"] = "20"
    form["height"] = "20"
    form["fit"] = "cover"
    form["strip"].checked = False
    page = form.submit().follow()
    assert image_of(page) == {
        "src": ["shelf/red.png"], "width": ["20"], "height": ["20"], "fit": ["cover"], "strip": ["0"]
    }  # fmt: skip
    assert browser.testapp.get(page.html.select_one("[data-preview]")["src"]).headers["X-Image-Size"] == "20x20"
    facts = browser.testapp.get(page.html.select_one("noscript iframe")["src"]).html.select_one(".facts").text
    assert "20 × 20 pixels" in facts
    assert "1 kB" in facts
    assert "PNG" in facts
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    again = page.forms["publish-form"]
    assert (again["width"].value, again["fit"].value, again["strip"].checked) == ("20", "cover", False)
    assert "width=20" in page.html.select_one("[data-snippet=img]").text


def test_sending_the_form_as_it_is_changes_nothing(browser: TestSite) -> None:
    page = browser.testapp.get(PAGE + "&width=30&angle=5&attach=1&strip=1&unknown=1")
    again = page.forms["publish-form"].submit().follow()
    assert image_of(again) == {
        "src": ["shelf/red.png"], "width": ["30"], "angle": ["5"], "attach": ["1"], "unknown": ["1"]
    }  # fmt: skip


def test_names_of_all_kinds_come_through_the_form(browser: TestSite) -> None:
    for src in ('shelf/a & b "c".png', "日本/富士山.png"):
        page = browser.testapp.get("/publish/", {"src": src}).forms["publish-form"].submit().follow()
        assert image_of(page)["src"] == [src]


def test_a_wrong_value_stays_with_the_reason_beside_it(browser: TestSite) -> None:
    form = browser.testapp.get(PAGE).forms["publish-form"]
    form["width"] = "wide"
    page = form.submit().follow()
    assert page.forms["publish-form"]["width"].value == "wide"
    beside = page.html.select_one("[data-wrong=width]")
    assert "it must be a whole number" in beside.text
    assert not beside.has_attr("hidden")
    assert page.html.select_one("#option-width")["aria-describedby"].split()[1] == beside["id"]


def test_the_line_below_the_preview_says_why_there_is_no_rendering(browser: TestSite) -> None:
    facts = browser.testapp.get("/publish/facts/?src=notes/readme.txt&width=20").html.select_one(".facts").text
    assert "readme.txt" in facts
    assert "not there" not in browser.testapp.get("/publish/facts/?src=../secret").html.select_one(".facts").text


def test_a_visitor_tries_options_with_pictures_of_the_playground(browser: TestSite) -> None:
    page = browser.testapp.get("/").click("playground").follow()
    links = page.html.select("[data-try]")
    assert len(links) > 2
    assert [link.get("aria-current") for link in links].count("true") == 1
    other = next(link for link in links if not link.get("aria-current"))
    page = browser.testapp.get(other["href"])
    assert image_of(page)["width"] == ["600"]
    assert browser.testapp.get(page.html.select_one("[data-preview]")["src"]).content_type.startswith("image/")
    assert page.html.select_one("[data-editor]")
    assert page.html.select_one("#save-form") is None


def test_there_is_no_playground_where_nobody_wants_one(testapp: TestApp, admin: TestSite) -> None:
    testapp.get("/playground/", status=404)
    assert "playground" not in testapp.get("/").text
    assert not testapp.get("/publish/?src=photos/wide.jpg").html.select("[data-try]")
    # It is for visitors: who has logged in has the library.
    assert not admin.testapp.get(PAGE).html.select("[data-try]")


def test_groups_that_are_not_used_are_folded(browser: TestSite) -> None:
    groups = browser.testapp.get(PAGE + "&angle=5").html.select("[data-group]")
    shown = {group.summary.find(string=True): group.has_attr("open") for group in groups}
    assert shown == {
        "Size": True, "Crop": True, "Adjust": False, "Overlay": False, "Colour": False, "File": False
    }  # fmt: skip


def test_the_snippets_alone_are_for_the_url_that_is_asked(browser: TestSite) -> None:
    part = browser.testapp.get("/publish/outputs/?src=shelf/red.png&width=20&publish.size=20x15&publish.sizes=50vw")
    assert part.html.body is None or not part.html.select("head")
    assert 'width="20" height="15"' in part.html.select_one("[data-snippet=img]").text
    assert "publish" not in part.html.select_one("[data-snippet=url]").text


def test_the_focal_point_of_the_record_is_known(admin: TestSite) -> None:
    number = admin.testapp.get("/api/v1/details/?src=shelf/red.png").json["data"]["id"]
    admin.testapp.put(f"/api/v1/admin/images/{number}/focal/", {"x": "2500", "y": "7500"})
    assert admin.testapp.get(PAGE).html.select_one("[data-crop]")["data-focal"] == "0.25,0.75"


@pytest.fixture
def logged_in(pages: TestSite) -> TestSite:
    """The administrator with a session, as a browser has it."""
    pages.testapp.reset()
    pages.testapp.authorization = None
    form = next(each for each in pages.testapp.get("/login/").forms.values() if "password" in each.fields)
    form["username"], form["password"] = "admin", ADMIN_PASSWORD
    form.submit()
    return pages


def test_only_who_may_make_templates_is_offered_to(browser: TestSite) -> None:
    assert browser.testapp.get(PAGE).html.select_one("#save-form") is None


def test_what_is_shown_is_saved_as_a_template(logged_in: TestSite) -> None:
    form = logged_in.testapp.get(PAGE + "&width=24&format=webp&quality=60").forms["save-form"]
    form["name"] = "Twenty-four"
    form["set.expiry_secs"] = "60"
    next(box for box in form.fields["locked"] if box._value == "width").checked = True
    page = form.submit().follow()
    assert "is saved" in page.text
    assert image_of(page) == {"src": ["shelf/red.png"], "tmp": ["Twenty-four"]}
    answer = logged_in.testapp.get("/image?src=shelf/red.png&tmp=twenty-four&width=99")
    assert (answer.headers["X-Image-Size"], answer.content_type) == ("24x18", "image/webp")
    assert "max-age=60" in answer.headers["Cache-Control"]
    control = page.html.select_one("#option-width")
    assert control.has_attr("disabled")
    assert "Locked by the template" in page.html.select_one("#option-width-help").text


def test_a_template_that_cannot_be_saved_keeps_what_was_typed(logged_in: TestSite) -> None:
    form = logged_in.testapp.get(PAGE + "&width=24").forms["save-form"]
    form["name"], form["description"], form["set.expiry_secs"] = "smalljpeg", "tiny", "60"
    page = form.submit(status=409)
    assert "there is a template 'SmallJpeg' already" in page.html.select_one(".notice.problem").text
    again = page.forms["save-form"]
    assert (again["name"].value, again["description"].value, again["set.expiry_secs"].value) == (
        "smalljpeg", "tiny", "60"
    )  # fmt: skip
    form["name"], form["set.expiry_secs"] = "Other", "soon"
    assert "expiry_secs" in form.submit(status=400).html.select_one(".notice.problem").text


def test_saving_needs_the_forms_token_and_the_right(browser: TestSite) -> None:
    assert browser.testapp.post(PAGE, {"name": "x"}, expect_errors=True).status_int in (400, 401, 403)
