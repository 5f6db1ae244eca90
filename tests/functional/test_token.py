"""``POST /api/v1/token/`` and what a token is good for."""

from __future__ import annotations

import base64
import time

import pytest
from webtest import TestApp

from qis_core.services.accounts import Accounts
from qis_core.services.logins import Logins
from qis_core.services.startup import password_keepers
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, MakeSite, TestSite


@pytest.fixture
def own(new_site: MakeSite) -> TestSite:
    """A site of the test's own, with ``ann`` who may use the API and ``bob`` who may not, and counters."""
    made = new_site({"qis.web.metrics": "yes"})
    with made.site.writing.begin() as session:
        accounts = Accounts(session, password_keepers(made.site.kernel))
        accounts.add("ann", "ann's password", allow_api=True)
        accounts.add("bob", "bob's password")
    return made


@pytest.mark.parametrize("path", ["/api/v1/token/", "/api/v1/token", "/api/token/", "/api/token"])
def test_all_spellings_of_the_path_work(testapp: TestApp, path: str) -> None:
    answer = testapp.post(path, {"username": "ADMIN", "password": ADMIN_PASSWORD})
    assert (answer.json["status"], answer.json["message"]) == (200, "OK")
    assert answer.json["data"]["token"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_json_and_basic_work_as_well(testapp: TestApp) -> None:
    given = {"username": "admin", "password": ADMIN_PASSWORD}
    assert testapp.post_json("/api/v1/token/", given).json["data"]["token"]
    basic = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
    assert testapp.post("/api/v1/token/", headers={"Authorization": f"Basic {basic}"}).json["data"]["token"]


@pytest.mark.parametrize("name", ["bob", "ann", "nobody"])
def test_refusals_are_alike_in_text_and_time(own: TestSite, name: str) -> None:
    begin = time.monotonic()
    answer = own.testapp.post("/api/v1/token/", {"username": name, "password": "bob's password"}, status=403)
    assert time.monotonic() - begin >= 1
    assert answer.json == {"status": 403, "message": "Unauthorised request", "data": None}


@pytest.mark.parametrize(
    ("given", "named"),
    [({}, "username"), ({"username": "admin"}, "password"), ({"username": "", "password": "x"}, "username")],
)
def test_what_is_missing_is_named(testapp: TestApp, given: dict[str, str], named: str) -> None:
    answer = testapp.post("/api/v1/token/", given, status=400)
    assert answer.json["message"].startswith(f"Invalid parameter ({named}")


BODIES = (
    b"",
    b"[]",
    b"{",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"username": "\\ud800", "password": "x"}',
    b'{"username": "a\\u0000b", "password": "x"}',
)


@pytest.mark.parametrize("body", BODIES)
def test_bodies_that_are_no_fields_are_400(testapp: TestApp, body: bytes) -> None:
    answer = testapp.post("/api/v1/token/", body, content_type="application/json", status=400)
    assert answer.json["message"].startswith("Invalid parameter (")


def test_forms_that_are_no_text_are_400(testapp: TestApp) -> None:
    form = b"username=%ff%fe&password=x"
    answer = testapp.post("/api/v1/token/", form, content_type="application/x-www-form-urlencoded", status="*")
    assert answer.status_int in (400, 403)


def test_a_body_that_is_too_long_is_not_read(testapp: TestApp) -> None:
    answer = testapp.post("/api/v1/token/", {"username": "x" * 2_000_000}, status=413)
    assert answer.json["status"] == 413


def test_a_client_that_guesses_is_told_to_wait(own: TestSite) -> None:
    own.site.logins = Logins(
        sessions=own.site.writing,
        authenticators=password_keepers(own.site.kernel),
        notify=lambda event: None,
        at_once=1,
        delay=0,
    )
    for _ in range(6):
        own.testapp.post("/api/v1/token/", {"username": "x", "password": "x"}, status=403)
    answer = own.testapp.post("/api/v1/token/", {"username": "ann", "password": "ann's password"}, status=503)
    assert answer.json["message"] == "The server is too busy"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_a_token_tells_who_asks(own: TestSite, scheme: str) -> None:
    away = {"REMOTE_ADDR": "203.0.113.9"}
    token = own.testapp.post("/api/token", {"username": "admin", "password": ADMIN_PASSWORD}).json["data"]["token"]
    value = base64.b64encode(f"{token}:unused".encode()).decode() if scheme == "Basic" else token
    own.testapp.get("/metrics", extra_environ=away, status=403)
    own.testapp.get("/metrics", extra_environ=away, headers={"Authorization": f"{scheme} {value}"}, status=200)


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic //8=", "Bearer", "Bearer x", "Digest x", "Bearer \x00"]
)
def test_a_bad_token_counts_as_nobody(own: TestSite, header: str) -> None:
    away = {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": header}
    own.testapp.get("/metrics", extra_environ=away, status=403)
    assert own.testapp.get("/image?src=photos/wide.jpg&width=50", extra_environ=away, status=200).body


def test_a_token_of_somebody_who_is_no_administrator_gives_no_more(own: TestSite) -> None:
    token = own.testapp.post("/api/token", {"username": "ann", "password": "ann's password"}).json["data"]["token"]
    away = {"REMOTE_ADDR": "203.0.113.9"}
    own.testapp.get("/metrics", extra_environ=away, headers={"Authorization": f"Bearer {token}"}, status=403)
