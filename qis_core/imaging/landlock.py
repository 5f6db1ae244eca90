"""Landlock: what of the file system a render worker may touch (Linux 5.13 and later).

Nothing may be written, made, removed or run; other processes cannot be looked at through
``/proc``; newer kernels refuse TCP and signals to others as well. Where folders are named, only
files below them can be read, a file that the server has handed over included.
Kernel interface: linux/landlock.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GIVE_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
# Interface version: rights in it, the bits of LANDLOCK_ACCESS_FS_*.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP = 0b11
_SCOPES = 0b11


def system_folders() -> list[Path]:
    """What Python and the libraries read as they run."""
    named = ["/usr", "/lib", "/lib64", "/etc", "/opt", "/dev", "/proc/self", "/sys/devices/system/cpu"]
    return [*(Path(name) for name in named), *(Path(name) for name in {sys.prefix, sys.base_prefix, *sys.path} if name)]


def restrict_files(readable: Sequence[Path] | None = None) -> bool:
    """Restricts this process for good; ``readable``: nothing else can be read (None: all can).

    False where the system has no such thing. Needs ``PR_SET_NO_NEW_PRIVS``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not sys.platform.startswith("linux"):
        return False
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _GIVE_VERSION)
    if version < 1:
        return False
    handled = (1 << _RIGHTS[min(version, 5)]) - 1
    if readable is None:
        handled &= ~(_READ_FILE | _READ_FOLDER)
    attributes = struct.pack("=Q", handled)
    attributes += struct.pack("=Q", _TCP) if version >= 4 else b""
    attributes += struct.pack("=Q", _SCOPES) if version >= 6 else b""
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    try:
        for folder in readable or ():
            _allow(libc, rules, folder)
        return bool(libc.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, folder: Path) -> None:
    with contextlib.suppress(OSError):
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = _READ_FILE | (_READ_FOLDER if folder.is_dir() else 0)
            libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
        finally:
            os.close(place)
