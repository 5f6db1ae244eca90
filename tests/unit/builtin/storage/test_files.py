"""The ``file:`` store: the contract, and what only a file system can do to us."""

import contextlib
import fcntl
import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qis_core.api import AlreadyExists, NotFound, Unavailable
from qis_core.builtin.storage import placing
from qis_core.builtin.storage.files import FileProvider, FileStorage
from qis_core.builtin.storage.plugin import qis_register_storages
from qis_core.testing.suites.storages import StorageSuite


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "library").mkdir()
    (tmp_path / "library-secret").mkdir()
    (tmp_path / "library-secret" / "key.jpg").write_bytes(b"secret")
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    return tmp_path / "library"


@pytest.fixture
def storage(root: Path) -> FileStorage:
    return FileStorage(root)


class TestFileStorage(StorageSuite):
    @pytest.fixture
    def storage(self, root: Path) -> FileStorage:
        return FileStorage(root)


def refused(storage: FileStorage, path: str) -> None:
    for call in (storage.stat, storage.open, storage.local_path, storage.list, storage.delete):
        with pytest.raises(NotFound):
            call(path)


def test_no_link_is_followed_anywhere_on_the_way(root: Path, storage: FileStorage) -> None:
    (root / "real").mkdir()
    (root / "real" / "a.jpg").write_bytes(b"a")
    (root / "out").symlink_to("/etc")
    (root / "sibling").symlink_to("../library-secret")
    (root / "inside").symlink_to("real")
    (root / "file.jpg").symlink_to("../outside.jpg")
    (root / "loop").symlink_to("loop")
    (root / "broken").symlink_to("nowhere")
    (root / "real" / "up").symlink_to("..")
    for path in (
        "out", "out/passwd", "sibling/key.jpg", "inside", "inside/a.jpg", "file.jpg", "loop", "loop/x", "broken",
        "real/up", "real/up/real/a.jpg",
    ):  # fmt: skip
        refused(storage, path)
    assert [entry.name for entry in storage.list("").entries] == ["real"]
    assert [entry.name for entry in storage.list("real").entries] == ["a.jpg"]


def test_nothing_is_written_through_a_link(root: Path, storage: FileStorage) -> None:
    (root / "sibling").symlink_to("../library-secret")
    (root / "file.jpg").symlink_to("../outside.jpg")
    with pytest.raises(NotFound):
        storage.write("sibling/new.jpg", [b"x"], overwrite=True)
    with pytest.raises(AlreadyExists):
        storage.make_folder("sibling/new")
    with pytest.raises(AlreadyExists):
        storage.write("file.jpg", [b"x"], overwrite=False)
    storage.write("file.jpg", [b"x"], overwrite=True)
    assert (root.parent / "outside.jpg").read_bytes() == b"secret"
    assert not (root / "file.jpg").is_symlink()
    assert os.listdir(root.parent / "library-secret") == ["key.jpg"]


def test_a_sibling_whose_name_begins_like_the_root_is_outside(storage: FileStorage) -> None:
    for path in ("../library-secret/key.jpg", "-secret/key.jpg", "x/../../library-secret/key.jpg"):
        refused(storage, path)


def test_pipes_devices_and_sockets_are_never_opened(root: Path, storage: FileStorage) -> None:
    os.mkfifo(root / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root)
        try:
            server.bind("socket.jpg")
        finally:
            os.chdir(here)
        for path in ("pipe.jpg", "socket.jpg"):
            refused(storage, path)
        assert list(storage.list("").entries) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")
