"""What every engine at 16 bits a channel does: read, frame, change, finish and write whole recipes.

A subclass brings the pixels: how they are held (``DeepImage``), read and written. Geometry, the order
of the steps, and which colours mean what are the same for all, and stand here and in ``deep_colours``.
"""

from __future__ import annotations

import io
import math
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from qis_core.api.decoding import reading
from qis_core.api.deep import DeepImage, DeepPixels, Matrix
from qis_core.api.deep_colours import CLEAR, WHITE, DeepColours, fitting
from qis_core.api.edges import edge_colour
from qis_core.api.engines import Engine, PictureResource, RenderJob
from qis_core.api.errors import UnsupportedFeature
from qis_core.api.frame import Frame
from qis_core.api.operations import DeepContext, FinishingOperation, OperationContext, Phase, Picture
from qis_core.api.options import Options
from qis_core.api.values import Box, DecodeHint, Metadata, Rendition, Size

AUTO = "auto"

_RESERVE = 2.0
"""Decoded pixels per target pixel, along each axis, that a scaled decode leaves; see the ADR on decoding."""

_EVEN = 0.01
"""With a free angle, scales of the two axes that differ by less count as equal."""

DEEP_OUTPUTS = frozenset({"png", "tif"})
"""Formats that hold 16 bits a channel, in which these engines write by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepPicture:
    """Pixels, what stands beside them, and where in the stored page they lie (None: all of it)."""

    image: DeepImage
    metadata: Metadata
    region: Box | None = None
    notes: Sequence[str] = ()


class DeepEngine(Engine):
    """Renders whole recipes at 16 bits a channel. Subclasses say besides in ``supports`` which jobs they take."""

    wants_originals = True

    @abstractmethod
    def image_of(self, pixels: DeepPixels) -> DeepImage:
        """A picture of plain pixels."""

    def read(self, source: PictureResource, hint: DecodeHint) -> DeepPicture | None:
        """The page of a file of more than 8 bits a channel as this engine's library reads it.

        None (the default) where it does not. Raises BrokenImage and TooLarge.
        """
        return None

    @abstractmethod
    def written(self, image: DeepImage, metadata: Metadata, job: RenderJob) -> bytes:
        """A file of 16 bits a channel in a format of ``DEEP_OUTPUTS``, which the job's encoder names."""

    def can_render(self, job: RenderJob) -> bool:
        """Whether all steps of the job can be done at 16 bits, and no animation is wanted."""
        if job.info.frames > 1 and job.recipe.page <= 1 and job.encoder.animation:
            return False
        if any(not operation.deep or operation.phase == Phase.SOURCE for operation, _ in job.pixel_steps):
            return False
        return all(operation.deep for operation, _ in job.finishing_steps)

    def render(self, job: RenderJob) -> Rendition:
        return _Rendering(self, job).made()

    def opened(self, source: PictureResource, hint: DecodeHint) -> DeepPicture:
        """The pixels of a file with all the bits it has. Raises what decoders raise."""
        if source.info.bits > 8:
            if source.decoder.deep and (decoded := source.decoder.decode_deep(source.source, hint)) is not None:
                return DeepPicture(
                    image=self.image_of(decoded.pixels), metadata=decoded.metadata, region=decoded.region,
                    notes=decoded.notes,
                )  # fmt: skip
            if (own := self.read(source, hint)) is not None:
                return own
        plain = source.decoder.decode(source.source, hint)
        with reading(source.decoder.name):
            image = self.image_of(DeepPixels.of_image(plain.image))
        return DeepPicture(image=image, metadata=plain.metadata, region=plain.region, notes=plain.notes)


