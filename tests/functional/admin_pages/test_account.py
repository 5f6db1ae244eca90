"""One's own account, by its page."""

from __future__ import annotations

import pytest

from qis_core.testing.apis import PASSWORD
from qis_core.web.pages.account import browser_words

URL = "/account/"


def test_who_has_not_logged_in_is_led_to_the_login(person):
    assert person("").sees(URL, 303).location.endswith("/login/?next=%2Faccount%2F")


def test_the_menu_leads_to_it(person):
    assert person("ann").sees("/").html.select_one('a[href="/account/"]')


def test_name_and_address_are_saved(person):
    ann = person("ann")
    page = ann.does(
        ann.sees(URL), "profile", first_name="Ann", last_name=" <b>Ä</b> ", email="ann@example.org"
    ).follow()
    assert "saved" in page.html.select_one(".notice.good").text
    assert page.html.select_one("[name=last_name]")["value"] == "<b>Ä</b>"
    assert ann.api.data("GET", "account", "ann")["email"] == "ann@example.org"


def test_what_is_too_long_is_told_beside_the_field_and_kept(person):
    ann = person("ann")
    page = ann.does(ann.sees(URL), "profile", 400, first_name="A" * 121, email="other@example.org")
    assert "0 to 120 characters" in page.html.select_one("#field-first_name-problem").text
    assert page.html.select_one("[name=email]")["value"] == "other@example.org"
    assert ann.api.data("GET", "account", "ann")["email"] != "other@example.org"


def test_a_new_password_logs_out_all_other_browsers(person):
    bob, elsewhere = person("bob"), person("bob")
    new = {"password": "another password", "again": "another password"}
    wrong = bob.does(bob.sees(URL), "password", 400, old="not it", **new)
    assert "the one that you log in with" in wrong.html.select_one("#field-old-problem").text
    assert "The current password must be the one" in wrong.html.select_one(".notice.problem").text
    differ = bob.does(bob.sees(URL), "password", 400, old=PASSWORD, password="another password", again="another one")
    assert "the same" in differ.html.select_one("#field-again-problem").text
    told = differ.html.select_one(".notice.problem").get_text(" ", strip=True)
    assert told.endswith("The repeated password must be the same as the new password.")
    short = bob.does(bob.sees(URL), "password", 400, old=PASSWORD, password="short", again="short")
    assert "8 to 1024" in short.html.select_one("#field-password-problem").text
    for page in (wrong, differ, short):
        assert not any(each.get("value") for each in page.html.select("[type=password]"))
        assert "another password" not in page.text
    page = bob.does(bob.sees(URL), "password", old=PASSWORD, **new)
    assert "The password is changed" in page.follow().text
    assert elsewhere.sees(URL, 303).location.endswith("/login/?next=%2Faccount%2F")
    again = person("bob", "another password")
    again.does(again.sees(URL), "password", old="another password", password=PASSWORD, again=PASSWORD)


def test_browsers_are_listed_and_logged_out_one_by_one_or_all(person):
    here, there, third = person("fiona"), person("fiona"), person("fiona")
    page = here.sees(URL)
    (row,) = [row for row in there.sees(URL).html.select("tbody tr") if "this one" in row.text]
    there_id = row.select_one("[name=session]")["value"]
    assert "logged out" in here.does(page, "end_session", where={"session": there_id}).follow().text
    there.sees(URL, 303)
    third.sees(URL)
    here.does(here.sees(URL), "end_others")
    third.sees(URL, 303)
    assert len(here.sees(URL).html.select("[name=session]")) == 1


def test_one_cannot_end_a_session_of_somebody_else(person):
    ann, percy = person("ann"), person("percy")
    number = percy.sees(URL).html.select_one("[name=session]")["value"]
    form = ann.form(ann.sees(URL), "end_session")
    form["session"].force_value(number)
    assert "There is no session" in form.submit("do", value="end_session", status=404).text
    percy.sees(URL)


def test_a_token_is_shown_once_works_and_is_revoked(person):
    uma = person("uma")
    form = uma.form(uma.sees(URL), "add_token")
    form["name"], form["days"] = "Nightly export", "30"
    made = form.submit("do", value="add_token", status=200)
    token = made.html.select_one(".copyable input")["value"]
    assert token.startswith("qis_")
    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {token}"}
    assert uma.api.site.testapp.get("/api/v1/account/", headers=headers).json["data"]["username"] == "uma"
    page = uma.sees(URL)
    assert token not in page.text
    assert "Nightly export" in page.text
    uma.does(page, "revoke")
    uma.api.site.testapp.get("/api/v1/account/", headers=headers, status=401)


def test_a_token_that_cannot_be_made_keeps_the_form(person):
    uma = person("uma")
    form = uma.form(uma.sees(URL), "add_token")
    form["name"], form["days"] = "Archive", "0"
    form.fields["scopes"][0].checked = False
    form.fields["scopes"][1].checked = True
    page = form.submit("do", value="add_token", status=400)
    assert "from 1 to 3650" in page.html.select_one("#field-days-problem").text
    assert page.html.select_one("#field-name")["value"] == "Archive"
    assert [each["value"] for each in page.html.select("[name=scopes][checked]")] == ["upload"]
    assert "Archive" not in uma.sees(URL).text


@pytest.mark.parametrize("do", ["profile", "password", "end_session", "end_others", "add_token", "revoke"])
def test_no_other_site_can_send_a_form(person, do):
    ann = person("ann")
    assert "CSRF" in ann.app.post(URL, {"do": do, "first_name": "Mallory"}, status=403).text


def test_a_form_that_is_not_there_is_refused(person):
    ann = person("ann")
    form = ann.form(ann.sees(URL), "profile")
    token = form["csrf_token"].value
    assert "one of profile" in ann.app.post(URL, {"do": "everything", "csrf_token": token}, status=400).text


def test_browsers_have_names_for_people():
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    assert browser_words(firefox) == "Firefox on Linux"
    assert browser_words("curl/8.1") == "curl/8.1"
    assert browser_words("") == "A program"
