"""The processes of the render pool below one of this machine, found by what they run."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import psutil


def is_render_process(process: psutil.Process) -> bool:
    """Whether a process is one of a render pool. Raises psutil.NoSuchProcess where it has ended."""
    return "qis_core.worker" in process.cmdline()


def render_processes(parent: psutil.Process | None = None, *, recursive: bool = False) -> Sequence[psutil.Process]:
    """Zygotes and nurseries right below ``parent`` (None: this process), with their workers where ``recursive``."""
    found = []
    for child in (parent or psutil.Process()).children(recursive=recursive):
        # One may end while it is looked at.
        with contextlib.suppress(psutil.NoSuchProcess):
            if is_render_process(child):
                found.append(child)
    return found
