"""What of `qis_core.api.formats.FEATURES` comes out of a file, and what an encoder puts into one."""

from __future__ import annotations

import io

from PIL import Image

from qis_core.api import AnimationFrame, DecodeHint, Decoder, Encoder, Metadata, NotThisFormat, Options, PageHint
from qis_core.api.xmp import packet
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource


def features_read(decoder: Decoder, data: bytes) -> set[str]:
    """What the decoder gives of a file; nothing of one that is not its."""
    source = MemorySource(data)
    try:
        info = decoder.probe(source, PageHint())
    except NotThisFormat:
        return set()
    decoded = decoder.decode(source, DecodeHint(minimum=info.size, animation=info.frames > 1))
    told = decoded.metadata, decoder.embedded(source) or Metadata()
    has = {
        "pages": info.pages > 1,
        "animation": len(decoded.frames) > 1,
        "alpha": decoded.image.mode in ("LA", "RGBA"),
        "cmyk": decoded.image.mode == "CMYK",
        "16-bit": decoded.image.mode == "I;16" or (decoder.deep and info.bits == 16),
        "metadata": any(block for each in told for block in (each.icc_profile, each.exif, each.iptc, each.xmp)),
    }
    return {name for name, is_there in has.items() if is_there}


def features_read_again(encoder: Encoder, decoder: Decoder) -> set[str]:
    """What the decoder finds in files that the encoder has written of every kind of picture."""
    found: set[str] = set()
    for mode in encoder.modes:
        image = pictures.grey16() if mode == "I;16" else pictures.glass().convert(mode)
        said = Metadata(
            icc_profile=pictures.srgb_profile() if mode == "RGB" else None, xmp=packet({"dc:title": "Glass"})
        )
        out = io.BytesIO()
        encoder.encode(image, Options({}), encoder.writable(said), out)
        found |= features_read(decoder, out.getvalue())
    if encoder.animation:
        frames = [AnimationFrame(image=Image.new("RGB", (40, 30), colour), duration=100) for colour in ("red", "blue")]
        out = io.BytesIO()
        encoder.encode_animation(frames, 0, Options({}), Metadata(), out)
        # Each frame of an animation can be asked for as a page.
        found |= features_read(decoder, out.getvalue()) - {"pages"}
    return found
