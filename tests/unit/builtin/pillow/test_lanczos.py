"""The quick filter beside Pillow's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qis_core.builtin.pillow import lanczos
from qis_core.testing import pictures

MODES = ("L", "LA", "La", "RGB", "RGBA", "RGBa", "CMYK", "F")
LEVELS = 5


def largest_difference(one: Image.Image, other: Image.Image) -> float:
    numbers = (memoryview(picture.tobytes()) for picture in (one, other))
    first, second = (part.cast("f") if one.mode == "F" else part for part in numbers)
    return max(abs(a - b) for a, b in zip(first, second, strict=True))


def drawn(mode: str) -> Image.Image:
    glass = pictures.glass()
    through = {"La": "LA", "RGBa": "RGBA"}.get(mode)
    return glass.convert(through).convert(mode) if through else glass.convert("RGB").convert(mode)


@given(
    mode=st.sampled_from(MODES), left=st.floats(0, 90), top=st.floats(0, 66), width=st.floats(0.5, 96),
    height=st.floats(0.5, 72), across=st.integers(1, 150), down=st.integers(1, 150),
)  # fmt: skip
def test_it_gives_what_pillow_gives(
    mode: str, left: float, top: float, width: float, height: float, across: int, down: int
) -> None:
    image, box = drawn(mode), (left, top, min(96.0, left + width), min(72.0, top + height))
    wanted = image.resize((across, down), Image.Resampling.LANCZOS, box=box)
    found = lanczos.resized(image, (across, down), box)
    assert (found.mode, found.size) == (mode, (across, down))
    assert largest_difference(wanted, found) <= LEVELS


def test_without_room_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> Image.Image:
        raise MemoryError

    image = pictures.photo()
    monkeypatch.setattr(Image, "new", full)
    with pytest.raises(MemoryError):
        lanczos.resized(image, (50, 40), (0, 0, 96, 72))
