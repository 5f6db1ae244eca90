"""What a site gets of WebP and AVIF files beyond the rules of all formats."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from qis_core.api import AnimationFrame, BrokenImage, DecodeHint, Metadata, Options, PageHint, Size, TooLarge
from qis_core.builtin.formats import webp
from qis_core.builtin.formats.avif import AvifDecoder, AvifEncoder
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.webp import WebpDecoder, WebpEncoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

WEBP, AVIF = WebpDecoder(), AvifDecoder()


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_webp_keeps_rounds_and_durations(rounds: int) -> None:
    frames = [AnimationFrame(image=image, duration=70 + number) for number, image in enumerate(pictures.frames())]
    buffer = io.BytesIO()
    WebpEncoder(FormatsSettings()).encode_animation(frames, rounds, Options({}), Metadata(), buffer)
    source = MemorySource(buffer.getvalue())
    result = WEBP.decode(source, DecodeHint(minimum=Size(width=48, height=36), animation=True))
    assert result.loop == rounds
    assert [frame.duration for frame in result.frames] == [70, 71, 72, 73]


@pytest.mark.parametrize(("decoder", "name"), [(WEBP, "animated.webp"), (AVIF, "animated.avif")])
def test_frames_are_pages_of_their_own(decoder: WebpDecoder | AvifDecoder, name: str) -> None:
    source = MemorySource(pictures.FILES[name]())
    hint = DecodeHint(minimum=Size(width=48, height=36), page=3)
    assert decoder.probe(source, PageHint(page=3)).frames == 4
    third = decoder.decode(source, hint).image
    seen = third.getchannel("A").point(lambda value: 255 if value > 100 else 0)
    assert seen.getbbox() == pytest.approx(pictures.frames()[2].getbbox(), abs=1)


@pytest.mark.parametrize(("decoder", "name"), [(WEBP, "animated.webp"), (AVIF, "animated.avif")])
def test_small_renderings_hold_small_frames(decoder: WebpDecoder | AvifDecoder, name: str) -> None:
    source = MemorySource(pictures.FILES[name]())
    result = decoder.decode(source, DecodeHint(minimum=Size(width=12, height=12), animation=True))
    assert {frame.image.size for frame in result.frames} == {(16, 12)}


def test_webp_whose_canvas_is_not_its_pictures_size_is_broken() -> None:
    data = bytearray(pictures.FILES["glass.webp"]())
    struct.pack_into("<L", data, 24, 8000)
    source = MemorySource(bytes(data))
    with pytest.raises(BrokenImage):
        WEBP.decode(source, DecodeHint(minimum=Size(width=1, height=1)))


def test_webp_of_endless_chunks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webp, "MOST_CHUNKS", 100)
    body = b"WEBP" + struct.pack("<4sL", b"JUNK", 0) * 1000
    with pytest.raises(TooLarge, match="chunks"):
        WEBP.probe(MemorySource(b"RIFF" + struct.pack("<L", len(body)) + body), PageHint())


@pytest.mark.parametrize(
    ("encoder", "side"), [(WebpEncoder(FormatsSettings()), 16_384), (AvifEncoder(FormatsSettings()), 32_769)]
)
def test_refuses_sides_that_the_format_cannot_hold(encoder: WebpEncoder | AvifEncoder, side: int) -> None:
    with pytest.raises(TooLarge, match=str(side - 1)):
        encoder.encode(Image.new("RGB", (side, 1)), Options({}), Metadata(), io.BytesIO())


def test_avif_tells_its_orientation() -> None:
    data = pictures.encoded(pictures.photo(), "AVIF", speed=9, exif=pictures.exif_block(6))
    assert AVIF.probe(MemorySource(data), PageHint()).orientation == 6
