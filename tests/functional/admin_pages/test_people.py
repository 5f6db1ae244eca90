"""Users and groups, by the pages of the administration."""

from __future__ import annotations

import pytest


def test_each_finds_the_sections_of_their_rights(person):
    def sections(name):
        return [link.text for link in person(name).sees("/admin/").html.select(".cards a")]

    assert sections("uma")[:2] == ["Users", "Groups"]
    assert "Users" not in sections("percy")
    assert "Groups" in sections("percy")
    assert {"Users", "Groups"} <= set(sections("admin"))
    person("ann").sees("/admin/", 403)


def test_the_menu_leads_only_administrators_there(person):
    assert person("uma").sees("/").html.select_one('.places a[href="/admin/"]')
    assert not person("ann").sees("/").html.select_one('a[href="/admin/"]')


@pytest.mark.parametrize("path", ["/admin/", "/admin/users/", "/admin/users/1/", "/admin/groups/", "/admin/groups/1/"])
def test_others_get_a_page_that_says_so_and_strangers_the_login(person, path):
    assert "/login/?next=" in person("").sees(path, 303).location
    page = person("ann").sees(path, 403)
    assert "not for you" in page.html.h1.text
    assert not page.html.select("main table")


def test_a_user_is_added_changed_deleted_and_brought_back(person):
    uma = person("uma")
    page = uma.does(uma.sees("/admin/users/"), "add", username="Zoe", password="short", first_name="Zoë", status=400)
    assert "8 to 1024" in page.html.select_one("#field-password-problem").text
    assert page.html.select_one("#field-first_name")["value"] == "Zoë"
    form = uma.form(page, "add")
    form["password"], form["allow_api"] = "long enough", True
    page = form.submit("do", value="add", status=303).follow()
    assert "The user is added" in page.text
    assert page.html.h1.text == "zoe"
    address = page.request.path
    page = uma.does(page, "save", email="zoe@example.org", allow_api=False).follow()
    assert page.html.select_one("#field-email")["value"] == "zoe@example.org"
    assert not page.html.select_one("[name=allow_api]").has_attr("checked")
    person("zoe", "long enough")
    assert "already" in uma.does(page, "save", 409, username="ann").text
    assert "deleted" in uma.does(uma.sees(address), "delete").follow().html.select_one(".badge").text
    assert "zoe" not in uma.sees("/admin/users/?show=active").html.select_one("tbody").text
    assert "zoe" in uma.sees("/admin/users/?show=deleted&find=ZOE").html.select_one("tbody").text
    assert "is back" in uma.does(uma.sees(address), "restore").follow().text
    person("zoe", "long enough")


def test_a_name_that_is_taken_is_told_and_kept(person):
    uma = person("uma")
    page = uma.does(uma.sees("/admin/users/"), "add", username="ann", password="long enough", status=409)
    assert "There is a user 'ann' already." in page.html.select_one("[role=alert]").text
    assert page.html.select_one("#field-username")["value"] == "ann"


def test_groups_of_a_user_are_ticked(person):
    admin, ann = person("admin"), person("ann")
    address = f"/admin/users/{admin.api.ids['ann']}/"
    page = admin.sees(address)
    form = admin.form(page, "groups")
    boxes = {box._value: box for box in form.fields["group"]}
    fiona = str(admin.api.ids["Fiona"])
    assert not boxes[fiona].checked
    boxes[fiona].checked = True
    page = form.submit("do", value="groups", status=303).follow()
    assert "The groups are saved" in page.text
    assert "Fiona" in ann.sees("/account/").text
    form = admin.form(page, "groups")
    {box._value: box for box in form.fields["group"]}[fiona].checked = False
    form.submit("do", value="groups", status=303)
    assert "Fiona" not in ann.sees("/account/").text


def test_nobody_raises_themselves_or_reaches_administrators(person):
    uma = person("uma")
    form = uma.form(uma.sees(f"/admin/users/{uma.api.ids['uma']}/"), "groups")
    for box in form.fields["group"]:
        box.checked = True
    page = form.submit("do", value="groups", status=403)
    assert page.html.select_one("[role=alert]")
    assert uma.does(uma.sees(f"/admin/users/{uma.api.ids['admin']}/"), "delete", 403).html.select_one("[role=alert]")
    person("admin")


def test_a_user_is_logged_out_everywhere(person):
    uma, bob = person("uma"), person("bob")
    uma.does(uma.sees(f"/admin/users/{uma.api.ids['bob']}/"), "log_out")
    bob.sees("/account/", 303)


def test_a_group_is_added_given_rights_and_members_and_removed(person):
    admin = person("admin")
    page = admin.does(admin.sees("/admin/groups/"), "add", name="Press", description="<i>").follow()
    address = page.request.path
    page = admin.does(page, "join", 400, username="nobody")
    assert "the name of a user" in page.html.select_one("#field-username-problem").text
    assert page.html.select_one("#field-username")["value"] == "nobody"
    page = admin.does(page, "join", username="Ann").follow()
    assert "ann" in page.html.select_one("tbody").text
    form = admin.form(page, "rights")
    next(box for box in form.fields["right"] if box._value == "reports").checked = True
    page = form.submit("do", value="rights", status=303).follow()
    assert page.html.select_one("[name=right][value=reports]").has_attr("checked")
    page = admin.does(page, "save", name="The press", description="Two\nlines").follow()
    assert page.html.h1.text == "The press"
    admin.does(admin.sees(address), "leave", where={"user": admin.api.ids["ann"]})
    page = admin.does(admin.sees(address), "remove").follow()
    assert "The press" not in page.html.select_one("tbody").text
    admin.sees(address, 404)


def test_who_looks_after_users_cannot_give_rights(person):
    uma = person("uma")
    page = uma.sees("/admin/groups/3/")
    assert not page.html.select("[name=right]")
    token = page.html.select_one("main [name=csrf_token]")["value"]
    assert uma.app.post(page.request.path, {"do": "rights", "csrf_token": token, "right": "reports"}, status=403)
    assert not uma.sees("/admin/groups/").html.select("#add")


@pytest.mark.parametrize("path", ["/admin/users/", "/admin/users/2/", "/admin/groups/", "/admin/groups/4/"])
def test_forms_need_the_token_of_the_page(person, path):
    assert "CSRF" in person("admin").app.post(path, {"do": "add", "name": "x"}, status=403).text
