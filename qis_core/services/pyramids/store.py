"""Reduced copies of originals as files in a folder, which may be shared by the nodes of a site.

One folder for each original, and in it one for each version of it that has copies: ``1.5.tif``,
``2.tif`` … by the number that the sides are divided by, and ``about.json``. A version's folder is
made under another name and then renamed, so it is there whole or not at all; the time of its last
change is the time of its last use. Whatever is not used for longest goes first where the limit of
bytes is passed, and other versions of an original go where a new one comes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

from qis_core.domain.purging import Purge, PurgeTable

_ABOUT = "about.json"
_NEW = ".new-"
_ENDING = ".tif"
_ABANDONED_SECONDS = 86_400
_TOUCH_SECONDS = 60.0
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyKey:
    """One page of one version of an original, and all else that its copies depend on.

    ``purge`` is the number of the last purge that concerns it, ``makers`` what would make the copies.
    """

    path: str
    version: str
    page: int = 1
    purge: int = 0
    makers: str = ""

    @property
    def folder(self) -> str:
        """Where its copies are, relative to the store's folder."""
        return _folder_of_key(self)

    @property
    def name(self) -> str:
        """64 hex digits that are another's for every other key."""
        return _digest([self.path, self.version, self.page, self.purge, self.makers])


class CopyStore:
    """The folder. Safe to use from many threads and processes."""

    def __init__(self, root: Path, limit_bytes: int) -> None:
        """``root`` is made when it is needed; ``limit_bytes`` bounds all files together."""
        self.root = root
        self.limit_bytes = limit_bytes
        self._copies: dict[str, Sequence[tuple[float, str]]] = {}

    def knows(self, key: CopyKey) -> bool:
        """Whether there are copies, or it is known that none can be made."""
        return os.path.isdir(os.path.join(self.root, key.folder))

    @contextmanager
    def opened(self, key: CopyKey) -> Iterator[Mapping[float, BinaryIO]]:
        """The copies, open, by the number that their sides are divided by; empty where there are none."""
        folder = os.path.join(self.root, key.folder)
        files: dict[float, BinaryIO] = {}
        try:
            try:
                for shrink, path in self._copies_in(folder):
                    # Nothing is read here, so no buffer is of use.
                    files[shrink] = cast(BinaryIO, io.FileIO(path))
                _mark_used(folder)
            except (OSError, ValueError):
                # Not made yet, or just removed; the original is there.
                self._copies.pop(folder, None)
                _close(files)
                files = {}
            yield files
        finally:
            _close(files)

    @contextmanager
    def adding(self, key: CopyKey) -> Iterator[Callable[[float], BinaryIO]]:
        """A function that gives an empty file for each copy, to be written and closed by the caller.

        At the end of the block the copies count, those of the original's other versions are
        removed, and what was not used for longest, until the limit holds. An error in the block
        leaves nothing behind. Files that stayed empty are no copies; without any copy it is
        remembered that none can be made.
        """
        new = self.root / f"{_NEW}{uuid.uuid4().hex}"
        new.mkdir(parents=True)
        try:
            yield lambda shrink: (new / f"{shrink:g}{_ENDING}").open("w+b")
            about = {"path": key.path, "version": key.version, "page": key.page, "purge": key.purge}
            (new / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
            is_too_much = _bytes_in(new) > self.limit_bytes
            for copy in new.glob(f"*{_ENDING}"):
                if is_too_much or copy.stat().st_size == 0:
                    copy.unlink()
            self._put(new, key)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        self.shrink()

    def forget(self, purge: Purge) -> None:
        """Removes the copies of what is purged; purges by template concern none."""
        if purge.everything:
            self.clear()
            return
        for path in purge.images:
            shutil.rmtree(self.root / _folder_of(path), ignore_errors=True)
        if purge.folders:
            gone = PurgeTable().after(Purge(folders=purge.folders))
            for folder in self._folders():
                origin = _path_of(folder)
                if origin is None or gone.number([origin], ""):
                    shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Removes all copies, and nothing else that may lie in the folder."""
        for folder in self._folders():
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def used_bytes(self) -> int:
        """What all files take together."""
        return sum(_bytes_in(folder) for folder in self._folders())

    def shrink(self) -> None:
        """Removes what was not used for longest until the limit holds, and what makers left when they were ended."""
        found = [(_used(folder), _bytes_in(folder), folder) for folder in self._folders()]
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found, key=lambda one: one[0]):
            if total <= self.limit_bytes:
                break
            shutil.rmtree(folder, ignore_errors=True)
            total -= size
        for left in self.root.glob(f"{_NEW}*"):
            if time.time() - _used(left) > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)

    def _copies_in(self, folder: str) -> Sequence[tuple[float, str]]:
        """Number and path of each copy. A folder is put in its place whole, so it is looked into once."""
        found = self._copies.get(folder)
        if found is None:
            names = [name for name in os.listdir(folder) if name.endswith(_ENDING)]
            found = [(float(name.removesuffix(_ENDING)), os.path.join(folder, name)) for name in names]
            if len(self._copies) >= _REMEMBERED:
                self._copies.clear()
            self._copies[folder] = found
        return found

    def _put(self, new: Path, key: CopyKey) -> None:
        place = self.root / key.folder
        place.parent.mkdir(parents=True, exist_ok=True)
        # Another node may have made the same meanwhile: then that one counts.
        with contextlib.suppress(OSError):
            os.rename(new, place)
        for other in place.parent.iterdir():
            about = _about(other)
            if other != place and (about is None or about.get("page", 1) == key.page):
                shutil.rmtree(other, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [folder for folder in self.root.glob("??/*/*") if folder.is_dir()]


@lru_cache(maxsize=_REMEMBERED)
def _folder_of_key(key: CopyKey) -> str:
    return os.path.join(_folder_of(key.path), key.name[:24])


def _close(files: Mapping[float, BinaryIO]) -> None:
    for file in files.values():
        file.close()


def _folder_of(path: str) -> Path:
    name = _digest([path])
    return Path(name[:2], name[2:42])


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _about(folder: Path) -> Mapping[str, object] | None:
    try:
        found = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _path_of(folder: Path) -> str | None:
    path = (_about(folder) or {}).get("path")
    return path if isinstance(path, str) else None


def _bytes_in(folder: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder))
    except OSError:
        return 0


def _used(folder: str | Path) -> float:
    try:
        return os.stat(folder).st_mtime
    except OSError:
        return 0.0


def _mark_used(folder: str) -> None:
    if time.time() - _used(folder) > _TOUCH_SECONDS:
        os.utime(folder)
