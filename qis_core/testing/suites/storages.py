"""What every store of originals must do. Subclass it, give a fixture ``storage``, run pytest::

class TestMyStorage(StorageSuite):
    @pytest.fixture
    def storage(self):
        return MyStorage(...)      # empty and writable
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qis_core.api import AlreadyExists, NotFound, Storage, StorageEntry

# Each test puts its own state in place, and a suite runs for many subclasses.
INHERITED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)

HOSTILE = (
    "..", "../x", "a/../x", "a/..", "/etc/passwd", "//etc/passwd", "a//b", "a/", "./a", "a/./b", ".", ".hidden",
    "a/.hidden", ".hidden/a", "a\0", "\0", "a\0/b", "x" * 256, "x" * 5000, "a/" * 3000 + "b", "\ud800", "a/\udfff.jpg",
    "\udcc3\udca9.jpg", "missing", "missing/at/all",
)  # fmt: skip
"""Paths that no store answers for; the last ones are well-formed and not there."""

ODD_NAMES = (
    "a b.jpg", " lead.jpg", "trail ", "new\nline.jpg", "tab\t.jpg", "quote'\".jpg", "back\\slash.jpg", "%2e%2e.jpg",
    "%00.jpg", "🖼️.png", "\u202egpj.exe", "é.jpg", "e\u0301.jpg", "#?&;=+.jpg", "*[a-z]?.jpg", "-rf", "~", "$HOME",
    "a..b", "a...", "CON", "ü" * 100 + ".jpg", "日本語/中文/한국어.tif",
)  # fmt: skip
"""Names that people's files have."""


