"""The engine: decode as little as the frame needs, frame it, change it, finish it, encode it."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field, replace
from math import sqrt

from qis_core.api import Box, Decoded, DecodeHint, Engine, Picture, RenderJob, Rendition, Size, TooLarge
from qis_core.api.edges import edge_colour
from qis_core.builtin.pillow import animation, modes, steps
from qis_core.builtin.pillow.context import AUTO, Context, Desk
from qis_core.builtin.pillow.framing import Layout, Work
from qis_core.builtin.pillow.resample import reserve


class PillowEngine(Engine):
    """Renders every job with Pillow alone."""

    name = "pillow"
    priority = 0
    version = 2

    def supports(self, job: RenderJob) -> bool:
        return True

    def render(self, job: RenderJob) -> Rendition:
        try:
            return _Rendering(job).made()
        except MemoryError as error:
            limit = job.limits.memory_bytes
            raise TooLarge("the memory that this rendering needs", f"more than {limit}", limit, "bytes") from error


@dataclass
class _Clock:
    """Seconds by step, each counted from the end of the one before."""

    timings: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def ended(self, step: str) -> None:
        now = time.perf_counter()
        self.timings[step] = self.timings.get(step, 0.0) + now - self._last
        self._last = now


class _Rendering:
    """One job on its way."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job
        self._frame = job.frame
        self._early = steps.before_frame(job.pixel_steps)
        self._late = steps.after_frame(job.pixel_steps)
        self._work = Work.on(job.frame, self._reach())
        self._desk = Desk(job, self._allowed(job.recipe.fill))
        self._clock = _Clock()

    def made(self) -> Rendition:
        """The whole way."""
        job = self._job
        decoded = job.decoder.decode(job.source, self._hint())
        for note in decoded.notes:
            self._desk.note(note)
        self._clock.ended("decode")
        out, dropped = io.BytesIO(), 0
        if decoded.frames and self._is_animated():
            size, dropped = animation.encode(job, decoded, self._finished, out)
        else:
            size = self._encode_still(decoded, out)
        self._clock.ended("encode")
        return Rendition(
            body=out.getvalue(), media_type=job.encoder.media_type, size=size,
            notes=tuple(self._desk.notes), timings=self._clock.timings,
            frames_dropped=dropped,
        )  # fmt: skip

    def _encode_still(self, decoded: Decoded, out: io.BytesIO) -> Size:
        picture = self._finished(decoded)
        self._job.encoder.encode(picture.image, self._job.recipe.output.options, picture.metadata, out)
        return Size(width=picture.image.width, height=picture.image.height)

    def _hint(self) -> DecodeHint:
        job = self._job
        # Operations on decoded pixels may look anywhere, so they get the whole page.
        region = None if steps.reach(self._early) != 0 else self._work.region
        return DecodeHint(
            minimum=self._minimum(), region=region, page=job.recipe.page, dpi=job.recipe.raster_dpi,
            time=job.recipe.time, animation=self._is_animated(), fast=job.quality.fast,
        )  # fmt: skip

    def _minimum(self) -> Size:
        """The least size of the whole page; what is drawn at just the right size needs no reserve."""
        if self._job.info.vector:
            return self._frame.needed_size(drawn=True)
        return self._frame.needed_size(reserve(self._job.quality))

    def _is_animated(self) -> bool:
        job = self._job
        return job.info.frames > 1 and job.recipe.page <= 1 and job.encoder.animation

    def _reach(self) -> int | None:
        """How far around the window pixels matter; the fill ``auto`` looks at all edges."""
        if self._job.recipe.fill == AUTO and self._frame.is_padded:
            return None
        return steps.reach(self._late)

    def _allowed(self, fill: str) -> str:
        return modes.WHITE if fill == modes.CLEAR and not self._job.encoder.alpha else fill

    def _finished(self, decoded: Decoded) -> Picture:
        """One decoded picture, ready for the encoder."""
        decoded = self._changed_early(decoded)
        picture = self._framed(decoded)
        context = self._context(self._frame.canvas, decoded, picture)
        picture = steps.apply(picture, self._late, context)
        if self._work.window != (0, 0, *picture.image.size):
            picture = picture.with_image(picture.image.crop(self._work.window))
        window = self._frame.window
        context = replace(context, origin=(round(window.left), round(window.top)))
        picture = steps.finish(picture, self._job.finishing_steps, self._job.encoder, context)
        picture = steps.for_encoder(picture, self._job.encoder, self._job.recipe.output.dpi, context)
        self._clock.ended("pixels")
        return picture

    def _changed_early(self, decoded: Decoded) -> Decoded:
        if not self._early:
            return decoded
        image = decoded.image
        covered = decoded.region or Box.of(self._frame.original)
        context = Context(
            desk=self._desk, original=self._frame.original, scale=image.width / covered.width,
            canvas=Size(width=image.width, height=image.height), metadata=decoded.metadata,
        )  # fmt: skip
        picture = steps.apply(Picture(image=image, metadata=decoded.metadata), self._early, context)
        return replace(decoded, image=picture.image, metadata=picture.metadata)

    def _framed(self, decoded: Decoded) -> Picture:
        quality = self._job.quality
        if self._desk.fill == AUTO and self._frame.angle:
            self._find_fill(Picture(image=decoded.image, metadata=decoded.metadata))
        content = Layout(self._work, self._desk.colours, self._desk.fill, quality).content(decoded)
        if self._desk.fill == AUTO:
            self._find_fill(content)
        return Layout(self._work, self._desk.colours, self._desk.fill, quality).canvas(content)

    def _find_fill(self, picture: Picture) -> None:
        """Answers ``auto`` once; where nothing shows the fill, white does."""
        fill = modes.WHITE
        if self._frame.is_padded or self._frame.angle or modes.has_alpha(picture.image.mode):
            seen = self._desk.colours.convert(picture, "RGB").image
            fill = self._allowed(edge_colour(seen.convert("RGBA")))
        self._desk = self._desk.with_fill(fill)

    def _context(self, canvas: Size, decoded: Decoded, picture: Picture) -> Context:
        x, y = self._frame.scale
        origin = round(self._work.box.left), round(self._work.box.top)
        return Context(
            desk=self._desk, original=self._frame.original, scale=sqrt(x * y), canvas=canvas,
            origin=origin, metadata=picture.metadata,
        )  # fmt: skip
