"""The contract's table: endpoint × methods × statuses, under every spelling of a path."""

from __future__ import annotations

import pytest

from qis_core.testing.apis import Api

ADMIN = {401, 403}
CONTRACT: dict[str, dict[str, set[int]]] = {
    "token": {"POST": {400, 403}},
    "tokenlogin": {"GET": {400}},
    "list": {"GET": {400, 403, 404}},
    "details": {"GET": {400, 403, 404, 415}},
    "upload": {"POST": {400, 401, 403, 409, 415}},
    "admin/images/{id}": {"GET": {*ADMIN, 404}, "PUT": {*ADMIN, 400, 404}},
    "admin/templates": {"GET": set(), "POST": {*ADMIN, 400, 409}},
    "admin/templates/{id}": {"GET": {404}, "PUT": {*ADMIN, 400, 404, 409}, "DELETE": {*ADMIN, 404}},
    "admin/users": {"GET": {*ADMIN, 400}, "POST": {*ADMIN, 400, 409}},
    "admin/users/{id}": {"GET": {*ADMIN, 404}, "PUT": {*ADMIN, 400, 404, 409}, "DELETE": {*ADMIN, 404}},
    "admin/groups": {"GET": ADMIN, "POST": {*ADMIN, 400, 409}},
    "admin/groups/{id}": {"GET": {*ADMIN, 404}, "PUT": {*ADMIN, 400, 404, 409}, "DELETE": {*ADMIN, 404}},
    "admin/groups/{id}/members": {"POST": {*ADMIN, 400, 404}},
    "admin/groups/{id}/members/{user_id}": {"DELETE": {*ADMIN, 404}},
    "admin/permissions": {"GET": ADMIN, "POST": {*ADMIN, 400, 404, 409}},
    "admin/permissions/{id}": {"GET": {*ADMIN, 404}, "PUT": {*ADMIN, 400, 404}, "DELETE": {*ADMIN, 404}},
    "admin/filesystem/images/{id}": {"PUT": {*ADMIN, 400, 404, 409}, "DELETE": {*ADMIN, 404}},
    "admin/filesystem/folders": {"GET": {*ADMIN, 400, 404}, "POST": {*ADMIN, 400, 409}},
    "admin/filesystem/folders/{id}": {
        "GET": {*ADMIN, 404},
        "PUT": {*ADMIN, 202, 400, 404, 409},
        "DELETE": {*ADMIN, 202, 404},
    },
    "admin/properties/{name}": {"GET": {*ADMIN, 404}, "PUT": {*ADMIN, 400, 404}},
    "admin/tasks/{id}": {"GET": {*ADMIN, 404}},
    "admin/tasks/purge_system_stats": {"POST": {*ADMIN, 202, 400}},
    "admin/tasks/purge_image_stats": {"POST": {*ADMIN, 202, 400}},
    "admin/tasks/purge_deleted_folder_data": {"POST": {*ADMIN, 202, 400}},
}
"""What clients of the contract call; portfolios come with their own part. Statuses besides 200."""

OURS = {"admin/tasks/{id}": {"DELETE"}}
"""Methods that we add to a path of the contract."""


@pytest.mark.parametrize("path", CONTRACT)
def test_the_methods_of_a_path_under_every_spelling(api: Api, path: str) -> None:
    place = path.replace("{id}", "1").replace("{user_id}", "1").replace("{name}", "x")
    methods = CONTRACT[path].keys() | OURS.get(path, set())
    for spelling in (f"/api/{place}", f"/api/{place}/", f"/api/v1/{place}", f"/api/v1/{place}/"):
        allowed = set(api.site.testapp.options(spelling).headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert allowed == methods, spelling
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - methods:
            answer = api.site.testapp.request(spelling, method=method, expect_errors=True)
            assert answer.json == {"status": 405, "message": "Method Not Allowed", "data": None}, (spelling, method)


@pytest.mark.parametrize("path", CONTRACT)
def test_its_statuses_are_documented(api: Api, path: str) -> None:
    told = api.site.testapp.get("/api/openapi.json").json["paths"][f"/{path}/"]
    for method, statuses in CONTRACT[path].items():
        documented = {int(status) for status in told[method.lower()]["responses"]}
        missing = statuses - documented
        assert not missing, (method, missing)
        # Bodies go as forms and as JSON, files as forms only.
        content = set(told[method.lower()].get("requestBody", {}).get("content", {}))
        if content and path != "upload":
            assert {"application/json", "application/x-www-form-urlencoded"} <= content


ALWAYS = ("admin/users/", "admin/groups/", "admin/permissions/", "admin/images/1/", "admin/filesystem/folders/")


@pytest.mark.parametrize("path", ALWAYS)
@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic bm9uc2Vuc2U6"])
def test_what_needs_a_login_says_so(api: Api, path: str, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = api.site.testapp.get("/api/v1/" + path, headers=headers, status=401)
    assert answer.json == {"status": 401, "message": "Not authenticated", "data": None}


MESSAGES = [
    ("GET", "list/?path=/", "", 200, "OK"),
    ("GET", "list/", "", 400, "Invalid parameter (path"),
    ("GET", "list/?path=/nowhere", "", 404, "The requested item was not found ("),
    ("GET", "details/?src=nothing.jpg", "", 404, "The requested item was not found ("),
    ("GET", "nothing/", "", 404, "The requested item was not found"),
    ("GET", "admin/users/", "bob", 403, "Unauthorised request"),
    ("PATCH", "list/", "", 405, "Method Not Allowed"),
]


@pytest.mark.parametrize(("method", "path", "who", "status", "message"), MESSAGES)
def test_the_texts_of_the_contract(api: Api, method: str, path: str, who: str, status: int, message: str) -> None:
    answer = api.site.testapp.request("/api/v1/" + path, method=method, headers=api.headers(who), expect_errors=True)
    assert (answer.status_int, answer.json["status"]) == (status, status)
    assert answer.json["message"].startswith(message)
    assert answer.json["message"] == message or "(" in message
