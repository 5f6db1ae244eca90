"""Files that name other files and addresses: nothing of that is opened or called, which the kernel itself tells.

Every canary lies outside the library in a folder that is watched by inotify, and every address is
that of a listener of our own; whatever process opens or connects, it is seen. Where processes may be
traced, so is every file that the render workers open while they meet all these files.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from qis_core.testing import pictures
from qis_core.testing.app_fixtures import Server
from qis_core.testing.processes import render_processes
from qis_core.testing.raw_http import Answer, target
from qis_core.testing.references import lay_canaries, leading_to
from qis_core.testing.tracing import CHANGING, CONNECTING, OPENING, STARTING, Call, NotPermitted, traced

Get = Callable[..., Answer]

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_EVENT = struct.Struct("iIII")
_ENDS_WELL = {200, 404, 413, 415, 503}
_SIBLING = "sibling.png"

READABLE = (
    "/dev/null", "/dev/urandom", "/proc/self/", "/proc/meminfo", "/proc/cpuinfo", "/sys/devices/system/cpu",
    "/sys/fs/cgroup", "/lib/", "/lib64/", "/usr/lib/", "/usr/local/lib/", "/usr/share/", "/usr/local/share/fonts",
    "/etc/ld.so.cache", "/etc/fonts/", "/etc/ImageMagick-6/", "/etc/papersize", "/etc/localtime",
)  # fmt: skip
"""What libraries, their fonts, profiles and settings may be read from, besides Python's own folders."""


@dataclass(frozen=True)
class Trap:
    """A folder whose files nobody may open, and an address that nobody may call."""

    folder: Path
    listener: socket.socket
    watch: int

    @property
    def address(self) -> str:
        """The listener's, as it stands in URLs."""
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def opened(self) -> list[str]:
        """Names of canaries that were opened since the last call."""
        found = []
        try:
            data = os.read(self.watch, 1 << 16)
        except BlockingIOError:
            return []
        at = 0
        while at < len(data):
            length = _EVENT.unpack_from(data, at)[3]
            at += _EVENT.size
            found.append(data[at : at + length].rstrip(b"\0").decode())
            at += length
        return found

    def called(self) -> bool:
        """Whether anybody connected."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    folder = tmp_path_factory.mktemp("canaries")
    lay_canaries(folder)
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("this system does not tell who opens files")
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_ACCESS | _IN_OPEN) > 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Trap(folder, listener, watch)
    os.close(watch)


@dataclass
class Seen:
    """What happened while the files were asked for: what each request led to, and what the workers did meanwhile."""

    statuses: dict[str, int] = field(default_factory=dict)
    opened: dict[str, list[str]] = field(default_factory=dict)
    callers: list[str] = field(default_factory=list)
    calls: Sequence[Call] = ()
    untraced: str = ""


@pytest.fixture(scope="module")
def kept() -> list[Seen]:
    """What has been seen, once it has."""
    return []


@pytest.fixture
def seen(kept: list[Seen], fort: Server, trap: Trap, tmp_path: Path, get: Get) -> Seen:
    """What happened; the first test that wants it makes it happen, so that it is part of a test and watched as such."""
    if not kept:
        kept.append(ask_for_all(fort, trap, tmp_path, get))
    return kept[0]


def ask_for_all(fort: Server, trap: Trap, notes: Path, get: Get) -> Seen:
    """Every file is asked for as a picture and for its record, under a trace where that may be."""
    found = Seen()
    folder = fort.library / "references"
    folder.mkdir(exist_ok=True)
    (folder / _SIBLING).write_bytes(pictures.FILES["photo.png"]())
    # The trap works: what we do ourselves is seen.
    (trap.folder / "secret.txt").read_bytes()
    assert "secret.txt" in trap.opened()
    assert get(target("/image", src="photos/wide.jpg", width=9)).status == 200
    processes = render_processes(psutil.Process(fort.pid), recursive=True)
    assert len(processes) > 1
    with contextlib.ExitStack() as closing:
        try:
            trace = closing.enter_context(traced([process.pid for process in processes], notes))
        except NotPermitted as reason:
            trace, found.untraced = None, str(reason)
        for name, data in leading_to(trap.folder, trap.address, _SIBLING):
            (folder / name).write_bytes(data)
            asked = f"references/{name}"
            found.statuses[name] = get(target("/image", src=asked, format="png")).status
            if found.statuses[name] == 200:
                get(target("/api/v1/details", src=asked))
            found.opened[name] = trap.opened()
            if trap.called():
                found.callers.append(name)
    found.calls = tuple(trace.calls()) if trace else ()
    if not any(call.path.startswith(f"{folder}/") for call in found.calls):
        found.untraced = found.untraced or "what locked-in processes ask for can be traced by root only"
    return found


def test_nothing_that_a_file_names_is_opened_or_called(seen: Seen) -> None:
    assert {name: status for name, status in seen.statuses.items() if status not in _ENDS_WELL} == {}
    assert {name: opened for name, opened in seen.opened.items() if opened} == {}
    assert seen.callers == []


def test_render_workers_open_nothing_but_what_was_asked_for(seen: Seen, fort: Server, trap: Trap) -> None:
    if seen.untraced:
        pytest.skip(seen.untraced)
    library = fort.library / "references"
    # The picture that was asked for before may still be looked at for its record.
    asked = {str(library / name) for name in seen.statuses} | {str(fort.library / "photos/wide.jpg")}
    opened = {
        call.path.replace(f"/proc/{call.thread}/", "/proc/self/")
        for call in seen.calls
        # A new worker points out the folders to the kernel that it may read from, and opens none of them.
        if call.name in OPENING and call.succeeded and "O_PATH" not in call.arguments
    }
    allowed = (*READABLE, *(f"{folder}/" for folder in (sys.prefix, sys.base_prefix, *sys.path) if folder))
    assert {path for path in opened if not path.startswith(allowed)} - asked == set()
    # Of the files themselves they do not even try one.
    named = (f"{trap.folder}/secret.", f"{trap.folder}/new", _SIBLING)
    assert [call for call in seen.calls if any(name in call.arguments for name in named)] == []


def test_render_workers_call_nobody_start_nothing_and_change_nothing(seen: Seen, fort: Server) -> None:
    if seen.untraced:
        pytest.skip(seen.untraced)
    done = [call for call in seen.calls if call.succeeded]
    assert [call for call in done if call.name in (*CONNECTING, *CHANGING)] == []
    started = [call for call in done if call.name in STARTING and "CLONE_THREAD" not in call.arguments]
    assert [call for call in started if call.name.startswith("exec")] == []
    # Workers are forked; those who do that read no originals.
    readers = {call.thread for call in done if call.name in OPENING and call.path.startswith(f"{fort.library}/")}
    assert readers
    assert {call.thread for call in started} & readers == set()
