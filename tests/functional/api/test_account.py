"""One's own account, named tokens and their scopes, and the audit log, by the REST API."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from qis_core.api import Scope
from qis_core.testing.apis import PASSWORD, Api
from qis_core.web.api.endpoints import ALL, Endpoint


def new_token(api: Api, who: str, scopes: str, name: str = "a script") -> dict[str, Any]:
    """A named token, as it is told once."""
    made: dict[str, Any] = api.data("POST", "account/tokens", who, name=name, scopes=scopes)
    return made


def by(api: Api, token: str, method: str, path: str, **fields: object) -> tuple[int, str]:
    """Status and message of a call with a named token."""
    answer = api.site.testapp.request(
        f"/api/v1/{path}/",
        method=method,
        POST=fields or None,
        headers={"Authorization": f"Bearer {token}"},
        expect_errors=True,
    )
    return answer.status_int, answer.json["message"]


def test_everybody_sees_and_changes_their_own_record(api: Api) -> None:
    assert api.data("GET", "account", "ann")["username"] == "ann"
    assert api.data("PUT", "account", "ann", first_name="Änn", email="ann@example.org")["first_name"] == "Änn"
    assert api.data("GET", "account", "ann")["email"] == "ann@example.org"
    api.call("PUT", "account", "ann", 200, allow_api="0", username="root", status_="0")
    assert api.data("GET", "account", "ann")["allow_api"]
    api.call("GET", "account", "", 401)


def test_a_named_token_is_told_once_and_can_be_revoked(api: Api) -> None:
    made = new_token(api, "ann", "read, upload", "a camera")
    assert made["scopes"] == ["read", "upload"]
    assert made["used"] is None
    listed = api.data("GET", "account/tokens", "ann")
    assert made["id"] in [each["id"] for each in listed]
    assert made["token"] not in str(listed)
    assert by(api, made["token"], "GET", "account")[0] == 200
    basic = base64.b64encode(f"{made['token']}:whatever".encode()).decode()
    assert api.site.testapp.get("/api/account", headers={"Authorization": f"Basic {basic}"}).json["status"] == 200
    api.call("DELETE", f"account/tokens/{made['id']}", "bob", 404)
    api.data("DELETE", f"account/tokens/{made['id']}", "ann")
    assert by(api, made["token"], "GET", "account")[0] == 401
    api.call("DELETE", f"account/tokens/{made['id']}", "ann", 404)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": "everything"}, "scopes"),
        ({"name": "x", "scopes": ","}, "scopes"),
        ({"name": "x" * 121, "scopes": "read"}, "name"),
        ({"name": "a\nb", "scopes": "read"}, "name"),
        ({"name": "x", "scopes": "read", "days": "0"}, "days"),
        ({"name": "x", "scopes": "read", "days": "'; DROP TABLE users; --"}, "days"),
    ],
)
def test_what_is_wrong_with_a_token_is_named(api: Api, sent: dict[str, str], named: str) -> None:
    assert f"Invalid parameter ({named}" in api.call("POST", "account/tokens", "ann", 400, **sent).json["message"]


def test_every_endpoint_takes_its_scope_and_no_other(api: Api) -> None:
    """Whatever endpoints there are: a token of an administrator without the scope is refused, before all else."""
    endpoints: list[Endpoint] = api.site.testapp.app.registry[ALL]
    tokens = {scope: new_token(api, "admin", scope)["token"] for scope in Scope}
    everything = new_token(api, "admin", " ".join(Scope))["token"]
    for endpoint in endpoints:
        if endpoint.path in ("token", "tokenlogin"):
            continue
        path = endpoint.path.replace("{id}", "999999").replace("{user_id}", "999999").replace("{name}", "x")
        path = path.split("{", maxsplit=1)[0].rstrip("/")
        if "{" in endpoint.path.replace("{id}", "").replace("{user_id}", "").replace("{name}", ""):
            continue
        for scope in Scope:
            status, message = by(api, tokens[scope], endpoint.method, path)
            refused = status == 403 and ("scope" in message or "log in" in message or "named token" in message)
            expected = endpoint.own_login or scope is not endpoint.needed_scope
            assert refused == expected, (endpoint.method, endpoint.path, scope, status, message)
        if endpoint.own_login:
            assert by(api, everything, endpoint.method, path)[0] == 403


def test_a_token_reads_pictures_only_with_that_scope(api: Api) -> None:
    app, url = api.site.testapp, "/image?src=photos/wide.jpg&width=30"
    for scope, status in ((Scope.READ, 200), (Scope.UPLOAD, 403), (Scope.ADMIN, 403)):
        headers = {"Authorization": f"Bearer {new_token(api, 'admin', scope)['token']}"}
        app.get(url, status=200)
        for _ in range(3):
            app.get(url, headers=headers, status=status)
            app.get("/original?src=photos/wide.jpg", headers=headers, status=status)
            app.get(url, headers={**headers, "If-None-Match": "*"}, status=304 if status == 200 else 403)


def test_a_token_raises_nobody(api: Api) -> None:
    """With whatever scopes: it does not change its own account, makes no login and no other token."""
    token = new_token(api, "admin", " ".join(Scope))["token"]
    own = f"admin/users/{api.ids['admin']}"
    for method, path, fields in (
        ("PUT", own, {"password": "a new password"}),
        ("PUT", own, {"first_name": "x"}),
        ("POST", "account/tokens", {"name": "x", "scopes": "read"}),
        ("POST", "account/password", {"old": PASSWORD, "new": "a new password"}),
        ("DELETE", "account/sessions", {}),
    ):
        assert by(api, token, method, path, **fields)[0] == 403, path
    assert api.site.testapp.get(f"/api/tokenlogin/?token={token}", status=403).json["status"] == 403
    reader = new_token(api, "admin", "read files upload")["token"]
    assert by(api, reader, "POST", "admin/users", username="eve", password=PASSWORD)[0] == 403
    assert by(api, reader, "PUT", f"admin/groups/{api.ids['Ann']}", admin_all="1")[0] == 403
    assert by(api, new_token(api, "ann", "admin")["token"], "GET", "admin/users")[0] == 403


def test_who_looks_after_users_ends_the_sessions_only_of_those_within_their_reach(api: Api) -> None:
    api.call("DELETE", f"admin/users/{api.ids['admin']}/sessions", "uma", 403)
    api.call("DELETE", f"admin/users/{api.ids['ann']}/sessions", "bob", 403)
    api.call("GET", f"admin/users/{api.ids['ann']}/sessions", "bob", 403)
    api.data("DELETE", f"admin/users/{api.ids['ann']}/sessions", "uma")


def test_pages_of_other_hosts_may_call_with_a_token_and_never_with_a_cookie(api: Api) -> None:
    app, origin = api.site.testapp, {"Origin": "https://cms.example"}
    asked = {**origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    answer = app.options("/api/v1/account/", headers=asked, status=200)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    for path, status in (("account", 200), ("details?src=none.jpg", 404), ("admin/users?status=7", 400)):
        answer = app.get(f"/api/v1/{path}", headers={**origin, **api.headers("admin")}, status=status)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for headers in (origin, {**origin, "Cookie": "qis-session=x"}, {**origin, **api.headers("ann"), "Cookie": "a=b"}):
        answer = app.get("/api/v1/account/", headers=headers, status="*")
        assert "Access-Control-Allow-Origin" not in answer.headers
    everywhere = [app.get("/login/", headers=origin), answer, app.options("/api/v1/account/", headers=asked)]
    assert all("Access-Control-Allow-Credentials" not in each.headers for each in everywhere)
    assert "Access-Control-Allow-Origin" not in everywhere[0].headers


def test_what_happens_is_in_the_audit_log(api: Api) -> None:
    made = new_token(api, "bob", "read", "for the log")
    api.data("DELETE", f"account/tokens/{made['id']}", "bob")
    api.data("PUT", f"admin/users/{api.ids['bob']}", "uma", first_name="Bobby")
    api.data("DELETE", f"admin/users/{api.ids['bob']}/sessions", "uma")
    api.call("POST", "admin/users", "bob", 403, username="eve", password=PASSWORD)
    api.site.site.audit.flush()
    found = api.data("GET", f"admin/audit?user_id={api.ids['bob']}&limit=1000")["entries"]
    assert [each["action"] for each in found][:3] == ["refused", "token revoked", "token added"]
    assert found[1]["details"]["token"] == "for the log"
    found = api.data("GET", "admin/audit?username=uma&subject=bob")["entries"]
    assert [each["action"] for each in found][:2] == ["session ended", "user changed"]
    assert api.data("GET", "admin/audit?action=token%20added&since=2001-01-01")["entries"]
    assert api.data("GET", "admin/audit?until=2001-01-01T00:00:00Z") == {"entries": [], "before": None}
    assert PASSWORD not in str(api.data("GET", "admin/audit?limit=1000"))


def test_the_audit_log_has_pages(api: Api) -> None:
    for number in range(5):
        new_token(api, "percy", "read", f"number {number}")
    query, pages = "admin/audit?username=percy&action=token%20added&limit=2", []
    before = None
    while not pages or before is not None:
        page = api.data("GET", query + ("" if before is None else f"&before={before}"))
        pages.append([each["details"]["token"] for each in page["entries"]])
        before = page["before"]
    assert pages == [["number 4", "number 3"], ["number 2", "number 1"], ["number 0"]]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=x", "action=all", "limit=0", "limit=1001", "before=-1", "user_id=x"]
)
def test_filters_that_cannot_be_are_named(api: Api, query: str) -> None:
    assert query.partition("=")[0] in api.call("GET", f"admin/audit?{query}", "admin", 400).json["message"]


@pytest.mark.parametrize("who", ["", "ann", "uma", "percy"])
def test_only_super_users_read_the_audit_log(api: Api, who: str) -> None:
    api.call("GET", "admin/audit", who, 403 if who else 401)
