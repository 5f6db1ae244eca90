"""Values that travel between the core and its plugins: frozen, small and free of behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.width * self.height

    @property
    def turned(self) -> Size:
        """The size after a quarter turn."""
        return Size(width=self.height, height=self.width)

    def inside(self, width: int = 0, height: int = 0) -> Size:
        """This shape, scaled to the largest size within ``width`` × ``height``; 0 is no limit, both 0 is as it is.

        The free side is the ceiling of its proportional value, but at most its limit.
        """
        if not width and not height:
            return self
        if width:
            free = -(-width * self.height // self.width)
            if not height or free <= height:
                return Size(width=width, height=free)
        free = -(-height * self.width // self.height)
        return Size(width=min(free, width) if width else free, height=height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels from the top left; the right and bottom edges lie outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, size: Size) -> Box:
        """The whole of a picture of ``size``."""
        return cls(left=0, top=0, right=size.width, bottom=size.height)

    @property
    def width(self) -> float:
        """Right less left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom less top."""
        return self.bottom - self.top

    def as_tuple(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), as Pillow takes it."""
        return self.left, self.top, self.right, self.bottom

    def scaled(self, x: float, y: float) -> Box:
        """The box with both axes multiplied."""
        return Box(left=self.left * x, top=self.top * y, right=self.right * x, bottom=self.bottom * y)

    def moved(self, x: float, y: float) -> Box:
        """The box shifted right by ``x`` and down by ``y``."""
        return Box(left=self.left + x, top=self.top + y, right=self.right + x, bottom=self.bottom + y)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHint:
    """Which page is meant (from 1), at how many dots per inch a vector page is measured, and which
    moment of a video (seconds; 0: as the page says)."""

    page: int = 1
    dpi: int = 150
    time: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What is known of one page of a file without decoding its pixels.

    ``format`` is the canonical format name ('jpg', 'tif'), ``size`` the page's pixels as stored
    (a vector page: at the hint's dpi), ``pages`` and ``frames`` are counts (frames: of an
    animation, else 1), ``mode`` Pillow's name of the stored colour mode, ``bits`` per channel,
    ``orientation`` the EXIF value 1–8, ``dpi`` (x, y) or None, ``vector`` true where the
    picture can be drawn at any resolution. ``facts`` are what analysers have found in the
    picture, by name (``focal``: (x, y) of the upright picture, 0–1); a decoder leaves them empty.
    """

    format: str
    size: Size
    pages: int = 1
    frames: int = 1
    mode: str = "RGB"
    bits: int = 8
    has_alpha: bool = False
    has_icc_profile: bool = False
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    vector: bool = False
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeHint:
    """How little a decoder may give.

    ``minimum`` is the least size, in pixels of the whole page, that the recipe needs: never
    give fewer, give more where that is cheaper. ``region`` (stored pixels) is all that will be
    looked at, ``None`` the whole; a decoder may ignore it. ``page`` counts from 1; ``dpi`` is
    the resolution at which a vector page's size was measured; ``time`` as in PageHint. ``grey`` says that colour is not
    needed, ``animation`` that all frames are wanted. ``minimum`` holds the engine's reserve for
    sharpness already; ``fast`` allows cheaper arithmetic besides.
    """

    minimum: Size
    region: Box | None = None
    page: int = 1
    dpi: int = 150
    time: float = 0.0
    grey: bool = False
    animation: bool = False
    fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationFrame:
    """One full frame of an animation and how long it shows, in milliseconds."""

    image: Image
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What stands beside the pixels of a file, as the raw blocks that encoders write.

    ``dpi`` is (x, y) dots per inch. An absent block is ``None``.
    """

    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A decoder's answer.

    ``image`` covers ``region`` (stored pixels; ``None``: the whole page) at any scale; a region
    may pass the page's right and bottom edge, as a scaled decode of whole blocks does. Its mode
    is one of L, LA, RGB, RGBA, CMYK or I;16, with CMYK as littleCMS takes it (255 = full ink).
    ``frames`` has all frames of an animation if the hint asked for them, else it is empty;
    ``loop`` is their number of rounds, 0 for ever. ``notes`` say what was approximated
    ('embedded preview used', '3 frames dropped').
    """

    image: Image
    metadata: Metadata = field(default_factory=Metadata)
    region: Box | None = None
    frames: Sequence[AnimationFrame] = ()
    loop: int = 0
    notes: Sequence[str] = ()


class Source(Protocol):
    """A stored original, open for reading; it names itself only for messages."""

    @property
    def name(self) -> str:
        """The file's name with its extension. Never trusted to tell the format."""

    @property
    def path(self) -> Path:
        """Its path, maybe ``/dev/fd/N``, which tells nothing by its name.

        A render worker cannot open every source by its path: see `qis_core.api.decoding.path_or_content`.
        """

    @property
    def size_bytes(self) -> int:
        """The file's length."""

    def open(self) -> BinaryIO:
        """A new seekable stream at the file's start."""

    def head(self, count: int = 4096) -> bytes:
        """The first bytes, at most ``count``."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one rendering may use; to pass a limit is TooLarge or TookTooLong.

    ``source_pixels`` bounds one decoded page or frame, ``streamed_pixels`` one that is read without
    ever being held whole, ``output_pixels`` the rendering and every intermediate picture,
    ``frames`` those of an animation, ``pages`` the highest page number,
    ``seconds`` the wall time and ``memory_bytes`` the address space of the rendering beyond
    what the idle worker uses.
    """

    source_pixels: int = 150_000_000
    streamed_pixels: int = 1_000_000_000
    output_pixels: int = 100_000_000
    frames: int = 500
    pages: int = 999_999
    seconds: float = 30.0
    memory_bytes: int = 600 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A finished rendering: complete bytes and what is known of them.

    ``size`` in pixels; ``source_pixels`` are those of the source's page (engines leave it 0: the
    workshop knows); ``headers`` go out with it whenever it is served; ``notes`` say what was
    approximated; ``timings`` are seconds by step ('decode', 'encode'). ``frames_dropped`` is how many
    frames of an animation are missing in it.
    """

    body: bytes
    media_type: str
    size: Size
    headers: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    source_pixels: int = 0
    frames_dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks. The public is an identity too: no id, no name, no groups of its own.

    ``groups`` are the names and ``group_ids`` the numbers of the groups, ``Normal users`` among
    them for everybody who has logged in; ``rights`` are what these groups may do besides what
    folders give (the texts of `Right`, all of them where one is ``admin_all``). ``scopes`` are what
    a named token may be used for (the texts of `Scope`), None where nothing limits the login.
    """

    id: int | None = None
    username: str = ""
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    group_ids: frozenset[int] = frozenset()
    rights: frozenset[str] = frozenset()

    @property
    def is_public(self) -> bool:
        """True for somebody who has not logged in."""
        return self.id is None


PUBLIC = Identity()
"""Everybody who has not logged in."""
