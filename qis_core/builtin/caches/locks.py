"""A lock file: one holder at a time among all threads and processes of this machine."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 2.0
_NAP = 0.001


@contextmanager
def locked(path: str) -> Iterator[int]:
    """Holds the file's lock; gives its descriptor. Raises OSError, TimeoutError after two seconds.

    The file is opened afresh each time, so the lock also holds between threads and after a fork,
    and the system drops it with a process that dies.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait_for(descriptor, path)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A holder that was stopped must not stop the others for ever.
            if time.monotonic() > until:
                raise TimeoutError(f"{path} stays locked") from None
            time.sleep(_NAP)
        else:
            return
