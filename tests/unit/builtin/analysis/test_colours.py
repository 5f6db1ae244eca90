"""The main colours of pictures, which fill their boxes until they come."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from qis_core.api import Analyser
from qis_core.builtin.analysis.colours import MainColours
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.orders import DescribeOrder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import Kernel, load
from qis_core.services.looking import Look, look_of
from qis_core.testing.suites.analysers import AnalyserSuite
from qis_core.web.pages.placeholders import placeholder


class TestMainColours(AnalyserSuite):
    analyser = MainColours()


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return load({}, environ={})


def look(kernel: Kernel) -> Look:
    registries = kernel.registries
    vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
    return look_of(vocabulary, registries.analysers)


def found(kernel: Kernel, path: Path, analysers: Mapping[str, Analyser] | None = None) -> Mapping[str, object]:
    registries = kernel.registries
    workshop = Workshop(
        decoders=registries.decoders,
        encoders=registries.encoders,
        engines=registries.engines,
        operations=registries.operations,
        analysers=registries.analysers if analysers is None else analysers,
    )
    order = DescribeOrder(source_name=path.name, metadata=False, look=look(kernel).recipe)
    return workshop.describe(order, FileSource(path.name, path)).found.get("colours", {})


def halves(mode: str = "RGB") -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", (400, 300), "red")
    image.paste("blue", (200, 0, 400, 300))
    return image.convert(mode)


def near(word: object, wanted: str) -> bool:
    assert isinstance(word, str)
    pairs = zip(bytes.fromhex(word[1:]), bytes.fromhex(wanted[1:]), strict=True)
    return all(abs(one - other) <= 12 for one, other in pairs)


@pytest.mark.parametrize(
    ("name", "mode"), [("a.jpg", "RGB"), ("a.png", "RGB"), ("a.gif", "P"), ("a.webp", "RGB"), ("a.tif", "RGB")]
)
def test_twelve_fields_in_every_format(kernel: Kernel, tmp_path: Path, name: str, mode: str) -> None:
    halves(mode).save(tmp_path / name)
    colours = found(kernel, tmp_path / name)["colours"]
    assert isinstance(colours, list)
    assert len(colours) == 12
    assert all(map(near, colours, ["#ff0000", "#ff0000", "#0000ff", "#0000ff"] * 3))


def test_upright_where_the_file_lies_on_its_side(kernel: Kernel, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    halves().save(tmp_path / "a.jpg", exif=exif)
    colours = found(kernel, tmp_path / "a.jpg")["colours"]
    assert isinstance(colours, list)
    assert near(colours[0], "#ff0000")
    assert near(colours[3], "#ff0000")
    assert near(colours[8], "#0000ff")


def test_sixteen_bits_of_grey(kernel: Kernel, tmp_path: Path) -> None:
    Image.new("I;16", (64, 64), 0x8000).save(tmp_path / "a.png")
    assert near(found(kernel, tmp_path / "a.png")["colour"], "#808080")


def test_no_box_shows_behind_a_picture_that_can_be_seen_through(kernel: Kernel, tmp_path: Path) -> None:
    image = Image.new("RGBA", (64, 64), (0, 255, 0, 255))
    image.paste((255, 0, 0, 0), (0, 0, 32, 64))
    image.save(tmp_path / "a.png")
    facts = found(kernel, tmp_path / "a.png")
    assert "colours" not in facts
    assert near(facts["colour"], "#00ff00")


class Faulty(Analyser):
    name = "faulty"

    def analyse(self, image: Image.Image, info: object) -> Mapping[str, object]:
        raise RuntimeError("no")


def test_one_that_fails_keeps_nobody_else_from_finding(
    kernel: Kernel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    halves().save(tmp_path / "a.png")
    assert found(kernel, tmp_path / "a.png", {"a": Faulty(), "b": MainColours()})["colour"]
    assert "fault in analyser faulty" in caplog.text


def test_another_version_or_analyser_is_another_look(kernel: Kernel) -> None:
    class Newer(MainColours):
        version = 2

    registries = kernel.registries
    vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
    looks = [
        look_of(vocabulary, analysers).analysis
        for analysers in ({}, {"colours": MainColours()}, {"colours": Newer()}, {"colours": Newer(), "f": Faulty()})
    ]
    assert looks[0] == ""
    assert len(set(looks)) == 4


def test_what_a_page_is_sent_is_a_picture() -> None:
    colours = [f"#{number:02x}00ff" for number in range(12)]
    head, _, data = placeholder(colours).partition(",")
    assert head == "data:image/bmp;base64"
    image = Image.open(io.BytesIO(b64decode(data)))
    assert image.size == (4, 3)
    assert [image.getpixel((x, y)) for y in range(3) for x in range(4)] == [(n, 0, 255) for n in range(12)]
    assert placeholder([]) == ""
