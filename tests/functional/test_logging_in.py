"""Logging in and out in a browser, as somebody without JavaScript does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pyramid.config import Configurator
from pyramid.response import Response
from webtest import TestApp, TestResponse

from qis_core.testing.apis import PASSWORD, Api
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, MakeSite, site_in
from qis_core.web.front import Front
from qis_core.web.security import LOGGED_IN


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site with people for all tests of this file, once with each database."""
    settings = {"qis.logins.return_to": "www.example.org"}
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    if postgres:
        settings["qis.database.url"] = postgres.make_database()
    with site_in(tmp_path_factory.mktemp("site"), settings) as made:
        yield Api(site=made).add_people()
    if postgres:
        postgres.drop_database(settings["qis.database.url"])


@pytest.fixture
def api(shared: Api) -> Iterator[Api]:
    """The site, asked by a browser that has not logged in, from an address that has not failed yet."""
    app = shared.site.testapp
    app.reset()
    shared.failures = getattr(shared, "failures", 0) + 1  # type: ignore[attr-defined]
    app.extra_environ = {"REMOTE_ADDR": f"203.0.113.{shared.failures}", "HTTP_ACCEPT": "text/html,*/*"}  # type: ignore[attr-defined]
    yield shared
    app.extra_environ = {}


def form(page: TestResponse, action: str) -> dict[str, str]:
    """The fields of the page's own form."""
    found = next(each for each in reversed(page.forms.values()) if each.action == action)
    return {name: value for name, value in found.submit_fields() if name}


def log_in(app: TestApp, username: str = "ann", password: str = PASSWORD, *, to: str = "/", status: int = 303):
    """What the login form's answer is."""
    fields = form(app.get("/login/?next=" + quote(to)), "/login/")
    return app.post("/login/", {**fields, "username": username, "password": password}, status=status)


def token_of(app: TestApp) -> str:
    """The CSRF token of who is logged in."""
    return form(app.get("/logout/"), "/logout/")["csrf_token"]


def test_one_logs_in_goes_on_and_logs_out(api: Api) -> None:
    app = api.site.testapp
    answer = log_in(app, " ANN ", to="/?path=photos")
    assert answer.location == "http://localhost/?path=photos"
    (cookie,) = [each for each in answer.headers.getall("Set-Cookie") if each.startswith("qis-session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert app.get("/api/account/").json["data"]["username"] == "ann"
    page = app.get("/logout/?next=/?path=art")
    assert "Log out?" in page.text
    assert app.get("/api/account/").json["status"] == 200
    assert app.post("/logout/", form(page, "/logout/"), status=303).location == "http://localhost/?path=art"
    app.get("/api/account/", status=401)


@pytest.mark.parametrize(("front", "scheme"), [("127.0.0.1", "https"), ("203.0.113.9", "http")])
def test_behind_a_front_server_that_is_asked_by_https_one_stays_there(api: Api, front: str, scheme: str) -> None:
    app = api.site.testapp
    app.extra_environ["REMOTE_ADDR"] = front
    headers = {"X-Forwarded-Proto": "https", "Host": "localhost", "Origin": "https://localhost"}
    page = app.get("/login/", headers=headers)
    # The test's browser knows of no front server, and would keep what is for https.
    headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
    fields = {**form(page, "/login/"), "username": "ann", "password": PASSWORD}
    answer = app.post("/login/", fields, headers=headers, status=303)
    # Browsers would not follow a form that is sent on to plain http.
    assert answer.location == f"{scheme}://localhost/"
    assert any(each.startswith("__Host-") for each in answer.headers.getall("Set-Cookie")) is (scheme == "https")


def test_by_https_the_cookie_is_locked_to_this_host(api: Api) -> None:
    app = api.site.testapp
    app.extra_environ["wsgi.url_scheme"] = "https"
    page = app.get("https://localhost/login/")
    fields = {**form(page, "/login/"), "username": "ann", "password": PASSWORD}
    answer = app.post("https://localhost/login/", fields, status=303)
    (cookie,) = [each for each in answer.headers.getall("Set-Cookie") if "qis-session=" in each]
    assert cookie.startswith("__Host-qis-session=")
    assert "; secure" in cookie.lower()
    assert "domain" not in cookie.lower()
    # What a plain http answer of some other host could have set counts for nothing.
    app.get(
        "https://localhost/api/account/", headers={"Cookie": cookie.replace("__Host-", "").split(";")[0]}, status=401
    )


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("nobody", "x"),
        ("", ""),
        ("' OR 1=1 --", "x"),
        ("<b>x</b>", "x"),
        ("a\0b", "x"),
        ("é" * 500, "x"),
    ],
)
def test_a_refusal_is_the_same_for_everybody_and_keeps_what_was_typed(api: Api, name: str, password: str) -> None:
    app = api.site.testapp
    api.site.site.logins._delay = 0.0
    page = log_in(app, name, password, to="/?path=art", status=403)
    fields = form(page, "/login/")
    assert (fields["username"], fields["next"], fields["password"]) == (name[:120], "/?path=art", "")
    assert "The user name or password is wrong, or the account may not do this." in page.text
    assert "<b>x</b>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert app.post("/login/", {**fields, "username": "ann", "password": PASSWORD}, status=303).location.endswith(
        "path=art"
    )


