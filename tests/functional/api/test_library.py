"""Reading the library by the API: lists, details, images and folders."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.testing.apis import Api

PUBLIC, NORMAL = 1, 2
IMAGE_FIELDS = {
    "id", "src", "folder_id", "folder", "filename", "title", "description", "width", "height", "status",
    "supported", "url", "download",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def library(api: Api) -> None:
    """``/shelf`` for everybody, ``/shelf/closed`` for the group Ann, ``/shelf/hidden`` likewise, but to download."""
    root = api.site.library
    for folder in ("shelf", "shelf/closed", "shelf/open", "shelf/empty"):
        (root / folder).mkdir()
    for name in ("b.png", "a.png", "C.png", "ä ö.png", "closed/x.png", "open/y.png"):
        Image.new("RGB", (30, 20), "teal").save(root / "shelf" / name)
    (root / "shelf/notes.txt").write_text("no picture")
    (root / "shelf/broken.jpg").write_bytes(b"no picture either")
    (root / "shelf/.hidden.png").write_bytes(b"")
    api.permit("shelf/closed", PUBLIC, 0)
    api.permit("shelf/closed", NORMAL, 0)
    api.permit("shelf/closed", api.ids["Ann"], 30)
    api.permit("shelf/open", api.ids["Ann"], 20)


SPELLINGS = ("/api/v1/{}/", "/api/v1/{}", "/api/{}/", "/api/{}")


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["list", "details"])
def test_every_spelling_of_the_path_works(api: Api, spelling: str, name: str) -> None:
    answer = api.site.testapp.get(spelling.format(name) + "?path=/shelf&src=/shelf/a.png")
    assert (answer.json["status"], answer.json["message"]) == (200, "OK")
    assert answer.headers["Cache-Control"] == "no-store"


def test_files_are_listed_by_name_whatever_they_are(api: Api) -> None:
    listed = api.data("GET", "list/?path=/shelf", "")
    names = ["C.png", "a.png", "b.png", "broken.jpg", "notes.txt", "ä ö.png"]
    assert [entry["filename"] for entry in listed] == names
    assert [entry["supported"] for entry in listed] == [True, True, True, True, False, True]
    assert all(set(entry) == {"filename", "supported", "url"} for entry in listed)
    assert listed[0]["url"] == "http://localhost/image?src=shelf/C.png"
    assert listed[4]["url"] == ""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("start=0&limit=2", ["C.png", "a.png"]),
        ("start=2&limit=1", ["b.png"]),
        ("start=5", ["ä ö.png"]),
        ("start=6", []),
        ("start=100000&limit=1000", []),
    ],
)
def test_a_part_of_the_list(api: Api, query: str, names: list[str]) -> None:
    assert [entry["filename"] for entry in api.data("GET", f"list/?path=/shelf&{query}", "")] == names


@pytest.mark.parametrize("attributes", ["0", "1"])
def test_options_of_images_are_put_into_each_url_which_then_works(api: Api, attributes: str) -> None:
    query = f"list/?path=shelf&attributes={attributes}&width=10&tmp=SmallJpeg&src=other.png"
    listed = api.data("GET", query, "")
    urls = [entry["url"] for entry in listed if entry["filename"] == "ä ö.png"]
    assert urls == ["http://localhost/image?src=shelf/%C3%A4+%C3%B6.png&width=10&tmp=SmallJpeg"]
    assert api.site.testapp.get(urls[0]).content_type == "image/jpeg"


def test_attributes_give_all_fields_of_pictures(api: Api) -> None:
    api.data("GET", "list/?path=/shelf&attributes=1", "")
    assert api.site.site.noticer.settle(20)
    listed = {entry["filename"]: entry for entry in api.data("GET", "list/?path=/shelf&attributes=1", "")}
    assert set(listed["notes.txt"]) == {"filename", "supported", "url"}
    picture = listed["a.png"]
    assert set(picture) == IMAGE_FIELDS
    assert (picture["width"], picture["height"], picture["src"]) == (30, 20, "shelf/a.png")
    assert (picture["status"], picture["download"]) == (1, False)
    assert picture["folder"] == {
        "id": picture["folder_id"], "name": "/shelf", "path": "/shelf", "parent_id": 1, "status": 1,
    }  # fmt: skip


def test_details_tell_at_once_of_a_new_picture(api: Api) -> None:
    Image.new("RGB", (40, 50)).save(api.site.library / "shelf/open/new.png")
    found = api.data("GET", "details/?src=/shelf/open/new.png", "ann")
    assert set(found) == IMAGE_FIELDS
    assert (found["width"], found["height"], found["download"]) == (40, 50, True)
    assert api.data("GET", "details/?src=shelf/open/new.png", "bob")["download"] is False
    assert api.data("GET", f"admin/images/{found['id']}/", "bob")["src"] == "shelf/open/new.png"


REFUSED = [
    # path, who, status, what the message begins with
    ("list/", "", 400, "Invalid parameter (path"),
    ("list/?path=", "", 400, "Invalid parameter (path"),
    ("list/?path=/shelf&start=-1", "", 400, "Invalid parameter (start"),
    ("list/?path=/shelf&start=x", "", 400, "Invalid parameter (start"),
    ("list/?path=/shelf&start=99999999999999999999", "", 400, "Invalid parameter (start"),
    ("list/?path=/shelf&limit=0", "", 400, "Invalid parameter (limit"),
    ("list/?path=/shelf&limit=1001", "", 400, "Invalid parameter (limit"),
    ("list/?path=/shelf&attributes=perhaps", "", 400, "Invalid parameter (attributes"),
    ("list/?path=/shelf&xref=" + "x" * 1024, "", 400, "Invalid parameter (options of images"),
    ("list/?path=/none", "", 404, "The requested item was not found ("),
    ("list/?path=/shelf/a.png", "", 404, "The requested item was not found ("),
    ("list/?path=/../etc", "", 404, "The requested item was not found ("),
    ("list/?path=%00", "", 404, "The requested item was not found ("),
    ("list/?path=%ff", "", 404, "The requested item was not found ("),
    ("list/?path=' OR 1=1 --", "", 404, "The requested item was not found ("),
    ("list/?path=/shelf/closed", "", 403, "Unauthorised request"),
    ("list/?path=/shelf/closed", "bob", 403, "Unauthorised request"),
    ("list/?path=/shelf/closed/none", "", 403, "Unauthorised request"),
    ("details/", "", 400, "Invalid parameter (src"),
    ("details/?src=", "", 400, "Invalid parameter (src"),
    ("details/?src=shelf", "", 404, "The requested item was not found ("),
    ("details/?src=shelf/none.png", "", 404, "The requested item was not found ("),
    ("details/?src=shelf/.hidden.png", "", 404, "The requested item was not found ("),
    ("details/?src=shelf/%ff.png", "", 404, "The requested item was not found ("),
    ("details/?src=" + "x" * 2000, "", 400, "Invalid parameter (src"),
    ("details/?src=shelf/notes.txt", "", 415, "Invalid or unsupported image file (src"),
    ("details/?src=shelf/broken.jpg", "", 415, "Invalid or unsupported image file (src"),
    ("details/?src=shelf/closed/x.png", "", 403, "Unauthorised request"),
    ("details/?src=shelf/closed/none.png", "bob", 403, "Unauthorised request"),
    ("admin/images/1/", "", 401, "Not authenticated"),
    ("admin/images/999999/", "bob", 404, "The requested item was not found ("),
    ("admin/images/99999999999999999999/", "bob", 404, "The requested item was not found"),
    ("admin/images/x/", "bob", 404, "The requested item was not found"),
    ("admin/filesystem/folders/", "", 401, "Not authenticated"),
    ("admin/filesystem/folders/?path=/none", "bob", 404, "The requested item was not found ("),
    ("admin/filesystem/folders/?path=/shelf/a.png", "bob", 404, "The requested item was not found ("),
    ("admin/filesystem/folders/?path=%ff", "bob", 404, "The requested item was not found ("),
    ("admin/filesystem/folders/?path=/shelf/closed", "bob", 403, "Unauthorised request"),
    ("admin/filesystem/folders/?status=2", "bob", 400, "Invalid parameter (status"),
    ("admin/filesystem/folders/999999/", "bob", 404, "The requested item was not found ("),
    ("nothing/", "", 404, "The requested item was not found"),
]


@pytest.mark.parametrize(("path", "who", "status", "message"), REFUSED)
def test_what_is_refused_and_how(api: Api, path: str, who: str, status: int, message: str) -> None:
    answer = api.call("GET", path, who, status)
    assert answer.json["message"].startswith(message)
    assert answer.json["data"] is None


@pytest.mark.parametrize(
    ("path", "methods"), [("list/", "GET, HEAD, OPTIONS"), ("admin/images/1/", "GET, HEAD, OPTIONS, PUT")]
)
def test_other_methods_are_405_and_told(api: Api, path: str, methods: str) -> None:
    answer = api.call("DELETE", path, "", 405)
    assert answer.json["message"] == "Method Not Allowed"
    assert answer.headers["Allow"] == methods


@pytest.mark.parametrize("path", ["list/?path=/shelf", "details/?src=shelf/a.png", "list/?path=/none"])
def test_pages_of_other_hosts_may_read_what_the_public_gets(api: Api, path: str) -> None:
    status = 404 if "none" in path else 200
    assert api.call("GET", path, "", status).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in api.call("GET", path, "ann", status).headers


@pytest.mark.parametrize("way", ["form", "json"])
def test_title_and_description_are_changed_with_edit_access(api: Api, way: str) -> None:
    number = api.data("GET", "details/?src=shelf/closed/x.png", "ann")["id"]
    sent = {"title": f"<b>Schöne</b> '; DROP TABLE images -- {way}", "description": "line\nline ✓"}
    form = {"json": sent} if way == "json" else sent
    changed = api.data("PUT", f"admin/images/{number}/", "ann", **form)
    assert {name: changed[name] for name in sent} == sent
    assert api.data("PUT", f"admin/images/{number}/", "ann", title="other")["description"] == sent["description"]
    api.call("PUT", f"admin/images/{number}/", "bob", 403, title="x")
    api.call("PUT", f"admin/images/{number}/", "", 401, title="x")


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"title": "x" * 256}, "title"),
        ({"title": 5}, "title"),
        ({"title": None}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"description": ["x"]}, "description"),
        ({"description": "x" * 65_536}, "description"),
    ],
)
def test_bad_fields_are_named(api: Api, sent: dict[str, object], named: str) -> None:
    number = api.data("GET", "details/?src=shelf/closed/x.png", "ann")["id"]
    answer = api.call("PUT", f"admin/images/{number}/", "ann", 400, json=sent)
    assert answer.json["message"].startswith(f"Invalid parameter ({named}")


def test_a_folder_comes_with_those_around_it_that_the_caller_may_view(api: Api) -> None:
    found = api.data("GET", "admin/filesystem/folders/?path=/shelf", "bob")
    assert (found["name"], found["path"], found["status"]) == ("/shelf", "/shelf", 1)
    assert found["parent"]["id"] == found["parent_id"] == 1
    assert [child["name"] for child in found["children"]] == ["/shelf/empty", "/shelf/open"]
    assert found == api.data("GET", f"admin/filesystem/folders/{found['id']}/", "bob")
    names = [child["name"] for child in api.data("GET", "admin/filesystem/folders/?path=/shelf", "ann")["children"]]
    assert names == ["/shelf/closed", "/shelf/empty", "/shelf/open"]


def test_the_root_is_folder_one_without_a_parent(api: Api) -> None:
    found = api.data("GET", "admin/filesystem/folders/", "bob")
    assert (found["id"], found["name"], found["parent_id"], found["parent"]) == (1, "/", None, None)
