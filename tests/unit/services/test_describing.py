"""What analysers look at: a reduced copy of the picture where there is one, else the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from qis_core.api import Limits, StorageEntry
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.orders import LevelOrder
from qis_core.imaging.sources import FileSource
from qis_core.plugins import Kernel
from qis_core.services.describing import Describer
from qis_core.services.looking import look_of
from qis_core.testing.originals import Originals, in_process, workshop_of


@pytest.fixture
def originals(tmp_path: Path, kernel: Kernel) -> Originals:
    Image.new("RGB", (1600, 1200), "#ff0000").save(tmp_path / "red.jpg", quality=95)
    return Originals(tmp_path, kernel)


def describer(originals: Originals, kernel: Kernel, copies: Mapping[float, Path]) -> Describer:
    @contextmanager
    def opened(entry: StorageEntry) -> Iterator[Mapping[float, BinaryIO]]:
        assert entry.path == "red.jpg"
        files: dict[float, BinaryIO] = {shrink: path.open("rb") for shrink, path in copies.items()}
        yield files
        for file in files.values():
            file.close()

    registries = kernel.registries
    vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
    look = look_of(vocabulary, registries.analysers)
    return Describer(
        library=originals.library, describe=in_process(kernel), limits=Limits(), look=look, copies=opened
    )  # fmt: skip


def blue_copy(folder: Path, kernel: Kernel) -> Path:
    """A copy as of a blue picture, so that one sees who was looked at."""
    Image.new("RGB", (1600, 1200), "#0000ff").save(folder / "blue.jpg", quality=95)
    copy = folder / "copy"
    with copy.open("w+b") as out:
        order = LevelOrder(source_name="blue.jpg", shrink=4, quick=True)
        workshop_of(kernel).write_level(order, FileSource("blue.jpg", folder / "blue.jpg"), out)
    return copy


def test_analysers_look_at_a_copy(originals: Originals, kernel: Kernel, tmp_path: Path) -> None:
    entry = originals.library.stat_now("red.jpg")
    colours = {}
    for name, copies in {"original": {}, "copy": {4.0: blue_copy(tmp_path, kernel)}}.items():
        found = describer(originals, kernel, copies).analysis(entry)
        assert found is not None
        colours[name] = str(found.found["colour"])
    assert colours["original"].startswith("#f")
    assert colours["copy"].startswith("#0000f")


def test_whole_findings_use_it_as_well(originals: Originals, kernel: Kernel, tmp_path: Path) -> None:
    entry = originals.library.stat_now("red.jpg")
    finding = describer(originals, kernel, {4.0: blue_copy(tmp_path, kernel)}).of(entry)
    assert finding is not None
    assert (finding.width, finding.height) == (1600, 1200)
    found = finding.facts["found"]
    assert isinstance(found, dict)
    assert found["colour"].startswith("#0000f")


def test_a_version_that_is_gone_is_not_looked_at(originals: Originals, kernel: Kernel) -> None:
    entry = originals.library.stat_now("red.jpg")
    Image.new("RGB", (160, 120)).save(originals.root / "red.jpg")
    assert describer(originals, kernel, {}).analysis(entry) is None
    (originals.root / "red.jpg").unlink()
    assert describer(originals, kernel, {}).analysis(entry) is None