def test_who_guesses_is_told_to_wait(api: Api) -> None:
    app = api.site.testapp
    api.site.site.logins._delay = 0.0
    for number in range(6):
        log_in(app, f"nobody{number}", "x", status=403)
    page = log_in(app, status=503)
    assert int(page.headers["Retry-After"]) >= 1
    assert "wait a little" in page.text
    assert form(page, "/login/")["username"] == "ann"


PLACES = {
    "/?path=photos": True,
    "/publish/?src=a%20b.jpg": True,
    "http://localhost/list/": True,
    "https://www.example.org/page?x=1": True,
    "http://WWW.example.org": True,
    "": False,
    "//evil.example": False,
    "/\\evil.example": False,
    "\\/evil.example": False,
    "https:///evil.example": False,
    "https://evil.example/": False,
    "https://www.example.org.evil.example/": False,
    "https://www.example.org@evil.example/": False,
    "https://www.example.org:81/": False,
    "javascript:alert(1)": False,
    "data:text/html,x": False,
    "/a\r\nSet-Cookie: x=1": False,
    "http:evil.example": False,
    " https://evil.example": False,
    "ftp://localhost/": False,
    "http://[::1": False,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_login_leads_only_to_own_or_allowed_hosts(api: Api, place: str) -> None:
    answer = log_in(api.site.testapp, to=place)
    expected = place if PLACES[place] else "/"
    assert answer.location == (expected if "://" in expected else f"http://localhost{expected}")


def test_a_page_for_those_who_are_logged_in_leads_to_the_login(new_site: MakeSite) -> None:
    made = new_site()
    config = Configurator()
    config.registry["qis"] = made.site
    config.include("qis_core.web")
    config.add_route("inner", "/inner/")
    for method in ("GET", "POST"):
        config.add_view(
            lambda request: Response("inside"), route_name="inner", permission=LOGGED_IN, request_method=method
        )
    app = TestApp(Front(config.make_wsgi_app(), made.site), extra_environ={"HTTP_ACCEPT": "text/html"})
    answer = app.get("/inner/?a=b&c=d", status=303)
    assert answer.location == "http://localhost/login/?next=%2Finner%2F%3Fa%3Db%26c%3Dd"
    page = answer.follow()
    fields = {**form(page, "/login/"), "username": "admin", "password": ADMIN_PASSWORD}
    assert app.post("/login/", fields, status=303).follow().text == "inside"
    assert app.get("/login/?next=/inner/", status=303).location == "http://localhost/inner/"
    # What plugins take as a form is guarded without a word of theirs.
    app.post("/inner/", status=403)
    assert app.post("/inner/", {"csrf_token": token_of(app)}).text == "inside"


def test_every_login_gives_another_session_and_ends_the_old_one(api: Api) -> None:
    app = api.site.testapp
    log_in(app)
    first = app.cookies["qis-session"]
    fields = {"csrf_token": token_of(app), "username": "bob", "password": PASSWORD, "next": "/"}
    app.post("/login/", fields, status=303)
    assert app.cookies["qis-session"] != first
    assert app.get("/api/account/").json["data"]["username"] == "bob"
    app.reset()
    app.get("/api/account/", headers={"Cookie": f"qis-session={first}"}, status=401)


@pytest.mark.parametrize("change", ["password", "remove", "everywhere", "one"])
def test_a_session_ends_with_the_password_the_account_and_by_hand(api: Api, change: str) -> None:
    app, name = api.site.testapp, f"zoe-{change}"
    zoe = api.data("POST", "admin/users", username=name, password=PASSWORD)["id"]
    log_in(app, name)
    (session,) = api.data("GET", f"admin/users/{zoe}/sessions")
    assert (session["method"], session["current"]) == ("password", False)
    cookie = {"Cookie": f"qis-session={app.cookies['qis-session']}"}
    app.get("/api/account/", headers=cookie)
    if change == "password":
        api.data("PUT", f"admin/users/{zoe}", password="another password")
    elif change == "remove":
        api.data("DELETE", f"admin/users/{zoe}")
    elif change == "everywhere":
        api.data("DELETE", f"admin/users/{zoe}/sessions")
    else:
        csrf = {"X-CSRF-Token": token_of(app)}
        app.delete(f"/api/account/sessions/{session['id']}", headers={**cookie, **csrf})
    app.reset()
    app.get("/api/account/", headers=cookie, status=401)


def test_with_a_new_password_one_stays_logged_in_here_and_nowhere_else(api: Api) -> None:
    app = api.site.testapp
    api.data("POST", "admin/users", username="nina", password=PASSWORD)
    log_in(app, "nina")
    elsewhere = app.cookies["qis-session"]
    app.reset()
    log_in(app, "nina")
    api.site.site.logins._delay = 0.0
    headers = {"X-CSRF-Token": token_of(app)}
    app.post("/api/account/password/", {"old": "wrong", "new": "a new password"}, headers=headers, status=403)
    app.post("/api/account/password/", {"old": PASSWORD, "new": "short"}, headers=headers, status=400)
    app.post("/api/account/password/", {"old": PASSWORD, "new": "a new password"}, headers=headers)
    assert app.get("/api/account/").json["data"]["username"] == "nina"
    (session,) = app.get("/api/account/sessions/").json["data"]
    assert session["current"]
    app.reset()
    app.get("/api/account/", headers={"Cookie": f"qis-session={elsewhere}"}, status=401)
    log_in(app, "nina", "a new password")


def test_a_form_of_another_site_is_refused_and_told_why(api: Api) -> None:
    app = api.site.testapp
    fields = {**form(app.get("/login/"), "/login/"), "username": "ann", "password": PASSWORD}
    assert "a page of" in app.post("/login/", fields, headers={"Origin": "https://evil.example"}, status=403).text
    assert "another login" in app.post("/login/", {**fields, "csrf_token": "x" * 56}, status=403).text
    assert "is missing" in app.post("/login/", {**fields, "csrf_token": ""}, status=403).text
    app.reset()
    page = app.post("/login/", fields, status=403)
    assert "did not send back" in page.text
    again = {**form(page, "/login/"), "password": PASSWORD}
    assert again["username"] == "ann"
    app.post("/login/", again, headers={"Origin": "http://localhost"}, status=303)


WRITES = (("POST", "account/tokens"), ("DELETE", "account/sessions"), ("PUT", "account"), ("POST", "admin/users"))


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_calls_that_change_something_by_a_session_need_a_csrf_token(api: Api, method: str, path: str) -> None:
    app = api.site.testapp
    log_in(app, "uma")
    good = token_of(app)

    def ask(status: int, **headers: str) -> str:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = app.request(f"/api/{path}/", method=method, headers=names, body=b"", expect_errors=True)
        assert answer.status_int == status, answer
        return str(answer.json["message"])

    assert ask(403).startswith("Unauthorised request (the CSRF token is missing")
    assert "another login" in ask(403, X_CSRF_Token="0" * 56)
    assert "another login" in ask(403, X_CSRF_Token="é")
    assert "'https://evil.example'" in ask(403, X_CSRF_Token=good, Origin="https://evil.example")
    assert "'null'" in ask(403, X_CSRF_Token=good, Origin="null")
    assert "another site" in ask(403, X_CSRF_Token=good, Sec_Fetch_Site="cross-site")
    fits = 400 if method == "POST" else 200
    ask(fits, X_CSRF_Token=good, Origin="http://localhost")
    ask(fits, X_CSRF_Token=good)
    # Another site's page cannot have made a call that brings a token of the API.
    ask(fits, **api.headers("uma"), Origin="https://evil.example")
    log_in_again = api.site.testapp.cookies["qis-session"]
    assert log_in_again
    app.reset()
    log_in(app, "ann")
    assert "another login" in ask(403, X_CSRF_Token=good)


def test_a_form_to_the_api_may_bring_the_token_as_a_field(api: Api) -> None:
    app = api.site.testapp
    log_in(app)
    fields = {"csrf_token": token_of(app), "first_name": "Anna"}
    assert app.put("/api/account/", fields).json["data"]["first_name"] == "Anna"


def test_getting_a_page_changes_nothing(api: Api) -> None:
    app = api.site.testapp
    log_in(app)
    for _ in range(2):
        app.get("/logout/")
    app.get("/logout", status="*")
    assert app.get("/api/account/").json["data"]["username"] == "ann"
    app.post("/logout/", status=403)
    assert app.get("/api/account/").json["data"]["username"] == "ann"


@pytest.mark.parametrize(
    "value", ["", "x", "\x7f" * 10, "a=b", '"', "qis-session=", "é".encode().decode("latin-1"), "x" * 5000]
)
def test_a_bad_cookie_is_nobodys(api: Api, value: str) -> None:
    app = api.site.testapp
    for name in ("qis-session", "__Host-qis-session", "qis-guest"):
        app.get("/api/account/", headers={"Cookie": f"a=1; {name}={value}; b"}, status=401)
        app.get("/image?src=photos/wide.jpg&width=30", headers={"Cookie": f"{name}={value}"}, status=200)
        app.get("/login/", headers={"Cookie": f"{name}={value}"}, status=200)


def test_a_session_sees_what_its_account_may(api: Api) -> None:
    app = api.site.testapp
    api.permit("art", 1, 0)
    api.permit("art", 2, 0)
    api.permit("art", api.ids["Ann"], 10)
    picture = "/image?src=art/poster.tif&width=30&format=png"
    app.get(picture, status=403)
    log_in(app)
    for _ in range(3):
        assert app.get(picture).headers["Cache-Control"].startswith("private")
    cookie = {"Cookie": f"qis-session={app.cookies['qis-session']}"}
    app.reset()
    app.get(picture, status=403)
    app.get(picture, headers=cookie)
    log_in(app, "bob")
    app.get(picture, status=403)


def test_a_token_of_the_api_becomes_a_session(api: Api) -> None:
    app = api.site.testapp
    token = api.site.site.tokens.issue(api.ids["ann"])
    answer = app.get(f"/api/v1/tokenlogin/?token={token}&next=/?path=photos", status=302)
    assert answer.location == "http://localhost/?path=photos"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert app.get("/api/account/").json["data"]["username"] == "ann"
    app.reset()
    for query, status in (
        ("", 400),
        ("?token=", 400),
        ("?token=x", 403),
        (f"?token={token}&next=https://evil.example/", 400),
        (f"?token={token}&next=//evil.example/", 400),
    ):
        refused = app.get(f"/api/tokenlogin/{query}", status=status)
        assert "Set-Cookie" not in refused.headers
    assert app.get(f"/api/tokenlogin?token={token}&next=https://www.example.org/x", status=302)


def test_pages_tell_no_cache_to_keep_what_belongs_to_one_browser(api: Api) -> None:
    page = api.site.testapp.get("/login/")
    assert page.headers["Cache-Control"] == "no-store"
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    elsewhere = api.site.testapp.get("/login/?next=https://www.example.org/x")
    assert "form-action 'self' https://www.example.org;" in elsewhere.headers["Content-Security-Policy"]
    tokens = {re.search(r'name="csrf_token" value="(\w+)"', api.site.testapp.get("/login/").text)[1] for _ in range(3)}
    assert len(tokens) == 3


def test_a_form_that_is_too_long_is_not_read(api: Api) -> None:
    api.site.testapp.post("/login/", {"username": "x" * 2_000_000}, status=413)
