"""Ways down from a root folder that no link can lead astray.

Each step opens one folder by its name inside the one before (``openat`` with ``O_NOFOLLOW``),
so there is no moment between checking a path and using it in which it could be replaced.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from qis_core.api import NotFound, Unavailable

log = logging.getLogger(__name__)

# O_PATH needs only the right to pass through a folder, not to list it; elsewhere than on Linux it is missing.
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

ABSENT = frozenset({
    errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL,
    errno.ENXIO, errno.ENODEV, errno.EACCES, errno.EPERM,
})  # fmt: skip
"""System errors that say: nothing that could be given out is there."""


def split(path: str) -> list[str]:
    """The parts of a store's path; [] is the root. Raises NotFound for a part that no store has.

    Refused are empty parts, ``.``, ``..``, hidden names, NUL, and texts that are not how the
    system spells the name's bytes: two spellings of one file would pass one another's permissions.
    """
    if not path:
        return []
    parts = path.split("/")
    for part in parts:
        if not part or part[0] == "." or "\0" in part:
            raise absent(path)
    if not path.isascii():
        try:
            same = os.fsdecode(os.fsencode(path)) == path
        except UnicodeError:
            same = False
        if not same:
            raise absent(path)
    return parts


def absent(path: str) -> NotFound:
    """The one error for whatever is not there, not ours or not to be shown."""
    return NotFound(f"{path!r} is not in the library")


@contextmanager
def folder(root: str, parts: list[str]) -> Iterator[int]:
    """A descriptor of the folder below ``root``, good for ``dir_fd``. Raises OSError; Unavailable without root."""
    here = _open_root(root)
    try:
        for part in parts:
            below = os.open(part, _PASS | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def _open_root(root: str) -> int:
    try:
        # The root itself may be a link: the operator chose it.
        return os.open(root, _PASS)
    except OSError as error:
        # A disk that is not mounted must not look like a library without pictures.
        log.error("the root of a store, %s, cannot be opened: %s", root, error)
        raise Unavailable("the store of originals is away", retry_after=30) from error


@contextmanager
def listable(root: str, parts: list[str]) -> Iterator[int]:
    """A descriptor of the folder that can also be listed and synced. Raises OSError."""
    with folder(root, parts) as here:
        found = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=here)
    try:
        yield found
    finally:
        os.close(found)


def inspect(parent: int, name: str) -> os.stat_result:
    """What is known of a regular file or folder. Raises OSError, ENOENT for any other kind of thing."""
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise OSError(errno.ENOENT, "neither a file nor a folder")
    return found


def open_file(parent: int, name: str) -> int:
    """A descriptor of a regular file, for reading. Raises OSError, ENOENT for any other kind of thing."""
    # Looked at first, so that a device is not even opened; looked at again, because it may have been swapped.
    if not stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        raise OSError(errno.ENOENT, "not a file")
    descriptor = os.open(name, _READ, dir_fd=parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENOENT, "not a file")
    return descriptor
