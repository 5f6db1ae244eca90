"""What processes ask of the kernel, as ``strace`` sees it: which files they open, whom they call, what they start.

A process that is traced runs several times slower. Tracing others needs the right to do so (CAP_SYS_PTRACE,
where they have locked themselves in): ``NotPermitted`` tells that it is not there.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

OPENING = ("open", "openat", "openat2", "creat", "open_by_handle_at")
CONNECTING = ("socket", "connect", "bind", "listen", "accept", "accept4")
STARTING = ("execve", "execveat", "fork", "vfork", "clone", "clone3")
CHANGING = (
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir",
    "mkdirat", "rmdir", "truncate", "chmod", "fchmodat", "chown", "fchownat", "mknod", "mknodat",
)  # fmt: skip

_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(?:<(.*)>)?")
_START_SECONDS = 20.0


class NotPermitted(Exception):
    """``strace`` is not installed, or these processes may not be traced; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One system call: the thread that made it, its name, its arguments as ``strace`` writes them, its result
    (negative: refused), and the path of the file that it opened."""

    thread: int
    name: str
    arguments: str
    result: int
    path: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the kernel did it."""
        return self.result >= 0


class Trace:
    """The calls of some processes and of all that they start from now on; to be read once it has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def calls(self) -> Iterator[Call]:
        """All calls, each process's in their order."""
        for file in sorted(self._folder.iterdir()):
            for line in file.read_text("utf-8", "replace").splitlines():
                if found := _LINE.match(line):
                    name, arguments, result, path = found.groups()
                    number = -1 if result == "?" else int(result)
                    yield Call(
                        thread=int(file.suffix[1:]), name=name, arguments=arguments, result=number, path=path or ""
                    )


@contextlib.contextmanager
def traced(pids: Sequence[int], folder: Path) -> Iterator[Trace]:
    """Traces these processes and those that they start, until the end; ``folder`` is empty. Raises NotPermitted."""
    if shutil.which("strace") is None:
        raise NotPermitted("strace is not installed")
    calls = ",".join(f"?{name}" for name in (*OPENING, *CONNECTING, *STARTING, *CHANGING))
    # A file for each process, paths beside descriptors, texts whole.
    command = ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "signal=none", "-e", f"trace={calls}"]
    command += ["-o", str(folder / "calls"), *(word for pid in pids for word in ("-p", str(pid)))]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as strace:
        try:
            _await(strace, pids)
            yield Trace(folder)
        finally:
            # It lets go of them all and ends.
            strace.send_signal(signal.SIGINT)
            strace.communicate()


def _await(strace: subprocess.Popen[str], pids: Sequence[int]) -> None:
    until = time.monotonic() + _START_SECONDS
    while not all(_tracer(pid) == strace.pid or not Path(f"/proc/{pid}").exists() for pid in pids):
        if strace.poll() is not None or time.monotonic() > until:
            strace.kill()
            raise NotPermitted(f"these processes may not be traced: {strace.communicate()[1].strip()[:200]}")
        time.sleep(0.02)


def _tracer(pid: int) -> int:
    """Who traces all of a process's threads; 0 where one of them is not traced."""
    found = set()
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):
            found |= {int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("TracerPid:")}
    return found.pop() if len(found) == 1 else 0
