"""What most decoders do around their library: refuse foreign files and pages, and keep its failures in."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qis_core.api.errors import BrokenImage, NotFound, NotThisFormat, QisError, TooLarge
from qis_core.api.formats import Decoder
from qis_core.api.values import Source


@contextmanager
def reading(format_name: str) -> Iterator[None]:
    """Turns every failure inside into BrokenImage (or TooLarge for lack of memory), and hides warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except QisError:
        raise
    except MemoryError as error:
        raise TooLarge(
            "the memory that this picture needs", "more than there is", "what one rendering may use"
        ) from error
    except Exception as error:
        # Codecs answer damaged files with a dozen kinds of exception.
        raise _broken(format_name) from error
    except BaseException as error:
        # Codecs written in Rust end in a panic, which is no Exception to Python (pyo3).
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(format_name) from error


def demand_format(decoder: Decoder, source: Source) -> bytes:
    """The first 4096 bytes. Raises NotThisFormat where ``decoder`` does not know them."""
    head = source.head(4096)
    if not decoder.sniff(head):
        raise NotThisFormat(f"this is not a {decoder.name} file")
    return head


def demand_page(page: int, pages: int) -> int:
    """The page's index from 0. Raises NotFound where ``page`` is not among 1 … ``pages``."""
    if not 1 <= page <= pages:
        raise NotFound(f"there is no page {page}: this picture has {pages}" if pages > 1 else "this picture has 1 page")
    return page - 1


def path_or_content(source: Source) -> Path | bytes:
    """For libraries that read no streams: the file's path, or all of its bytes where only the server may open it.

    Render workers are handed such files already open: what is just being uploaded, and what other stores hold.
    """
    try:
        with source.path.open("rb"):
            return source.path
    except PermissionError:
        with source.open() as stream:
            return stream.read()


def _broken(format_name: str) -> BrokenImage:
    return BrokenImage(f"this {format_name} file is damaged, cut off or of a kind that cannot be read")
