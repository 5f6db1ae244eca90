"""Opening files with Pillow so that nothing but a picture or one of our own errors comes out.

Every decoder names the one Pillow class that reads its format: Pillow's registry, which guesses
formats and loads all its plugins, is never asked. Pillow's own limit of pixels is off, because
QIS compares the size that ``probe`` tells with its limits before anything is decoded; decoders
therefore never allocate more than they announced.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

from qis_core.api import BrokenImage, NotFound, NotThisFormat, QisError, Source, TooLarge
from qis_core.api import Decoder as AnyDecoder

Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False


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
        # Pillow and its codecs answer damaged files with a dozen kinds of exception.
        raise BrokenImage(f"this {format_name} file is damaged, cut off or of a kind that cannot be read") from error


def demand_format(decoder: AnyDecoder, source: Source) -> bytes:
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
