"""Sending files: each has its own result, and nothing is let in that is no picture or not permitted."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.pictures import encoded, photo

JPEG = encoded(photo((300, 200)), "JPEG")
PNG = encoded(photo((40, 30)), "PNG")
LEVELS = (0, 10, 20, 30, 40, 50, 60, 70)


def send(api: Api, who: str, status: int, *files: tuple[str, bytes], field: str = "files", **form: Any) -> Any:
    """The answer's data, or its message where it has none."""
    answer = api.site.testapp.post(
        "/api/v1/upload/",
        params={name: str(value) for name, value in form.items()},
        upload_files=[(field, name, body) for name, body in files],
        headers=api.headers(who),
        expect_errors=True,
    )
    assert (answer.status_int, answer.json["status"]) == (status, status), answer
    return answer.json["data"] if answer.json["data"] is not None else answer.json["message"]


def history(api: Api, number: int) -> list[tuple[int, int | None]]:
    from sqlalchemy import select

    from qis_core.db.images import ImageHistory

    with api.site.site.reading() as session:
        found = session.scalars(select(ImageHistory).where(ImageHistory.image_id == number).order_by(ImageHistory.id))
        return [(entry.action, entry.user_id) for entry in found]


def test_a_file_is_in_the_library_with_its_record_and_history(api: Api) -> None:
    found = send(api, "admin", 200, ("../../red.jpg", JPEG), path="/sent")["../../red.jpg"]
    assert (found["src"], found["width"], found["height"], found["status"]) == ("sent/red.jpg", 300, 200, 1)
    assert (api.site.library / "sent/red.jpg").read_bytes() == JPEG
    assert api.call("GET", "details/?src=sent/red.jpg").json["data"]["id"] == found["id"]
    assert api.site.testapp.get("/image?src=sent/red.jpg&width=10").status_int == 200
    assert history(api, found["id"]) == [(1, api.ids["admin"])]
    assert list((api.site.data / "uploads").iterdir()) == []


def test_many_files_have_each_their_result_and_the_first_errors_status(api: Api) -> None:
    send(api, "admin", 200, ("there.jpg", JPEG), path="many")
    found = send(
        api, "admin", 415, ("text.jpg", b"no picture"), ("there.jpg", JPEG), ("日本.png", PNG), ("notes.txt", b"x"),
        ("cut.jpg", JPEG[: len(JPEG) // 2]), ("..", JPEG), path="many",
    )  # fmt: skip
    errors = {name: result["error"]["status"] for name, result in found.items() if "error" in result}
    assert errors == {"text.jpg": 415, "there.jpg": 409, "notes.txt": 415, "cut.jpg": 415, "..": 400}
    assert found["日本.png"]["src"] == "many/日本.png"
    assert sorted(path.name for path in (api.site.library / "many").iterdir()) == ["there.jpg", "日本.png"]


def test_overwrite_says_what_happens_where_a_name_is_taken(api: Api) -> None:
    first = send(api, "admin", 200, ("a.png", PNG), path="taken")["a.png"]
    assert send(api, "admin", 409, ("a.png", PNG), path="taken")["a.png"]["error"]["status"] == 409
    assert send(api, "admin", 409, ("a.png", PNG), path="taken", overwrite="no")["a.png"]["error"]["status"] == 409
    for name in ("taken/a-001.png", "taken/a-002.png"):
        assert send(api, "admin", 200, ("a.png", PNG), path="taken", overwrite="rename")["a.png"]["src"] == name
    before = api.site.testapp.get("/image?src=taken/a.png&width=20").body
    larger = encoded(photo((80, 60)).rotate(180), "PNG")
    replaced = send(api, "admin", 200, ("a.png", larger), path="taken", overwrite="yes")["a.png"]
    assert (replaced["id"], replaced["width"]) == (first["id"], 80)
    assert api.site.testapp.get("/image?src=taken/a.png&width=20").body != before
    assert [action for action, _ in history(api, first["id"])] == [1, 2]


def test_what_was_overwritten_comes_back_from_the_trash(api: Api) -> None:
    number = send(api, "admin", 200, ("a.png", PNG), path="mistaken")["a.png"]["id"]
    send(api, "admin", 200, ("a.png", encoded(photo((80, 60)), "PNG")), path="mistaken", overwrite="yes")
    (entry,) = [one for one in api.data("GET", "admin/filesystem/trash/") if one["path"] == "/mistaken/a.png"]
    assert (entry["image_id"], entry["files"], entry["size_bytes"]) == (number, 1, len(PNG))
    place = f"admin/filesystem/trash/{entry['id']}/"
    assert "move or delete it first" in api.call("POST", place, "admin", 409).json["message"]
    api.call("DELETE", f"admin/filesystem/images/{number}/", "admin")
    api.call("POST", place, "admin")
    assert (api.site.library / "mistaken/a.png").read_bytes() == PNG
    assert [action for action, _ in history(api, number)] == [1, 2, 0, 1]


@pytest.mark.parametrize("level", LEVELS)
def test_upload_access_is_needed_and_create_folder_access_for_a_new_folder(api: Api, level: int) -> None:
    folder = f"level{level}"
    (api.site.library / folder).mkdir(exist_ok=True)
    api.permit(folder, api.ids["Ann"], level)
    send(api, "ann", 200 if level >= 40 else 403, ("a.png", PNG), path=folder)
    assert (api.site.library / folder / "a.png").exists() is (level >= 40)
    send(api, "ann", 200 if level >= 60 else 403, ("a.png", PNG), path=f"{folder}/new/deep")
    assert (api.site.library / folder / "new").exists() is (level >= 60)


def test_who_may_not(api: Api) -> None:
    assert send(api, "", 401, ("a.png", PNG), path="photos") == "Not authenticated"
    send(api, "bob", 403, ("a.png", PNG), path="photos")
    send(api, "fiona", 200, ("a.png", PNG), path="fiona")


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({}, "path"),
        ({"path_index": 0}, "path_index"),
        ({"path_index": "x"}, "path_index"),
        ({"path": "../x"}, "path"),
        ({"path": "/.hidden"}, "path"),
        ({"path": "a\\b"}, "path"),
        ({"path": "x" * 2000}, "path"),
        ({"path": "photos", "overwrite": "maybe"}, "overwrite"),
    ],
)
def test_a_bad_field_is_named(api: Api, form: dict[str, Any], named: str) -> None:
    assert send(api, "admin", 400, ("a.png", PNG), **form).startswith(f"Invalid parameter ({named}")


