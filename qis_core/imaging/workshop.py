"""One rendering from a file to finished bytes, inside a render worker.

Recognise the file by its bytes, probe it, check it against the limits, plan the frame, and let
the best engine do the work. Nothing is decoded before all limits are known to hold.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from PIL import Image

from qis_core.api import (
    Analyser,
    BrokenImage,
    Decoder,
    Encoder,
    Engine,
    FinishingOperation,
    Frame,
    Limits,
    MetadataReader,
    NotThisFormat,
    Operation,
    Options,
    PageHint,
    PictureResource,
    PixelOperation,
    QisError,
    Recipe,
    RenderJob,
    Rendition,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    UnsupportedFeature,
)
from qis_core.api.pyramids import PyramidMaker, ReducedCopy
from qis_core.domain import geometry
from qis_core.imaging import bases
from qis_core.imaging.description import Description, Metadata, bounded
from qis_core.imaging.faults import faults_told
from qis_core.imaging.heads import Heads
from qis_core.imaging.levels import LevelDecoder, enough
from qis_core.imaging.orders import DescribeOrder, LevelOrder, Order, ProbeOrder, RenderOrder

PixelSteps = list[tuple[PixelOperation, Options]]
FinishingSteps = list[tuple[FinishingOperation, Options]]

_COPIES = 4
_log = logging.getLogger(__name__)


class Workshop:
    """Does orders with what is registered, each by name: decoders, encoders, engines, operations, and what reads
    metadata and analyses pictures."""

    def __init__(
        self,
        *,
        decoders: Mapping[str, Decoder],
        encoders: Mapping[str, Encoder],
        engines: Mapping[str, Engine],
        operations: Mapping[str, Operation],
        metadata_readers: Mapping[str, MetadataReader] | None = None,
        analysers: Mapping[str, Analyser] | None = None,
        pyramid_makers: Mapping[str, PyramidMaker] | None = None,
    ) -> None:
        self._pyramid_makers = sorted((pyramid_makers or {}).values(), key=lambda maker: -maker.priority)
        self._readers = sorted((metadata_readers or {}).values(), key=lambda reader: -reader.priority)
        self._analysers = list((analysers or {}).values())
        self._decoders = sorted(decoders.values(), key=lambda decoder: -decoder.priority)
        self._encoders = encoders
        self._engines = sorted(engines.values(), key=lambda engine: -engine.priority)
        self._operations = operations
        self._heads = Heads()

    def do(self, order: Order, files: Sequence[Source]) -> Rendition | SourceInfo | Description:
        """Does an order of any kind. ``files`` as the order numbers them. Raises QisError."""
        with faults_told("the workshop", order.limits):
            assert not isinstance(order, LevelOrder), "needs a file to write to"
            if isinstance(order, ProbeOrder):
                return self.probe(order, files[0])
            if isinstance(order, DescribeOrder):
                return self.describe(order, *files)
            return self.render(order, files)

    def probe(self, order: ProbeOrder, source: Source) -> SourceInfo:
        """What one page of ``source`` is.

        Raises UnsupportedFeature for a format that nobody knows, BrokenImage, TooLarge, or
        NotFound for a page that is not there. The limit of pixels is not applied.
        """
        _check_page(order.hint.page, order.limits)
        return self._recognise(source, order.hint, order.limits)[1]

    def describe(self, order: DescribeOrder, source: Source, *copies: Source) -> Description:
        """What ``source`` is and says of itself, and what is found in it; ``copies`` are the files of its levels.

        A reader or analyser that fails is only logged. Raises as ``probe``, and with ``order.look`` as ``render``.
        """
        decoder, info = self._recognise(source, PageHint(), order.limits)
        return Description(
            info=info,
            metadata=bounded(self._read(decoder, source)) if order.metadata else {},
            found=bounded(self._analyse(order.look, order, [source, *copies], info)) if order.look else {},
        )

    def _analyse(
        self, look: Recipe, order: DescribeOrder, files: Sequence[Source], info: SourceInfo
    ) -> Iterator[Metadata]:
        small = RenderOrder(recipe=look, source_name=order.source_name, levels=order.levels, limits=order.limits)
        rendition = self.render(small, files)
        for analyser in self._analysers:
            try:
                image = _shown(rendition.body)
                image.thumbnail((analyser.size.width, analyser.size.height), Image.Resampling.BOX)
                yield {analyser.name: analyser.analyse(image, info)}
            except MemoryError:
                raise
            except Exception:
                _log.exception("fault in analyser %s of %s", analyser.name, type(analyser).__module__)

    def _read(self, decoder: Decoder, source: Source) -> Iterator[Metadata]:
        for reader in self._readers:
            try:
                yield self._told(reader, decoder, source)
            except MemoryError:
                raise
            except Exception:
                _log.exception("fault in metadata reader %s of %s", reader.name, type(reader).__module__)

    def _told(self, reader: MetadataReader, decoder: Decoder, source: Source) -> Metadata:
        """What a reader makes of a file; first of what the decoder has found, where it looks for such things itself."""
        if type(decoder).embedded is not Decoder.embedded:
            # A RAW file, for one, is a TIFF file to others, which speaks of the small picture in it.
            return self._of_blocks(reader, decoder, source) or reader.read(source)
        return reader.read(source) or self._of_blocks(reader, decoder, source)

    @staticmethod
    def _of_blocks(reader: MetadataReader, decoder: Decoder, source: Source) -> Metadata:
        if type(reader).read_blocks is MetadataReader.read_blocks:
            return {}
        try:
            blocks = decoder.embedded(source)
        except QisError:
            # What is damaged tells nothing.
            return {}
        return reader.read_blocks(blocks) if blocks is not None else {}

    def write_level(self, order: LevelOrder, source: Source, out: BinaryIO) -> SourceInfo:
        """What the page of ``source`` is; a copy with its sides divided by ``order.shrink`` is in ``out`` then.

        Raises as ``probe``, TooLarge for more pixels than may be streamed, and UnsupportedFeature
        where nobody makes copies of such a page.
        """
        with faults_told("a pyramid maker", order.limits):
            decoder, info = self._recognise(source, order.hint, order.limits)
            _check_pixels("the picture", info.size, order.limits.streamed_pixels)
            if order.quick and not bases.may_have(info):
                raise UnsupportedFeature(f"{source.name}: no base holds {info.mode} of {info.bits} bits")
            for maker in self._pyramid_makers:
                if maker.supports(source, info, order.hint):
                    maker.make(source, info, order.hint, order.shrink, out, quick=order.quick)
                    return info
            if order.quick and bases.supports(decoder, source, info, order.hint, order.limits.source_pixels):
                bases.write(decoder, source, info, order.shrink, out)
                return info
            raise UnsupportedFeature(f"{source.name}: nothing that is installed here makes a pyramid of it")

    def render(self, order: RenderOrder, files: Sequence[Source]) -> Rendition:
        """The rendering of ``files[0]``. Raises as ``probe`` does, TooLarge for each limit, and as engines do."""
        output = order.recipe.output
        encoder = self._encoder(output.format)
        if type(encoder).pages is Encoder.pages:
            return self._render_page(order, files)
        hint = PageHint(dpi=order.recipe.raster_dpi)
        with faults_told(f"encoder {encoder.name} of {type(encoder).__module__}", order.limits):
            pages = encoder.pages(output.options, self._recognise(files[0], hint, order.limits)[1].pages)
        if not pages:
            return self._render_page(order, files)
        if len(pages) > order.limits.frames:
            raise TooLarge("the number of pages in one rendering", len(pages), order.limits.frames)
        return self._joined(order, files, encoder, pages)

    def _joined(self, order: RenderOrder, files: Sequence[Source], encoder: Encoder, pages: Sequence[int]) -> Rendition:
        """Each page rendered by itself, as one file; its size is that of the first page."""
        renditions, pixels, limit = [], 0, order.limits.output_pixels
        for page in pages:
            # Copies are those of one page only.
            single = replace(order, recipe=replace(order.recipe, page=page), levels={})
            renditions.append(self._render_page(single, files))
            pixels += renditions[-1].size.pixels
            if pixels > limit:
                raise TooLarge("the rendering with all its pages", f"over {pixels}", limit, "pixels")
        out = io.BytesIO()
        with faults_told(f"encoder {encoder.name} of {type(encoder).__module__}", order.limits):
            encoder.join([rendition.body for rendition in renditions], out)
        notes = dict.fromkeys(note for rendition in renditions for note in rendition.notes)
        return replace(renditions[0], body=out.getvalue(), notes=tuple(notes))

    def _render_page(self, order: RenderOrder, files: Sequence[Source]) -> Rendition:
        started = time.perf_counter()
        job, engine = self._with_engine(self._plan(order, files))
        planned = time.perf_counter()
        what = f"engine {engine.name} of {type(engine).__module__}"
        is_short = not engine.streams(job) and not job.copies and _needs_much_memory(job)
        with faults_told(what, order.limits, memory_is_short=is_short):
            rendition = engine.render(job)
        timings = {"plan": planned - started, **rendition.timings}
        return replace(
            rendition,
            timings=timings,
            source_pixels=0 if job.info.vector else job.info.size.pixels,
            frames_dropped=rendition.frames_dropped or _left_out(job),
        )

    def _plan(self, order: RenderOrder, files: Sequence[Source]) -> RenderJob:
        recipe, limits = order.recipe, order.limits
        _check_page(recipe.page, limits)
        encoder = self._encoder(recipe.output.format)
        decoder, info = self._recognise(
            files[0], PageHint(page=recipe.page, dpi=recipe.raster_dpi, time=recipe.time), limits
        )
        info = replace(info, facts=order.facts)
        if not info.vector:
            _check_pixels("the picture", info.size, max(limits.streamed_pixels, limits.source_pixels))
        if encoder.animation and recipe.page <= 1 and info.frames > limits.frames:
            raise TooLarge("the animation", info.frames, limits.frames, "frames")
        frame = self._frame(recipe, info, limits)
        if info.vector:
            what = "the picture, drawn as large as this rendering needs it,"
            _check_pixels(what, frame.needed_size(), limits.source_pixels)
        pixel_steps, finishing_steps = self._split(recipe)
        job = RenderJob(
            recipe=recipe,
            frame=frame,
            info=info,
            source=files[0],
            decoder=decoder,
            encoder=encoder,
            limits=limits,
            pixel_steps=pixel_steps,
            finishing_steps=finishing_steps,
            pictures=self._pictures(order, files),
            profiles=order.profiles,
            quality=order.quality,
        )
        copies = [ReducedCopy(shrink=shrink, source=files[index]) for shrink, index in order.levels.items()]
        return replace(job, copies=copies if 1 in order.levels else enough(job, copies))

    def _recognise(self, source: Source, hint: PageHint, limits: Limits) -> tuple[Decoder, SourceInfo]:
        return self._heads.recognised(source, hint, lambda: self._probed(source, hint, limits))

    def _probed(self, source: Source, hint: PageHint, limits: Limits) -> tuple[Decoder, SourceInfo]:
        head = source.head()
        if not head:
            raise BrokenImage(f"{source.name}: the file is empty")
        for decoder in self._decoders:
            with faults_told(f"decoder {decoder.name} of {type(decoder).__module__}", limits):
                try:
                    if decoder.sniff(head):
                        return decoder, decoder.probe(source, hint)
                except NotThisFormat:
                    continue
        known = ", ".join(sorted({decoder.name for decoder in self._decoders}))
        raise UnsupportedFeature(f"{source.name}: this is no picture of a format that can be read here ({known})")

    def _by_copies(self, job: RenderJob) -> RenderJob:
        """The job with a decoder that reads the copies which it brings along, where there are any."""
        if not job.copies:
            return job
        fits = job.info.size.pixels <= job.limits.source_pixels
        decoder = LevelDecoder(
            job.decoder, job.info, job.copies, recognise=self._knows, heads=self._heads, own_fits=fits
        )
        return replace(job, decoder=decoder)

    def _knows(self, source: Source) -> Decoder:
        head = source.head()
        found = next((decoder for decoder in self._decoders if decoder.sniff(head)), None)
        if found is None:
            raise BrokenImage("a stored copy of this picture is of no format that can be read here")
        return found

    def _pictures(self, order: RenderOrder, files: Sequence[Source]) -> dict[str, PictureResource]:
        found = {}
        for name, index in order.pictures.items():
            decoder, info = self._recognise(files[index], PageHint(), order.limits)
            _check_source(info, order.limits, name)
            found[name] = PictureResource(source=files[index], decoder=decoder, info=info)
        return found

    def _frame(self, recipe: Recipe, info: SourceInfo, limits: Limits) -> Frame:
        with faults_told("a framing operation", limits):
            return geometry.plan(recipe, info, self._operations, limits)

    def _split(self, recipe: Recipe) -> tuple[PixelSteps, FinishingSteps]:
        pixel: PixelSteps = []
        finishing: FinishingSteps = []
        for step in recipe.steps:
            operation = self._operations.get(step.operation)
            if isinstance(operation, PixelOperation):
                pixel.append((operation, step.options))
            elif isinstance(operation, FinishingOperation):
                finishing.append((operation, step.options))
            elif operation is None:
                raise UnsupportedFeature(f"the operation {step.operation!r} is not installed here")
        return pixel, finishing

    def _encoder(self, name: str) -> Encoder:
        encoder = self._encoders.get(name)
        if encoder is None:
            known = ", ".join(sorted({encoder.name for encoder in self._encoders.values()}))
            raise UnsupportedFeature(f"the output format {name!r} is not installed here; there are {known}")
        return encoder

    def _with_engine(self, job: RenderJob) -> tuple[RenderJob, Engine]:
        """The job with its next engines, and the engine that does it. Asked from the last to the first."""
        wanted, first = job.recipe.engine, job.quality.engine
        able: tuple[Engine, ...] = ()
        by_copies = self._by_copies(job)
        # What an engine is given: one that wants originals gets one, unless it may not be held whole.
        given = {False: by_copies, True: by_copies if 1 in [copy.shrink for copy in job.copies] else _bare(job)}
        in_order = sorted(self._engines, key=lambda engine: engine.name != first)
        for engine in reversed(in_order):
            with faults_told(f"engine {engine.name} of {type(engine).__module__}", job.limits):
                if engine.supports(replace(given[engine.wants_originals], next_engines=able)):
                    able = (engine, *able)
            if able and able[0].name == wanted:
                break
        if able and wanted in ("", able[0].name):
            job = replace(given[able[0].wants_originals], next_engines=able[1:])
            if not isinstance(job.decoder, LevelDecoder) and not able[0].streams(job):
                _check_source(job.info, job.limits, "the picture")
            return job, able[0]
        if wanted:
            known = ", ".join(engine.name for engine in self._engines)
            raise UnsupportedFeature(f"the engine {wanted!r} cannot do this rendering or is none of {known}")
        raise UnsupportedFeature("no engine that is installed here can do this rendering")


def _shown(body: bytes) -> Image.Image:
    """A rendering of ours as RGB, or RGBA where it can be seen through."""
    image: Image.Image = Image.open(io.BytesIO(body))
    if image.mode.startswith("I"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _bare(job: RenderJob) -> RenderJob:
    """The job without copies: its own decoder reads the original."""
    return replace(job, copies=())


def _left_out(job: RenderJob) -> int:
    """How many frames of an animation are left out because the output format cannot move; 0 where one was asked for."""
    return job.info.frames - 1 if job.recipe.page <= 1 and not job.encoder.animation else 0


def _needs_much_memory(job: RenderJob) -> bool:
    """Whether a few copies of the decoded picture, as codecs make them, are more than the limit of memory."""
    frames = job.info.frames if job.encoder.animation else 1
    bytes_a_pixel = 4 if job.info.bits <= 8 else 8
    return job.info.size.pixels * bytes_a_pixel * frames * _COPIES > job.limits.memory_bytes


def _check_page(page: int, limits: Limits) -> None:
    if page > limits.pages:
        raise TooLarge("the page number", page, limits.pages)


def _check_source(info: SourceInfo, limits: Limits, what: str) -> None:
    # A vector page is drawn only as large as the rendering needs it, which the plan tells.
    if not info.vector:
        _check_pixels(what, info.size, limits.source_pixels)


def _check_pixels(what: str, size: Size, limit: int) -> None:
    if size.pixels > limit:
        raise TooLarge(f"{what} of {size}", size.pixels, limit, "pixels")
