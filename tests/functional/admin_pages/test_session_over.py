"""A session that is over while somebody types: what was typed is kept through the login, and sent when they say so."""

from __future__ import annotations

import pytest
from webtest import TestApp

from qis_core.testing.apis import PASSWORD
from qis_core.testing.app_fixtures import ADMIN_PASSWORD


def log_in(page, name="admin", password=ADMIN_PASSWORD, status=200):
    form = next(form for form in page.forms.values() if "password" in form.fields)
    form["username"], form["password"] = name, password
    return form.submit(status=status)


def sends(page, status=303):
    form = next(form for form in page.forms.values() if "Send it" in form.text)
    return form.submit(status=status)


def test_what_was_typed_is_kept_through_the_login_and_sent_by_hand(person):
    admin = person("admin")
    page = admin.sees("/admin/groups/")
    admin.app.reset()
    over = admin.does(page, "add", 403, name="Typed <late>")
    assert over.html.h1.text == "Your session is over"
    assert "Typed <late>" in over.html.select_one(".facts-list").text
    wrong = log_in(over, password="not this one", status=403)
    asked = log_in(wrong)
    assert asked.html.h1.text == "Send it now?"
    assert "Typed <late>" in asked.html.select_one(".facts-list").text
    assert "Typed <late>" not in admin.sees("/admin/groups/").html.select_one("table").text
    done = sends(asked).follow()
    assert "Typed <late>" in done.html.h1.text


def test_with_another_login_in_another_tab_one_is_asked_at_once(person):
    admin = person("admin")
    page = admin.sees("/admin/groups/")
    admin.app.reset()
    log_in(admin.sees("/login/"), status=303)
    asked = admin.does(page, "add", 200, name="Typed before")
    assert asked.html.h1.text == "Send it now?"
    assert "Typed before" in sends(asked).follow().html.h1.text


def test_who_has_logged_in_in_another_tab_need_not_here(person):
    admin = person("admin")
    page = admin.sees("/admin/groups/")
    admin.app.reset()
    over = admin.does(page, "add", 403, name="Third")
    log_in(admin.sees("/login/"), status=303)
    form = next(form for form in over.forms.values() if "kept" in form.fields)
    asked = form.submit(status=200)
    assert "Third" in sends(asked).follow().html.h1.text


def test_lines_and_ticks_come_as_they_were_typed(person, shared):
    admin = person("admin")
    admin.app.get("/details/?src=desk/red.png")
    page = admin.sees("/details/?src=desk/red.png")
    form = next(form for form in page.forms.values() if "description" in form.fields)
    form["title"], form["description"], form["tags"] = "A title", "One line\nand another", "a, b"
    admin.app.reset()
    over = form.submit(status=403)
    done = sends(log_in(over)).follow()
    assert "It is saved" in done.text
    again = next(form for form in done.forms.values() if "description" in form.fields)
    assert [again[name].value for name in ("title", "tags")] == ["A title", "a, b"]
    assert again["description"].value.split() == ["One", "line", "and", "another"]


def test_passwords_are_not_kept(person):
    ann = person("ann")
    form = ann.form(ann.sees("/account/"), "password")
    form["old"], form["password"], form["again"] = PASSWORD, "the next password", "the next password"
    ann.app.reset()
    over = form.submit("do", value="password", status=403)
    assert "next password" not in over.text
    assert PASSWORD not in over.text


def test_another_account_may_not_do_what_the_first_one_began(person):
    admin = person("admin")
    page = admin.sees("/admin/groups/")
    admin.app.reset()
    asked = log_in(admin.does(page, "add", 403, name="Stolen"), "ann", PASSWORD)
    assert "ann" in asked.html.select_one("main p").text
    sends(asked, 403)


@pytest.mark.parametrize("kept", ['["//evil.example/", [["a", "b"]]]', "[]", "no JSON", '["/x", [["a"]]]', "[" * 5000])
def test_what_is_kept_leads_nowhere_else(person, kept):
    admin = person("admin")
    page = admin.app.post("/login/", {"kept": kept}, status="*")
    actions = [form.get("action") for form in page.html.select("form")] if page.content_type == "text/html" else []
    assert all(action.startswith("/") and not action.startswith("//") for action in actions)


def test_forms_of_other_sites_are_not_kept_but_refused(person):
    admin = person("admin")
    token = admin.sees("/admin/groups/").html.select_one("[name=csrf_token]")["value"]
    for app in (admin.app, TestApp(admin.app.app)):
        sent = {"do": "add", "name": "Forged", "csrf_token": token[:-4]}
        headers = {"Origin": "https://evil.example", "Accept": "text/html"}
        answer = app.post("/admin/groups/", sent, headers=headers, status="*")
        assert answer.status_int in (401, 403)
        assert not answer.html.select("[name=kept]") or app is not admin.app
        assert "Send it now" not in answer.text
