"""Templates, the default template, and permissions by the API."""

from __future__ import annotations

import pytest

from qis_core.testing.apis import Api

FIELDS = {"id", "name", "description", "template", "locked"}
PROPERTY = "admin/properties/pubimage_default_template/"


def test_templates_are_open_to_read(api: Api) -> None:
    found = api.data("GET", "admin/templates/", "")
    assert all(set(template) == FIELDS for template in found)
    assert {"Default", "SmallJpeg", "Precache"} <= {template["name"] for template in found}
    one = next(template for template in found if template["name"] == "SmallJpeg")
    assert one["template"]["width"] == {"value": 200}
    assert api.data("GET", f"admin/templates/{one['id']}/", "") == one


@pytest.mark.parametrize("way", ["form", "json"])
def test_the_life_of_a_template(api: Api, way: str) -> None:
    name = f"Größe {way}"
    if way == "json":
        sent = {"json": {"name": name, "template": {"width": {"value": 33}, "height": None}, "locked": ["width"]}}
    else:
        sent = {"name": name, "template": '{"width": 33}', "locked": "width"}
    made = api.data("POST", "admin/templates/", **sent)
    assert set(made) == FIELDS
    assert (made["template"], made["locked"]) == ({"width": {"value": 33}}, ["width"])
    url = f"/image?src=photos/wide.jpg&tmp={name}&width=50&format=png"
    assert width(api, url) == 33
    one = f"admin/templates/{made['id']}/"
    changed = api.data("PUT", one, json={"template": {"width": 44}, "locked": [], "description": "<i>x</i>"})
    assert (changed["template"], changed["locked"], changed["name"]) == ({"width": {"value": 44}}, [], name)
    assert width(api, url.replace("width=50&", "")) == 44
    assert api.data("DELETE", one) is None
    api.call("GET", one, "admin", 404)
    assert api.site.testapp.get(url, expect_errors=True).status_int != 200


def width(api: Api, url: str) -> int:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(api.site.testapp.get(url).body)).width


BAD = [
    ({}, 400, "name"),
    ({"name": "n"}, 400, "template"),
    ({"name": "", "template": {}}, 400, "name"),
    ({"name": "x" * 121, "template": {}}, 400, "name"),
    ({"name": "n", "template": []}, 400, "template"),
    ({"name": "n", "template": "{"}, 400, "template"),
    ({"name": "n", "template": {"widht": 5}}, 400, "widht"),
    ({"name": "n", "template": {"src": "x.jpg"}}, 400, "src"),
    ({"name": "n", "template": {"width": "wide"}}, 400, "width"),
    ({"name": "n", "template": {"width": {"value": [1]}}}, 400, "width"),
    ({"name": "n", "template": {"format": "exe"}}, 400, "format"),
    ({"name": "n", "template": {"overlay_src": "a\0"}}, 400, "template"),
    ({"name": "n", "template": {}, "locked": ["nothing"]}, 400, "locked"),
    ({"name": "n", "template": {}, "locked": [1]}, 400, "locked"),
    ({"name": "n", "template": {}, "description": "x" * 1025}, 400, "description"),
    ({"name": "DEFAULT", "template": {}}, 409, "there is a template 'Default'"),
]


@pytest.mark.parametrize(("sent", "status", "named"), BAD)
def test_what_no_operation_knows_is_refused_and_named(
    api: Api, sent: dict[str, object], status: int, named: str
) -> None:
    answer = api.call("POST", "admin/templates/", "admin", status, json=sent)
    assert f"({named}" in answer.json["message"]


def test_the_default_template_can_be_another_and_stays(own_api: Api) -> None:
    numbers = {found["name"]: found["id"] for found in own_api.data("GET", "admin/templates/")}
    assert own_api.data("GET", PROPERTY) == {"name": "pubimage_default_template", "value": "Default"}
    own_api.call("DELETE", f"admin/templates/{numbers['Default']}/", "admin", 403)
    assert own_api.data("PUT", PROPERTY, value="smalljpeg")["value"] == "SmallJpeg"
    assert width(own_api, "/image?src=photos/wide.jpg") == 200
    # A new name of the default template changes nothing else.
    own_api.data("PUT", f"admin/templates/{numbers['SmallJpeg']}/", name="Thumb")
    assert own_api.data("GET", PROPERTY)["value"] == "Thumb"
    own_api.call("DELETE", f"admin/templates/{numbers['SmallJpeg']}/", "admin", 403)
    assert own_api.data("DELETE", f"admin/templates/{numbers['Default']}/") is None