class StorageSuite:
    """The contract of ``Storage``; the fixture ``storage`` gives an empty, writable one for each test."""

    @pytest.fixture
    def storage(self) -> Iterator[Storage]:
        """An empty, writable store; subclasses must override this."""
        raise NotImplementedError("give a fixture named storage")

    def put(self, storage: Storage, path: str, body: bytes = b"body") -> None:
        """Stores ``body``, making the folders above it."""
        if "/" in path:
            self.make(storage, path.rsplit("/", 1)[0])
        storage.write(path, [body], overwrite=True)

    def make(self, storage: Storage, folder: str) -> None:
        """Makes a folder unless it is there."""
        try:
            storage.make_folder(folder)
        except AlreadyExists:
            return

    def read(self, storage: Storage, path: str) -> bytes:
        """The file's bytes."""
        with storage.open(path) as stream:
            return stream.read()

    def test_a_written_file_is_read_back(self, storage: Storage) -> None:
        entry = storage.write("a.jpg", [b"one", b"", b"two"], overwrite=False)
        assert (entry.path, entry.name, entry.size_bytes, entry.is_folder) == ("a.jpg", "a.jpg", 6, False)
        assert entry.version
        assert storage.stat("a.jpg") == entry
        assert self.read(storage, "a.jpg") == b"onetwo"

    def test_an_empty_file_is_a_file(self, storage: Storage) -> None:
        assert storage.write("empty", [], overwrite=False).size_bytes == 0
        assert self.read(storage, "empty") == b""

    def test_a_stream_is_seekable(self, storage: Storage) -> None:
        self.put(storage, "a", b"0123456789")
        with storage.open("a") as stream:
            assert stream.seekable()
            stream.seek(-3, 2)
            assert stream.read() == b"789"
            stream.seek(2)
            assert stream.read(3) == b"234"

    def test_the_root_is_a_folder(self, storage: Storage) -> None:
        assert storage.stat("").is_folder
        assert list(storage.list("").entries) == []
        with pytest.raises(NotFound):
            storage.open("")
        with pytest.raises(NotFound):
            storage.delete("")
        with pytest.raises(AlreadyExists):
            storage.make_folder("")

    @pytest.mark.parametrize("path", HOSTILE, ids=lambda path: ascii(path)[:40])
    def test_a_path_outside_or_missing_is_not_found(self, storage: Storage, path: str) -> None:
        self.put(storage, "a/b", b"")
        for call in (storage.stat, storage.open, storage.delete, storage.list, storage.remove_folder):
            with pytest.raises(NotFound):
                call(path)
        with pytest.raises(NotFound):
            storage.move(path, "c")

    @pytest.mark.parametrize("path", [path for path in HOSTILE if path != "missing"], ids=lambda path: ascii(path)[:40])
    def test_nothing_is_written_outside_or_without_a_folder(self, storage: Storage, path: str) -> None:
        self.put(storage, "a/b", b"")
        with pytest.raises(NotFound):
            storage.write(path, [b"x"], overwrite=True)
        with pytest.raises((NotFound, AlreadyExists)):
            storage.move("a/b", path)
        assert self.read(storage, "a/b") == b""

    @pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: ascii(name)[:40])
    def test_odd_names_are_served(self, storage: Storage, name: str) -> None:
        self.put(storage, f"folder/{name}", b"odd")
        assert self.read(storage, f"folder/{name}") == b"odd"
        folder, _, last = f"folder/{name}".rpartition("/")
        assert [entry.name for entry in storage.list(folder).entries] == [last]
        assert storage.stat(f"folder/{name}").name == last

    @settings(max_examples=60, deadline=None, suppress_health_check=INHERITED)
    @given(path=st.text(max_size=60) | st.lists(st.sampled_from(["..", ".", "a", "", "\0", "b\\", "/"])).map("/".join))
    def test_any_text_is_an_entry_or_not_found(self, storage: Storage, path: str) -> None:
        try:
            assert storage.stat(path).path == path
        except NotFound as error:
            error.message.encode()

    def test_a_replaced_file_has_another_version(self, storage: Storage) -> None:
        first = storage.write("a", [b"12345"], overwrite=False)
        second = storage.write("a", [b"54321"], overwrite=True)
        assert first.version != second.version
        assert storage.stat("a").version == second.version

    def test_an_open_file_stays_readable_when_replaced_or_deleted(self, storage: Storage) -> None:
        body = bytes(range(256)) * 1000
        self.put(storage, "a", body)
        with storage.open("a") as stream:
            start = stream.read(10)
            storage.write("a", [b"other"], overwrite=True)
            storage.delete("a")
            assert start + stream.read() == body

    def test_writing_does_not_overwrite_unasked(self, storage: Storage) -> None:
        self.put(storage, "a", b"first")
        with pytest.raises(AlreadyExists):
            storage.write("a", [b"second"], overwrite=False)
        assert self.read(storage, "a") == b"first"

    def test_a_file_does_not_take_a_folders_place(self, storage: Storage) -> None:
        storage.make_folder("a")
        for overwrite in (True, False):
            with pytest.raises(AlreadyExists):
                storage.write("a", [b"x"], overwrite=overwrite)
        assert storage.stat("a").is_folder

    def test_of_many_writers_of_one_name_one_wins(self, storage: Storage) -> None:
        won: list[bytes] = []
        barrier = threading.Barrier(8)

        def write(number: int) -> None:
            body = b"%d" % number * 1000
            barrier.wait()
            try:
                storage.write("a", [body], overwrite=False)
            except AlreadyExists:
                return
            won.append(body)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert self.read(storage, "a") == won[0]

    def test_a_broken_upload_leaves_nothing(self, storage: Storage) -> None:
        def chunks() -> Iterator[bytes]:
            yield b"half"
            raise ValueError("the client went away")

        self.put(storage, "there", b"before")
        for path in ("there", "new"):
            with pytest.raises(ValueError, match="went away"):
                storage.write(path, chunks(), overwrite=True)
        assert self.read(storage, "there") == b"before"
        assert [entry.name for entry in storage.list("").entries] == ["there"]
        with pytest.raises(NotFound):
            storage.stat("new")

    def test_a_listing_is_in_name_order_and_resumes(self, storage: Storage) -> None:
        names = sorted(f"{number:03d}.jpg" for number in range(25))
        for name in reversed(names):
            self.put(storage, f"f/{name}", name.encode())
        storage.make_folder("f/010")
        expected = sorted([*names, "010"])
        found: list[StorageEntry] = []
        after, rounds = "", 0
        while True:
            page = storage.list("f", after=after, limit=7)
            assert len(page.entries) <= 7
            found += page.entries
            after, rounds = page.after, rounds + 1
            if not after:
                break
        assert [entry.name for entry in found] == expected
        assert rounds == 4
        assert [entry.path for entry in found] == [f"f/{name}" for name in expected]
        assert [entry.name for entry in found if entry.is_folder] == ["010"]
        assert found[0] == storage.stat("f/000.jpg")

    def test_a_listing_of_a_file_is_not_found(self, storage: Storage) -> None:
        self.put(storage, "a")
        with pytest.raises(NotFound):
            storage.list("a")
        with pytest.raises(NotFound):
            storage.stat("a/b")

    def test_files_and_folders_move(self, storage: Storage) -> None:
        self.put(storage, "a/b/c.jpg", b"c")
        self.make(storage, "x")
        assert storage.move("a/b/c.jpg", "x/d.jpg").path == "x/d.jpg"
        assert self.read(storage, "x/d.jpg") == b"c"
        with pytest.raises(NotFound):
            storage.stat("a/b/c.jpg")
        assert storage.move("x", "a/y").is_folder
        assert self.read(storage, "a/y/d.jpg") == b"c"
        with pytest.raises(NotFound):
            storage.stat("x")

    def test_a_move_overwrites_nothing(self, storage: Storage) -> None:
        self.put(storage, "a", b"a")
        self.put(storage, "b", b"b")
        for folder in ("f", "g"):
            storage.make_folder(folder)
        for path, to in (("a", "b"), ("a", "f"), ("f", "a"), ("f", "g"), ("a", "a"), ("f", "f"), ("f", "f/in")):
            with pytest.raises(AlreadyExists):
                storage.move(path, to)
        with pytest.raises(NotFound):
            storage.move("a", "missing/a")
        assert (self.read(storage, "a"), self.read(storage, "b")) == (b"a", b"b")
        assert [entry.name for entry in storage.list("").entries] == ["a", "b", "f", "g"]
        assert list(storage.list("f").entries) == []

    def test_a_deleted_file_is_gone(self, storage: Storage) -> None:
        self.put(storage, "a")
        storage.delete("a")
        for call in (storage.stat, storage.delete, storage.open):
            with pytest.raises(NotFound):
                call("a")

    def test_folders_are_made_and_removed(self, storage: Storage) -> None:
        assert storage.make_folder("a/b/c").path == "a/b/c"
        assert storage.stat("a/b").is_folder
        with pytest.raises(AlreadyExists):
            storage.make_folder("a/b")
        with pytest.raises(AlreadyExists):
            storage.remove_folder("a")
        with pytest.raises(NotFound):
            storage.delete("a/b/c")
        storage.remove_folder("a/b/c")
        with pytest.raises(NotFound):
            storage.stat("a/b/c")
        self.put(storage, "file")
        with pytest.raises(AlreadyExists):
            storage.make_folder("file/below")
        with pytest.raises(NotFound):
            storage.remove_folder("file")

    def test_a_local_path_is_the_file(self, storage: Storage) -> None:
        self.put(storage, "a/b", b"here")
        place = storage.local_path("a/b")
        assert place is None or place.read_bytes() == b"here"

    def test_an_open_file_is_linked_to_a_free_name_or_left_alone(self, storage: Storage, tmp_path: Path) -> None:
        file = tmp_path / "outside"
        file.write_bytes(b"here")
        self.put(storage, "a/taken", b"taken")
        with file.open("rb") as stream:
            if not storage.link(stream, "a/b"):
                with pytest.raises(NotFound):
                    storage.stat("a/b")
                return
            with pytest.raises(AlreadyExists):
                storage.link(stream, "a/taken")
            with pytest.raises(NotFound):
                storage.link(stream, "missing/b")
        storage.sync("a")
        file.unlink()
        assert self.read(storage, "a/b") == b"here"
        assert self.read(storage, "a/taken") == b"taken"

    def test_what_is_no_file_of_this_machine_is_not_linked(self, storage: Storage) -> None:
        assert not storage.link(io.BytesIO(b"bytes"), "a")
        with pytest.raises(NotFound):
            storage.stat("a")
