"""Users, groups and members by the API: the contract's fields, who may do what, and what nobody may."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from qis_core.db.audit import AuditEntry
from qis_core.testing.apis import PASSWORD, Api

USER = {"id", "first_name", "last_name", "email", "username", "auth_type", "allow_api", "status"}
GROUP = {"id", "name", "description", "group_type", "permissions"}
FLAGS = {
    "group_id", "folios", "reports", "admin_users", "admin_files", "admin_folios", "admin_permissions", "admin_all",
}  # fmt: skip
NEW = {"username": "carl", "password": PASSWORD}


def token(api: Api, username: str, password: str, status: int = 200) -> None:
    api.call("POST", "token/", "", status, username=username, password=password)


@pytest.mark.parametrize("way", ["form", "json"])
def test_the_life_of_a_user(api: Api, way: str) -> None:
    sent = {**NEW, "username": f"Zoë.{way}", "first_name": "Zoë", "last_name": "<b>'; --", "email": "z@example.org"}
    sent |= {"allow_api": True} if way == "json" else {"allow_api": "1"}
    made = api.data("POST", "admin/users/", "uma", **({"json": sent} if way == "json" else sent))
    assert set(made) == USER
    assert (made["username"], made["first_name"], made["last_name"]) == (f"zoë.{way}", "Zoë", "<b>'; --")
    assert (made["allow_api"], made["auth_type"], made["status"]) == (True, 1, 1)
    one = f"admin/users/{made['id']}/"
    assert api.data("GET", one, "uma") == made
    token(api, sent["username"], PASSWORD)
    assert api.data("PUT", one, "uma", email="")["email"] == ""
    assert api.data("PUT", one, "uma", password="quite another one")["first_name"] == "Zoë"
    token(api, sent["username"], "quite another one")
    assert api.data("DELETE", one, "uma") is None
    assert api.data("GET", one, "uma")["status"] == 0
    token(api, sent["username"], "quite another one", 403)
    assert made["id"] not in [user["id"] for user in api.data("GET", "admin/users/", "uma")]
    assert [made["id"]] == [u["id"] for u in api.data("GET", "admin/users/?status=0", "uma") if u["id"] == made["id"]]
    assert api.data("PUT", one, "uma", status=1)["status"] == 1
    api.data("DELETE", one, "uma")


def test_users_are_listed_by_name(api: Api) -> None:
    names = [user["username"] for user in api.data("GET", "admin/users?status=any", "uma")]
    assert {"admin", "ann", "bob", "uma"} <= set(names)
    assert names == sorted(names)


def test_ldap_accounts_have_no_password_here(api: Api) -> None:
    made = api.data("POST", "admin/users/", "uma", username="ldap.user", auth_type=2, last_name="L")
    assert (made["auth_type"], made["last_name"]) == (2, "L")
    for sent in ({"password": PASSWORD}, {"auth_type": 1}):
        answer = api.call("PUT", f"admin/users/{made['id']}/", "uma", 400, **sent)
        assert answer.json["message"].startswith("Invalid parameter (password")
    assert api.data("PUT", f"admin/users/{made['id']}/", "uma", auth_type=1, password=PASSWORD)["auth_type"] == 1


def test_everybody_has_their_own_record(api: Api) -> None:
    own = f"admin/users/{api.ids['bob']}/"
    whole = api.data("GET", own, "bob")
    # What stays as it is may be sent along, as scripts do that send the whole record back.
    assert api.data("PUT", own, "bob", json={**whole, "first_name": "Bobby"})["first_name"] == "Bobby"
    for sent in ({"username": "boss"}, {"allow_api": "0"}, {"status": "0"}, {"auth_type": "2"}):
        api.call("PUT", own, "bob", 403, **sent)
    assert api.data("GET", own, "bob")["username"] == "bob"


BAD_USERS = [
    ({}, 400, "username"),
    ({"username": "x"}, 400, "password"),
    ({**NEW, "username": ""}, 400, "username"),
    ({**NEW, "username": "a b"}, 400, "username"),
    ({**NEW, "username": "a:b"}, 400, "username"),
    ({**NEW, "username": "x" * 121}, 400, "username"),
    ({**NEW, "username": 5}, 400, "username"),
    ({**NEW, "username": None}, 400, "username"),
    ({**NEW, "username": "a\0"}, 400, "username"),
    ({**NEW, "username": "\ud800"}, 400, "username"),
    ({**NEW, "password": "short"}, 400, "password"),
    ({**NEW, "password": "x" * 2000}, 400, "password"),
    ({**NEW, "password": 12345678}, 400, "password"),
    ({**NEW, "first_name": "x" * 121}, 400, "first_name"),
    ({**NEW, "last_name": []}, 400, "last_name"),
    ({**NEW, "email": "x" * 321}, 400, "email"),
    ({**NEW, "auth_type": 3}, 400, "auth_type"),
    ({**NEW, "auth_type": "x"}, 400, "auth_type"),
    ({**NEW, "auth_type": True}, 400, "auth_type"),
    ({**NEW, "auth_type": 2}, 400, "password"),
    ({**NEW, "allow_api": "maybe"}, 400, "allow_api"),
    ({**NEW, "username": "ADMIN"}, 409, "there is a user 'admin'"),
]


@pytest.mark.parametrize(("sent", "status", "named"), BAD_USERS)
def test_bad_users_are_refused_and_the_field_is_named(
    api: Api, sent: dict[str, object], status: int, named: str
) -> None:
    answer = api.call("POST", "admin/users/", "uma", status, json=sent)
    begin = "Invalid parameter (" if status == 400 else "The specified item already exists ("
    assert answer.json["message"].startswith(begin + named)
    assert "short'" not in answer.text
    assert "12345678" not in answer.text


# method, path ({name} is somebody's number, {Name} their group's), sent, and who may: all others get 403.
NEEDS = [
    ("GET", "admin/users/", {}, {"uma"}),
    ("POST", "admin/users/", NEW, {"uma"}),
    ("GET", "admin/users/{bob}/", {}, {"uma", "bob"}),
    ("PUT", "admin/users/{bob}/", {"last_name": "B"}, {"uma", "bob"}),
    ("PUT", "admin/users/{bob}/", {"allow_api": "1"}, {"uma", "bob"}),
    ("PUT", "admin/users/{admin}/", {"password": PASSWORD}, set()),
    ("PUT", "admin/users/{percy}/", {"password": PASSWORD}, {"percy"}),
    ("PUT", "admin/users/{fiona}/", {"email": "x"}, {"fiona"}),
    ("DELETE", "admin/users/{admin}/", {}, set()),
    ("GET", "admin/groups/", {}, {"uma"}),
    ("GET", "admin/groups/{Bob}/", {}, {"uma"}),
    ("POST", "admin/groups/", {"name": "new"}, {"percy"}),
    ("PUT", "admin/groups/{Bob}/", {"description": "d"}, {"uma"}),
    ("PUT", "admin/groups/{Bob}/", {"reports": "1"}, {"percy"}),
    ("PUT", "admin/groups/{Bob}/", {"admin_all": "1"}, set()),
    ("PUT", "admin/groups/{Percy}/", {"admin_users": "1"}, set()),
    ("PUT", "admin/groups/1/", {"reports": "1"}, set()),
    ("DELETE", "admin/groups/1/", {}, set()),
    ("DELETE", "admin/groups/3/", {}, set()),
    ("POST", "admin/groups/{Bob}/members/", {"user_id": "{ann}"}, {"uma"}),
    ("POST", "admin/groups/{Percy}/members/", {"user_id": "{ann}"}, set()),
    ("POST", "admin/groups/3/members/", {"user_id": "{ann}"}, set()),
    ("POST", "admin/groups/2/members/", {"user_id": "{ann}"}, set()),
    ("POST", "admin/groups/{Fiona}/members/", {"user_id": "{uma}"}, set()),
    ("DELETE", "admin/groups/3/members/{admin}/", {}, set()),
    ("GET", "admin/permissions/", {}, {"percy"}),
    ("GET", "admin/permissions/1/", {}, {"percy"}),
    ("GET", "admin/permissions/trace/?path=/", {}, {"percy"}),
    ("POST", "admin/permissions/", {"group_id": "{Bob}", "folder_id": "1", "access": "10"}, {"percy"}),
    ("PUT", "admin/permissions/1/", {"access": "10"}, {"percy"}),
    ("DELETE", "admin/permissions/1/", {}, set()),
    ("POST", "admin/templates/", {"name": "n", "template": "{}"}, set()),
    ("PUT", "admin/templates/1/", {"description": "d"}, set()),
    ("DELETE", "admin/templates/2/", {}, set()),
    ("GET", "admin/properties/pubimage_default_template/", {}, set()),
    ("PUT", "admin/properties/pubimage_default_template/", {"value": "Default"}, set()),
]


@pytest.mark.parametrize(
    ("method", "path", "sent", "may"),
    NEEDS,
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_who_may(own_api: Api, method: str, path: str, sent: dict[str, str], may: set[str]) -> None:
    path = path.format(**own_api.ids)
    sent = {name: text if text == "{}" else text.format(**own_api.ids) for name, text in sent.items()}
    own_api.call(method, path, "", 401, **sent)
    for who in ("ann", "bob", "fiona", "uma", "percy"):
        if who not in may:
            assert own_api.call(method, path, who, 403, **sent).json["message"] == "Unauthorised request"
    for who in sorted(may & {"uma", "percy", "bob", "fiona"}):
        if who == "percy" and "password" in sent:
            continue  # Ends the token that the next one would come with.
        own_api.call(method, path, who, 200, **sent)
        break


def test_the_last_administrator_stays(own_api: Api) -> None:
    admin = own_api.ids["admin"]
    for method, path, sent in (
        ("DELETE", f"admin/users/{admin}/", {}),
        ("PUT", f"admin/users/{admin}/", {"status": "0"}),
        ("PUT", f"admin/users/{admin}/", {"auth_type": "2"}),
        ("DELETE", f"admin/groups/3/members/{admin}/", {}),
        ("PUT", "admin/groups/3/", {"admin_all": "0"}),
    ):
        own_api.call(method, path, "admin", 403, **sent)
    assert own_api.data("GET", f"admin/users/{admin}/")["status"] == 1
    own_api.data("POST", "admin/groups/3/members/", user_id=own_api.ids["ann"])
    assert own_api.data("DELETE", f"admin/groups/3/members/{admin}/") is None
    own_api.call("GET", "admin/users/", "admin", 403)
    assert own_api.data("GET", "admin/users/", "ann")


@pytest.mark.parametrize("way", ["form", "json"])
def test_the_life_of_a_group(api: Api, way: str) -> None:
    sent = {"name": f"Größe {way}", "description": "two\nlines", "folios": "1"}
    if way == "json":
        sent = {**sent, "folios": False, "permissions": {"folios": True, "reports": False}}
        sent.pop("folios")
    made = api.data("POST", "admin/groups/", **({"json": sent} if way == "json" else sent))
    assert set(made) == GROUP | {"users"}
    assert set(made["permissions"]) == FLAGS
    assert [name for name in FLAGS if made["permissions"][name] is True] == ["folios"]
    assert (made["name"], made["group_type"], made["users"]) == (sent["name"], 2, [])
    one = f"admin/groups/{made['id']}/"
    assert api.data("POST", one + "members/", user_id=api.ids["ann"]) is None
    assert [user["username"] for user in api.data("GET", one)["users"]] == ["ann"]
    assert api.data("PUT", one, name="Other " + way, reports="1", folios="0")["permissions"]["reports"] is True
    assert api.data("PUT", one, json={**api.data("GET", one), "description": ""})["description"] == ""
    assert api.data("DELETE", f"{one}members/{api.ids['ann']}/") is None
    api.call("DELETE", f"{one}members/{api.ids['ann']}/", "admin", 404)
    assert api.data("DELETE", one) is None
    api.call("GET", one, "admin", 404)


def test_groups_are_listed_with_their_flags(api: Api) -> None:
    groups = api.data("GET", "admin/groups/")
    assert all(set(group) == GROUP for group in groups)
    assert {(group["id"], group["group_type"]) for group in groups} >= {(1, 1), (2, 1), (3, 1)}


BAD_GROUPS = [
    ("POST", "admin/groups/", {}, 400, "name"),
    ("POST", "admin/groups/", {"name": ""}, 400, "name"),
    ("POST", "admin/groups/", {"name": "  "}, 400, "name"),
    ("POST", "admin/groups/", {"name": "x" * 121}, 400, "name"),
    ("POST", "admin/groups/", {"name": {"a": 1}}, 400, "name"),
    ("POST", "admin/groups/", {"name": "g", "description": "x" * 1025}, 400, "description"),
    ("POST", "admin/groups/", {"name": "g", "group_type": 1}, 400, "group_type"),
    ("POST", "admin/groups/", {"name": "g", "folios": "perhaps"}, 400, "folios"),
    ("POST", "admin/groups/", {"name": "g", "permissions": []}, 400, "permissions"),
    ("POST", "admin/groups/", {"name": "g", "permissions": {"fly": True}}, 400, "permissions"),
    ("POST", "admin/groups/", {"name": "ANN"}, 409, "there is a group 'Ann'"),
    ("PUT", "admin/groups/{Bob}/", {"name": "ann"}, 409, "there is a group 'Ann'"),
    ("PUT", "admin/groups/999999/", {"name": "x"}, 404, "there is no group"),
    ("POST", "admin/groups/{Bob}/members/", {}, 400, "user_id"),
    ("POST", "admin/groups/{Bob}/members/", {"user_id": "x"}, 400, "user_id"),
    ("POST", "admin/groups/{Bob}/members/", {"user_id": 10**30}, 400, "user_id"),
    ("POST", "admin/groups/{Bob}/members/", {"user_id": 999999}, 404, "there is no user"),
    ("POST", "admin/groups/999999/members/", {"user_id": 1}, 404, "there is no group"),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "named"), BAD_GROUPS)
def test_bad_groups_and_members(
    api: Api, method: str, path: str, sent: dict[str, object], status: int, named: str
) -> None:
    answer = api.call(method, path.format(**api.ids), "admin", status, json=sent)
    assert f"({named}" in answer.json["message"]


def test_a_change_counts_from_the_next_request_and_is_logged(own_api: Api) -> None:
    own_api.call("GET", "admin/users/", "ann", 403)
    own_api.data("PUT", f"admin/groups/{own_api.ids['Ann']}/", admin_users="1")
    own_api.data("GET", "admin/users/", "ann")
    own_api.data("POST", "admin/users/", "ann", username="dora", password=PASSWORD)
    with own_api.site.site.reading() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "user added")).all()
    assert [(entry.username, entry.subject, entry.address) for entry in found] == [("ann", "dora", "")]
