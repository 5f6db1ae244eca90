"""Putting files and folders in their place: complete or not at all, and never over another by accident."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

TEMPORARY = ".qis-part-"
"""How the names of unfinished files begin: hidden, so that no listing shows them."""

_NO_REPLACE = 1
_NOT_IN_ONE_STEP = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
# Linux's own call, of the C library; others have none of this meaning.
_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def write_file(parent: int, name: str, chunks: Iterable[bytes], *, overwrite: bool) -> os.stat_result:
    """Writes ``chunks`` to a file without a name, syncs, and gives it its name. Raises OSError (EEXIST)."""
    with _nameless(parent) as (descriptor, hidden):
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            for chunk in chunks:
                stream.write(chunk)
            stream.flush()
        os.fsync(descriptor)
        found = os.fstat(descriptor)
        if hidden or overwrite or not link(descriptor, parent, name):
            temporary = hidden or TEMPORARY + secrets.token_hex(8)
            if not hidden and not link(descriptor, parent, temporary):
                found = _copy(descriptor, parent, temporary)
            _give_name(parent, temporary, name, overwrite=overwrite)
    os.fsync(parent)
    return found


@contextmanager
def _nameless(parent: int) -> Iterator[tuple[int, str]]:
    """A new file: its descriptor, and a hidden name where the file system has no files without one.

    A file without a name is gone with the process that is killed while it writes.
    """
    flags = os.O_RDWR | os.O_CLOEXEC
    temporary = ""
    try:
        descriptor = os.open(".", flags | os.O_TMPFILE, 0o666, dir_fd=parent)
    except (OSError, AttributeError):
        # Not on this file system, or not on this kind of system; where it is for another reason, the next says so.
        temporary = TEMPORARY + secrets.token_hex(8)
        descriptor = os.open(temporary, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=parent)
    try:
        with suppress(OSError):
            # Tells others that somebody is at work here; some file systems have no locks.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor, temporary
    except BaseException:
        with suppress(OSError):
            if temporary:
                os.unlink(temporary, dir_fd=parent)
        raise
    finally:
        os.close(descriptor)


def link(descriptor: int, parent: int, name: str) -> bool:
    """Gives an open file a name that is free; False where the system cannot. Raises OSError (EEXIST)."""
    try:
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=parent, follow_symlinks=True)
    except OSError as error:
        if error.errno in _NO_LINKS or error.errno == errno.ENOENT:
            return False
        raise
    return True


def _copy(descriptor: int, parent: int, name: str) -> os.stat_result:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    copy = os.open(name, flags, 0o666, dir_fd=parent)
    try:
        with suppress(OSError):
            fcntl.flock(copy, fcntl.LOCK_EX)
        with os.fdopen(os.dup(descriptor), "rb") as source, os.fdopen(os.dup(copy), "wb") as target:
            source.seek(0)
            shutil.copyfileobj(source, target, 1024 * 1024)
        os.fsync(copy)
        return os.fstat(copy)
    except OSError:
        os.unlink(name, dir_fd=parent)
        raise
    finally:
        os.close(copy)


def _give_name(parent: int, temporary: str, name: str, *, overwrite: bool) -> None:
    try:
        if overwrite:
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        else:
            name_file(parent, temporary, parent, name)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=parent)
        raise


def name_file(source: int, name: str, target: int, new: str) -> None:
    """Renames a file unless ``new`` is taken: decided by the system in one step. Raises OSError (EEXIST)."""
    if _renamed(source, name, target, new):
        return
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
    """Renames a folder unless ``new`` is taken; where the system cannot do that in one step, an empty folder
    claims the name first. Raises OSError (EEXIST)."""
    if _renamed(source, name, target, new):
        return
    os.mkdir(new, dir_fd=target)
    try:
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
    except OSError:
        with suppress(OSError):
            os.rmdir(new, dir_fd=target)
        raise


def _renamed(source: int, name: str, target: int, new: str) -> bool:
    """Renames in one step where the system can; False where it cannot. Raises OSError (EEXIST)."""
    if _renameat2 is None:
        return False
    # What a crash test stops at; Python tells of its own calls in the same way.
    sys.audit("os.rename", name, new, source, target)
    if _renameat2(source, os.fsencode(name), target, os.fsencode(new), _NO_REPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_IN_ONE_STEP:
        return False
    if number == errno.EEXIST and _is_other_spelling(source, name, target, new):
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
        return True
    raise OSError(number, os.strerror(number), new)


def _is_other_spelling(source: int, name: str, target: int, new: str) -> bool:
    """Whether ``new`` is but ``name`` itself, in a folder that does not tell cases or forms of letters apart."""
    if name == new or not os.path.sameopenfile(source, target):
        return False
    one = os.stat(name, dir_fd=source, follow_symlinks=False)
    two = os.stat(new, dir_fd=target, follow_symlinks=False)
    with os.scandir(source) as items:
        return os.path.samestat(one, two) and all(item.name != new for item in items)


def remove_stale(parent: int) -> None:
    """Removes what processes that were killed while they wrote have left in a folder: unfinished files that
    nobody holds the lock of."""
    with os.scandir(parent) as items:
        names = [item.name for item in items if item.name.startswith(TEMPORARY)]
    for name in names:
        with suppress(OSError):
            descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=parent)
            finally:
                os.close(descriptor)
