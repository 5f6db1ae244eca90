"""Moving, renaming, deleting and restoring by the API: who may, and that everything goes along."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from qis_core.api import AlreadyExists
from qis_core.db.audit import AuditEntry
from qis_core.db.file_changes import FileChange
from qis_core.db.images import ImageHistory
from qis_core.services.actors import OPERATOR
from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import MakeSite, TestSite, site_in
from qis_core.testing.pictures import encoded, photo

IMAGES, FOLDERS, TRASH = "admin/filesystem/images", "admin/filesystem/folders", "admin/filesystem/trash"
PICTURE = encoded(photo((60, 40)), "PNG")


def put(api: Api, path: str, content: bytes = PICTURE) -> Path:
    place = api.site.library / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def image(api: Api, path: str) -> dict[str, Any]:
    return dict(api.call("GET", f"details/?src={path}", "admin").json["data"])


def folder(api: Api, path: str) -> int:
    return int(api.call("GET", f"{FOLDERS}/?path={path}", "admin").json["data"]["id"])


def history(api: Api, number: int) -> list[tuple[int, str, int | None]]:
    with api.site.site.reading() as session:
        found = session.scalars(select(ImageHistory).where(ImageHistory.image_id == number).order_by(ImageHistory.id))
        return [(entry.action, entry.action_info, entry.user_id) for entry in found]


def audited(api: Api, action: str) -> list[str]:
    with api.site.site.reading() as session:
        return list(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == action)))


def test_a_picture_moves_with_its_record_and_history(api: Api) -> None:
    put(api, "moving/a.png")
    (api.site.library / "moved").mkdir()
    found = image(api, "moving/a.png")
    api.call("PUT", f"admin/images/{found['id']}/", "admin", title="Kept")
    moved = api.call("PUT", f"{IMAGES}/{found['id']}/", "admin", path="/moved/b.png").json["data"]
    assert (moved["id"], moved["src"], moved["title"], moved["filename"]) == (
        found["id"],
        "moved/b.png",
        "Kept",
        "b.png",
    )
    assert moved["folder"]["path"] == "/moved"
    assert not (api.site.library / "moving/a.png").exists()
    assert api.site.testapp.get("/image?src=moved/b.png&width=5").status_int == 200
    assert api.site.testapp.get("/image?src=moving/a.png&width=5", expect_errors=True).status_int == 404
    assert history(api, found["id"])[-1] == (4, "from moving/a.png", api.ids["admin"])


def test_what_is_in_the_way_or_not_there(api: Api) -> None:
    put(api, "way/a.png"), put(api, "way/b.png")
    number = image(api, "way/a.png")["id"]
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 409, path="way/b.png")
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 400, path="photos")
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 404, path="missing/a.png")
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 400, path="way/a.txt")
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 400, path="../a.png")
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 400)
    api.call("PUT", f"{IMAGES}/999999/", "admin", 404, path="way/c.png")
    (api.site.library / "way/a.png").unlink()
    api.call("PUT", f"{IMAGES}/{number}/", "admin", 404, path="way/c.png")
    api.call("DELETE", f"{IMAGES}/{number}/", "admin", 404)
    (api.site.library / "way/a.png").write_bytes(PICTURE)
    assert sorted(path.name for path in (api.site.library / "way").iterdir()) == ["a.png", "b.png"]
    number = folder(api, "way")
    api.call("PUT", f"{FOLDERS}/{number}/", "admin", 409, path="/photos")
    api.call("PUT", f"{FOLDERS}/{number}/", "admin", 409, path="/way/in/it")
    api.call("PUT", f"{FOLDERS}/{number}/", "admin", 404, path="/missing/way")
    api.call("PUT", f"{FOLDERS}/1/", "admin", 403, path="/root")
    api.call("DELETE", f"{FOLDERS}/1/", "admin", 403)
    api.call("POST", f"{FOLDERS}/", "admin", 409, path="/way")
    api.call("POST", f"{FOLDERS}/", "admin", 409, path="/way/b.png/below")
    api.call("POST", f"{FOLDERS}/", "admin", 400, path="/.hidden")


@pytest.mark.parametrize(
    ("level", "may"),
    [(40, ""), (50, "move delete"), (60, "move delete make rename"),
     (70, "move delete make rename move-folder delete-folder")],
)  # fmt: skip
def test_who_may_what(api: Api, level: int, may: str) -> None:
    inside, allowed = f"who{level}", set(may.split())
    for name in ("a.png", "b.png", "one/x.png", "two/x.png", "three/x.png", "target/x.png"):
        put(api, f"{inside}/{name}")
    numbers = {name: image(api, f"{inside}/{name}")["id"] for name in ("a.png", "b.png")}
    folders = {name: folder(api, f"{inside}/{name}") for name in ("one", "two", "three")}
    api.permit(inside, api.ids["Ann"], level)
    api.permit(inside, 2, 0), api.permit(inside, 1, 0)
    calls: dict[str, tuple[str, str, dict[str, object]]] = {
        "move": ("PUT", f"{IMAGES}/{numbers['a.png']}/", {"path": f"{inside}/c.png"}),
        "delete": ("DELETE", f"{IMAGES}/{numbers['b.png']}/", {}),
        "make": ("POST", f"{FOLDERS}/", {"path": f"{inside}/new"}),
        "rename": ("PUT", f"{FOLDERS}/{folders['one']}/", {"path": f"{inside}/uno"}),
        "move-folder": ("PUT", f"{FOLDERS}/{folders['two']}/", {"path": f"{inside}/target/two"}),
        "delete-folder": ("DELETE", f"{FOLDERS}/{folders['three']}/", {}),
    }
    for name, (method, path, form) in calls.items():
        api.call(method, path, "", 401, **form)
        api.call(method, path, "bob", 403, **form)
        api.call(method, path, "ann", 200 if name in allowed else 403, **form)
    seen = {entry["path"]: entry["id"] for entry in api.call("GET", f"{TRASH}/", "ann").json["data"]}
    in_trash = [name for name, path in (("delete", "b.png"), ("delete-folder", "three")) if name in allowed
                and f"/{inside}/{path}" in seen]  # fmt: skip
    assert len(in_trash) == len(allowed & {"delete", "delete-folder"})
    assert not any(
        entry["path"].startswith(f"/{inside}/") for entry in api.call("GET", f"{TRASH}/", "bob").json["data"]
    )
    for path, number in seen.items():
        if path.startswith(f"/{inside}/"):
            api.call("POST", f"{TRASH}/{number}/", "bob", 403)
            api.call("DELETE", f"{TRASH}/{number}/", "bob", 403)
            api.call("POST", f"{TRASH}/{number}/", "ann")
            assert (api.site.library / path[1:]).exists()


def test_a_folder_moves_with_records_permissions_and_what_has_no_record(api: Api) -> None:
    put(api, "tree/deep/a.png"), put(api, "tree/deep/note.txt", b"note")
    number, found = folder(api, "tree"), image(api, "tree/deep/a.png")
    api.permit("tree/deep", 1, 0), api.permit("tree/deep", 2, 0)
    api.site.testapp.extra_environ["REMOTE_ADDR"] = "192.0.2.9"
    moved = api.call("PUT", f"{FOLDERS}/{number}/", "admin", path="/photos/tree").json["data"]
    del api.site.testapp.extra_environ["REMOTE_ADDR"]
    assert (moved["id"], moved["path"]) == (number, "/photos/tree")
    assert (api.site.library / "photos/tree/deep/note.txt").read_bytes() == b"note"
    assert image(api, "photos/tree/deep/a.png")["id"] == found["id"]
    assert history(api, found["id"])[-1] == (4, "from tree/deep/a.png", api.ids["admin"])
    assert api.site.testapp.get("/image?src=photos/tree/deep/a.png", expect_errors=True).status_int == 403
    put(api, "tree/deep/b.png")
    assert api.site.testapp.get("/image?src=tree/deep/b.png&width=3").status_int == 200
    assert "/tree" in audited(api, "folder moved")
    with api.site.site.reading() as session:
        # A task has moved it, of which the log knows all the same where it was started from.
        moves = select(AuditEntry.address).where(AuditEntry.action == "folder moved", AuditEntry.subject == "/tree")
        assert session.scalars(moves).all() == ["192.0.2.9"]


def test_what_is_deleted_can_be_had_back(api: Api) -> None:
    put(api, "back/deep/a.png"), put(api, "back/note.txt", b"note")
    found, number = image(api, "back/deep/a.png"), folder(api, "back")
    api.call("DELETE", f"{FOLDERS}/{number}/", "admin")
    assert not (api.site.library / "back").exists()
    api.call("GET", f"{FOLDERS}/?path=/back", "admin", 404)
    gone = api.call("GET", f"{FOLDERS}/?path=/back&status=0", "admin").json["data"]
    assert (gone["id"], gone["status"]) == (number, 0)
    assert api.call("GET", f"admin/images/{found['id']}/", "admin").json["data"]["status"] == 0
    entry = api.call("GET", f"{TRASH}/", "admin").json["data"][0]
    assert (entry["path"], entry["files"], entry["user_id"]) == ("/back", 2, api.ids["admin"])
    put(api, "back/other.png")
    api.call("POST", f"{TRASH}/{entry['id']}/", "admin", 409)
    (api.site.library / "back/other.png").unlink(), (api.site.library / "back").rmdir()
    assert api.call("POST", f"{TRASH}/{entry['id']}/", "admin").json["data"] == {"path": "/back"}
    assert (api.site.library / "back/note.txt").read_bytes() == b"note"
    assert image(api, "back/deep/a.png")["id"] == found["id"]
    assert [action for action, _, _ in history(api, found["id"])] == [1, 0, 1]
    assert list((api.site.data / "trash").iterdir()) == []
    api.call("POST", f"{TRASH}/{entry['id']}/", "admin", 404)


def test_the_trash_is_emptied(api: Api) -> None:
    from datetime import UTC, datetime, timedelta

    from sqlalchemy import update

    from qis_core.db.file_changes import TrashEntry

    for name in ("old.png", "new.png", "wanted.png"):
        put(api, f"rubbish/{name}")
        api.call("DELETE", f"{IMAGES}/{image(api, 'rubbish/' + name)['id']}/", "admin")
    numbers = {entry["path"]: entry["id"] for entry in api.call("GET", f"{TRASH}/", "admin").json["data"]}
    api.call("DELETE", f"{TRASH}/{numbers['/rubbish/wanted.png']}/", "admin")
    past = datetime.now(UTC) - timedelta(days=31)
    with api.site.site.writing.begin() as session:
        session.execute(update(TrashEntry).where(TrashEntry.path == "rubbish/old.png").values(deleted=past))
    assert api.site.site.files.purge_expired() == 1
    left = [entry["path"] for entry in api.call("GET", f"{TRASH}/", "admin").json["data"]]
    assert [path for path in left if path.startswith("/rubbish/")] == ["/rubbish/new.png"]
    assert len(list((api.site.data / "trash").iterdir())) == len(left)


def test_a_name_is_free_again_for_another_picture(api: Api) -> None:
    put(api, "again/a.png"), put(api, "again/b.png")
    first, second = image(api, "again/a.png")["id"], image(api, "again/b.png")["id"]
    api.call("DELETE", f"{IMAGES}/{first}/", "admin")
    api.call("PUT", f"{IMAGES}/{second}/", "admin", path="again/a.png")
    assert image(api, "again/a.png")["id"] == second
    assert api.call("GET", f"admin/images/{first}/", "admin").json["data"]["status"] == 0
    number = folder(api, "again")
    api.call("DELETE", f"{FOLDERS}/{number}/", "admin")
    put(api, "fresh/c.png")
    fresh, third = folder(api, "fresh"), image(api, "fresh/c.png")["id"]
    assert api.call("PUT", f"{FOLDERS}/{fresh}/", "admin", path="/again").json["data"]["id"] == fresh
    assert image(api, "again/c.png")["id"] == third


def test_while_somebody_changes_a_path_nobody_else_can(api: Api) -> None:
    put(api, "busy/deep/a.png"), put(api, "busy/b.png")
    numbers = {name: image(api, f"busy/{name}")["id"] for name in ("deep/a.png", "b.png")}
    deep, whole = folder(api, "busy/deep"), folder(api, "busy")
    with api.site.site.writing.begin() as session:
        session.add(FileChange(kind="store", claims=["Busy/DEEP"], plan={}, owner="somebody else"))
    try:
        answer = api.call("PUT", f"{IMAGES}/{numbers['deep/a.png']}/", "admin", 409, path="photos/busy.png")
        assert "just changing" in answer.json["message"]
        api.call("DELETE", f"{IMAGES}/{numbers['deep/a.png']}/", "admin", 409)
        api.call("PUT", f"{FOLDERS}/{deep}/", "admin", 409, path="/deep")
        api.call("DELETE", f"{FOLDERS}/{whole}/", "admin", 409)
        api.call("PUT", f"{IMAGES}/{numbers['b.png']}/", "admin", path="busy/c.png")
    finally:
        with api.site.site.writing.begin() as session:
            session.delete(session.scalars(select(FileChange)).one())
    api.call("DELETE", f"{FOLDERS}/{whole}/", "admin")


def test_without_a_trash_deleting_is_for_good(new_site: MakeSite) -> None:
    api = Api(site=new_site({"qis.library.trash_days": "0"})).add_people()
    api.call("DELETE", f"{IMAGES}/{image(api, 'photos/wide.jpg')['id']}/", "admin")
    assert api.call("GET", f"{TRASH}/", "admin").json["data"] == []
    assert list((api.site.data / "trash").iterdir()) == []
    assert not (api.site.library / "photos/wide.jpg").exists()


def test_folders_move_between_stores(new_site: MakeSite, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    api = Api(site=new_site({"qis.library.mounts": f"other={(tmp_path / 'other').as_uri()}"})).add_people()
    found, number = image(api, "photos/wide.jpg"), folder(api, "photos")
    api.call("PUT", f"{FOLDERS}/{number}/", "admin", path="/other/photos")
    assert sorted(path.name for path in (tmp_path / "other/photos").iterdir()) == ["tall.png", "wide.jpg"]
    assert not (api.site.library / "photos").exists()
    assert image(api, "other/photos/wide.jpg")["id"] == found["id"]
    api.call("PUT", f"{IMAGES}/{found['id']}/", "admin", path="/wide.jpg")
    assert (api.site.library / "wide.jpg").is_file()
    api.call("DELETE", f"{FOLDERS}/{folder(api, 'other')}/", "admin", 403)
    api.call("PUT", f"{FOLDERS}/{folder(api, 'other')}/", "admin", 403, path="/elsewhere")


def test_what_takes_long_goes_on_as_a_task(new_site: MakeSite) -> None:
    api = Api(site=new_site({"qis.tasks.answer_seconds": "0"})).add_people()
    number = folder(api, "photos")
    answer = api.call("DELETE", f"{FOLDERS}/{number}/", "admin", 202).json
    assert answer["message"] == "OK task accepted"
    until(lambda: api.site.site.tasks.get(answer["data"]["id"]).is_done)
    assert not (api.site.library / "photos").exists()


def test_a_cancelled_deletion_leaves_all_as_it_was(own_api: Api) -> None:
    from qis_core.api.tasks import TaskCancelled

    def progress(done: int, total: int, text: str) -> None:
        if done == total - 1:
            raise TaskCancelled

    number = folder(own_api, "photos")
    with pytest.raises(TaskCancelled):
        own_api.site.site.files.delete_folder(OPERATOR, number, progress)
    assert sorted(path.name for path in (own_api.site.library / "photos").iterdir()) == ["tall.png", "wide.jpg"]
    assert list((own_api.site.data / "trash").iterdir()) == []
    own_api.call("DELETE", f"{FOLDERS}/{number}/", "admin")


@pytest.mark.services
def test_two_nodes_see_each_others_changes_and_keep_out_of_each_others_way(tmp_path: Path, database_url: str) -> None:
    shared = {
        "qis.database.url": database_url,
        "qis.library.trash": (tmp_path / "trash").as_uri(),
        "qis.server.secret": "one secret of both nodes",
        "qis.cache.url": f"disk:{tmp_path / 'cache'}",
    }
    (tmp_path / "trash").mkdir()
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    with site_in(tmp_path / "one", shared) as one:
        library = {**shared, "qis.library.url": one.library.as_uri()}
        with site_in(tmp_path / "two", library) as two:
            both_nodes(Api(site=one).add_people(), two)


def both_nodes(here: Api, there: TestSite) -> None:
    remote = Api(site=there, ids=here.ids)
    assert there.testapp.get("/image?src=photos/wide.jpg&width=9").status_int == 200
    found = image(here, "photos/wide.jpg")
    here.call("PUT", f"{IMAGES}/{found['id']}/", "admin", path="photos/moved.jpg")
    until(lambda: there.testapp.get("/image?src=photos/wide.jpg&width=9", expect_errors=True).status_int == 404)
    assert there.testapp.get("/image?src=photos/moved.jpg&width=9").status_int == 200
    barrier, wins = threading.Barrier(2), []

    def move(site: TestSite, to: str) -> None:
        barrier.wait()
        try:
            site.site.files.move_image(OPERATOR, found["id"], to)
            wins.append(to)
        except AlreadyExists:
            return

    number = image(remote, "photos/tall.png")["id"]
    threads = [
        threading.Thread(target=move, args=pair) for pair in ((here.site, "photos/x.jpg"), (there, "photos/x.jpg"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) >= 1
    assert image(here, "photos/x.jpg")["id"] == found["id"]
    # A node that has died: another one sees that its change does not go on, and takes it back.
    with here.site.site.writing.begin() as session:
        plan = {"who": {"id": None, "username": "", "address": ""}, "path": "photos/tall.png", "to": "t.png",
                "image_id": number, "place": "", "waits": False}  # fmt: skip
        session.add(FileChange(kind="move", claims=["photos/tall.png", "t.png"], plan=plan, owner="dead"))
    here.call("DELETE", f"{IMAGES}/{number}/", "admin", 409)
    there.site.files.runner._patience_seconds = 0
    there.site.files.runner.look()
    here.call("DELETE", f"{IMAGES}/{number}/", "admin")


def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
