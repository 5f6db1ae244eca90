"""Stills of videos: the right picture the right way up, and an end to everything."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction

import av
import pytest
from PIL import Image, ImageDraw
from qis_video import plugin
from qis_video.decoder import VideoDecoder
from qis_video.recognise import demuxer
from qis_video.settings import VideoSettings

from qis_core.api import (
    BrokenImage,
    DecodeHint,
    NotFound,
    NotThisFormat,
    PageHint,
    PluginContext,
    QisError,
    Size,
    TookTooLong,
    TooLarge,
)
from qis_core.testing import pictures
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite

RATE = 10
SIZE = (96, 64)
KINDS = {"mp4": "mpeg4", "mov": "mpeg4", "webm": "libvpx", "matroska": "libvpx"}
ENDINGS = {"mp4": "mp4", "mov": "mov", "webm": "webm", "matroska": "mkv"}


def shade(number: int) -> int:
    """The brightness of a frame's left half: another for each of 40 frames."""
    return 40 + number * 5


def film(
    kind: str = "mp4",
    frames: int = 40,
    *,
    size: tuple[int, int] = SIZE,
    stretch: Fraction | None = None,
    turned: int = 0,
    draw: Callable[[int], Image.Image] | None = None,
    tags: Mapping[str, str] | None = None,
) -> bytes:
    """Ten pictures a second, each a little brighter on the left; the right half is red."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind, options={"movflags": "use_metadata_tags"} if tags else {}) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(KINDS[kind], rate=RATE)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 2_000_000
        stream.codec_context.gop_size = 10
        if stretch:
            stream.sample_aspect_ratio = stretch
        for number in range(frames):
            picture = draw(number) if draw else Image.new("RGB", size, (shade(number),) * 3)
            if draw is None:
                ImageDraw.Draw(picture).rectangle((size[0] // 2, 0, size[0], size[1]), fill="red")
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return with_matrix(out.getvalue(), turned) if turned else out.getvalue()


def with_matrix(data: bytes, degrees: int) -> bytes:
    """The MP4 with the matrix of its track header turned clockwise, as phones write it (ISO 14496-12, 8.3.2)."""
    one = 0x10000
    matrix = {90: (0, one, 0, -one, 0, 0), 180: (-one, 0, 0, 0, -one, 0)}[degrees]
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    plain = b"".join(number.to_bytes(4, "big", signed=True) for number in (one, 0, 0, 0, one, 0))
    assert data[at : at + 24] == plain
    return data[:at] + b"".join(number.to_bytes(4, "big", signed=True) for number in matrix) + data[at + 24 :]


@pytest.fixture(scope="module")
def films() -> dict[str, bytes]:
    return {kind: film(kind) for kind in KINDS}


def still(data: bytes, page: int = 1, time: float = 0, **settings: object) -> Image.Image:
    decoder = VideoDecoder(VideoSettings(**settings))  # type: ignore[arg-type]
    source = MemorySource(data)
    size = decoder.probe(source, PageHint(page=page, time=time)).size
    return decoder.decode(source, DecodeHint(minimum=size, page=page, time=time)).image


def number_of(image: Image.Image) -> float:
    """Which frame it is."""
    red, green, blue = image.getpixel((image.width // 4, image.height // 2))  # type: ignore[misc]
    return ((red + green + blue) / 3 - 40) / 5


class TestConformance(DecoderSuite):
    decoder = VideoDecoder()
    samples = {"mp4": film("mp4", 12), "webm": film("webm", 12)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("hint", "frame"), [({}, 0), ({"time": 1.25}, 12), ({"time": 3.9}, 39), ({"page": 3}, 20)])
def test_the_picture_of_a_moment(films: dict[str, bytes], kind: str, hint: dict[str, float], frame: int) -> None:
    image = still(films[kind], **hint)  # type: ignore[arg-type]
    assert image.size == SIZE
    assert number_of(image) == pytest.approx(frame, abs=0.7)
    red, green, blue = image.getpixel((80, 30))  # type: ignore[misc]
    assert red > 220
    assert max(green, blue) < 40


@pytest.mark.parametrize("kind", KINDS)
def test_seconds_are_pages(films: dict[str, bytes], kind: str) -> None:
    info = VideoDecoder().probe(MemorySource(films[kind]), PageHint())
    assert (info.format, info.size, info.pages, info.frames) == ("video", Size(width=96, height=64), 4, 1)


@pytest.mark.parametrize("hint", [{"page": 5}, {"time": 4.2}, {"time": 1e11}])
def test_there_is_nothing_beyond_the_end(films: dict[str, bytes], hint: dict[str, float]) -> None:
    with pytest.raises(NotFound):
        still(films["mp4"], **hint)  # type: ignore[arg-type]


def test_the_poster_is_a_setting(films: dict[str, bytes]) -> None:
    assert number_of(still(films["mp4"], poster_seconds=2.0)) == pytest.approx(20, abs=0.7)
    # Beyond the end of a short one, and where a page is asked for, it does not count.
    assert number_of(still(films["mp4"], poster_seconds=60.0)) == pytest.approx(0, abs=0.7)
    assert number_of(still(films["mp4"], page=2, poster_seconds=3.0)) == pytest.approx(10, abs=0.7)


@pytest.mark.parametrize(("degrees", "orientation"), [(90, 6), (180, 3)])
def test_a_turned_film_is_told(degrees: int, orientation: int) -> None:
    source = MemorySource(film("mov", 3, turned=degrees))
    assert VideoDecoder().probe(source, PageHint()).orientation == orientation


def test_pixels_become_square() -> None:
    data = film("mp4", 3, stretch=Fraction(4, 3))
    assert still(data).size == (128, 64)


def test_a_small_still_is_not_made_large_first(films: dict[str, bytes]) -> None:
    hint = DecodeHint(minimum=Size(width=30, height=20))
    image = VideoDecoder().decode(MemorySource(films["webm"]), hint).image
    assert image.size == (30, 20)
    assert number_of(image) == pytest.approx(0, abs=0.7)


def test_colours_are_those_of_the_matrix_that_the_size_stands_for() -> None:
    green = film("mp4", 2, size=(1280, 720), draw=lambda number: Image.new("RGB", (1280, 720), (40, 180, 60)))
    # Encoded by the matrix of standard definition, and shown by that of high definition, green is another.
    red, shown, blue = still(green).getpixel((600, 300))  # type: ignore[misc]
    assert shown > 150
    assert max(red, blue) < 90


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"\0\0\0\x14ftypqt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm", "matroska"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84else", None),
        (b"\0\0\0\x20ftypheic", None),
        (b"\0\0\0\x20ftypavif", None),
        (b"\0\0\0\x20ftypcrx ", None),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"#EXTM3U\n/etc/passwd", None),
        (b"ffconcat version 1.0\nfile /etc/passwd", None),
        (b"", None),
    ],
)  # fmt: skip
def test_only_these_files_are_opened_and_only_by_their_own_demuxer(head: bytes, kind: str | None) -> None:
    assert demuxer(head) == kind


def test_a_sound_file_is_no_video() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(BrokenImage, match="sound"):
        still(out.getvalue())


def test_limits(films: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="bytes"):
        still(films["mp4"], max_bytes=100)
    monkeypatch.setattr("qis_video.decoder.MOST_PIXELS", 1000)
    with pytest.raises(TooLarge, match="pixels"):
        still(films["mp4"])


def test_work_has_an_end() -> None:
    """One key picture, no index, and a moment far behind it."""
    decoder = VideoDecoder(VideoSettings(max_decode_seconds=1e-9))
    with pytest.raises(TookTooLong):
        decoder.probe(MemorySource(film("matroska")), PageHint(time=3.95))


def test_what_has_no_length_is_shown_from_its_beginning(films: dict[str, bytes]) -> None:
    """As a live stream is recorded: the duration's element made one that nobody knows."""
    data = films["webm"]
    at = data.index(b"\x44\x89\x88")
    data = data[:at] + b"\xec\x89" + bytes(9) + data[at + 11 :]
    decoder = VideoDecoder()
    info = decoder.probe(MemorySource(data), PageHint())
    assert (info.size, info.pages) == (Size(width=96, height=64), 1)
    assert number_of(still(data, time=2.0)) == pytest.approx(20, abs=0.7)


