"""Levels of pyramids, made and used in locked-in render workers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy
import pytest
import pyvips
from PIL import Image

from qis_core.api import (
    BrokenImage,
    DecodeHint,
    Limits,
    Options,
    Output,
    PageHint,
    Recipe,
    Size,
    Step,
    UnsupportedFeature,
)
from qis_core.builtin.formats.tiff import TiffDecoder
from qis_core.imaging import bases
from qis_core.imaging.orders import LevelOrder, RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.sources import FileSource
from qis_core.testing import lcms, pictures
from qis_core.testing.jobs import decoder_of

SIZE = (1501, 1003)
LARGE = Limits(source_pixels=1_000_000)
"""By these the pictures here are too large to be held at once."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    across, down = numpy.meshgrid(numpy.arange(SIZE[0]), numpy.arange(SIZE[1]))
    waves = [128 + 100 * numpy.sin(across / 40 + n) * numpy.cos(down / (30 + 5 * n)) for n in range(3)]
    picture = Image.fromarray(numpy.stack(waves, axis=2).astype("uint8"))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "colour.jpg", quality=95, exif=exif)
    picture.convert("L").save(folder / "grey.jpg", quality=95)
    picture.save(folder / "colour.png")
    clear = picture.copy()
    clear.putalpha(picture.getchannel("G"))
    clear.save(folder / "clear.png")
    Image.fromarray((waves[0] * 250).astype("uint16")).save(folder / "deep.png")
    picture.save(folder / "strips.tif")
    inks = Image.merge("CMYK", (*picture.split(), picture.getchannel("G").point(lambda level: level // 4)))
    inks.save(folder / "print.jpg", quality=95)
    inks.save(folder / "print.tif", compression="tiff_lzw")
    colour16 = numpy.stack(waves, axis=2) * 250
    (folder / "colour16.png").write_bytes(png16(colour16, 2))
    (folder / "clear16.png").write_bytes(png16(numpy.dstack([colour16, waves[1] * 250]), 6))
    picture.quantize(64).save(folder / "palette.png")
    (folder / "cut.jpg").write_bytes((folder / "colour.jpg").read_bytes()[:20_000])
    return folder


def png16(levels: numpy.ndarray, kind: int) -> bytes:
    """A PNG of 16 bits a channel; kinds: 2 colour, 6 colour with alpha."""
    rows = levels.astype(">u2").reshape(SIZE[1], -1)
    return pictures.png_file((*SIZE, 16, kind), b"".join(b"\0" + row.tobytes() for row in rows))


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[RenderPool]:
    pool = RenderPool(WorkerSetup(readable=[folder], written_bytes=10**8), PoolSettings(workers=1))
    yield pool
    pool.close()


def levels(pool: RenderPool, file: Path, shrinks: tuple[int, ...] = (1, 2, 4, 16)) -> Mapping[int, BinaryIO]:
    found = {}
    for shrink in shrinks:
        found[shrink] = (file.parent / f"{file.name}.{shrink}").open("w+b")
        with file.open("rb") as source:
            pool.write_level(LevelOrder(source_name=file.name, shrink=shrink), source, found[shrink])
    return found


@cache
def kept_levels(pool: RenderPool, file: Path) -> Mapping[int, BinaryIO]:
    """The levels, made once for all tests that only render of them."""
    return levels(pool, file)


def rendered(
    pool: RenderPool,
    file: Path,
    copies: Mapping[int, BinaryIO],
    limits: Limits = LARGE,
    **steps: Mapping[str, object],
) -> Image.Image:
    return Image.open(io.BytesIO(body_of(pool, file, copies, limits, **steps)))


def body_of(
    pool: RenderPool, file: Path, copies: Mapping[int, BinaryIO], limits: Limits, **steps: Mapping[str, object]
) -> bytes:
    order = RenderOrder(
        recipe=Recipe(
            source=file.name,
            output=Output(format="png"),
            steps=tuple(Step(operation=name, options=Options(values)) for name, values in steps.items()),
        ),
        source_name=file.name,
        levels={shrink: number for number, shrink in enumerate(copies, start=1)},
        limits=limits,
    )
    with file.open("rb") as source:
        rendition = pool.render(order, [source, *copies.values()])
    assert rendition.source_pixels == SIZE[0] * SIZE[1]
    return bytes(rendition.body)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean of the channels' differences, in levels of 255."""
    assert one.size == other.size
    levels = 257 if one.mode.startswith("I") else 1
    return float(numpy.abs(numpy.asarray(one, "float") - numpy.asarray(other, "float")).mean()) / levels


@pytest.mark.parametrize(
    "name",
    ["colour.jpg", "grey.jpg", "colour.png", "clear.png", "deep.png", "strips.tif", "print.jpg", "print.tif",
     "colour16.png", "clear16.png"],
)  # fmt: skip
def test_each_level_is_the_picture_with_fewer_pixels(pool: RenderPool, folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    for shrink, file in levels(pool, folder / name).items():
        source = FileSource(name, Path(file.name))
        size = Size(width=-(-SIZE[0] // shrink), height=-(-SIZE[1] // shrink))
        assert TiffDecoder().probe(source, PageHint()).size == size
        level = TiffDecoder().decode(source, DecodeHint(minimum=size)).image
        own = decoder_of(data).decode(
            FileSource(name, folder / name), DecodeHint(minimum=Size(width=SIZE[0], height=SIZE[1]))
        )
        assert level.mode == own.image.mode
        assert difference(level, averaged(own.image, shrink)) < (
            1.5 if name.endswith("jpg") else 0.6 * (shrink > 1 or "16" in name) + 1e-9
        )


def averaged(image: Image.Image, shrink: int) -> Image.Image:
    """Averages of ``shrink`` × ``shrink`` pixels; beyond the right and bottom edge the last ones go on."""
    pixels = numpy.asarray(image)
    beyond = [(0, -side % shrink) for side in pixels.shape[:2]]
    pixels = numpy.pad(pixels, [*beyond, *[(0, 0)] * (pixels.ndim - 2)], mode="edge")
    cells = pixels.reshape(pixels.shape[0] // shrink, shrink, pixels.shape[1] // shrink, shrink, *pixels.shape[2:])
    return Image.fromarray(cells.mean(axis=(1, 3)).round().astype(pixels.dtype))


@pytest.mark.parametrize("name", ["colour.jpg", "clear.png", "deep.png", "print.jpg", "colour16.png", "clear16.png"])
@pytest.mark.parametrize(
    "steps",
    [
        {"resize": {"width": 300}},
        {"crop": {"left": 0.5, "top": 0.25, "right": 0.7, "bottom": 0.5}},
        {"crop": {"left": 0.31, "top": 0.6, "right": 1.0, "bottom": 1.0}, "resize": {"width": 200, "height": 200}},
        {"rotate": {"rotation": 20.0}, "resize": {"width": 100}},
        {"flip": {"flip": "h"}, "resize": {"width": 700}, "tile": {"tile": "16:16"}},
    ],
)
def test_renderings_of_the_levels_are_those_of_the_original(
    pool: RenderPool, folder: Path, name: str, steps: Mapping[str, Mapping[str, object]]
) -> None:
    copies = kept_levels(pool, folder / name)
    by_levels = rendered(pool, folder / name, copies, **steps)
    by_original = rendered(pool, folder / name, {}, Limits(), **steps)
    assert by_levels.mode == by_original.mode
    assert difference(by_levels, by_original) < 2
    if by_levels.mode == "RGB" and lcms.is_there():
        found, wanted = (lcms.levels_of(image.resize((40, 40)).tobytes(), 8) for image in (by_levels, by_original))
        mean, most = lcms.differences(found, wanted, "RGB", pictures.srgb_profile())
        assert mean < 1
        assert most < 3


@pytest.mark.parametrize("name", ["colour16.png", "clear16.png"])
def test_of_16_bits_none_are_lost_on_the_way_over_a_pyramid(pool: RenderPool, folder: Path, name: str) -> None:
    copies = kept_levels(pool, folder / name)
    steps: dict[str, Mapping[str, object]] = {"resize": {"width": 300}}
    bodies = [
        body_of(pool, folder / name, found, limits, **steps) for found, limits in ((copies, LARGE), ({}, Limits()))
    ]
    one, other = (pyvips.Image.pngload_buffer(body).numpy().astype(float) for body in bodies)
    assert [body[24] for body in bodies] == [16, 16]
    assert numpy.abs(one - other).mean() < 2 * 257
    # More than 8 bits have.
    assert len(numpy.unique(one[:, :, 0])) > 5000


@pytest.mark.parametrize("name", ["print.jpg", "print.tif", "colour16.png"])
def test_what_may_not_be_held_whole_is_seen_before_its_pyramid_is_there(
    pool: RenderPool, folder: Path, name: str
) -> None:
    streamed = rendered(pool, folder / name, {}, LARGE, resize={"width": 300})
    assert difference(streamed, rendered(pool, folder / name, {}, Limits(), resize={"width": 300})) < 2


def test_what_shows_most_of_a_picture_in_full_size_is_made_of_the_original(pool: RenderPool, folder: Path) -> None:
    copies = levels(pool, folder / "colour.jpg")
    whole = rendered(pool, folder / "colour.jpg", copies, Limits())
    assert difference(whole, rendered(pool, folder / "colour.jpg", {}, Limits())) == 0


def test_of_other_colours_no_copies_are_made(pool: RenderPool, folder: Path) -> None:
    with pytest.raises(UnsupportedFeature, match="nothing that is installed here makes a pyramid"):
        levels(pool, folder / "palette.png")


def base_of(pool: RenderPool, file: Path) -> FileSource:
    """Its base at one half."""
    base = file.with_suffix(".base")
    with file.open("rb") as source, base.open("w+b") as out:
        pool.write_level(LevelOrder(source_name=file.name, shrink=2, quick=True), source, out)
    return FileSource(file.name, base)


def test_inks_have_no_bases(pool: RenderPool, folder: Path) -> None:
    with pytest.raises(UnsupportedFeature, match="no base holds CMYK"):
        base_of(pool, folder / "print.jpg")


@pytest.mark.parametrize("name", ["colour.jpg", "grey.jpg", "clear.png"])
def test_bases_are_plain_copies(pool: RenderPool, folder: Path, name: str) -> None:
    base = base_of(pool, folder / name)
    mapped = bases.mapped(base)
    assert mapped is not None
    read = TiffDecoder().decode(base, DecodeHint(minimum=Size(width=1, height=1))).image
    assert difference(mapped, read) == 0
    level = levels(pool, folder / name, (2,))[2]
    size = Size(width=-(-SIZE[0] // 2), height=-(-SIZE[1] // 2))
    tiled = TiffDecoder().decode(FileSource(name, Path(level.name)), DecodeHint(minimum=size)).image
    assert difference(mapped, tiled) < 1.5


def test_of_what_is_read_in_parts_as_it_is_no_copies_are_made(pool: RenderPool, folder: Path) -> None:
    levels(pool, folder / "strips.tif", (1,))
    with pytest.raises(UnsupportedFeature):
        levels(pool, folder / "strips.tif.1", (2,))


def test_a_damaged_picture_has_no_copies(pool: RenderPool, folder: Path) -> None:
    with pytest.raises(BrokenImage):
        levels(pool, folder / "cut.jpg")


def test_a_worker_writes_no_more_than_it_may(folder: Path) -> None:
    pool = RenderPool(WorkerSetup(readable=[folder], written_bytes=10_000), PoolSettings(workers=1))
    try:
        with pytest.raises(BrokenImage):
            levels(pool, folder / "colour.png")
        assert (folder / "colour.png.1").stat().st_size <= 10_000
    finally:
        pool.close()


def test_workers_that_render_write_nothing(folder: Path) -> None:
    pool = RenderPool(WorkerSetup(readable=[folder]), PoolSettings(workers=1))
    try:
        with pytest.raises(BrokenImage):
            levels(pool, folder / "colour.png")
        assert (folder / "colour.png.1").stat().st_size == 0
    finally:
        pool.close()