def test_a_device_is_not_a_file(root: Path, storage: FileStorage) -> None:
    try:
        os.mknod(root / "zero.jpg", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("devices cannot be made here")
    refused(storage, "zero.jpg")


def test_names_that_are_not_text_are_served_under_one_spelling(root: Path, storage: FileStorage) -> None:
    (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.jpg"))).write_bytes(b"latin")
    (root / "é.jpg").write_bytes(b"utf-8")
    listed = [entry.name for entry in storage.list("").entries]
    assert listed == sorted(["caf\udce9.jpg", "é.jpg"])
    with storage.open("caf\udce9.jpg") as stream:
        assert stream.read() == b"latin"
    refused(storage, "\udcc3\udca9.jpg")


def test_a_name_may_have_255_bytes(storage: FileStorage) -> None:
    storage.write("x" * 255, [b"long"], overwrite=False)
    assert storage.stat("x" * 255).size_bytes == 4
    with pytest.raises(NotFound):
        storage.write("é" * 128, [b"longer"], overwrite=False)


def test_a_folder_swapped_for_a_link_never_shows_what_is_behind_it(root: Path, storage: FileStorage) -> None:
    (root / "a").mkdir()
    (root / "a" / "key.jpg").write_bytes(b"public")
    (root / "link").symlink_to("../library-secret")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(root / "a", root / "parked")
            os.rename(root / "link", root / "a")
            os.rename(root / "a", root / "link")
            os.rename(root / "parked", root / "a")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen = set()
        for _ in range(3000):
            try:
                with storage.open("a/key.jpg") as stream:
                    seen.add(stream.read())
            except NotFound:
                continue
    finally:
        stop.set()
        swapper.join()
    assert seen == {b"public"}


def test_a_file_of_the_same_age_and_size_has_another_version(root: Path, storage: FileStorage) -> None:
    first = storage.write("a", [b"12345"], overwrite=False)
    (root / "b").write_bytes(b"54321")
    os.utime(root / "b", ns=(os.stat(root / "a").st_mtime_ns,) * 2)
    os.rename(root / "b", root / "a")
    assert storage.stat("a").version != first.version


def test_unfinished_files_are_hidden_and_go_with_their_folder(root: Path, storage: FileStorage) -> None:
    (root / "a").mkdir()
    left = root / "a" / ".qis-part-0123456789abcdef"
    left.write_bytes(b"half")
    assert list(storage.list("a").entries) == []
    with left.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        storage.tidy("a")
        with pytest.raises(AlreadyExists):
            storage.remove_folder("a")
    storage.remove_folder("a")
    assert not (root / "a").exists()


def test_what_is_left_of_a_killed_write_is_tidied_up(root: Path, storage: FileStorage) -> None:
    (root / ".qis-part-0123456789abcdef").write_bytes(b"half")
    (root / ".other").write_bytes(b"")
    storage.write("a", [b"whole"], overwrite=False)
    storage.tidy("")
    assert sorted(os.listdir(root)) == [".other", "a"]
    with pytest.raises(NotFound):
        storage.tidy("missing")


def missing(*_: object, **__: object) -> None:
    raise OSError(95, "not supported")


@pytest.mark.parametrize("without", ["links", "files without a name", "renaming in one step", "all of these"])
def test_on_poorer_systems_names_are_still_never_overwritten(
    root: Path, storage: FileStorage, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without in ("links", "all of these"):
        monkeypatch.setattr(os, "link", missing)
    if without in ("files without a name", "all of these"):
        monkeypatch.delattr(os, "O_TMPFILE")
    if without in ("renaming in one step", "all of these"):
        monkeypatch.setattr(placing, "_renameat2", None)
    storage.write("a", [b"first"], overwrite=False)
    with pytest.raises(AlreadyExists):
        storage.write("a", [b"second"], overwrite=False)
    storage.write("a", [b"third"], overwrite=True)
    storage.move("a", "b")
    storage.make_folder("f")
    storage.move("f", "g")
    storage.write("c", [b"other"], overwrite=False)
    for path, to in (("b", "c"), ("b", "g"), ("g", "c"), ("g", "g/h")):
        with pytest.raises(AlreadyExists):
            storage.move(path, to)
    assert sorted(os.listdir(root)) == ["b", "c", "g"]
    with storage.open("b") as stream:
        assert stream.read() == b"third"


def test_no_descriptor_is_left_open(storage: FileStorage, root: Path) -> None:
    storage.make_folder("a/b/c")
    storage.write("a/b/c/d", [b"x"], overwrite=False)
    before = open_below(root)
    for path in ("a/b/c/d", "a/b/missing/d", "a/b/c/d/e", "x/y", "a/\0"):
        for call in (storage.stat, storage.list, storage.delete, storage.local_path):
            try:
                call(path)
            except NotFound:
                continue
    assert open_below(root) == before


def open_below(root: Path) -> list[str]:
    """What this process has open of a folder; other tests' threads open and close files of their own meanwhile."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return sorted(path for path in found if path.startswith(str(root.parent)))


NAMES = st.sampled_from(["a", "b", "c.jpg", ".hidden", "..", ".", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
THINGS = st.one_of(
    st.tuples(st.just("file"), PATHS, st.just("")),
    st.tuples(st.just("folder"), PATHS, st.just("")),
    st.tuples(st.just("link"), PATHS, st.sampled_from(["a", "b", "..", ".", "../..", "/", "/etc", "a/b", "c.jpg"])),
)


@settings(max_examples=200, deadline=None)
@given(things=st.lists(THINGS, max_size=12), paths=st.lists(PATHS, min_size=1, max_size=10))
def test_a_path_answers_only_for_what_lies_there_without_links(
    tmp_path_factory: pytest.TempPathFactory, things: list[tuple[str, str, str]], paths: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree") / "root"
    root.mkdir()
    storage = FileStorage(root)
    for kind, path, to in things:
        place = root / path
        try:
            if not Path(os.path.realpath(place.parent)).is_relative_to(root):
                continue
            if kind == "link":
                place.symlink_to(to)
            elif kind == "folder":
                place.mkdir()
            else:
                place.write_bytes(b"x")
        except OSError:
            continue
    for path in paths:
        parts = path.split("/")
        ways = [root.joinpath(*parts[: count + 1]) for count in range(len(parts))]
        is_clean = not any(part.startswith(".") for part in parts) and not any(way.is_symlink() for way in ways)
        if is_clean and ways[-1].exists():
            assert storage.stat(path).is_folder == ways[-1].is_dir()
        else:
            refused(storage, path)


def test_a_root_that_is_away_is_not_an_empty_library(root: Path, storage: FileStorage) -> None:
    root.rename(root.parent / "unmounted")
    for call in (storage.stat, storage.open, storage.list, storage.delete, storage.make_folder):
        with pytest.raises(Unavailable, match="away"):
            call("a")
    with pytest.raises(Unavailable, match="away"):
        storage.stat("")


def test_the_provider_opens_urls_of_folders(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = FileProvider()
    monkeypatch.chdir(tmp_path)
    (root / "a").write_bytes(b"x")
    (tmp_path / "sp ace?#").mkdir()
    for url in (f"file://{root}", f"file:{root}", "file:library", f"file://localhost{root}"):
        assert provider.open(url).stat("a").size_bytes == 1
    assert provider.open("file:sp%20ace%3F%23").stat("").is_folder
    with pytest.raises(NotFound, match="there is no folder"):
        provider.open("file:nowhere")
    for url in ("file:", "file://other/srv", "file:library?depth=3", "file:lib%00"):
        with pytest.raises(Unavailable, match=r"file:"):
            provider.open(url)


def test_the_plugin_registers_the_scheme() -> None:
    assert [provider.scheme for provider in qis_register_storages()] == ["file"]
