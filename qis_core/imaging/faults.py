"""What becomes of exceptions in plugins that are no QisError: logged whole, told plainly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from qis_core.api import BrokenImage, Limits, QisError, TooLarge

_log = logging.getLogger(__name__)


@contextmanager
def faults_told(what: str, limits: Limits, *, memory_is_short: bool = False) -> Iterator[None]:
    """Turns whatever escapes from the plugin's thing ``what`` (``decoder pdf``) into a QisError.

    A QisError passes as it is; want of memory is TooLarge, also where it hides behind another
    error; anything else is logged with its traceback and becomes a plain error without details.
    Codecs tell want of memory as damage or by odd errors of their own: where ``memory_is_short``
    it is taken for the cause of these.
    """
    try:
        yield
    except Exception as error:
        is_odd = isinstance(error, BrokenImage) or not isinstance(error, QisError)
        if _is_want_of_memory(error) or (memory_is_short and is_odd):
            raise too_much_memory(limits.memory_bytes) from error
        if isinstance(error, QisError):
            raise
        _log.exception("fault in %s", what)
        raise QisError("the picture could not be rendered: a fault in the server, which its log describes") from error


def too_much_memory(limit_bytes: int) -> TooLarge:
    """The error for a rendering that asked for more memory than it may have."""
    megabytes = limit_bytes // 1024**2
    return TooLarge("the memory that this rendering needs", f"over {megabytes}", megabytes, "MB")


def _is_want_of_memory(error: BaseException) -> bool:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None or isinstance(seen, MemoryError):
            break
        seen = seen.__cause__ or seen.__context__
    return isinstance(seen, MemoryError)
