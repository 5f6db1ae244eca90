"""AVIF, still and animated. libavif reads the header alone until a frame is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from PIL import AvifImagePlugin, Image
from PIL.AvifImagePlugin import AvifImageFile

from qis_core.api import (
    AnimationFrame,
    Decoded,
    DecodeHint,
    Decoder,
    Encoder,
    Metadata,
    Option,
    Options,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    exif,
)
from qis_core.builtin.formats import blocks
from qis_core.builtin.formats.animation import all_frames, region
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.quality import quality_option
from qis_core.builtin.formats.reading import demand_format, demand_page, reading
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.writing import demand_side, number, readable_exif, save

LONGEST_SIDE = 32768
MOST_PIXELS = 16384 * 16384
"""What libavif, and so most browsers, agree to read (avif.h, AVIF_DEFAULT_IMAGE_SIZE_LIMIT)."""

_BRANDS = (b"avif", b"avis")

# A worker renders one picture at a time beside others: more threads would only take turns.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


class AvifDecoder(Decoder):
    """AVIF; every frame of a sequence is a page too."""

    name = "avif"
    features = frozenset({"pages", "animation", "alpha", "metadata"})
    extensions = ("avif", "avifs")
    media_types = ("image/avif",)
    output = "avif"

    def sniff(self, head: bytes) -> bool:
        length = int.from_bytes(head[:4], "big")
        brands = {head[place : place + 4] for place in range(8, min(length, len(head), 256), 4) if place != 12}
        return head[4:8] == b"ftyp" and any(brand in brands for brand in _BRANDS)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        head = demand_format(self, source)
        with reading("AVIF"), source.open() as stream:
            image = AvifImageFile(stream)
            demand_page(hint.page, image.n_frames)
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                pages=image.n_frames,
                frames=image.n_frames,
                mode=image.mode,
                bits=_bits(head),
                has_alpha=image.mode == "RGBA",
                has_icc_profile=blocks.as_bytes(image.info.get("icc_profile")) is not None,
                orientation=exif.orientation(blocks.as_bytes(image.info.get("exif"))),
            )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        demand_format(self, source)
        with reading("AVIF"), source.open() as stream:
            image = AvifImageFile(stream)
            demand_page(hint.page, image.n_frames)
            return blocks.metadata(image)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        with reading("AVIF"), source.open() as stream:
            image = AvifImageFile(stream)
            index = demand_page(hint.page, image.n_frames)
            metadata = blocks.metadata(image)
            if hint.animation and image.n_frames > 1:
                frames, by = all_frames(image, image.n_frames, hint.minimum)
                first = frames[index].image
                return Decoded(image=first, metadata=metadata, region=region(first, by), frames=frames)
            image.seek(index)
            image.load()
            return Decoded(image=standard(image), metadata=metadata)


def _bits(head: bytes) -> int:
    """Bits a channel, from the first pixel information property ('pixi', ISO 23008-12, 6.5.6)."""
    place = head.find(b"pixi")
    return head[place + 9] if 0 <= place < len(head) - 9 and head[place + 9] in (8, 10, 12) else 8


class AvifEncoder(Encoder):
    """AVIF, still and animated."""

    name = "avif"
    extensions = ("avif",)
    media_type = "image/avif"
    costly = True
    modes = ("RGB", "RGBA", "L")
    alpha = True
    animation = True
    metadata = frozenset({"icc_profile", "exif", "xmp"})

    def __init__(self, settings: FormatsSettings) -> None:
        self._settings = settings
        self.options: Sequence[Option] = (quality_option(settings.avif_quality),)

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        self._save([image], options, metadata, out)

    def encode_animation(
        self, frames: Sequence[AnimationFrame], loop: int, options: Options, metadata: Metadata, out: BinaryIO
    ) -> None:
        durations = [frame.duration for frame in frames]
        self._save([frame.image for frame in frames], options, metadata, out, save_all=True, duration=durations)

    def _save(
        self,
        images: Sequence[Image.Image],
        options: Options,
        metadata: Metadata,
        out: BinaryIO,
        **parameters: object,
    ) -> None:
        demand_side(images[0], "AVIF", LONGEST_SIDE)
        pixels = images[0].width * images[0].height
        if pixels > MOST_PIXELS:
            raise TooLarge("an AVIF rendering", pixels, MOST_PIXELS, "pixels")
        save(
            images[0],
            out,
            "AVIF",
            append_images=list(images[1:]) or None,
            quality=number(options, "quality", self._settings.avif_quality),
            speed=self._settings.avif_speed,
            max_threads=1,
            icc_profile=metadata.icc_profile,
            exif=readable_exif(metadata.exif),
            xmp=metadata.xmp,
            **parameters,
        )
