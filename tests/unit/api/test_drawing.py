"""What of a vector page is drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import Box, Size
from qis_core.api.drawing import Part

sizes = st.builds(Size, width=st.integers(1, 3000), height=st.integers(1, 3000))


@st.composite
def regions(draw: st.DrawFn, size: Size) -> Box:
    left, top = draw(st.floats(0, size.width)), draw(st.floats(0, size.height))
    return Box(left=left, top=top, right=draw(st.floats(left, size.width)), bottom=draw(st.floats(top, size.height)))


@given(st.data(), sizes, sizes)
def test_a_part_has_whole_pixels_and_covers_its_region(data: st.DataObject, size: Size, measured: Size) -> None:
    region = data.draw(regions(measured))
    part = Part.of(size, measured, region)
    assert all(side == int(side) for side in part.box.as_tuple())
    assert part.pixels.width >= 1 <= part.pixels.height
    covered = part.region(measured) or Box.of(measured)
    slack = 1e-5 * max(measured.width / size.width, measured.height / size.height) + 1e-6
    assert covered.left <= region.left + slack
    assert covered.top <= region.top + slack
    assert covered.right >= region.right - slack
    assert covered.bottom >= region.bottom - slack


@given(sizes, sizes)
def test_without_a_region_it_is_the_whole_page(size: Size, measured: Size) -> None:
    part = Part.of(size, measured, None)
    assert part.pixels == size
    assert part.region(measured) is None
