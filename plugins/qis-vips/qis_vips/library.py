"""libvips, loaded at the first use and kept on a short lead.

Never load it where processes are forked from: it starts threads, which a fork loses.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO

from qis_core.api import Source

LOADERS = {"jpg": "jpegload_source", "png": "pngload_source", "tif": "tiffload_source"}
"""Loader by the name of the decoder that has recognised the file. libvips never guesses."""

_CLASSES = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadTiff")

_ENVIRONMENT = {
    # The server has a worker for every processor.
    "VIPS_CONCURRENCY": "1",
    "VIPS_BLOCK_UNTRUSTED": "1",
    # A worker may write no files, so nothing is ever moved from memory to the disk.
    "VIPS_DISC_THRESHOLD": "1000g",
}


@cache
def library() -> Any:
    """pyvips, with one thread a picture, no caches, and no loaders but ours."""
    os.environ.update(_ENVIRONMENT)
    import pyvips  # noqa: PLC0415 (it loads libvips, and only the process that uses it may do that)

    # What it would say of damaged files stands in the server's own words in the answer.
    logging.getLogger("pyvips").setLevel(logging.CRITICAL)
    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.cache_set_max_files(0)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _CLASSES:
        pyvips.operation_block_set(name, False)
    return pyvips


@contextmanager
def opened(source: Source, decoder: str, **options: Any) -> Iterator[Any]:
    """The picture as the decoder's loader reads it, from top to bottom. Raises pyvips.Error."""
    vips = library()
    with source.open() as stream:
        place = _place(stream)
        yield getattr(vips.Image, LOADERS[decoder])(place, access="sequential", fail_on="truncated", **options)


def opened_for_long(source: Source, decoder: str, **options: Any) -> Any:
    """As ``opened``, for pixels that are worked out later. Raises pyvips.Error."""
    known = {"access": "sequential", "fail_on": "truncated", **options}
    with source.open() as stream:
        try:
            # libvips keeps a descriptor of its own.
            place = library().Source.new_from_descriptor(stream.fileno())
        except OSError:
            return getattr(library().Image, LOADERS[decoder].replace("_source", "_buffer"))(stream.read(), **known)
        return getattr(library().Image, LOADERS[decoder])(place, **known)


def error() -> type[Exception]:
    """What libvips's failures are raised as."""
    found: type[Exception] = library().Error
    return found


def _place(stream: BinaryIO) -> Any:
    """A libvips source over the stream: its descriptor where it has one of its own, else its methods."""
    vips = library()
    try:
        return vips.Source.new_from_descriptor(stream.fileno())
    except OSError:
        place = vips.SourceCustom()
        place.on_read(stream.read)
        place.on_seek(stream.seek)
        return place
