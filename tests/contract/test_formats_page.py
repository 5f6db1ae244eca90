"""docs/reference/formats.md: written from the code, and each of its claims shown by a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from qis_core.api.formats import FEATURES
from qis_core.commands import _kernel, _reference
from qis_core.plugins import load
from qis_core.plugins.records import PluginState
from qis_core.testing import pictures
from qis_core.testing.features import features_read, features_read_again

ROOT = Path(__file__).parents[2]
BOX = _kernel.of_the_box().registries
PLUGINS = {folder.name.removeprefix("qis-") for folder in ROOT.glob("plugins/qis-*")}

MORE: Mapping[str, Callable[[], bytes]] = {
    "profiled.tif": lambda: pictures.encoded(pictures.photo(), "TIFF", icc_profile=pictures.srgb_profile()),
    "glass.tif": lambda: pictures.encoded(pictures.glass(), "TIFF"),
    "profiled.webp": lambda: pictures.encoded(pictures.photo(), "WEBP", icc_profile=pictures.srgb_profile()),
    "said.gif": lambda: pictures.gif_with_xmp(b"<x:xmpmeta/>"),
    "profiled.avif": lambda: pictures.encoded(pictures.photo(), "AVIF", icc_profile=pictures.srgb_profile(), speed=9),
}
"""Files of what the drawn ones do not have."""


def test_the_page_is_up_to_date() -> None:
    loaded = {record.name for record in load({}, environ={}).records if record.state is PluginState.LOADED}
    if not loaded >= PLUGINS:
        pytest.skip(f"not installed here: {', '.join(sorted(PLUGINS - loaded))}")
    page = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert page == _reference.pages(_kernel.of_the_box())["formats.md"], "run `make docs`"


@pytest.mark.parametrize("name", sorted(decoder.name for decoder in BOX.decoders.unique))
def test_what_is_said_to_be_read_is_and_nothing_else(name: str) -> None:
    decoder = BOX.decoders[name]
    files = [make() for make in (*pictures.FILES.values(), *MORE.values())]
    found = set().union(*(features_read(decoder, data) for data in files if decoder.sniff(data[:4096])))
    assert found == decoder.features
    assert decoder.features <= set(FEATURES)


@pytest.mark.parametrize("name", sorted(encoder.name for encoder in BOX.encoders.unique))
def test_what_is_said_to_be_written_is_read_again(name: str) -> None:
    encoder = BOX.encoders[name]
    decoder = BOX.decoders[{"pjpg": "jpg"}.get(name, name)]
    assert features_read_again(encoder, decoder) == encoder.features
