"""Putting files and folders in their place: complete or not at all, and never over another by accident."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterable
from contextlib import suppress

TEMPORARY = ".qis-part-"
"""How the names of unfinished files begin: hidden, so that no listing shows them."""

_STALE_SECONDS = 24 * 3600
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def write_file(parent: int, name: str, chunks: Iterable[bytes], *, overwrite: bool) -> os.stat_result:
    """Writes ``chunks`` to a temporary name, syncs, and gives it its name. Raises OSError (EEXIST)."""
    temporary = TEMPORARY + secrets.token_hex(8)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
            found = os.fstat(stream.fileno())
        if overwrite:
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        else:
            name_file(parent, temporary, parent, name)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=parent)
        raise
    os.fsync(parent)
    return found


def name_file(source: int, name: str, target: int, new: str) -> None:
    """Renames a file unless ``new`` is taken: decided by the system in one step. Raises OSError (EEXIST)."""
    try:
        os.link(name, new, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links an empty file claims the name first.
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=target))
        try:
            os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
        except OSError:
            os.unlink(new, dir_fd=target)
            raise
    else:
        os.unlink(name, dir_fd=source)


def name_folder(source: int, name: str, target: int, new: str) -> None:
    """Renames a folder unless ``new`` is taken: an empty folder claims the name first. Raises OSError (EEXIST)."""
    os.mkdir(new, dir_fd=target)
    try:
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
    except OSError:
        with suppress(OSError):
            os.rmdir(new, dir_fd=target)
        raise


def remove_stale(parent: int) -> None:
    """Removes unfinished files that a killed process left in a folder a day or more ago."""
    now = time.time()
    with os.scandir(parent) as items:
        names = [item.name for item in items if item.name.startswith(TEMPORARY)]
    for name in names:
        with suppress(OSError):
            found = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode) and now - found.st_mtime > _STALE_SECONDS:
                os.unlink(name, dir_fd=parent)