def test_files_are_asked_for(api: Api) -> None:
    assert "files" in send(api, "admin", 400, path="photos")
    assert "picture" in send(api, "admin", 400, ("a.png", PNG), field="picture", path="photos")
    answer = api.site.testapp.post_json(
        "/api/v1/upload/", {"path": "photos"}, headers=api.headers("admin"), expect_errors=True
    )
    assert answer.status_int == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"--b", b"--b\r\n", b"nothing", b"--b\r\nContent-Disposition: form-data; name=files; filename=a.png\r\n\r\nx",
     b"--b\r\n: x\r\n\r\n\r\n--b--", b"--b\r\n" + b"X: y\r\n" * 50 + b"\r\n--b--\r\n", b"--b--\r\n"],
)  # fmt: skip
def test_a_malformed_form_is_400(api: Api, body: bytes) -> None:
    for content_type in ("multipart/form-data; boundary=b", "multipart/form-data"):
        answer = api.site.testapp.post(
            "/api/upload", body, headers={**api.headers("admin"), "Content-Type": content_type}, expect_errors=True
        )
        assert answer.status_int == 400, body


def test_limits_and_the_folders_of_path_index(new_site: MakeSite) -> None:
    settings = {
        "qis.upload.max_bytes": "20000", "qis.upload.max_files": "2", "qis.upload.folders": "/in /press%20photos",
    }  # fmt: skip
    api = Api(site=new_site(settings)).add_people()
    assert send(api, "admin", 200, ("a.png", PNG), path_index=1)["a.png"]["src"] == "press photos/a.png"
    assert "path_index" in send(api, "admin", 400, ("a.png", PNG), path_index=2)
    assert "20000" in send(api, "admin", 413, ("a.png", b"x" * 20_000), path_index=0)
    assert "files" in send(api, "admin", 413, *[(f"{n}.png", PNG) for n in range(3)], path_index=0)


def at_once(api: Api, folder: str, names: list[str], overwrite: str) -> list[int]:
    """The widths of what all of them who send a file at the same moment have stored, in any order; 0: was there."""
    from qis_core.api import AlreadyExists
    from qis_core.services.actors import OPERATOR
    from qis_core.services.files.files import Upload

    barrier, answers, files = threading.Barrier(len(names)), [], api.site.site.files

    def upload(number: int, name: str) -> None:
        path = api.site.data / f"sent{number}.png"
        path.write_bytes(encoded(photo((20 + number, 10)), "PNG"))
        with path.open("rb") as body:
            barrier.wait()
            try:
                there = files.require_upload(OPERATOR, folder)
                answers.append(files.store(OPERATOR, there, Upload(name=name, body=body), overwrite).width)
            except AlreadyExists:
                answers.append(0)

    threads = [threading.Thread(target=upload, args=(number, name)) for number, name in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(names)
    return answers


def test_of_many_who_send_one_name_at_once_one_wins(api: Api) -> None:
    answers = at_once(api, "race/here", ["a.png"] * 6, "no")
    assert sum(map(bool, answers)) == 1
    assert api.call("GET", "details/?src=race/here/a.png").json["data"]["width"] == max(answers)


@pytest.mark.parametrize("overwrite", ["no", "rename"])
def test_many_who_send_different_files_into_one_new_folder_all_succeed(api: Api, overwrite: str) -> None:
    folder = f"new/for {overwrite}"
    answers = at_once(api, folder, [f"{number}.png" for number in range(6)], overwrite)
    assert sorted(answers) == [20, 21, 22, 23, 24, 25]
    assert len(list((api.site.library / folder).iterdir())) == 6