def test_every_problem_of_a_template_is_named(api: Api) -> None:
    sent = {"name": "n", "template": {"widht": 5, "height": "tall", "quality": 0}}
    message = api.call("POST", "admin/templates/", "admin", 400, json=sent).json["message"]
    assert all(f"{key}: " in message for key in ("widht", "height", "quality"))


def test_a_folder_has_a_default_template_of_its_own(own_api: Api) -> None:
    api = own_api
    root, photos = (api.data("GET", f"admin/filesystem/folders/?path={path}")["id"] for path in ("/", "/photos"))
    place = f"admin/folders/{photos}/template/"
    nothing = {"folder_id": photos, "template": None, "applies": "Default", "folder_path": None}
    assert api.data("GET", place) == nothing
    assert api.data("PUT", place, template="smalljpeg") == {
        "folder_id": photos, "template": "SmallJpeg", "applies": "SmallJpeg", "folder_path": "/photos",
    }  # fmt: skip
    # It counts from the next request on, below the folder and nowhere else.
    assert width(api, "/image?src=photos/wide.jpg") == 200
    assert width(api, "/image?src=photos/wide.jpg&tmp=default") > 200
    assert api.site.testapp.get("/image?src=art/poster.tif&width=20").content_type != "image/jpeg"
    number = next(found["id"] for found in api.data("GET", "admin/templates/") if found["name"] == "SmallJpeg")
    refused = api.call("DELETE", f"admin/templates/{number}/", "admin", 403)
    assert refused.json["data"] is None
    # A new name of the template changes nothing else, the folder below the root inherits.
    api.data("PUT", f"admin/templates/{number}/", name="Small")
    api.data("PUT", f"admin/folders/{root}/template/", json={"template": "Precache"})
    assert api.data("GET", place)["applies"] == "Small"
    inherited = {"folder_id": photos, "template": None, "applies": "Precache", "folder_path": "/"}
    assert api.data("DELETE", place) == inherited
    assert api.data("DELETE", place) == inherited
    api.data("DELETE", f"admin/folders/{root}/template/")
    assert api.data("GET", place) == nothing
    assert api.data("DELETE", f"admin/templates/{number}/") is None


@pytest.mark.parametrize(("method", "number", "who", "sent", "status", "named"), [
    ("PUT", 1, "admin", {}, 400, "template"),
    ("PUT", 1, "admin", {"template": "no such"}, 400, "template"),
    ("PUT", 1, "admin", {"template": ["x"]}, 400, "template"),
    ("PUT", 99999, "admin", {"template": "Default"}, 404, "there is no folder"),
    ("GET", 99999, "admin", {}, 404, "there is no folder"),
    ("DELETE", 99999, "admin", {}, 404, "there is no folder"),
    ("PUT", 1, "fiona", {"template": "Default"}, 403, ""),
    ("GET", 1, "percy", {}, 403, ""),
    ("DELETE", 1, "uma", {}, 403, ""),
    ("GET", 1, "", {}, 401, ""),
])  # fmt: skip
def test_bad_templates_of_folders(
    api: Api, method: str, number: int, who: str, sent: dict[str, object], status: int, named: str
) -> None:
    more = {"json": sent} if method == "PUT" else {}
    answer = api.call(method, f"admin/folders/{number}/template/", who, status, **more)
    assert named in answer.json["message"]


@pytest.mark.parametrize(("path", "sent", "status"), [
    (PROPERTY, {}, 400),
    (PROPERTY, {"value": "none of that name"}, 400),
    ("admin/properties/access_version/", {"value": "x"}, 404),
    ("admin/properties/nothing/", {"value": "x"}, 404),
])  # fmt: skip
def test_other_properties_are_nobodys_business(api: Api, path: str, sent: dict[str, str], status: int) -> None:
    api.call("PUT", path, "admin", status, **sent)


