"""The processes of the render pool below one of this machine, found by what they run."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import psutil


def render_processes(parent: psutil.Process | None = None, *, recursive: bool = False) -> Sequence[psutil.Process]:
    """Zygotes and nurseries right below ``parent`` (None: this process), with their workers where ``recursive``."""
    found = []
    for child in (parent or psutil.Process()).children(recursive=recursive):
        # One may end while it is looked at.
        with contextlib.suppress(psutil.NoSuchProcess):
            if "qis_core.worker" in child.cmdline():
                found.append(child)
    return found
