"""A fingerprint changes with the code and the settings that touch the pixels, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qis_core.api import Options, Output, Quality, Recipe, Step
from qis_core.plugins import Kernel, Registry, load
from qis_core.services.versions import PixelVersions

QUALITY = Quality()
PLAIN = Recipe(source="a.jpg", output=Output(format="jpg"))
FLIPPED = replace(PLAIN, steps=(Step(operation="flip", options=Options({"flip": "h"}), text="flip=h"),))


def kernel(folder: Path, settings: dict[str, str] | None = None) -> Kernel:
    return load({"qis.server.data": str(folder), **(settings or {})}, environ={}, here=folder)


def versions(made: Kernel, recipe: Recipe = PLAIN, quality: Quality = QUALITY) -> object:
    return PixelVersions(made.registries, made.settings, quality).of(recipe)


class Newer(Registry[Any]):
    """The same things, one of them as a later version of its plugin has it."""

    def __init__(self, registry: Registry[Any], name: str) -> None:
        super().__init__(registry._entries)
        self._entries[name] = replace(self._entries[name], version="99")


def with_newer(made: Kernel, kind: str, name: str) -> Kernel:
    registry = Newer(getattr(made.registries, kind), name)
    return replace(made, registries=replace(made.registries, **{kind: registry}))


def test_equal_sites_have_equal_versions(tmp_path: Path) -> None:
    assert versions(kernel(tmp_path)) == versions(kernel(tmp_path / "other"))


@pytest.mark.parametrize(
    ("setting", "value", "counts"),
    [
        ("qis.formats.jpeg_quality", "70", True),
        ("qis.geometry.max_size", "500", True),
        # What never sees a pixel.
        ("qis.passwords.rounds", "1", False),
        ("qis.imaging.workers", "1", False),
        ("qis.web.title", "Ours", False),
    ],
)
def test_settings(tmp_path: Path, setting: str, value: str, counts: bool) -> None:
    assert (versions(kernel(tmp_path, {setting: value})) != versions(kernel(tmp_path))) == counts


def test_how_well_it_is_to_be_done(tmp_path: Path) -> None:
    made = kernel(tmp_path)
    for other in (replace(QUALITY, fast=not QUALITY.fast), replace(QUALITY, default_cmyk=b"a profile")):
        assert versions(made, quality=other) != versions(made)


@pytest.mark.parametrize(
    ("kind", "name", "recipe", "counts"),
    [
        ("operations", "flip", FLIPPED, True),
        ("operations", "flip", PLAIN, False),
        ("operations", "tile", FLIPPED, False),
        ("encoders", "jpg", PLAIN, True),
        ("encoders", "png", PLAIN, False),
        # Which decoder reads a file is known only when it is read.
        ("decoders", "jpg", PLAIN, True),
        ("decoders", "png", PLAIN, True),
        ("engines", "pillow", PLAIN, True),
    ],
)
def test_a_later_version_of_a_plugin(tmp_path: Path, kind: str, name: str, recipe: Recipe, counts: bool) -> None:
    made = kernel(tmp_path)
    assert (versions(with_newer(made, kind, name), recipe) != versions(made, recipe)) == counts
