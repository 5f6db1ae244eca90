"""One picture of a video: opened by FFmpeg, found by its time, and given as Pillow has it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image

from qis_core.api import BrokenImage, NotFound, NotThisFormat, Size, Source, TookTooLong, TooLarge
from qis_core.api.decoding import reading
from qis_video.recognise import demuxer
from qis_video.settings import VideoSettings

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_HD_HEIGHT = 720
_LONGEST = 366 * 86_400.0
_BROADEST = 32
"""By how much a video's pixels may be wider than high, or higher than wide: what says more is damaged."""

_BT709, _BT601, _UNSPECIFIED = 1, 5, 2
_BRIGHT = {16: "PQ", 18: "HLG"}
"""Transfer functions of high dynamic range (ITU-T H.273, table 3)."""

_ORIENTATIONS = {0: 1, 90: 8, 180: 3, 270: 6}
"""EXIF's by the degrees that FFmpeg's display matrix turns anticlockwise."""


@cache
def library() -> Any:
    """PyAV, imported at the first use, and silent."""
    import av  # noqa: PLC0415 (it loads a hundred megabytes of libraries)

    av.logging.set_level(av.logging.PANIC)
    return av


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A decoded picture and what the video says of it. ``size`` is that of square pixels, as stored."""

    frame: VideoFrame
    size: Size
    orientation: int
    seconds: float
    notes: tuple[str, ...]

    def image(self, most: Size) -> Image.Image:
        """The picture in RGB with square pixels, no larger than ``most``."""
        width, height = min(self.size.width, most.width), min(self.size.height, most.height)
        matrix = self.frame.colorspace
        if matrix in (_UNSPECIFIED, 0) and self.frame.format.name.startswith("yuv"):
            matrix = _BT709 if self.frame.height >= _HD_HEIGHT else _BT601
        picture: Any = self.frame.reformat(
            width=width, height=height, format="rgb24", src_colorspace=matrix, interpolation="AREA"
        )
        image: Image.Image = picture.to_image()
        return image


class Video:
    """An opened video."""

    def __init__(self, container: InputContainer, stream: VideoStream, settings: VideoSettings) -> None:
        self._container = container
        self._stream = stream
        self._settings = settings

    @property
    def seconds(self) -> float:
        """How long it is; 0 where it does not say, or nothing that makes sense."""
        found = self._container.duration
        seconds = found / library().time_base if found else 0.0
        return float(seconds) if 0 < seconds < _LONGEST else 0.0

    @property
    def _unit(self) -> float:
        """Seconds by which the stream counts."""
        return float(self._stream.time_base or 0) or 1.0

    @property
    def pages(self) -> int:
        """Its seconds, begun ones included: page n is the picture at n − 1 seconds."""
        return max(1, math.ceil(self.seconds - 1e-6))

    @property
    def tags(self) -> Mapping[str, str]:
        """What the file says of itself, by FFmpeg's names."""
        return dict(self._container.metadata)

    def still(self, moment: float, limit: int) -> Still:
        """The picture that is shown at ``moment`` (seconds from the beginning), of at most ``limit`` pixels.

        Raises NotFound beyond the end, TookTooLong where too much would have to be decoded to get
        there, TooLarge, BrokenImage.
        """
        if self.seconds and moment >= self.seconds:
            raise NotFound(f"there is no picture at {moment:g} seconds: this video has {self.seconds:.2f} seconds")
        self._check(limit)
        frame = self._frame_at(moment)
        size = _square(frame, self._stream)
        if size.pixels > limit:
            raise TooLarge(f"the video of {size}", size.pixels, limit, "pixels")
        bright = _BRIGHT.get(int(getattr(frame, "color_trc", 0) or 0))
        notes = (f"high dynamic range ({bright}) is shown as it is stored",) if bright else ()
        return Still(
            frame=frame,
            size=size,
            orientation=_ORIENTATIONS.get(round(frame.rotation) % 360, 1),
            seconds=self._time_of(frame),
            notes=notes,
        )

    def _check(self, limit: int) -> None:
        context = self._stream.codec_context
        if context.width < 1 or context.height < 1:
            raise BrokenImage("this video has no size")
        if context.width * context.height > limit:
            size = Size(width=context.width, height=context.height)
            raise TooLarge(f"the video of {size}", size.pixels, limit, "pixels")

    def _frame_at(self, moment: float) -> VideoFrame:
        if moment > 0:
            self._seek(moment)
        latest: VideoFrame | None = None
        began = time.process_time()
        for frame in self._frames():
            if latest is not None and self._time_of(frame) > moment + 1e-6:
                return latest
            latest = frame
            if self._time_of(frame) >= moment - 1e-6:
                break
            if time.process_time() - began > self._settings.max_decode_seconds:
                limit = self._settings.max_decode_seconds
                raise TookTooLong(f"the picture at {moment:g} seconds was not reached within {limit:g} seconds of work")
        if latest is None:
            raise BrokenImage("this video has no picture that can be decoded")
        return latest

    def _seek(self, moment: float) -> None:
        start = self._stream.start_time or 0
        try:
            self._container.seek(round(moment / self._unit) + start, stream=self._stream, backward=True)
        except library().FFmpegError:
            # Without an index it is read from the beginning.
            return

    def _frames(self) -> Iterator[VideoFrame]:
        """The pictures from here on; what is damaged in between is passed over."""
        error = library().FFmpegError
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except error:
                return
            if packet is None:
                return
            try:
                yield from packet.decode()
            except error:
                continue

    def _time_of(self, frame: VideoFrame) -> float:
        if frame.pts is None:
            return 0.0
        return float((frame.pts - (self._stream.start_time or 0)) * self._unit)


@contextmanager
def opened(source: Source, settings: VideoSettings) -> Iterator[Video]:
    """The video, closed afterwards. Raises NotThisFormat, BrokenImage, TooLarge."""
    kind = demuxer(source.head())
    if kind is None:
        raise NotThisFormat("this is not a video")
    if source.size_bytes > settings.max_bytes:
        raise TooLarge("the video", source.size_bytes, settings.max_bytes, "bytes")
    av = library()
    # FFmpeg gets the open file and the one demuxer: it can open nothing by a name that the file holds.
    with reading("video"), source.open() as stream, av.open(stream, format=kind, options=_OPTIONS) as container:
        found = next((one for one in container.streams.video if not _is_cover(one)), None)
        if found is None:
            raise BrokenImage("this video has no picture: it may be a sound file")
        found.thread_type = "NONE"
        found.codec_context.thread_count = 1
        yield Video(container, found, settings)


_OPTIONS = {"enable_drefs": "0", "probesize": "5000000", "analyzeduration": "2000000", "threads": "1"}


def _is_cover(stream: VideoStream) -> bool:
    return "attached_pic" in str(stream.disposition)


def _square(frame: VideoFrame, stream: VideoStream) -> Size:
    """The size with square pixels: old television's are wider or narrower than high."""
    ratio = float(stream.sample_aspect_ratio or 1)
    if not 1 / _BROADEST <= ratio <= _BROADEST:
        ratio = 1.0
    return Size(width=max(1, round(frame.width * ratio)), height=frame.height)
