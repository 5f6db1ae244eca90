"""Opening PDF files with MuPDF so that nothing but a document or an error of QIS comes out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from qis_core.api import BrokenImage, NotFound, NotThisFormat, QisError, Source, TooLarge
from qis_core.api.decoding import path_or_content

if TYPE_CHECKING:
    import pymupdf

SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN = 1024
"""Readers accept up to this many bytes before the signature (ISO 32000-1, annex H, note 13)."""


def looks_like_pdf(head: bytes) -> bool:
    """Whether a file that begins with ``head`` may be a PDF."""
    return SIGNATURE in head[:SIGNATURE_WITHIN]


@cache
def library() -> Any:
    """PyMuPDF, imported at the first use and told not to write to the terminal."""
    import pymupdf  # noqa: PLC0415 (it takes a fifth of a second, and most processes never need it)

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    return pymupdf


@contextmanager
def opened(source: Source, max_pages: int) -> Iterator[pymupdf.Document]:
    """The document, closed afterwards. Raises NotThisFormat, BrokenImage, TooLarge.

    Failures of MuPDF within the block become BrokenImage too.
    """
    if not looks_like_pdf(source.head(SIGNATURE_WITHIN)):
        raise NotThisFormat("this is not a PDF file")
    mupdf = library()
    try:
        # The type is given, so a file that is something else as well is not opened as that.
        file = path_or_content(source)
        given = {"stream": file} if isinstance(file, bytes) else {"filename": str(file)}
        with mupdf.open(**given, filetype="pdf") as document:
            _check(document, max_pages)
            yield document
    except QisError:
        raise
    except MemoryError as error:
        raise _too_much() from error
    except Exception as error:
        # MuPDF's own errors share no base class with PyMuPDF's.
        if "malloc" in str(error) or "memory" in str(error):
            raise _too_much() from error
        raise BrokenImage("this PDF file is damaged, cut off or of a kind that cannot be read") from error
    finally:
        mupdf.TOOLS.reset_mupdf_warnings()
        # The store may hold 256 MB of decoded images and fonts, of no use to the next file.
        mupdf.TOOLS.store_shrink(100)


def page_of(document: pymupdf.Document, page: int) -> pymupdf.Page:
    """The page, counted from 1. Raises NotFound."""
    count = document.page_count
    if not 1 <= page <= count:
        raise NotFound(f"there is no page {page}: this file has {count} page{'s' * (count != 1)}")
    found: pymupdf.Page = document.load_page(page - 1)
    return found


def _check(document: pymupdf.Document, max_pages: int) -> None:
    if not document.is_pdf:
        raise NotThisFormat("this is not a PDF file")
    if document.needs_pass:
        raise BrokenImage("this PDF file is encrypted: it opens only with a password")
    if document.page_count < 1:
        raise BrokenImage("this PDF file has no pages that can be read")
    if document.page_count > max_pages:
        raise TooLarge("the number of pages", document.page_count, max_pages)


def _too_much() -> TooLarge:
    return TooLarge("the memory that this page needs", "more than there is", "what one rendering may use")
