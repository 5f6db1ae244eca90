"""Videos: the picture at one moment."""

from __future__ import annotations

from qis_core.api import Decoded, DecodeHint, Decoder, Metadata, PageHint, Size, Source, SourceInfo
from qis_core.api.decoding import demand_page
from qis_video.metadata import metadata_of
from qis_video.recognise import demuxer
from qis_video.settings import VideoSettings
from qis_video.stills import Still, Video, opened

MOST_PIXELS = 8192 * 4320
"""Of a picture: 8K, as wide as cameras film it."""


class VideoDecoder(Decoder):
    """MP4, MOV, WebM and Matroska. ``time`` is the moment, or ``page`` n the picture at n − 1 seconds."""

    name = "video"
    features = frozenset({"pages", "metadata"})
    extensions = ("mp4", "m4v", "mov", "webm", "mkv")
    media_types = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska")
    output = "jpg"
    alpha = False

    def __init__(self, settings: VideoSettings | None = None) -> None:
        self._settings = settings or VideoSettings()

    def sniff(self, head: bytes) -> bool:
        return demuxer(head) is not None

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        with opened(source, self._settings) as video:
            still = self._still(video, hint.page, hint.time)
            return SourceInfo(format=self.name, size=still.size, pages=video.pages, orientation=still.orientation)

    def embedded(self, source: Source) -> Metadata | None:
        with opened(source, self._settings) as video:
            return _metadata(video, source)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        with opened(source, self._settings) as video:
            still = self._still(video, hint.page, hint.time)
            most = Size(width=max(1, hint.minimum.width), height=max(1, hint.minimum.height))
            return Decoded(image=still.image(most), metadata=_metadata(video, source), notes=still.notes)

    def _still(self, video: Video, page: int, time: float) -> Still:
        if time <= 0:
            demand_page(page, video.pages)
            poster = self._settings.poster_seconds
            time = page - 1 if page > 1 or not 0 < poster < video.seconds else poster
        return video.still(time, MOST_PIXELS)


def _metadata(video: Video, source: Source) -> Metadata:
    with source.open() as stream:
        return metadata_of(video.tags, stream)
