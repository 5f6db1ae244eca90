"""The bell: how a process that has queued a task wakes the workers of its node at once.

It is a named pipe in the data folder. Workers look into the records twice a second all the same, so
a bell that cannot be made or rung costs half a second and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
from pathlib import Path

NAME = "tasks.bell"


class Bell:
    """Rings in, and listens to, one data folder. Safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def ring(self) -> None:
        """Wakes whoever listens; nothing where nobody does."""
        with contextlib.suppress(OSError):
            # Without O_NONBLOCK it would wait for a listener, and a regular file of that name would be written to.
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                    os.write(pipe, b"!")
            finally:
                os.close(pipe)

    def listen(self) -> Listener:
        """Begins to listen."""
        pipe = -1
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileExistsError):
                os.mkfifo(self._path, 0o600)
            # Opened for writing as well, so that it never reads as ended.
            pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
            if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
                os.close(pipe)
                pipe = -1
        return Listener(pipe)


class Listener:
    """One thread's ear: for the bell, and for `wake`, which other threads of the process call."""

    def __init__(self, pipe: int) -> None:
        self._bell = pipe
        self._ear, self._wake = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._wake, False)

    def wait(self, seconds: float, *, bell: bool) -> None:
        """Back after ``seconds``, after `wake`, or, with ``bell``, after a ring."""
        poll = select.poll()
        heard = [self._ear, *([self._bell] if bell and self._bell >= 0 else [])]
        for pipe in heard:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll(max(0.0, seconds) * 1000):
            with contextlib.suppress(BlockingIOError):
                os.read(pipe, 4096)

    def wake(self) -> None:
        """Ends the wait that is going on, or the next one."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def close(self) -> None:
        """Lets go of the pipes. Nobody may wait or wake any more."""
        for pipe in (self._ear, self._wake, self._bell):
            if pipe >= 0:
                os.close(pipe)
