"""What every encoder has to do, whatever its format.

::

    class TestFancyEncoder(EncoderSuite):
        encoder = FancyEncoder()
        decoder = FancyDecoder()  # or None, where nobody reads the format
"""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from qis_core.api import AnimationFrame, Decoded, DecodeHint, Decoder, Encoder, Metadata, Options, PageHint
from qis_core.testing import pictures
from qis_core.testing.features import features_read_again
from qis_core.testing.sources import MemorySource

SIZE = (61, 47)
_SOFT = ImageFilter.GaussianBlur(1)
_MARKED = b"a block that only the source had"


class EncoderSuite:
    """Subclass with ``encoder``, and with ``decoder`` for what can be read back."""

    encoder: Encoder
    decoder: Decoder | None = None

    def test_describes_itself(self) -> None:
        assert self.encoder.name
        assert "/" in self.encoder.media_type
        assert self.encoder.extensions
        assert self.encoder.modes
        assert self.encoder.name not in self.encoder.aliases
        assert self.encoder.alpha == any(mode in ("RGBA", "LA") for mode in self.encoder.modes)
        assert self.encoder.metadata <= {"icc_profile", "exif", "xmp", "iptc", "dpi"}

    def test_writes_every_mode_that_it_names(self) -> None:
        for mode in self.encoder.modes:
            body = self.encoded(picture(mode))
            assert body, mode
            decoded = self.decoded(body)
            if decoded is not None:
                assert decoded.image.size == SIZE, mode

    def test_what_it_says_it_writes_is_read_again(self) -> None:
        if self.decoder is not None:
            assert features_read_again(self.encoder, self.decoder) == self.encoder.features

    def test_keeps_the_picture(self) -> None:
        for mode in self.encoder.modes:
            decoded = self.decoded(self.encoded(picture(mode)))
            if decoded is not None and mode != "I;16":
                assert difference(decoded.image, picture(mode)) < 16, mode

    def test_keeps_what_is_transparent(self) -> None:
        if not self.encoder.alpha:
            pytest.skip("this format has no transparency")
        decoded = self.decoded(self.encoded(picture("RGBA")))
        if decoded is not None:
            alpha = decoded.image.convert("RGBA").getchannel("A")
            left, right = (alpha.getpixel((x, SIZE[1] // 2)) for x in (0, SIZE[0] - 1))
            assert isinstance(left, int)
            assert isinstance(right, int)
            assert left < 8
            assert right > 247

    def test_writes_the_same_bytes_again(self) -> None:
        mode = self.encoder.modes[0]
        assert self.encoded(picture(mode)) == self.encoded(picture(mode))

    def test_leaves_its_picture_alone(self) -> None:
        image = picture(self.encoder.modes[0])
        before = image.tobytes()
        self.encoded(image)
        assert image.tobytes() == before

    def test_accepts_its_own_options(self) -> None:
        image = picture(self.encoder.modes[0])
        for option in self.encoder.options:
            described = option.schema()
            for key in ("minimum", "maximum", "default"):
                if key in described:
                    assert self.encoded(image, Options({option.key: described[key]}))

    def test_writes_nothing_that_lingers_in_the_picture(self) -> None:
        image = picture(self.encoder.modes[0])
        image.info = {"icc_profile": _MARKED, "exif": _MARKED, "comment": _MARKED, "xmp": _MARKED}
        assert _MARKED not in self.encoded(image)
        decoded = self.decoded(self.encoded(image))
        if decoded is not None:
            assert decoded.metadata.icc_profile is None

    def test_writes_the_blocks_that_it_names(self) -> None:
        given = Metadata(
            icc_profile=pictures.srgb_profile(), exif=pictures.exif_block(), xmp=b"<x:xmpmeta/>",
            iptc=b"\x1c\x02\x05\x00\x05Title", dpi=(300.0, 200.0),
        )  # fmt: skip
        decoded = self.decoded(self.encoded(picture("RGB" if "RGB" in self.encoder.modes else "L"), metadata=given))
        if decoded is None:
            return
        for name in ("icc_profile", "exif", "xmp", "iptc", "dpi"):
            found = getattr(decoded.metadata, name)
            if name not in self.encoder.metadata:
                assert found is None, name
            elif name == "dpi":
                assert found == pytest.approx(given.dpi, abs=0.5)
            elif name == "exif":
                assert b"QIS test camera" in (found or b"")
            else:
                assert found == getattr(given, name), name

    def test_survives_odd_metadata(self) -> None:
        image = picture(self.encoder.modes[0])
        odd = Metadata(icc_profile=b"no profile", exif=b"no EXIF", xmp=b"\xff" * 100_000, iptc=b"x", dpi=(0.01, 1e9))
        assert self.encoded(image, metadata=odd)
        assert self.encoded(image, metadata=Metadata(exif=pictures.exif_block() + b"\0" * 100_000))

    def test_writes_pictures_of_one_pixel(self) -> None:
        for mode in self.encoder.modes:
            decoded = self.decoded(self.encoded(picture(mode).crop((0, 0, 1, 1))))
            assert decoded is None or decoded.image.size == (1, 1), mode

    def test_writes_animations(self) -> None:
        if not self.encoder.animation:
            pytest.skip("this format has no animation")
        mode = "RGBA" if self.encoder.alpha else "RGB"
        frames = [AnimationFrame(image=image.convert(mode), duration=100 * (number + 1))
                  for number, image in enumerate(pictures.frames(4))]  # fmt: skip
        buffer = io.BytesIO()
        self.encoder.encode_animation(frames, 0, Options({}), Metadata(), buffer)
        if self.decoder is None:
            return
        source = MemorySource(buffer.getvalue())
        info = self.decoder.probe(source, PageHint())
        decoded = self.decoder.decode(source, DecodeHint(minimum=info.size, animation=True))
        assert [frame.duration for frame in decoded.frames] == [100, 200, 300, 400]
        assert decoded.loop == 0
        for written, read in zip(frames, decoded.frames, strict=True):
            assert difference(flat(read.image), flat(written.image)) < 12

    def encoded(self, image: Image.Image, options: Options | None = None, metadata: Metadata | None = None) -> bytes:
        """The file that the encoder makes."""
        buffer = io.BytesIO()
        self.encoder.encode(image, options or Options({}), metadata or Metadata(), buffer)
        return buffer.getvalue()

    def decoded(self, body: bytes) -> Decoded | None:
        """The file read back, where the suite has a decoder."""
        if self.decoder is None:
            return None
        source = MemorySource(body)
        assert self.decoder.sniff(source.head())
        info = self.decoder.probe(source, PageHint())
        return self.decoder.decode(source, DecodeHint(minimum=info.size))


def picture(mode: str) -> Image.Image:
    """The drawn photograph in ``mode``; with alpha its left edge is transparent, its right edge opaque."""
    if mode == "I;16":
        return pictures.grey16(SIZE)
    if mode in ("RGBA", "LA"):
        return pictures.glass(SIZE).convert(mode)
    return pictures.photo(SIZE).filter(_SOFT).convert(mode)


def flat(image: Image.Image) -> Image.Image:
    """The picture on grey, as somebody sees it."""
    ground = Image.new("RGBA", image.size, "grey")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' channels, 0–255, as somebody sees them."""
    if "A" in one.getbands() or "A" in other.getbands():
        one, other = flat(one), flat(other)
    if one.mode != other.mode:
        one, other = one.convert("RGB"), other.convert("RGB")
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return float(sum(means) / len(means))
