"""memcached servers of a test's own.

Nothing of QIS is imported here: pytest imports this module in every project of the environment.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

START_SECONDS = 20


class Memcached:
    """A memcached on a free port of 127.0.0.1: it can be stopped, paused and started again."""

    def __init__(self, megabytes: int = 64) -> None:
        """Starts it with so much memory. Raises RuntimeError."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        """As a cache URL names it: ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, empty. Raises RuntimeError."""
        user = ["-u", _unprivileged()] if os.getuid() == 0 else []
        self._process = subprocess.Popen(
            [
                "memcached",
                "-l",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-U",
                "0",
                "-m",
                str(self._megabytes),
                "-t",
                "2",
                *user,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.02)
        raise RuntimeError(f"memcached did not start at {self.address}")

    def pause(self) -> None:
        """It takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


MakeMemcached = Callable[..., Memcached]


@pytest.fixture
def new_memcached() -> Iterator[MakeMemcached]:
    """Starts memcached servers: ``new_memcached(megabytes=64)``, ended after the test. Skips where there is none."""
    if shutil.which("memcached") is None:
        pytest.skip("memcached is not installed (Debian: memcached)")
    pytest.importorskip("pymemcache", reason="pymemcache is not installed: pip install 'qis-core[memcached]'")
    with ExitStack() as closing:

        def make(megabytes: int = 64) -> Memcached:
            made = Memcached(megabytes)
            closing.callback(made.kill)
            return made

        yield make


def _unprivileged() -> str:
    for name in ("memcache", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return "nobody"
