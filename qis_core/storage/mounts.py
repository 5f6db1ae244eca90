"""Which store answers for a library path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qis_core.api import Storage


@dataclass(frozen=True, slots=True)
class Place:
    """A path within one store; ``mount`` is the library folder where the store begins."""

    mount: str
    storage: Storage
    path: str

    def outside(self, path: str) -> str:
        """The library path of a path within the store."""
        return f"{self.mount}/{path}" if self.mount and path else self.mount or path


class Mounts:
    """Stores by library folder, '' being the root; the deepest that holds a path answers for it."""

    def __init__(self, mounts: Mapping[str, Storage]) -> None:
        """Raises ValueError for a folder that is no clean path, or without a store for the root."""
        if "" not in mounts:
            raise ValueError("a library needs a store for its root folder ''")
        for folder in mounts:
            if folder and not all(part and part[0] != "." for part in folder.split("/")):
                raise ValueError(f"{folder!r} is no folder of a library")
        self._mounts = dict(sorted(mounts.items(), key=lambda item: -len(item[0])))
        self._root = mounts[""]
        self._is_single = len(mounts) == 1

    def find(self, path: str) -> Place:
        """The store of ``path``, and the path within it."""
        if self._is_single:
            return Place("", self._root, path)
        for folder, storage in self._mounts.items():
            if not folder or path == folder:
                return Place(folder, storage, path if not folder else "")
            # "folder/" is no path; the root's store says so.
            if path.startswith(folder + "/") and len(path) > len(folder) + 1:
                return Place(folder, storage, path[len(folder) + 1 :])
        raise AssertionError("the root holds every path")

    def below(self, folder: str) -> list[str]:
        """Names, in order, of what mounts put directly into ``folder``."""
        prefix = folder + "/" if folder else ""
        names = {mount[len(prefix) :].split("/", 1)[0] for mount in self._mounts if mount.startswith(prefix) and mount}
        return sorted(name for name in names if name)

    def holds_mount(self, path: str) -> bool:
        """True where ``path`` is the root, a mount, or a folder above one."""
        return any(mount == path or mount.startswith(path + "/") for mount in self._mounts) or not path

    def items(self) -> list[tuple[str, Storage]]:
        """Every folder with its store, the deepest first."""
        return list(self._mounts.items())
