"""ImageMagick, loaded at the first use and kept on a short lead.

Wand declares its functions; pictures are always read from bytes, by a coder that has been chosen
before. ``policy/policy.xml`` says what ImageMagick may do at all, and is looked at before anything is read.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from qis_core.api import BrokenImage, TooLarge, UnsupportedFeature

_PARTS = ("MagickWand-6.Q16", "MagickCore-6.Q16")
_POLICY = Path(__file__).parent / "policy"
_ENVIRONMENT = {"MAGICK_CONFIGURE_PATH": str(_POLICY), "MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}

_FORBIDDEN = (
    "MVG", "MSL", "MSVG", "SVG", "URL", "HTTP", "HTTPS", "FTP", "FILE", "EPHEMERAL", "LABEL", "CAPTION", "TEXT", "TXT",
    "PANGO", "PS", "EPS", "PDF", "XPS", "PCL", "INLINE", "MIFF", "MPC", "X", "SHOW", "WIN", "PLT", "SCAN", "VIDEO",
)  # fmt: skip
"""Coders that run programs, read other files or the network, or draw what a text says."""

_CODER_DOMAIN, _DELEGATE_DOMAIN, _PATH_DOMAIN = 1, 2, 4
_READ, _EXECUTE = 1, 4
_SHORT_OF = (b"MemoryAllocationFailed", b"ResourcesExhausted", b"LimitExceeded", b"CacheAllocationFailed")
"""What ImageMagick says where memory or another limit was not enough."""


@cache
def names() -> tuple[str, ...] | None:
    """What the system calls ImageMagick's two libraries; None where it has none of version 6 with 16 bits.

    Asked in the server, because the answer may take another program, which a render worker cannot start.
    """
    found = tuple(name for part in _PARTS if (name := ctypes.util.find_library(part)))
    return found if len(found) == len(_PARTS) else None


@cache
def library() -> Any:
    """ImageMagick's functions. Raises UnsupportedFeature where its policy is not ours."""
    os.environ.update(_ENVIRONMENT)
    with _libraries_known():
        from wand import api  # noqa: PLC0415 (most processes never need it)
    libmagick, functions = api.libmagick, api.library
    functions.MagickProfileImage.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    functions.MagickSetImageVirtualPixelMethod.argtypes = [ctypes.c_void_p, ctypes.c_int]
    functions.GetImageFromMagickWand.argtypes = [ctypes.c_void_p]
    functions.GetImageFromMagickWand.restype = ctypes.c_void_p
    functions.MagickWandGenesis()
    allowed = libmagick.IsRightsAuthorized
    allowed.argtypes, allowed.restype = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p], ctypes.c_int
    open_doors = [name for name in _FORBIDDEN if allowed(_CODER_DOMAIN, _READ, name.encode())]
    if open_doors or allowed(_DELEGATE_DOMAIN, _EXECUTE, b"https:decode") or allowed(_PATH_DOMAIN, _READ, b"@file"):
        raise UnsupportedFeature(
            "the system's policy for ImageMagick allows what QIS must forbid; see qis-magick's README"
        )
    return functions


@cache
def core() -> Any:
    """Functions of ImageMagick's core that Wand does not declare."""
    library()
    known = ctypes.CDLL((names() or ("", ""))[1])
    for name, arguments, result in (
        ("CloneImageInfo", [ctypes.c_void_p], ctypes.c_void_p),
        ("DestroyImageInfo", [ctypes.c_void_p], ctypes.c_void_p),
        ("SetImageOption", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p], ctypes.c_int),
        ("SyncImageSettings", [ctypes.c_void_p, ctypes.c_void_p], ctypes.c_int),
    ):  # fmt: skip
        function = getattr(known, name)
        function.argtypes, function.restype = arguments, result
    return known


@contextmanager
def _libraries_known() -> Iterator[None]:
    """Wand asks the system for the libraries' names; it gets those that were found before."""
    asked = ctypes.util.find_library
    known = {f"{part}": name for part, name in zip(_PARTS, names() or (), strict=False)}
    ctypes.util.find_library = known.get  # type: ignore[assignment]
    try:
        yield
    finally:
        ctypes.util.find_library = asked


class Wand:
    """A handle of ImageMagick's on one or several pictures; freed with the object."""

    def __init__(self, pointer: int | None = None) -> None:
        self.pointer = pointer or library().NewMagickWand()
        if not self.pointer:
            raise MemoryError

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            library().DestroyMagickWand(self.pointer)

    def do(self, name: str, *arguments: object) -> None:
        """Calls ``Magick<name>``. Raises BrokenImage or TooLarge where it fails."""
        if not getattr(library(), f"Magick{name}")(self.pointer, *arguments):
            self.fail()

    def ask(self, name: str, *arguments: object) -> Any:
        """What ``Magick<name>`` answers."""
        return getattr(library(), f"Magick{name}")(self.pointer, *arguments)

    def copied(self) -> Wand:
        """Another handle on a copy, whose pixels are copied when they are changed."""
        return Wand(library().CloneMagickWand(self.pointer))

    def read(self, coder: str, data: bytes, *, ping: bool = False, scene: str = "") -> None:
        """Reads a file by this coder and no other; ``scene`` names one picture of it from 0."""
        self.do("SetFilename", f"{coder}:in{scene and f'[{scene}]'}".encode())
        buffer = ctypes.create_string_buffer(data, len(data))
        self.do("PingImageBlob" if ping else "ReadImageBlob", ctypes.cast(buffer, ctypes.c_void_p), len(data))

    def written(self) -> bytes:
        """The picture as a file of the format that was set. Raises BrokenImage or TooLarge."""
        length = ctypes.c_size_t()
        found = self.ask("GetImageBlob", ctypes.byref(length))
        if not found:
            self.fail()
        data = ctypes.string_at(found, length.value)
        library().MagickRelinquishMemory(found)
        return data

    def fail(self) -> None:
        """Raises what ImageMagick says of its last failure, in our own words."""
        severity = ctypes.c_int()
        text = library().MagickGetException(self.pointer, ctypes.byref(severity))
        said = ctypes.string_at(text) if text else b""
        library().MagickRelinquishMemory(text)
        if any(word in said for word in _SHORT_OF):
            raise TooLarge("the memory that this picture needs", "more than there is", "what one rendering may use")
        raise BrokenImage("this file is damaged, cut off or of a kind that ImageMagick cannot read here")
