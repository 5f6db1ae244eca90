"""The C library's heap of a render worker: what a large picture has left there goes back to the system."""

from __future__ import annotations

import ctypes

MUCH_BYTES = 64 * 1024**2
"""A worker that holds more gives back. Common renderings take less (55 MB, 22 of them in the heap), and would pay for
it: to fetch 30 MB anew, page by page, costs a rendering a tenth of its time, and one from a base a quarter."""

REST_SECONDS = 10.0
"""A worker that has had nothing to do for so long gives back what it holds."""

ENVIRONMENT = {
    # One heap: what a codec's threads have freed is of use to the next rendering.
    "MALLOC_ARENA_MAX": "1",
    # What a picture leaves at the heap's end stays there for the next one. Either value ends glibc's own ways of
    # finding both, so that large blocks have to be told to come from the heap, too.
    "MALLOC_TRIM_THRESHOLD_": str(32 * 1024**2),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
}
"""How the C library (glibc) is told so when a render process starts."""

_KEPT_BYTES = 16 * 1024**2

# Found before the process is locked in. Other C libraries than glibc have none, and give back by themselves.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back(kept_bytes: int = _KEPT_BYTES) -> None:
    """Returns what is unused to the system, but for a little at the heap's end."""
    if _trim is not None:
        _trim(ctypes.c_size_t(kept_bytes))
