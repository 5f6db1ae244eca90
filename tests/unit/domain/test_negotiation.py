"""``format=auto`` gives a browser the best format that it says it shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qis_core.domain.compose import ImageRequest

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_14 = "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"


@pytest.mark.parametrize(
    ("accept", "opaque", "transparent"),
    [
        (CHROME, "avif", "avif"),
        (SAFARI_14, "webp", "webp"),
        ("", "jpg", "png"),
        ("*/*", "jpg", "png"),
        ("image/*", "jpg", "png"),
        ("image/avif;q=0, image/webp", "webp", "webp"),
        ("image/avif;q=0.5, image/webp;q=0.9", "webp", "webp"),
        ("image/webp;q=0.5, image/jpeg, image/png", "jpg", "png"),
        ("image/webp;q=0.5, */*;q=0.1", "webp", "webp"),
        ("image/webp;q=0, */*;q=0", "jpg", "png"),
        ("IMAGE/AVIF ; Q=1.0", "avif", "avif"),
        ("image/avif;q=broken", "avif", "avif"),
        (",;,q=,/", "jpg", "png"),
        ("text/html", "jpg", "png"),
    ],
)
def test_by_accept_header(ask: Callable[..., ImageRequest], accept: str, opaque: str, transparent: str) -> None:
    for name, wanted in (("a.jpg", opaque), ("a.png", transparent), ("a.unknown", transparent), ("a.raw", opaque)):
        request = ask(f"src={name}&format=auto", accept=accept)
        assert request.recipe.output.format == wanted
        assert request.delivery.vary_accept


def test_only_auto_depends_on_the_header(ask: Callable[..., ImageRequest]) -> None:
    request = ask("src=a.jpg&format=webp", accept=CHROME)
    assert not request.delivery.vary_accept
    assert request == ask("src=a.jpg&format=webp")


@pytest.mark.parametrize(
    ("accept", "now"),
    [
        (CHROME, "webp"),
        ("image/avif,image/*;q=0.5", "jpg"),
        ("image/avif,image/webp;q=0.2,image/jpeg;q=0.5", "jpg"),
        ("image/avif", "avif"),
        ("image/avif,image/webp;q=0,*/*;q=0", "avif"),
        ("", "jpg"),
    ],
)
def test_a_quick_format_stands_in_for_a_costly_one_where_the_browser_takes_it(
    ask: Callable[..., ImageRequest], accept: str, now: str
) -> None:
    request, best = (ask("src=a.jpg&format=auto", accept=accept, quick=quick) for quick in (True, False))
    assert (request.recipe.output.format, request.costly) == (now, now == "avif")
    assert best.costly == ("avif" in accept)
    assert request.delivery.vary_accept
    assert request.delivery.expiry_seconds == 60
    assert best.delivery.expiry_seconds > 60


def test_nothing_stands_in_for_a_format_that_was_named(ask: Callable[..., ImageRequest]) -> None:
    request = ask("src=a.jpg&format=avif", accept=CHROME)
    assert not request.costly
    assert request == ask("src=a.jpg&format=avif", accept=CHROME, quick=True)
