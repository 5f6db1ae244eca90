"""docs/reference/formats.md: written from the code, and each of its claims shown by a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from qis_core.api import AnimationFrame, DecodeHint, Decoder, Metadata, NotThisFormat, Options, PageHint
from qis_core.api.formats import FEATURES
from qis_core.commands import _kernel, _reference
from qis_core.plugins import load
from qis_core.plugins.records import PluginState
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

ROOT = Path(__file__).parents[2]
BOX = _kernel.of_the_box().registries
PLUGINS = {folder.name.removeprefix("qis-") for folder in ROOT.glob("plugins/qis-*")}

MORE: Mapping[str, Callable[[], bytes]] = {
    "profiled.tif": lambda: pictures.encoded(pictures.photo(), "TIFF", icc_profile=pictures.srgb_profile()),
    "glass.tif": lambda: pictures.encoded(pictures.glass(), "TIFF"),
    "profiled.webp": lambda: pictures.encoded(pictures.photo(), "WEBP", icc_profile=pictures.srgb_profile()),
    "profiled.avif": lambda: pictures.encoded(pictures.photo(), "AVIF", icc_profile=pictures.srgb_profile(), speed=9),
}
"""Files of what the drawn ones do not have."""


def test_the_page_is_up_to_date() -> None:
    loaded = {record.name for record in load({}, environ={}).records if record.state is PluginState.LOADED}
    if not loaded >= PLUGINS:
        pytest.skip(f"not installed here: {', '.join(sorted(PLUGINS - loaded))}")
    page = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert page == _reference.pages(_kernel.of_the_box())["formats.md"], "run `make docs`"


def shown(decoder: Decoder, data: bytes) -> set[str]:
    """What of FEATURES the decoder gives of a file."""
    source = MemorySource(data)
    try:
        info = decoder.probe(source, PageHint())
    except NotThisFormat:
        return set()
    decoded = decoder.decode(source, DecodeHint(minimum=info.size, animation=info.frames > 1))
    metadata = decoded.metadata
    has = {
        "pages": info.pages > 1,
        "animation": len(decoded.frames) > 1,
        "alpha": decoded.image.mode in ("LA", "RGBA"),
        "cmyk": decoded.image.mode == "CMYK",
        "16-bit": decoded.image.mode == "I;16" or (decoder.deep and info.bits == 16),
        "metadata": any((metadata.icc_profile, metadata.exif, metadata.iptc, metadata.xmp)),
    }
    return {name for name, is_there in has.items() if is_there}


@pytest.mark.parametrize("name", sorted(decoder.name for decoder in BOX.decoders.unique))
def test_what_is_said_to_be_read_is_and_nothing_else(name: str) -> None:
    decoder = BOX.decoders[name]
    files = [make() for make in (*pictures.FILES.values(), *MORE.values())]
    found = set().union(*(shown(decoder, data) for data in files if decoder.sniff(data[:4096])))
    assert found == decoder.features
    assert decoder.features <= set(FEATURES)


@pytest.mark.parametrize("name", sorted(encoder.name for encoder in BOX.encoders.unique))
def test_what_is_said_to_be_written_is_read_again(name: str) -> None:
    encoder = BOX.encoders[name]
    decoder = BOX.decoders[{"pjpg": "jpg"}.get(name, name)]
    wanted = _reference._written(encoder)
    found: set[str] = set()
    for mode in encoder.modes:
        image = pictures.grey16() if mode == "I;16" else pictures.glass().convert(mode)
        profile = Metadata(icc_profile=pictures.srgb_profile() if mode == "RGB" else None)
        out = io.BytesIO()
        encoder.encode(image, Options({}), profile, out)
        found |= shown(decoder, out.getvalue())
    if encoder.animation:
        frames = [AnimationFrame(image=Image.new("RGB", (40, 30), colour), duration=100) for colour in ("red", "blue")]
        out = io.BytesIO()
        encoder.encode_animation(frames, 0, Options({}), Metadata(), out)
        # Each frame of an animation can be asked for as a page.
        found |= shown(decoder, out.getvalue()) - {"pages"}
    assert found == wanted