@pytest.mark.parametrize(("kind", "flips"), [("mp4", 200), ("webm", 200)])
def test_every_damage_ends_in_a_picture_or_an_error_of_ours(kind: str, flips: int) -> None:
    for what, changed in pictures.damaged(film(kind, 20), cuts=20, flips=flips):
        try:
            assert still(changed, time=1.5).mode == "RGB", what
        except QisError:
            continue


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["mp4", "webm"], indirect=True)
class TestLockedIn(LockedInSuite):
    plugin = "video"

    @pytest.fixture(autouse=True)
    def chosen(self, request: pytest.FixtureRequest) -> None:
        self.sample = film(request.param, 20)


def test_a_picture_is_no_video() -> None:
    with pytest.raises(NotThisFormat):
        still(b"\x89PNG\r\n\x1a\n" + bytes(100))


def test_the_library_is_not_loaded_where_workers_are_forked_from() -> None:
    program = "import sys, qis_video.plugin; print('av' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout == "False\n"


def test_what_it_registers(tmp_path: object) -> None:
    context = PluginContext(settings=lambda kind: kind(), data=tmp_path)  # type: ignore[arg-type]
    assert [decoder.name for decoder in plugin.qis_register_decoders(context)] == ["video"]
    assert [group.name for group in plugin.qis_register_settings()] == ["video"]


