"""Animations: they keep moving through every operation, and say what of them was left out."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageSequence

from qis_core.testing.galleries import Gallery, MakeGallery

FRAMES = 8
SIZE = (100, 80)


def animation(kind: str) -> bytes:
    """A red block that goes from left to right on white in frames of 80, 120, 80, 120 … milliseconds."""
    frames = []
    for number in range(FRAMES):
        frame = Image.new("RGB", SIZE, "white")
        ImageDraw.Draw(frame).rectangle((number * 12, 30, number * 12 + 10, 50), fill="red")
        frames.append(frame)
    out = io.BytesIO()
    durations = [80, 120] * (FRAMES // 2)
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=95)
    return out.getvalue()


@pytest.fixture(scope="module")
def moving(gallery: Gallery) -> Gallery:
    for ending, kind in (("gif", "GIF"), ("webp", "WEBP"), ("avif", "AVIF")):
        gallery.put(f"animations/ball.{ending}", animation(kind))
    mark = io.BytesIO()
    Image.new("RGB", (20, 20), "blue").save(mark, "PNG")
    gallery.put("animations/mark.png", mark.getvalue())
    return gallery


def frames_of(body: bytes) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(body)))]


def reddest(frame: Image.Image) -> tuple[int, int]:
    """Where the middle of what is red lies."""
    red = Image.merge("RGB", frame.split()).convert("HSV")
    hue, saturation, _ = red.split()
    is_red = Image.composite(saturation, Image.new("L", frame.size), hue.point(lambda h: 255 * (h < 20 or h > 235)))
    box = is_red.point(lambda s: 255 * (s > 120)).getbbox()
    assert box is not None
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


@pytest.mark.parametrize("source", ["gif", "webp", "avif"])
@pytest.mark.parametrize("output", ["gif", "webp", "avif"])
def test_it_moves_from_each_format_to_each(moving: Gallery, source: str, output: str) -> None:
    answer = moving.get(f"animations/ball.{source}", f"width=50&format={output}")
    frames = frames_of(answer.body)
    assert len(frames) == FRAMES
    assert "X-Frames-Dropped" not in answer.headers
    places = [reddest(frame)[0] for frame in frames]
    assert places == sorted(places)
    assert len(set(places)) == FRAMES


@pytest.mark.parametrize(
    ("query", "size", "along"),
    [
        ("angle=90", (80, 100), 1),
        ("left=0.1&right=0.9&top=0.2&bottom=0.8", (80, 48), 0),
        ("width=60&height=60", (60, 60), 0),
        ("flip=v&width=40", (40, 32), 0),
        ("overlay=animations/mark.png&ovsize=0.2&ovpos=NW", (100, 80), 0),
        ("tile=1:1&sharpen=200", (100, 80), 0),
    ],
)
def test_it_moves_through_each_operation(moving: Gallery, query: str, size: tuple[int, int], along: int) -> None:
    frames = frames_of(moving.get("animations/ball.gif", f"{query}&format=webp").body)
    assert len(frames) == FRAMES
    assert {frame.size for frame in frames} == {size}
    places = [reddest(frame)[along] for frame in frames]
    assert places == sorted(places)
    assert places[-1] - places[0] > 10


def test_an_overlay_lies_on_every_frame(moving: Gallery) -> None:
    query = "overlay=animations/mark.png&ovsize=0.25&ovpos=NW&format=gif"
    for frame in frames_of(moving.get("animations/ball.webp", query).body):
        red, _, blue = frame.getpixel((5, 5))  # type: ignore[misc]
        assert (red, blue) == (pytest.approx(0, abs=12), pytest.approx(255, abs=12))


def test_a_page_is_one_frame(moving: Gallery) -> None:
    answer = moving.get("animations/ball.gif", "page=5&width=90&format=webp")
    frames = frames_of(answer.body)
    assert len(frames) == 1
    assert abs(reddest(frames[0])[0] - 0.9 * (4 * 12 + 5)) < 4
    assert "X-Frames-Dropped" not in answer.headers


@pytest.mark.parametrize("source", ["gif", "webp", "avif"])
def test_a_format_that_cannot_move_tells_how_much_is_missing(moving: Gallery, source: str) -> None:
    for _ in ("rendered", "from the cache"):
        answer = moving.get(f"animations/ball.{source}", "width=33&format=jpg")
        assert answer.headers["X-Frames-Dropped"] == str(FRAMES - 1)


def test_frames_are_dropped_where_all_would_be_too_many_pixels(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.max_output_pixels": "40000"})
    gallery.put("ball.gif", animation("GIF"))
    answer = gallery.get("ball.gif", "flip=h")
    image = Image.open(io.BytesIO(answer.body))
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert durations == [200] * 4
    assert answer.headers["X-Frames-Dropped"] == "4"
    small = gallery.get("ball.gif", "width=50")
    assert len(frames_of(small.body)) == FRAMES
    assert "X-Frames-Dropped" not in small.headers
