"""The library: one tree over several stores."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import AlreadyExists, NotFound, Refused, Storage, StorageEntry, StoragePage, UnsupportedFeature
from qis_core.builtin.storage.files import FileStorage
from qis_core.storage.library import Library, SourceChanged
from qis_core.storage.mounts import Mounts
from qis_core.testing.suites.storages import StorageSuite


class TestLibraryOfOneStore(StorageSuite):
    """With a long memory: what is changed through the library is seen at once."""

    @pytest.fixture
    def storage(self, tmp_path: Path) -> Library:
        return Library({"": FileStorage(tmp_path)}, freshness_seconds=1000)


def store(folder: Path) -> FileStorage:
    folder.mkdir()
    return FileStorage(folder)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    mounts = {"": "root", "shop": "shop", "shop/old": "old", "far/away": "away"}
    library = Library({folder: store(tmp_path / name) for folder, name in mounts.items()})
    for path in ("a.jpg", "shop/b.jpg", "shop/old/c.jpg", "far/away/d.jpg"):
        library.write(path, [path.encode()], overwrite=False)
    return library


def names(page: StoragePage) -> list[str]:
    return [entry.path + "/" * entry.is_folder for entry in page.entries]


def test_each_path_is_answered_by_its_store(library: Library, tmp_path: Path) -> None:
    assert (tmp_path / "root" / "a.jpg").read_text() == "a.jpg"
    assert (tmp_path / "shop" / "b.jpg").read_text() == "shop/b.jpg"
    assert (tmp_path / "old" / "c.jpg").read_text() == "shop/old/c.jpg"
    assert (tmp_path / "away" / "d.jpg").read_text() == "far/away/d.jpg"
    for path in ("a.jpg", "shop/b.jpg", "shop/old/c.jpg", "far/away/d.jpg"):
        assert library.stat(path).path == path
        assert library.local_path(path) is not None
        with library.open(path) as stream:
            assert stream.read() == path.encode()


def test_listings_show_where_stores_begin(library: Library) -> None:
    assert names(library.list("")) == ["a.jpg", "far/", "shop/"]
    assert names(library.list("shop")) == ["shop/b.jpg", "shop/old/"]
    assert names(library.list("far")) == ["far/away/"]
    assert names(library.list("far/away")) == ["far/away/d.jpg"]
    with pytest.raises(NotFound):
        library.list("nowhere")


@given(limit=st.integers(1, 5))
def test_listings_resume_over_stores_and_files(tmp_path_factory: pytest.TempPathFactory, limit: int) -> None:
    base = tmp_path_factory.mktemp("listing")
    library = Library({"": store(base / "root"), "b": store(base / "b"), "f/x": store(base / "x")})
    for name in "acdeg":
        library.write(name, [b""], overwrite=False)
    (base / "root" / "b").mkdir()
    found, after = [], ""
    while True:
        page = library.list("", after=after, limit=limit)
        assert len(page.entries) <= limit
        found += names(page)
        after = page.after
        if not after:
            break
    assert found == ["a", "b/", "c", "d", "e", "f/", "g"]


def test_folders_above_a_mount_are_there(library: Library) -> None:
    for path in ("", "shop", "shop/old", "far", "far/away"):
        assert library.stat(path).is_folder
        assert library.stat(path).path == path
    for path in ("shop/", "shop/../a.jpg", "far/away/../../a.jpg", "shopping", "sho", "far/away/old"):
        with pytest.raises(NotFound):
            library.stat(path)


def test_where_a_store_begins_nothing_is_moved_or_removed(library: Library) -> None:
    for path in ("shop", "far", "far/away"):
        with pytest.raises(Refused):
            library.move(path, "elsewhere")
        with pytest.raises(Refused):
            library.move("a.jpg", path)
        with pytest.raises(Refused):
            library.delete(path)
        with pytest.raises(Refused):
            library.remove_folder(path)
        with pytest.raises(Refused):
            library.write(path, [b""], overwrite=True)
        with pytest.raises(AlreadyExists):
            library.make_folder(path)


def test_a_file_moves_to_another_store(library: Library, tmp_path: Path) -> None:
    assert library.move("a.jpg", "shop/a.jpg").path == "shop/a.jpg"
    assert (tmp_path / "shop" / "a.jpg").read_bytes() == b"a.jpg"
    assert not (tmp_path / "root" / "a.jpg").exists()
    with pytest.raises(NotFound):
        library.stat("a.jpg")
    with pytest.raises(AlreadyExists):
        library.move("shop/a.jpg", "far/away/d.jpg")
    library.make_folder("folder")
    with pytest.raises(UnsupportedFeature):
        library.move("folder", "shop/folder")


def test_what_others_change_is_seen_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    remembering = Library({"": FileStorage(tmp_path)}, freshness_seconds=1000)
    forgetful = Library({"": FileStorage(tmp_path)}, freshness_seconds=0)
    assert (remembering.stat("a").size_bytes, forgetful.stat("a").size_bytes) == (3, 3)
    (tmp_path / "a").write_bytes(b"longer")
    assert (remembering.stat("a").size_bytes, forgetful.stat("a").size_bytes) == (3, 6)
    assert remembering.stat_now("a").size_bytes == 6
    remembering.move("a", "b")
    assert remembering.stat("b").size_bytes == 6
    with pytest.raises(NotFound):
        remembering.stat("a")
    os.rename(tmp_path / "b", tmp_path / "a")
    assert remembering.stat("a").size_bytes == 6


def test_roots_are_told(library: Library, tmp_path: Path) -> None:
    assert library.roots() == {
        "": tmp_path / "root", "shop": tmp_path / "shop", "shop/old": tmp_path / "old", "far/away": tmp_path / "away",
    }  # fmt: skip


def test_a_library_needs_a_root_and_clean_folders(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path)
    for mounts in ({}, {"shop": storage}, {"": storage, "/shop": storage}, {"": storage, "a/../b": storage}):
        with pytest.raises(ValueError, match="library"):
            Library(mounts)


PARTS = st.lists(st.sampled_from(["a", "b", "ab", "é", "..", "c d"]), min_size=1, max_size=4).map("/".join)


@given(
    folders=st.sets(st.lists(st.sampled_from(["a", "b", "ab", "é"]), min_size=1, max_size=3).map("/".join)), path=PARTS
)
def test_a_path_within_a_store_and_its_mount_make_the_path(folders: set[str], path: str) -> None:
    storages: dict[str, Storage] = {folder: FileStorage(Path("/nowhere")) for folder in ["", *folders]}
    place = Mounts(storages).find(path)
    assert place.outside(place.path) == path
    assert place.storage is storages[place.mount]
    longer = [folder for folder in folders if path == folder or path.startswith(folder + "/")]
    assert place.mount == max(longer, key=len, default="")


def test_a_version_is_opened_or_nothing(library: Library, tmp_path: Path) -> None:
    seen = library.stat("shop/b.jpg")
    with library.open_version("shop/b.jpg", seen.version) as stream:
        assert stream.read() == b"shop/b.jpg"
    # Behind the library's back, as another process or a person does it.
    (tmp_path / "shop" / "b.jpg").write_bytes(b"another picture")
    with pytest.raises(SourceChanged, match=r"shop/b.jpg.*being replaced"):
        library.open_version("shop/b.jpg", seen.version)
    assert library.stat("shop/b.jpg").size_bytes == len(b"another picture")


class Ear:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def seen(self, entry: StorageEntry) -> None:
        self.heard.append(entry.path)

    def absent(self, path: str) -> None:
        self.heard.append(f"no {path}")


def test_a_listener_hears_what_stores_are_asked_and_nothing_that_is_remembered(tmp_path: Path) -> None:
    library = Library({"": FileStorage(tmp_path)}, freshness_seconds=1000)
    library.write("a.jpg", [b"x"], overwrite=False)
    library.write("b.jpg", [b"x"], overwrite=False)
    ear = library.listener = Ear()
    for _ in range(3):
        library.stat("a.jpg")
    for _ in range(2):
        with pytest.raises(NotFound):
            library.stat("never.jpg")
    library.list("")
    assert ear.heard == ["a.jpg", "no never.jpg", "no never.jpg", "a.jpg", "b.jpg"]
