"""Tasks by the REST API: starting, looking, cancelling; what may be sent, and by whom."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from qis_core.db.logins import ApiToken, LoginFailure, WebSession
from qis_core.testing.apis import Api

SECONDS = 60


def ended(api: Api, number: int, who: str = "admin") -> dict[str, Any]:
    """The task when it has ended."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found: dict[str, Any] = api.data("GET", f"admin/tasks/{number}", who)
        if found["status"] == 2:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_task_is_accepted_and_can_be_watched(api: Api) -> None:
    answer = api.call("POST", "admin/tasks/purge_image_stats", "admin", 202, before_time="2024-01-01")
    assert answer.json["message"] == "OK task accepted"
    accepted = answer.json["data"]
    assert (accepted["funcname"], accepted["status"], accepted["result"]) == ("purge_image_stats", 0, None)
    assert accepted["params"] == {"before_time": "2024-01-01T00:00:00Z", "date_to": None}
    assert (accepted["user_id"], accepted["user"]["username"]) == (api.ids["admin"], "admin")
    assert "password" not in str(accepted)
    found = ended(api, accepted["id"])
    assert (found["outcome"], found["result"], found["error"]) == ("succeeded", {"rows": 0}, "")
    assert found["created"] <= found["started"] <= found["ended"] < found["keep_until"]
    assert found["created"].endswith("Z")


@pytest.mark.parametrize("path", ["admin/tasks/sync", "admin/tasks/sync/"])
def test_a_task_takes_json_and_tells_how_far_it_is(api: Api, path: str) -> None:
    accepted = api.call("POST", path, "admin", 202, json={"path": "/photos", "again": True}).json["data"]
    found = ended(api, accepted["id"])
    assert found["outcome"] == "succeeded", found
    assert found["result"]["pictures"] == 2
    assert found["progress"]["done"] == found["progress"]["total"] == 2


@pytest.mark.parametrize("name", ["purge_image_stats", "purge_system_stats"])
@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "before_time"),
        ({"before_time": "yesterday"}, "before_time"),
        ({"before_time": "<script>"}, "before_time"),
        ({"before_time": "9999-01-01"}, "before_time"),
        ({"date_to": "2024-13-01"}, "date_to"),
        ({"before_time": "2024-01-01", "date_to": "2024-01-02"}, "date_to"),
    ],
)
def test_a_wrong_moment_is_named(api: Api, name: str, sent: dict[str, str], named: str) -> None:
    answer = api.call("POST", f"admin/tasks/{name}", "admin", 400, **sent)
    assert answer.json["message"].startswith(f"Invalid parameter ({named}: ")


