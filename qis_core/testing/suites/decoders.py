"""What every decoder has to do, whatever its format.

::

    class TestFancyDecoder(DecoderSuite):
        decoder = FancyDecoder()
        samples = {"plain": FANCY_BYTES, "two pages": OTHER_BYTES}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from PIL import Image, ImageChops

from qis_core.api import Box, DecodeHint, Decoder, NotFound, NotThisFormat, PageHint, QisError, Size, SourceInfo
from qis_core.api.formats import FEATURES
from qis_core.testing import pictures
from qis_core.testing.features import features_read
from qis_core.testing.sources import MemorySource

MODES = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "I;16"})
_FEW_PIXELS = 4_000_000


class DecoderSuite:
    """Subclass with ``decoder`` and ``samples``: good files by a name that says what they are."""

    decoder: Decoder
    samples: Mapping[str, bytes]
    complete: bool = True
    """Whether the samples have all that the decoder says it reads (``Decoder.features``) between them."""

    @pytest.fixture
    def sources(self) -> Mapping[str, MemorySource]:
        """The samples as sources under a name that tells nothing."""
        return {name: MemorySource(data) for name, data in self.samples.items()}

    def test_names_its_extensions_and_types_in_the_usual_way(self) -> None:
        assert self.decoder.name
        assert self.decoder.extensions
        assert all(ext == ext.lower() and not ext.startswith(".") for ext in self.decoder.extensions)
        assert all("/" in media_type for media_type in self.decoder.media_types)

    def test_knows_its_samples_by_their_first_bytes(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            assert self.decoder.sniff(source.head()), name

    @pytest.mark.parametrize("foreign", [b"", b"\0", b"A text.\n" * 99, bytes(4096), b"<!DOCTYPE html><html></html>"])
    def test_leaves_other_files_to_other_decoders(self, foreign: bytes) -> None:
        assert not self.decoder.sniff(foreign)
        with pytest.raises(NotThisFormat):
            self.decoder.probe(MemorySource(foreign), PageHint())
        with pytest.raises(NotThisFormat):
            self.decoder.decode(MemorySource(foreign), DecodeHint(minimum=Size(width=1, height=1)))

    def test_reads_what_it_says_and_nothing_else(self) -> None:
        found: set[str] = set()
        for name, data in self.samples.items():
            shown = features_read(self.decoder, data)
            assert shown <= self.decoder.features, name
            found |= shown
        assert found == self.decoder.features or not self.complete
        assert self.decoder.features <= set(FEATURES)

    def test_gives_the_size_that_it_announced(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            for page, info in self._pages(source):
                decoded = self.decoder.decode(source, DecodeHint(minimum=info.size, page=page))
                assert decoded.image.size == (info.size.width, info.size.height), f"{name}, page {page}"

    def test_gives_one_of_the_agreed_modes(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            for page, info in self._pages(source):
                image = self.decoder.decode(source, DecodeHint(minimum=info.size, page=page)).image
                assert image.mode in MODES, f"{name}, page {page}"
                assert type(image) is Image.Image, f"{name}: give a plain picture, not Pillow's file object"
                assert not image.info, f"{name}: encoders would write what the file left in image.info"
                if not info.has_alpha:
                    assert image.mode not in ("LA", "RGBA") or self.decoder.alpha, name

    def test_gives_no_fewer_pixels_than_wanted(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            info = self.decoder.probe(source, PageHint())
            for divisor in (1, 2, 3, 5, 8, 1000):
                minimum = Size(width=max(info.size.width // divisor, 1), height=max(info.size.height // divisor, 1))
                decoded = self.decoder.decode(source, DecodeHint(minimum=minimum, grey=divisor == 3, fast=divisor == 5))
                assert decoded.image.width >= minimum.width, f"{name} at 1/{divisor}"
                assert decoded.image.height >= minimum.height, f"{name} at 1/{divisor}"
                if decoded.region is not None:
                    assert decoded.image.width <= decoded.region.width, f"{name} at 1/{divisor}"

    def test_gives_at_least_the_wanted_region(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            info = self.decoder.probe(source, PageHint())
            whole = self.decoder.decode(source, DecodeHint(minimum=info.size)).image
            for region in _regions(info.size):
                decoded = self.decoder.decode(source, DecodeHint(minimum=info.size, region=region))
                covered = decoded.region or Box.of(info.size)
                assert covered.left <= region.left and covered.top <= region.top, name  # noqa: PT018
                assert covered.right >= region.right and covered.bottom >= region.bottom, name  # noqa: PT018
                assert decoded.image.width >= int(covered.width), name
                assert decoded.image.height >= int(covered.height), name
                if info.vector or decoded.image.size != (covered.width, covered.height):
                    # Drawn or scaled anew for the region: the same to the eye, not to the bit.
                    continue
                box = region.moved(-covered.left, -covered.top)
                assert _same(_cut(decoded.image, box), _cut(whole, region)), f"{name} at {region}"

    def test_says_which_pages_there_are(self, sources: Mapping[str, MemorySource]) -> None:
        for source in sources.values():
            info = self.decoder.probe(source, PageHint())
            for page in (info.pages + 1, 999_999, 0):
                with pytest.raises(NotFound):
                    self.decoder.probe(source, PageHint(page=page))
                with pytest.raises(NotFound):
                    self.decoder.decode(source, DecodeHint(minimum=info.size, page=page))

    def test_gives_whole_frames_of_one_size(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            info = self.decoder.probe(source, PageHint())
            decoded = self.decoder.decode(source, DecodeHint(minimum=info.size, animation=True))
            if info.frames == 1:
                assert not decoded.frames, name
                continue
            assert len(decoded.frames) == info.frames, name
            assert {frame.image.size for frame in decoded.frames} == {(info.size.width, info.size.height)}, name
            assert len({frame.image.mode for frame in decoded.frames}) == 1, name
            assert all(frame.duration >= 0 for frame in decoded.frames), name
            assert decoded.loop >= 0, name

    def test_hands_on_exif_without_an_orientation_left_to_do(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            info = self.decoder.probe(source, PageHint())
            block = self.decoder.decode(source, DecodeHint(minimum=info.size)).metadata.exif
            if block is not None:
                exif = Image.Exif()
                exif.load(block)
                assert exif.get(0x0112, 1) == 1, name

    def test_tells_what_stands_beside_the_pixels_as_decoding_does(self, sources: Mapping[str, MemorySource]) -> None:
        for name, source in sources.items():
            for page, info in self._pages(source):
                told = self.decoder.metadata(source, PageHint(page=page))
                if told is not None:
                    assert told == self.decoder.decode(source, DecodeHint(minimum=info.size, page=page)).metadata, name

    def test_answers_damage_with_a_picture_or_an_error_of_ours(self) -> None:
        for name, data in self.samples.items():
            for what, changed in pictures.damaged(data):
                try:
                    self._read(MemorySource(changed))
                except QisError:
                    continue
                except Exception as error:
                    pytest.fail(f"{name}, {what}: {type(error).__name__}: {error}")

    def _read(self, source: MemorySource) -> None:
        """Reads as the server does: announced sizes above its limit are not decoded."""
        info = self.decoder.probe(source, PageHint())
        assert info.size.pixels > 0
        if info.size.pixels * info.frames <= _FEW_PIXELS:
            decoded = self.decoder.decode(source, DecodeHint(minimum=info.size, animation=True))
            assert decoded.image.width <= info.size.width
            assert decoded.image.height <= info.size.height

    def _pages(self, source: MemorySource) -> Iterator[tuple[int, SourceInfo]]:
        count = self.decoder.probe(source, PageHint()).pages
        for page in range(1, count + 1):
            yield page, self.decoder.probe(source, PageHint(page=page))


def _regions(size: Size) -> Iterator[Box]:
    """The middle, the lower right corner and one pixel of a picture."""
    width, height = size.width, size.height
    yield Box(left=width // 3, top=height // 3, right=max(width // 2, 1), bottom=max(height // 2, 1))
    yield Box(left=width * 3 // 4, top=height * 3 // 4, right=width, bottom=height)
    yield Box(left=0, top=height - 1, right=1, bottom=height)


def _cut(image: Image.Image, box: Box) -> Image.Image:
    left, top, right, bottom = (int(side) for side in box.as_tuple())
    return image.crop((left, top, right, bottom))


def _same(one: Image.Image, other: Image.Image) -> bool:
    """Equal but for the rounding of lossy formats."""
    if one.mode == "I;16":
        return one.tobytes() == other.tobytes()
    extremes = ImageChops.difference(one.convert("RGBA"), other.convert("RGBA")).getextrema()
    return all(isinstance(band, tuple) and band[1] <= 8 for band in extremes)
