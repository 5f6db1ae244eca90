"""What the tests of the viewers look at pages with."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page


def until(page: Page, condition: str, arg: Any = None) -> None:
    """Waits until a condition of JavaScript is true; not by Playwright's own way, which a strict policy forbids."""
    for _ in range(800):
        if page.evaluate(condition, arg):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"this never came true: {condition}")


def colour_at(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """The colour of the page at a point."""
    # A picture of the whole page takes ten times as long.
    clip: Any = {"x": round(x), "y": round(y), "width": 1, "height": 1}
    red, green, blue = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB").tobytes()[:3]
    return red, green, blue


def is_near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether two colours look the same."""
    return all(abs(one - other) < 40 for one, other in zip(colour, wanted, strict=True))


def wait_for_colour(page: Page, x: float, y: float, wanted: tuple[int, int, int]) -> None:
    """Waits until tiles have come and nothing moves."""
    for _ in range(400):
        if is_near(colour_at(page, x, y), wanted):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the page shows {colour_at(page, x, y)} at {x}, {y}, not {wanted}")
