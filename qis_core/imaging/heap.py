"""The C library's heap of a render worker: what a large picture has left there goes back to the system."""

from __future__ import annotations

import ctypes

MUCH_BYTES = 48 * 1024**2
"""A worker that holds more gives back. Common renderings take less, and would pay for it: to fetch 30 MB anew,
page by page, costs a rendering a tenth of its time."""

_KEPT_BYTES = 16 * 1024**2

# Found before the process is locked in. Other C libraries than glibc have none, and give back by themselves.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Returns what is unused to the system, but for a little at the heap's end."""
    if _trim is not None:
        _trim(ctypes.c_size_t(_KEPT_BYTES))
