"""Jobs for engines and contexts for operations, made from drawn pictures without a server.

``job(picture, reframe)`` is a ``RenderJob`` whose source is a PNG (CMYK: a TIFF) in memory, and
``BareContext`` an ``OperationContext`` that converts colours by Pillow's plain rules.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from PIL import Image

from qis_core.api import (
    Decoder,
    Encoder,
    FinishingOperation,
    Frame,
    Limits,
    Metadata,
    Operation,
    Options,
    Output,
    PageHint,
    Picture,
    PictureResource,
    PixelOperation,
    PluginContext,
    Quality,
    Recipe,
    RenderJob,
    Size,
)
from qis_core.builtin.formats import plugin as formats
from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing.sources import MemorySource

S = TypeVar("S")

Reframe = Callable[[Frame], Frame]
PixelStep = tuple[PixelOperation, Options]
FinishingStep = tuple[FinishingOperation, Options]


def _default_settings(kind: type[S]) -> S:
    return kind()


def decoder_of(data: bytes) -> Decoder:
    """The decoder in the box that knows these bytes. Raises LookupError."""
    for decoder in formats.qis_register_decoders():
        if decoder.sniff(data[:4096]):
            return decoder
    raise LookupError("no decoder in the box knows these bytes")


def encoder_named(name: str) -> Encoder:
    """The encoder in the box of that name. Raises LookupError."""
    context = PluginContext(settings=_default_settings, data=Path())
    for encoder in formats.qis_register_encoders(context):
        if encoder.name == name:
            return encoder
    raise LookupError(f"no encoder in the box is called {name}")


def lossless_file(image: Image.Image, *, icc_profile: bytes | None = None, exif: bytes | None = None) -> bytes:
    """The picture as a file that keeps every pixel: PNG, or TIFF for CMYK."""
    out = io.BytesIO()
    blocks = {"icc_profile": icc_profile, "exif": exif}
    image.save(out, "TIFF" if image.mode == "CMYK" else "PNG", **{k: v for k, v in blocks.items() if v is not None})
    return out.getvalue()


def options_of(operation: Operation, **values: object) -> Options:
    """Parsed values by key, with the defaults that the operation declares."""
    return Options(values, {option.key: option.default for option in operation.options})


def step(operation: S, **values: object) -> tuple[S, Options]:
    """An operation with its options, as a job's steps have them."""
    assert isinstance(operation, Operation)
    return operation, options_of(operation, **values)


def job(
    picture: Image.Image | bytes,
    reframe: Reframe = lambda frame: frame,
    *,
    output: str = "png",
    fill: str = "#ffffff",
    page: int = 1,
    pixel_steps: Sequence[PixelStep] = (),
    finishing_steps: Sequence[FinishingStep] = (),
    pictures: Mapping[str, Image.Image | bytes] | None = None,
    profiles: Mapping[str, bytes] | None = None,
    quality: Quality | None = None,
    limits: Limits | None = None,
    dpi: tuple[int, int] | None = None,
) -> RenderJob:
    """A job for ``picture`` (an image, or a whole file) whose frame is ``reframe`` of the whole upright one."""
    source = resource(picture, page)
    return RenderJob(
        recipe=Recipe(source=source.source.name, output=Output(format=output, dpi=dpi), page=page, fill=fill),
        frame=reframe(Frame.of(source.info)),
        info=source.info,
        source=source.source,
        decoder=source.decoder,
        encoder=encoder_named(output),
        limits=limits or Limits(),
        pixel_steps=pixel_steps,
        finishing_steps=finishing_steps,
        pictures={name: resource(other) for name, other in (pictures or {}).items()},
        profiles=profiles or {},
        quality=quality or Quality(),
        next_engines=(PillowEngine(),),
    )


def resource(picture: Image.Image | bytes, page: int = 1) -> PictureResource:
    """A picture in memory, sniffed and probed."""
    data = picture if isinstance(picture, bytes) else lossless_file(picture)
    decoder, source = decoder_of(data), MemorySource(data)
    return PictureResource(source=source, decoder=decoder, info=decoder.probe(source, PageHint(page=page)))


@dataclass(frozen=True, kw_only=True)
class BareContext:
    """An ``OperationContext`` for one operation by itself; ``notes`` collects what it notes."""

    canvas: Size
    original: Size = field(default_factory=lambda: Size(width=400, height=300))
    scale: float = 1.0
    origin: tuple[int, int] = (0, 0)
    fill: str = "#ffffff"
    metadata: Metadata = field(default_factory=Metadata)
    pictures: Mapping[str, Image.Image] = field(default_factory=dict)
    profiles: Mapping[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def picture(self, name: str, at_most: Size) -> Picture:
        """The picture of that name, or a small red one, reduced to fit."""
        image = (self.pictures.get(name) or Image.new("RGBA", (20, 10), (220, 0, 0, 160))).copy()
        image.thumbnail((at_most.width, at_most.height))
        return Picture(image=image, metadata=Metadata())

    def profile(self, name: str) -> bytes:
        """The profile of that name, or littleCMS's sRGB."""
        from PIL import ImageCms

        return self.profiles.get(name) or ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    def convert(
        self,
        picture: Picture,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> Picture:
        """By Pillow's plain rules; the profile is put beside the pixels and changes none of them."""
        alpha = picture.image.mode in ("LA", "RGBA") and model != "CMYK"
        image = picture.image.convert("RGB") if model == "CMYK" else picture.image
        image = image.convert(model + "A" if alpha else model)
        return Picture(image=image, metadata=replace(picture.metadata, icc_profile=profile))

    def note(self, text: str) -> None:
        """Keeps the note."""
        self.notes.append(text)