@pytest.mark.parametrize("form", ["2024-01-01", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.5+02:00"])
def test_date_to_is_before_time(api: Api, form: str) -> None:
    api.call("POST", "admin/tasks/purge_system_stats", "admin", 202, date_to=form)


@pytest.mark.parametrize("path", ["", "../x", "a\0b", "x" * 2000, 7, None, ["a"]])
def test_a_wrong_path_is_named(api: Api, path: object) -> None:
    sent = {} if path is None else {"path": path}
    answer = api.call("POST", "admin/tasks/purge_deleted_folder_data", "admin", 400, json=sent)
    assert "path" in answer.json["message"]


def test_what_is_purged_and_synced_is_true(api: Api) -> None:
    library = api.site.library
    (library / "gone").mkdir()
    (library / "gone/a.png").write_bytes((library / "photos/tall.png").read_bytes())
    ended(api, api.call("POST", "admin/tasks/sync", "admin", 202, path="/gone").json["data"]["id"])
    image = api.data("GET", "details?src=gone/a.png")
    (library / "gone/a.png").unlink()
    (library / "gone").rmdir()
    ended(api, api.call("POST", "admin/tasks/sync", "admin", 202).json["data"]["id"])
    assert api.data("GET", f"admin/images/{image['id']}")["status"] == 0
    purge = api.call("POST", "admin/tasks/purge_deleted_folder_data", "admin", 202, path="/gone").json["data"]
    assert ended(api, purge["id"])["result"] == {"images": 1, "folders": 1}
    api.call("GET", f"admin/images/{image['id']}", "admin", 404)
    api.call("GET", f"admin/filesystem/folders/{image['folder_id']}", "admin", 404)
    again = api.call("POST", "admin/tasks/purge_deleted_folder_data", "admin", 202, path="/").json["data"]
    assert ended(api, again["id"])["result"] == {"images": 0, "folders": 0}


@pytest.mark.parametrize(
    "sent", [{}, {"everything": "perhaps"}, {"images": "../x"}, {"folders": 5}, {"nothing": "1", "images": "\0"}]
)
def test_a_purge_of_nothing_is_refused(api: Api, sent: dict[str, object]) -> None:
    api.call("POST", "admin/tasks/purge_cache", "admin", 400, json=sent)


def test_the_cache_is_purged(api: Api) -> None:
    url = "/image?src=photos/wide.jpg&width=77"
    before = api.site.testapp.get(url).headers["ETag"]
    sent = {"images": ["photos/wide.jpg"]}
    task = api.call("POST", "admin/tasks/purge_cache", "admin", 202, json=sent).json["data"]
    assert ended(api, task["id"])["outcome"] == "succeeded"
    assert api.site.testapp.get(url).headers["ETag"] != before


MAY_BE_SENT = {
    "sync": {},
    "purge_audit_log": {},
    "purge_finished_tasks": {},
    "forget_logins": {},
    "forget_usage": {},
    "purge_cache": {"everything": "1"},
    "purge_image_stats": {"before_time": "2024-01-01"},
    "purge_system_stats": {"before_time": "2024-01-01"},
    "purge_deleted_folder_data": {"path": "/"},
}


@pytest.mark.parametrize("who", ["uma", "percy", "fiona", "ann"])
def test_only_administrators_start_the_servers_tasks(api: Api, who: str) -> None:
    for name, task in api.site.site.tasks.known.items():
        if task.needs is None:
            continue
        if name in MAY_BE_SENT:
            answer = api.call("POST", f"admin/tasks/{name}", who, 403, **MAY_BE_SENT[name])
            assert answer.json["message"] == "Unauthorised request"
        else:
            found = api.site.testapp.post(f"/api/admin/tasks/{name}", headers=api.headers(who), expect_errors=True)
            assert found.status_int in (400, 403), name


def test_tasks_need_a_login(api: Api) -> None:
    for method, path in (("GET", "admin/tasks"), ("POST", "admin/tasks/sync"), ("GET", "admin/tasks/1")):
        api.call(method, path, "", 401)


def test_a_task_is_its_users_own(api: Api) -> None:
    tasks = api.site.site.tasks
    mine = tasks.start("sync", {}, user_id=api.ids["ann"])
    assert ended(api, mine.id, "ann")["user"]["username"] == "ann"
    assert ended(api, mine.id, "admin")["id"] == mine.id
    for method in ("GET", "DELETE"):
        api.call(method, f"admin/tasks/{mine.id}", "bob", 403)
    assert mine.id in [task["id"] for task in api.data("GET", "admin/tasks", "ann")]
    assert mine.id not in [task["id"] for task in api.data("GET", "admin/tasks", "bob")]
    assert mine.id in [task["id"] for task in api.data("GET", "admin/tasks?limit=1000", "admin")]
    systems = tasks.start("sync", {})
    api.call("GET", f"admin/tasks/{systems.id}", "ann", 403)


def test_tasks_are_listed_by_status_and_name(api: Api) -> None:
    task = api.call("POST", "admin/tasks/purge_system_stats", "admin", 202, before_time="2024-01-01").json["data"]
    ended(api, task["id"])
    done = api.data("GET", "admin/tasks?status=2&function=purge_system_stats&limit=1")
    assert [found["id"] for found in done] == [task["id"]]
    assert task["id"] not in [found["id"] for found in api.data("GET", "admin/tasks?status=0")]
    before = api.data("GET", f"admin/tasks?before={task['id']}")
    assert all(found["id"] < task["id"] for found in before)
    for wrong in ("status=3", "status=new", "limit=0", "limit=1001", "before=x"):
        api.call("GET", f"admin/tasks?{wrong}", "admin", 400)


def test_what_is_not_there_is_not_found(api: Api) -> None:
    for method, path in (
        ("GET", "admin/tasks/999999999"), ("DELETE", "admin/tasks/999999999"),
        ("POST", "admin/tasks/no_such_task"), ("POST", "admin/tasks/..%2fx"),
    ):  # fmt: skip
        api.call(method, path, "admin", 404)
    assert api.call("PUT", "admin/tasks/sync", "admin", 405).headers["Allow"] == "OPTIONS, POST"


def test_a_task_that_has_ended_stays_as_it_is(api: Api) -> None:
    task = api.call("POST", "admin/tasks/purge_system_stats", "admin", 202, before_time="2024-01-01").json["data"]
    before = ended(api, task["id"])
    assert api.data("DELETE", f"admin/tasks/{task['id']}") == before


def test_every_task_is_documented_with_its_parameters(api: Api) -> None:
    document = api.site.testapp.get("/api/openapi.json").json
    for name in api.site.site.tasks.known:
        operation = document["paths"][f"/admin/tasks/{name}/"]["post"]
        assert set(operation["responses"]) >= {"202", "401", "403"}
        assert "200" not in operation["responses"]
    sent = document["paths"]["/admin/tasks/sync/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(sent["properties"]) == {"path", "metadata", "again", "empty"}
    assert sent["properties"]["path"]["default"] == "/"


def test_who_started_and_cancelled_what_is_logged(api: Api) -> None:
    from qis_core.db.audit import AuditEntry

    task = api.call("POST", "admin/tasks/purge_system_stats", "admin", 202, before_time="2024-01-01").json["data"]
    with api.site.site.reading() as session:
        entries = session.query(AuditEntry).where(AuditEntry.action == "task started").all()
    assert task["id"] in [entry.details["task"] for entry in entries]


def test_a_task_is_found_below_its_function_too(api: Api) -> None:
    task = api.call("POST", "admin/tasks/purge_system_stats/", "admin", 202, before_time="2024-01-01").json["data"]
    assert api.data("GET", f"admin/tasks/purge_system_stats/{task['id']}/")["id"] == task["id"]
    api.call("GET", f"admin/tasks/sync/{task['id']}/", "admin", 404)
    api.call("GET", f"admin/tasks/purge_system_stats/{task['id']}/", "bob", 403)
    api.call("GET", f"admin/tasks/purge_system_stats/{task['id']}/", "", 401)


def test_logins_that_ended_long_ago_are_forgotten_and_others_stay(api: Api) -> None:
    moment = datetime.now(UTC)
    ages = {"ended": 40, "unused": 40, "expired": 31, "shown": 29, "active": 0}
    with api.site.site.writing.begin() as session:
        for name, days in ages.items():
            common = {"digest": name.ljust(64, "."), "user_id": api.ids["bob"]}
            ends = moment - timedelta(days=days) + timedelta(hours=1 if name == "active" else 0)
            if name in {"ended", "unused", "active"}:
                later = ends if name != "unused" else moment + timedelta(days=1)
                session.add(WebSession(**common, stamp="x", seen=moment - timedelta(days=days), expires=later))
            if name in {"expired", "shown", "active"}:
                session.add(ApiToken(**common, name=name, scopes="read", expires=ends))
            session.add(LoginFailure(key=name, count=1, last=moment.timestamp() - days * 86400))
    task = api.call("POST", "admin/tasks/forget_logins", "admin", 202).json["data"]
    found = ended(api, task["id"])
    assert found["outcome"] == "succeeded", found
    assert found["result"] == {"sessions": 2, "tokens": 1, "failures": 4}
    with api.site.site.reading() as session:
        mine = WebSession.user_id == api.ids["bob"]
        assert [kept.strip(".") for kept in session.scalars(select(WebSession.digest).where(mine))] == ["active"]
        kept = session.scalars(select(ApiToken.name).where(ApiToken.user_id == api.ids["bob"]))
        assert sorted(kept) == ["active", "shown"]
        assert list(session.scalars(select(LoginFailure.key))) == ["active"]


@pytest.mark.parametrize(("scopes", "status"), [("read files upload folios", 403), ("read", 403), ("admin", 202)])
def test_a_named_token_starts_tasks_only_with_the_scope_admin(api: Api, scopes: str, status: int) -> None:
    sent = {"name": scopes, "scopes": scopes, "days": 1}
    token = api.data("POST", "account/tokens", "admin", **sent)["token"]
    for name, fields in MAY_BE_SENT.items():
        answer = api.site.testapp.post(
            f"/api/v1/admin/tasks/{name}/", fields, headers={"Authorization": f"Bearer {token}"}, status=status
        )
        assert answer.json["status"] == status
        if status == 403:
            assert "scope admin" in answer.json["message"]
