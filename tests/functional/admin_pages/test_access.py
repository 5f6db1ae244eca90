"""Permissions of folders and their explanation, by the pages of the administration."""

from __future__ import annotations

import pytest

URL = "/admin/permissions/"


@pytest.fixture
def percy(person, shared):
    """Somebody who may change permissions, and nothing else; the folder has a record."""
    shared.data("GET", "admin/filesystem/folders/?path=/press")
    shared.permit("press/2030", shared.ids["Bob"], 40)
    return person("percy")


def row(page, name):
    """The cells of a folder, by group."""
    groups = [head.text for head in page.html.select("thead th")][1:]
    found = next(each for each in page.html.select("tbody tr") if each.th.text.strip() == name)
    return dict(zip(groups, found.select("td"), strict=True))


def test_a_level_is_set_inherited_and_taken_away(percy):
    ann = f"group-{percy.api.ids['Ann']}"
    page = percy.does(percy.sees(URL + "?path=press"), "set", **{ann: "20"}).follow()
    assert "The permissions are saved" in page.text
    assert row(page, "press")["Ann"].strong.text == "Download"
    below = percy.sees(URL + "?path=press/2030")
    assert row(below, "2030")["Ann"].select_one(".inherited")["title"] == "from /press"
    assert row(below, "2030")["Bob"].strong.text == "Upload"
    assert "As above: download (from /press)" in below.text
    assert (
        percy.api.data("GET", "admin/permissions/trace/?path=/press/2030/x&user_id=" + str(percy.api.ids["ann"]))[
            "access"
        ]
        == 20
    )
    page = percy.does(percy.sees(URL + "?path=press"), "set", **{ann: ""}).follow()
    assert not row(page, "press")["Ann"].strong


def test_nobody_gives_themselves_more_and_the_form_keeps_the_choice(percy):
    own = f"group-{percy.api.ids['Percy']}"
    page = percy.does(percy.sees(URL + "?path=press"), "set", 403, **{own: "70"})
    assert "more access than they have" in page.html.select_one("[role=alert]").text
    assert page.html.select_one(f"[name={own}] [selected]")["value"] == "70"
    assert not row(percy.sees(URL + "?path=press"), "press")["Percy"].strong


def test_the_page_explains_in_words(percy):
    page = percy.sees(URL + f"trace/?user={percy.api.ids['bob']}&path=press/2030/red.png")
    assert page.html.select_one("#why").text == ("bob may view, download, edit and upload in /press/2030/red.png.")
    assert "decided by the group Bob" in page.text
    decides = next(each for each in page.html.select("tbody tr") if "decides" in each.text)
    assert decides.th.text == "Bob"
    assert decides.a["href"] == "/admin/permissions/?path=press/2030"
    public = percy.sees(URL + "trace/?path=")
    assert public.html.select_one("#why").text.startswith("The public may")


def test_a_user_or_path_that_cannot_be_is_told(percy):
    assert "There is no user 999" in percy.sees(URL + "trace/?user=999&path=press", 404).text
    page = percy.sees(URL + "trace/?user=&path=../etc", 404)
    assert page.html.select_one("[role=alert]")
    assert page.html.select_one("[name=path]")["value"] == "../etc"


@pytest.mark.parametrize("path", [URL, URL + "trace/?path=press"])
def test_it_is_for_nobody_else(person, path):
    assert "/login/" in person("").sees(path, 303).location
    for name in ("ann", "uma", "fiona"):
        assert "press" not in person(name).sees(path, 403).html.select_one("main").text


def test_the_form_needs_the_token_of_the_page(percy):
    assert "CSRF" in percy.app.post(URL, {"do": "set", "path": "press", "group-1": "70"}, status=403).text
    assert row(percy.sees(URL + "?path=press"), "press")["Public"].text.startswith("View")


def test_a_folder_has_a_default_template_of_its_own(person):
    admin = person("admin")
    admin.does(admin.sees("/admin/templates/"), "add", name="Narrow", values="width = 11")
    page = admin.sees("/admin/permissions/?path=press")
    choices = page.html.select("[name=template] option")
    assert choices[0].text.startswith("As the site:")
    said = admin.does(page, "template", template="Narrow").follow()
    assert "default template is saved" in said.text
    below = admin.sees("/admin/permissions/?path=press/2030").html.select_one("[name=template] option")
    assert below.text == "As above: Narrow (from /press)"
    assert admin.app.get("/image?src=press/2030/red.png").headers["Content-Type"].startswith("image/")
    admin.does(admin.sees("/admin/permissions/?path=press"), "template", template="")
    above = admin.sees("/admin/permissions/?path=press/2030").html.select_one("[name=template] option")
    assert above.text.startswith("As the site:")
    assert not person("percy").sees("/admin/permissions/?path=press").html.select("[name=template]")
