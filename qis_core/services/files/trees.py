"""Trees of files in stores: walked, copied with every byte verified, and removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import BinaryIO

from qis_core.api import AlreadyExists, NotFound, Storage, StorageEntry, Unavailable
from qis_core.domain.paths import folder_of
from qis_core.storage.library import Library

CHUNK = 1024 * 1024

MANIFEST = "manifest.jsonl"
CONTENT = "content"

Progress = Callable[[int, int, str], None]
"""Told how many files of how many are done, and which is at hand; ends the work by raising."""


class Stopped(Unavailable):
    """Somebody has cancelled the work; everything is as it was before."""

    def __init__(self) -> None:
        super().__init__("this was cancelled; everything is as it was before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file or folder of a tree; ``path`` is relative to it, '' being the tree itself."""

    path: str
    is_folder: bool
    size_bytes: int = 0
    version: str = ""


def below(folder: str, path: str) -> str:
    """The path of something in a folder; either may be ''."""
    return f"{folder}/{path}" if folder and path else folder or path


def is_there(store: Storage, path: str) -> StorageEntry | None:
    """What is at a path, past what the library remembers."""
    try:
        return store.stat_now(path) if isinstance(store, Library) else store.stat(path)
    except NotFound:
        return None


def pieces(store: Storage, path: str) -> Iterator[Piece]:
    """The tree at a path: each folder before what it holds. Raises NotFound."""
    entry = is_there(store, path)
    if entry is None:
        raise NotFound(f"{path!r} is not there")
    waiting = [entry]
    while waiting:
        entry = waiting.pop()
        inside = entry.path[len(path) :].lstrip("/")
        yield Piece(path=inside, is_folder=entry.is_folder, size_bytes=entry.size_bytes, version=entry.version)
        if entry.is_folder:
            waiting += reversed(list(listed(store, entry.path)))


def listed(store: Storage, folder: str) -> Iterator[StorageEntry]:
    """What a folder holds, however many. Raises NotFound."""
    after = ""
    while True:
        page = store.list(folder, after=after)
        yield from page.entries
        after = page.after
        if not after:
            return


def copy_file(source: Storage, path: str, target: Storage, to: str) -> bool:
    """Copies a file to a free name; read back and compared. Raises AlreadyExists, NotFound, Unavailable.

    True where the file itself could be given the other name, for good only after ``target.sync``.
    """
    digest = hashlib.sha256()
    with source.open(path) as stream:
        # A store without places on this machine may give out a file that is to be gone or changed later.
        if source.local_path(path) is not None and target.link(stream, to):
            return True
        target.write(to, _hashed(chunks(stream), digest.update), overwrite=False)
    with target.open(to) as stream:
        if digest_of(stream) != digest.hexdigest():
            raise Unavailable(f"{to!r} does not come out of its store as it went in", retry_after=60)
    return False


def copy_tree(  # noqa: PLR0917 -- from where, to where, what.
    source: Storage, path: str, target: Storage, to: str, tree: Sequence[Piece], progress: Progress
) -> None:
    """Copies the pieces of a tree; ``to`` must be free. Raises as `copy_file`, and what ``progress`` raises."""
    linked: set[str] = set()
    for done, piece in enumerate(tree):
        progress(done, len(tree), piece.path)
        place = below(to, piece.path)
        if piece.is_folder:
            target.make_folder(place)
        elif copy_file(source, below(path, piece.path), target, place):
            linked.add(folder_of(place))
    for folder in sorted(linked):
        target.sync(folder)
    progress(len(tree), len(tree), "")


def remove_tree(store: Storage, path: str) -> None:
    """Removes everything at a path; nothing where nothing is there."""
    try:
        tree = list(pieces(store, path))
    except NotFound:
        return
    for piece in reversed(tree):
        with suppress(NotFound):
            (store.remove_folder if piece.is_folder else store.delete)(below(path, piece.path))


def remove_pieces(store: Storage, path: str, tree: Iterable[Piece]) -> None:
    """Removes those of the pieces that are still what they were: what somebody has changed or added stays."""
    for piece in reversed(list(tree)):
        place = below(path, piece.path)
        with suppress(NotFound, AlreadyExists):
            if piece.is_folder:
                store.remove_folder(place)
            else:
                entry = is_there(store, place)
                if entry is not None and entry.version == piece.version:
                    store.delete(place)


def remove_copies(source: Storage, path: str, target: Storage, to: str) -> None:
    """Removes from the tree at ``to`` all that ``path`` has as well, byte for byte."""
    try:
        tree = list(pieces(target, to))
    except NotFound:
        return
    for piece in reversed(tree):
        place = below(to, piece.path)
        with suppress(NotFound, AlreadyExists):
            if piece.is_folder:
                target.remove_folder(place)
            elif is_same(source, below(path, piece.path), target, place):
                target.delete(place)


def is_same(one: Storage, path: str, other: Storage, to: str) -> bool:
    """Whether two files hold the same bytes."""
    first, second = is_there(one, path), is_there(other, to)
    if first is None or second is None or first.is_folder or second.is_folder:
        return False
    if first.size_bytes != second.size_bytes:
        return False
    with one.open(path) as left, other.open(to) as right:
        return digest_of(left) == digest_of(right)


def write_manifest(trash: Storage, place: str, tree: Sequence[Piece]) -> None:
    """Keeps, as the last thing that a copy does, what the tree consists of."""
    lines = (json.dumps(asdict(piece)).encode() + b"\n" for piece in tree)
    trash.write(below(place, MANIFEST), lines, overwrite=False)


def read_manifest(trash: Storage, place: str) -> Sequence[Piece] | None:
    """What the tree consists of; None where there is no complete manifest."""
    try:
        with trash.open(below(place, MANIFEST)) as stream:
            return [Piece(**json.loads(line)) for line in stream]
    except NotFound:
        return None


def digest_of(stream: BinaryIO) -> str:
    """The SHA-256 of what is left of a stream."""
    digest = hashlib.sha256()
    for chunk in chunks(stream):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in pieces that fit into memory."""
    while chunk := stream.read(CHUNK):
        yield chunk


def _hashed(parts: Iterable[bytes], told: Callable[[bytes], None]) -> Iterator[bytes]:
    for part in parts:
        told(part)
        yield part
