"""Where libvips lays its pixels."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from qis_vips.grid import REACH, Axis, axis


def places(found: Axis, low: int) -> tuple[float, float]:
    """Where the wanted pixels begin and end, by libvips's rule: all it makes lie about the middle of what came in."""
    length = found.averages + found.before + found.after
    made = int(length / found.ratio + 0.5)
    begin = (length - made * found.ratio) / 2 + found.start * found.ratio
    origin = found.first - found.before * found.factor
    pixel = found.ratio * found.factor
    return origin + begin * found.factor, origin + begin * found.factor + found.count * pixel


@given(
    begin=st.floats(0, 900), length=st.floats(20, 4000), ratio=st.floats(1.001, 12), low=st.integers(0, 50),
    beyond=st.integers(0, 50),
)  # fmt: skip
def test_the_wanted_pixels_lie_where_they_are_wanted(
    begin: float, length: float, ratio: float, low: int, beyond: int
) -> None:
    count = max(1, round(length / ratio))
    begin += low
    end = begin + length
    assume(length / count > 1.0001)
    high = int(end) + 1 + beyond
    found = axis(begin, end, count, low, high)
    assume(found is not None)
    assert found is not None
    assert low <= found.first < found.last <= high
    assert (found.first - low) % found.factor == 0
    assert found.count == count
    pixel = length / count
    first, last = places(found, low)
    assert abs(first - begin) <= pixel / 16 + 1e-4
    assert abs(last - end) <= pixel / 16 + 1e-4
    assert found.start >= REACH
    assert int((found.averages + found.before + found.after) / found.ratio + 0.5) >= found.start + count + REACH


def test_whole_pictures_are_nearly_always_in_reach() -> None:
    found = [axis(0, width, count, 0, width) for width in range(200, 4001, 37) for count in range(1, width, 13)]
    assert found.count(None) < len(found) / 200


def test_whole_pixels_are_taken_as_they_are() -> None:
    assert axis(7, 107, 100, 0, 200) == Axis(7, 107, 1, 0, 0, 1.0, 0, 100)


def test_enlargements_are_left_to_others() -> None:
    assert axis(0, 100, 101, 0, 100) is None
    assert axis(0.5, 100.5, 100, 0, 200) is None