def test_stills_by_the_image_url(new_site: MakeSite, films: dict[str, bytes]) -> None:
    site = new_site()
    (site.library / "films").mkdir()
    for kind, data in films.items():
        (site.library / "films" / f"boat.{ENDINGS[kind]}").write_bytes(data)
    for ending in ENDINGS.values():
        answer = site.testapp.get(f"/image?src=films/boat.{ending}&time=2&width=48")
        assert answer.content_type == "image/jpeg"
        image = Image.open(io.BytesIO(answer.body)).convert("RGB")
        assert image.size == (48, 32)
        assert number_of(image) == pytest.approx(20, abs=1.5)
    assert site.testapp.get("/image?src=films/boat.mp4&time=99", status=404)
    (site.library / "films" / "cut.mp4").write_bytes(films["mp4"][:300])
    assert site.testapp.get("/image?src=films/cut.mp4", status=415)


def test_what_a_phones_video_says_of_itself() -> None:
    tags = {
        "title": "Am See", "artist": "Eva", "copyright": "© Eva", "com.apple.quicktime.make": "Maker",
        "com.apple.quicktime.model": "Phone 1", "com.apple.quicktime.creationdate": "2024-05-06T07:08:09+0200",
        "com.apple.quicktime.location.ISO6709": "-33.8585+151.2000+012.500/",
    }  # fmt: skip
    found = record_of(film("mov", 2, tags=tags))
    assert found["exif"] == {"Make": "Maker", "Model": "Phone 1", "DateTimeOriginal": "2024-05-06T07:08:09"}
    assert found["gps"] == {"latitude": -33.8585, "longitude": 151.2, "altitude": 12.5}
    xmp = {name: value for name, value in found["xmp"].items() if name != "xmp:CreatorTool"}
    assert xmp == {
        "dc:title": "Am See", "dc:creator": ["Eva"], "dc:rights": "© Eva",
        "xmp:CreateDate": "2024-05-06T07:08:09+0200",
    }  # fmt: skip


def test_the_xmp_in_a_video_is_read() -> None:
    packet = pictures.XMP_PACKET
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    box = (8 + 16 + len(packet)).to_bytes(4, "big") + b"uuid" + uuid + packet
    assert record_of(film("mp4", 2) + box)["xmp"] == pictures.XMP_SAYS


@pytest.mark.parametrize("place", ["", "nowhere", "+999.0+999.0/", "+48.85", "+48.8577+002.295/", "-90-180-10/"])
def test_any_place_is_read_or_left_out(place: str) -> None:
    found = record_of(film("mov", 2, tags={"title": "x", "com.apple.quicktime.location.ISO6709": place}))
    assert ("gps" in found) == (place in ("+48.8577+002.295/", "-90-180-10/"))
