"""File formats: decoders read one family of them, encoders write one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from qis_core.api.deep import DeepDecoded
from qis_core.api.options import Option, Options
from qis_core.api.values import AnimationFrame, Decoded, DecodeHint, Metadata, PageHint, Source, SourceInfo

if TYPE_CHECKING:
    from PIL.Image import Image


FEATURES = ("pages", "animation", "alpha", "cmyk", "16-bit", "metadata")
"""What files of a format can have: several pages, frames that move, transparency, CMYK colours, 16 bits a
channel, and EXIF, IPTC, XMP or an ICC profile."""


class Decoder(ABC):
    """One family of file formats, in. Runs in a worker process only, one call at a time.

    ``extensions`` (lower case, without dot, the usual one first) serve listings and defaults,
    never recognition. ``output`` is the format in which a rendering goes out when the URL names
    none: the source's own where it is one that browsers show. ``alpha`` tells whether its
    pictures can be transparent. Where several decoders know the same bytes, the highest
    ``priority`` is asked first. ``deep`` tells that ``decode_deep`` gives pixels of 16 bits a channel.
    ``features`` names what is read of such files, among FEATURES.
    """

    name: str
    extensions: Sequence[str]
    media_types: Sequence[str]
    output: str = "jpg"
    alpha: bool = True
    deep: bool = False
    features: frozenset[str] = frozenset()
    priority: int = 0
    version: int = 1

    @abstractmethod
    def sniff(self, head: bytes) -> bool:
        """Whether a file that begins with ``head`` (at most 4096 bytes) is worth a try."""

    @abstractmethod
    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        """What is known without decoding.

        Raises NotThisFormat, BrokenImage, TooLarge, or NotFound for a page that is not there.
        """

    def metadata(self, source: Source, hint: PageHint) -> Metadata | None:
        """What stands beside the pixels of one page, exactly as ``decode`` gives it, without decoding them.

        The default: None, it cannot be known without. Engines that read pixels by themselves
        leave such files to ``decode``, and no bases are made of them. Raises as ``probe``.
        """
        return None

    def embedded(self, source: Source) -> Metadata | None:
        """The blocks of EXIF, XMP and IPTC in the file, for the picture's record; found without decoding pixels.

        The default: what ``metadata`` tells of the first page. Raises as ``probe``.
        """
        return self.metadata(source, PageHint())

    @abstractmethod
    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The pixels of one page, no fewer than the hint's minimum. Raises BrokenImage, TooLarge, NotFound."""

    def decode_deep(self, source: Source, hint: DecodeHint) -> DeepDecoded | None:
        """As ``decode``, with 16 bits a channel. Only called where ``deep`` is true and the file has more than 8.

        None where this page, or what the hint asks for, has no more than 8 bits after all.
        """
        return None


class Encoder(ABC):
    """One file format, out.

    ``modes`` are the Pillow modes it writes as they are, the best first; the engine converts
    others to the nearest. ``metadata`` names the blocks of Metadata that it can write. ``costly``
    says that writing takes so much longer than for other formats that ``format=auto`` does not wait
    for it: another format answers until it has been made in the background.
    """

    name: str
    extensions: Sequence[str]
    media_type: str
    costly: bool = False
    modes: Sequence[str] = ("RGB", "L")
    alpha: bool = False
    animation: bool = False
    metadata: frozenset[str] = frozenset()
    options: Sequence[Option] = ()
    aliases: Sequence[str] = ()
    version: int = 1

    @property
    def features(self) -> frozenset[str]:
        """What of FEATURES it writes, by what it declares."""
        has = {
            "pages": type(self).pages is not Encoder.pages,
            "animation": self.animation,
            "alpha": self.alpha,
            "cmyk": "CMYK" in self.modes,
            "16-bit": "I;16" in self.modes,
            "metadata": bool(self.metadata - {"dpi"}),
        }
        return frozenset(name for name, is_there in has.items() if is_there)

    def writable(self, metadata: Metadata, dpi: tuple[float, float] | None = None) -> Metadata:
        """The blocks that this format holds; ``dpi`` wins over the metadata's own."""
        blocks = {name: getattr(metadata, name) for name in ("icc_profile", "exif", "xmp", "iptc")}
        kept = {name: block for name, block in blocks.items() if name in self.metadata}
        return Metadata(**kept, dpi=(dpi or metadata.dpi) if "dpi" in self.metadata else None)

    @abstractmethod
    def encode(self, image: Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        """Writes the whole file to ``out``. Raises TooLarge for sizes that the format cannot hold."""

    def encode_animation(
        self, frames: Sequence[AnimationFrame], loop: int, options: Options, metadata: Metadata, out: BinaryIO
    ) -> None:
        """Writes all frames; only called where ``animation`` is true. ``loop`` 0 means for ever."""
        raise NotImplementedError

    def pages(self, options: Options, count: int) -> Sequence[int]:
        """The pages (from 1) of a source with ``count`` of them that the file is to hold.

        None: just the one that is asked for. Where there are some, each is rendered and encoded by
        itself, and ``join`` makes one file of them. The default: none. Raises BadOption, NotFound.
        """
        return ()

    def join(self, files: Sequence[bytes], out: BinaryIO) -> None:
        """Writes one file with the pages of several, in their order; only called where ``pages`` gives some."""
        raise NotImplementedError