class _Desk:
    """What all steps of one rendering share: its notes, its colours and its second pictures."""

    def __init__(self, engine: DeepEngine, job: RenderJob) -> None:
        self.engine = engine
        self.job = job
        self.notes: list[str] = []
        self._pictures: dict[tuple[str, Size], tuple[DeepImage, Metadata]] = {}
        self.use_fill(job.recipe.fill)

    def use_fill(self, fill: str) -> None:
        """The fill that counts from now on; none is white where the format has no transparency."""
        self.fill = WHITE if fill == CLEAR and not self.job.encoder.alpha else fill
        self.colours = DeepColours(self.engine.image_of, self.job.quality.default_cmyk, self.seen_fill, self.note)

    @property
    def seen_fill(self) -> str:
        """The fill for operations; before ``auto`` is answered it counts as white."""
        return WHITE if self.fill == AUTO else self.fill

    def note(self, text: str) -> None:
        """Keeps a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def picture(self, name: str, at_most: Size) -> tuple[DeepImage, Metadata]:
        """A second picture, upright and no larger than that; decoded once for a size."""
        if (name, at_most) not in self._pictures:
            self._pictures[name, at_most] = self._opened(_named(self.job.pictures, name, "picture"), at_most)
        return self._pictures[name, at_most]

    def _opened(self, source: PictureResource, at_most: Size) -> tuple[DeepImage, Metadata]:
        frame = Frame.of(source.info)
        upright = frame.upright
        scale = min(1.0, at_most.width / upright.width, at_most.height / upright.height)
        size = Size(width=max(1, round(upright.width * scale)), height=max(1, round(upright.height * scale)))
        frame = frame.resized(size)
        opened = self.engine.opened(source, DecodeHint(minimum=frame.needed_size(self.reserve)))
        for note in opened.notes:
            self.note(note)
        return _upright(opened, frame, linear=self.job.quality.gamma_correct), opened.metadata

    @property
    def reserve(self) -> float:
        """How many times the target's resolution a decoder is asked for; all there is to average light."""
        return float(2**16) if self.job.quality.gamma_correct else _RESERVE