def test_the_life_of_a_permission(own_api: Api) -> None:
    api = own_api
    folder = api.data("GET", "admin/filesystem/folders/?path=/photos")["id"]
    before = api.data("GET", "admin/permissions/", "percy")
    assert {(p["folder_id"], p["group_id"], p["access"]) for p in before} == {(1, 1, 10), (1, 2, 10), (1, 3, 70)}
    made = api.data("POST", "admin/permissions/", "percy", group_id=1, folder_id=folder, access=0)
    assert set(made) == {"id", "folder_id", "group_id", "access"}
    api.call("POST", "admin/permissions/", "percy", 409, group_id=1, folder_id=folder, access=10)
    api.data("POST", "admin/permissions/", "percy", json={"group_id": 2, "folder_id": folder, "access": 0})
    api.call("GET", "list/?path=/photos", "", 403)
    api.call("GET", "list/?path=/photos", "bob", 403)
    assert api.data("PUT", f"admin/permissions/{made['id']}/", "percy", access=20, group_id=1)["access"] == 20
    api.call("GET", "list/?path=/photos", "", 200)
    assert api.call("GET", "details/?src=photos/wide.jpg", "", 200).json["data"]["download"] is True
    assert api.data("DELETE", f"admin/permissions/{made['id']}/", "percy") is None
    api.call("GET", f"admin/permissions/{made['id']}/", "percy", 404)
    assert api.call("GET", "details/?src=photos/wide.jpg", "", 200).json["data"]["download"] is False


BAD_PERMISSIONS = [
    ("POST", "admin/permissions/", {}, 400, "(group_id"),
    ("POST", "admin/permissions/", {"group_id": 1}, 400, "(folder_id"),
    ("POST", "admin/permissions/", {"group_id": 1, "folder_id": 1}, 400, "(access"),
    ("POST", "admin/permissions/", {"group_id": 1, "folder_id": 1, "access": 15}, 400, "(access"),
    ("POST", "admin/permissions/", {"group_id": "x", "folder_id": 1, "access": 10}, 400, "(group_id"),
    ("POST", "admin/permissions/", {"group_id": 99999, "folder_id": 1, "access": 10}, 404, "(there is no group"),
    ("POST", "admin/permissions/", {"group_id": 1, "folder_id": 99999, "access": 10}, 404, "(there is no folder"),
    ("PUT", "admin/permissions/1/", {}, 400, "(access"),
    ("PUT", "admin/permissions/1/", {"access": 10, "group_id": 3}, 400, "(group_id"),
    ("PUT", "admin/permissions/99999/", {"access": 10}, 404, "(there is no permission"),
    ("DELETE", "admin/permissions/99999/", {}, 404, "(there is no permission"),
    ("GET", "admin/permissions/trace/", {}, 400, "(path"),
    ("GET", "admin/permissions/trace/?path=/&user_id=99999", {}, 404, "(there is no user"),
    ("GET", "admin/permissions/trace/?path=/&user_id=x", {}, 400, "(user_id"),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "message"), BAD_PERMISSIONS)
def test_bad_permissions(api: Api, method: str, path: str, sent: dict[str, object], status: int, message: str) -> None:
    answer = api.call(method, path, "admin", status, **({"json": sent} if method in ("POST", "PUT") else {}))
    assert message in answer.json["message"]


def test_nobody_gives_themselves_more(own_api: Api) -> None:
    sent = {"group_id": own_api.ids["Percy"], "folder_id": 1, "access": 70}
    own_api.call("POST", "admin/permissions/", "percy", 403, **sent)
    assert len(own_api.data("GET", "admin/permissions/")) == 3


def test_the_trace_names_group_and_folder_that_decide(own_api: Api) -> None:
    own_api.permit("photos", own_api.ids["Bob"], 40)
    trace = "admin/permissions/trace/?path=/photos/wide.jpg"
    found = own_api.data("GET", f"{trace}&user_id={own_api.ids['bob']}", "percy")
    assert (found["path"], found["access"], found["right"]) == ("/photos/wide.jpg", 40, "")
    assert found["decided"] == {"group_id": own_api.ids["Bob"], "group": "Bob", "folder": "/photos", "access": 40}
    assert found["explanation"][0] == "bob may view, download, edit and upload in /photos/wide.jpg."
    assert "decided by the group Bob: 40 (upload) is set in /photos" in found["explanation"][1]
    public = own_api.data("GET", trace, "percy")
    assert (public["access"], public["decided"]["folder"], public["decided"]["group"]) == (10, "/", "Public")
    admin = own_api.data("GET", f"{trace}&user_id={own_api.ids['admin']}")
    assert (admin["access"], admin["right"], admin["decided"]) == (70, "admin_all", None)