def _named(found: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in found:
        raise UnsupportedFeature(f"the {what} {name!r} was not fetched for this rendering")
    return found[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What operations may ask: both an OperationContext for finishing and a DeepContext."""

    desk: _Desk
    original: Size
    scale: float
    canvas: Size
    metadata: Metadata
    origin: tuple[int, int] = (0, 0)

    @property
    def fill(self) -> str:
        return self.desk.seen_fill

    def deep_picture(self, name: str, at_most: Size) -> tuple[DeepImage, Metadata]:
        return self.desk.picture(name, at_most)

    def deep_convert(
        self, image: DeepImage, metadata: Metadata, model: str, profile: bytes | None = None
    ) -> tuple[DeepImage, Metadata]:
        return self.desk.colours.convert(image, metadata, model, profile)

    def picture(self, name: str, at_most: Size) -> Picture:
        image, metadata = self.desk.picture(name, at_most)
        return _as_picture(image, metadata)

    def convert(
        self,
        picture: Picture,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> Picture:
        image = cast(DeepImage, picture.image)
        return _as_picture(
            *self.desk.colours.convert(image, picture.metadata, model, profile, intent=intent, black_point=black_point)
        )

    def profile(self, name: str) -> bytes:
        return bytes(_named(self.desk.job.profiles, name, "ICC profile"))

    def note(self, text: str) -> None:
        self.desk.note(text)


def _as_picture(image: DeepImage, metadata: Metadata) -> Picture:
    """For finishing operations, which look at ``mode`` and ``size`` only."""
    return Picture(image=cast(Any, image), metadata=metadata)


class _Rendering:
    """One job on its way."""

    def __init__(self, engine: DeepEngine, job: RenderJob) -> None:
        self._engine = engine
        self._job = job
        self._desk = _Desk(engine, job)

    def made(self) -> Rendition:
        """The whole way."""
        job, started = self._job, time.perf_counter()
        opened = self._engine.opened(
            PictureResource(source=job.source, decoder=job.decoder, info=job.info), self._hint()
        )
        for note in opened.notes:
            self._desk.note(note)
        decoded = time.perf_counter()
        with reading(job.info.format):
            picture = self._finished(opened)
            worked = time.perf_counter()
            body = self._encoded(*picture)
        return Rendition(
            body=body, media_type=job.encoder.media_type, size=job.frame.size, notes=tuple(self._desk.notes),
            timings={"decode": decoded - started, "pixels": worked - decoded, "encode": time.perf_counter() - worked},
        )  # fmt: skip

    def _hint(self) -> DecodeHint:
        job, frame = self._job, self._job.frame
        drawn = job.info.vector
        minimum = frame.needed_size(drawn=True) if drawn else frame.needed_size(self._desk.reserve)
        return DecodeHint(minimum=minimum, page=job.recipe.page, dpi=job.recipe.raster_dpi)

    def _finished(self, opened: DeepPicture) -> tuple[DeepImage, Metadata]:
        job, frame = self._job, self._job.frame
        image, metadata = self._framed(opened)
        x, y = frame.scale
        context = _Context(
            desk=self._desk, original=frame.original, scale=math.sqrt(x * y), canvas=frame.canvas, metadata=metadata
        )
        for pixel, options in job.pixel_steps:
            size, model = image.size, _model(image)
            image = pixel.apply_deep(image, options, cast(DeepContext, replace(context, metadata=metadata)))
            if image.size != size:
                raise UnsupportedFeature(f"{pixel.name} changed the size of the picture, which only framing may do")
            metadata = metadata if _model(image) == model else replace(metadata, icc_profile=None)
        if frame.is_tiled:
            image = image.cut(frame.window)
        context = replace(context, origin=(round(frame.window.left), round(frame.window.top)))
        for finishing, options in job.finishing_steps:
            if finishing.phase == Phase.STRIP:
                # It may take the profile that tells what the inks mean.
                image, metadata = self._without_inks(image, metadata)
            image, metadata = _finish(finishing, options, image, replace(context, metadata=metadata))
        return self._for_encoder(image, metadata)

    def _framed(self, opened: DeepPicture) -> tuple[DeepImage, Metadata]:
        """The content laid on its canvas."""
        frame, desk = self._job.frame, self._desk
        if desk.fill == AUTO and frame.angle:
            opened = replace(opened, image=opened.image.settled())
            self._find_fill(opened.image, opened.metadata)
        if frame.angle:
            image, metadata = self._rotated(opened)
        else:
            image, metadata = _upright(opened, frame, linear=self._job.quality.gamma_correct), opened.metadata
        if desk.fill == AUTO:
            image = image.settled()
            self._find_fill(image, metadata)
        if not frame.is_padded:
            return image, metadata
        image, metadata = desk.colours.beside(image, metadata, desk.fill)
        ground = desk.colours.pixel(image.mode, desk.fill, metadata.icc_profile)
        return image.placed(frame.offset, frame.canvas, ground), metadata

    def _rotated(self, opened: DeepPicture) -> tuple[DeepImage, Metadata]:
        """Reduced first, then rotated at the scale of the content, then distorted where the scales differ."""
        frame, linear = self._job.frame, self._job.quality.gamma_correct
        scale = max(frame.scale)
        even = frame
        if scale / min(frame.scale) >= 1 + _EVEN:
            size = Size(width=max(1, round(frame.crop.width * scale)), height=max(1, round(frame.crop.height * scale)))
            even = replace(frame, content=size, canvas=size, offset=(0, 0), window=Box.of(size))
        image, metadata = self._rotated_evenly(opened, even)
        whole = Box.of(even.content)
        return image.resampled(whole, frame.content, whole, linear=linear), metadata

    def _rotated_evenly(self, opened: DeepPicture, frame: Frame) -> tuple[DeepImage, Metadata]:
        desk, linear = self._desk, self._job.quality.gamma_correct
        upright, scale = frame.upright, min(1.0, max(frame.scale))
        grid = Size(width=max(1, round(upright.width * scale)), height=max(1, round(upright.height * scale)))
        whole = Frame.of(self._job.info)
        image = _upright(opened, replace(whole, turn=frame.turn, crop=Box.of(upright), content=grid), linear=linear)
        image, metadata = desk.colours.beside(image, opened.metadata, desk.fill)
        ground = desk.colours.pixel(image.mode, desk.fill, metadata.icc_profile)
        x, y = grid.width / upright.width, grid.height / upright.height
        return image.mapped(_matrix(frame, x, y), frame.content, ground), metadata

    def _find_fill(self, image: DeepImage, metadata: Metadata) -> None:
        """Answers ``auto`` once; where nothing shows the fill, white does."""
        fill = WHITE
        if self._job.frame.is_padded or self._job.frame.angle or image.mode.endswith("A"):
            seen, _ = self._desk.colours.convert(image, metadata, "RGB")
            fill = edge_colour(seen.to_image().convert("RGBA"))
        self._desk.use_fill(fill)

    def _for_encoder(self, image: DeepImage, metadata: Metadata) -> tuple[DeepImage, Metadata]:
        encoder, colours = self._job.encoder, self._desk.colours
        if image.mode.endswith("A") and not {"LA", "RGBA"} & set(encoder.modes):
            image, metadata = colours.lay_on(image, metadata, self._desk.seen_fill)
        image, metadata = self._without_inks(image, metadata)
        model = _model(image)
        if metadata.icc_profile is not None and "icc_profile" not in encoder.metadata and model != "CMYK":
            # Nothing in the file will say that the levels mean other colours than sRGB's.
            image, metadata = colours.convert(image, metadata, model, intent="relative", black_point=True)
        return image, fitting(encoder.writable(metadata, self._job.recipe.output.dpi), image.mode)

    def _without_inks(self, image: DeepImage, metadata: Metadata) -> tuple[DeepImage, Metadata]:
        """In RGB where the encoder holds no CMYK."""
        if image.mode != "CMYK" or "CMYK" in self._job.encoder.modes:
            return image, metadata
        self._desk.note(f"{self._job.encoder.name} holds no CMYK: written in RGB")
        return self._desk.colours.convert(image, metadata, "RGB")

    def _encoded(self, image: DeepImage, metadata: Metadata) -> bytes:
        job = self._job
        if job.info.bits > 8 and job.encoder.name in DEEP_OUTPUTS:
            return self._engine.written(image, metadata, job)
        plain = image.to_image()
        if plain.mode not in job.encoder.modes:
            # Grey in a format of colours only, or the other way about where a plugin's encoder wants it.
            known = [mode for mode in _WIDER.get(plain.mode, ()) if mode in job.encoder.modes]
            if not known:
                raise UnsupportedFeature(f"{job.encoder.name} holds no pictures of mode {plain.mode}")
            plain = plain.convert(known[0])
        out = io.BytesIO()
        job.encoder.encode(plain, job.recipe.output.options, metadata, out)
        return out.getvalue()


_WIDER = {"L": ("RGB", "LA", "RGBA"), "LA": ("RGBA",), "RGB": ("RGBA",)}
"""Modes that hold all of a picture in another mode, the nearest first."""


def _model(image: DeepImage) -> str:
    return image.mode.removesuffix("A")


def _finish(
    operation: FinishingOperation, options: Options, image: DeepImage, context: _Context
) -> tuple[DeepImage, Metadata]:
    done = operation.finish(_as_picture(image, context.metadata), options, cast(OperationContext, context))
    return cast(DeepImage, done.image), done.metadata


def _upright(opened: DeepPicture, frame: Frame, *, linear: bool) -> DeepImage:
    """The crop at the size of the content, turned; the frame's free angle does not count."""
    stored = frame.content.turned if frame.turn.swaps else frame.content
    box = frame.turn.stored_box(frame.crop, frame.original)
    covered = opened.region or Box.of(frame.original)
    width, height = opened.image.size
    box = box.moved(-covered.left, -covered.top).scaled(width / covered.width, height / covered.height)
    return opened.image.resampled(box, stored, box, linear=linear).turned(frame.turn)


def _matrix(frame: Frame, x: float, y: float) -> Matrix:
    """From a pixel of the content to the upright picture's pixel that it shows, which is scaled by ``x`` and ``y``."""
    across, down = frame.crop.width / frame.content.width, frame.crop.height / frame.content.height
    radians = math.radians(frame.angle)
    cos, sin = math.cos(radians), math.sin(radians)
    # The picture's point relative to its centre, rotated back, is the upright point relative to its own.
    left, top = frame.crop.left - frame.picture.width / 2, frame.crop.top - frame.picture.height / 2
    return (
        cos * across * x, sin * down * x, (cos * left + sin * top + frame.upright.width / 2) * x,
        -sin * across * y, cos * down * y, (-sin * left + cos * top + frame.upright.height / 2) * y,
    )  # fmt: skip
