"""Every page, in both themes: what axe-core says of it in each scheme, what the browser told, and how wide it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qis_core.testing.app_fixtures import serving
from qis_core.testing.chromium import Chromium, executable
from qis_core.testing.showcase import PLACES, Place, Tour, furnish
from qis_core.web.themes.static import FOLDER

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
SCHEMES = {"default": ("light", "dark"), "darkroom": ("dark",)}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not (FOLDER / "dist/library.js").exists(), reason="the browser code is not built"),
]

SERIOUS = """axe.run(document, { resultTypes: ["violations"] %s }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`))"""
CONTRAST = ', runOnly: ["color-contrast"]'
# A page on which something has been done is much the same page.
EVERY = [pytest.param(place, id=place.name, marks=[pytest.mark.slow] * bool(place.does)) for place in PLACES]


@pytest.fixture(scope="module", params=["default", pytest.param("darkroom", marks=pytest.mark.slow)])
def theme(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def touring(theme: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chromium, Tour]]:
    """A telephone's browser, and a tour of a server with something on every page."""
    place = tmp_path_factory.mktemp("server")
    with serving(place, {"qis.look.theme": theme}) as server, Chromium(place / "profile") as browser:
        browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        yield browser, Tour(browser, server, furnish(server, "photos/wide.jpg"))


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/")
@pytest.mark.parametrize("place", EVERY)
def test_a_page_is_for_everybody(touring: tuple[Chromium, Tour], theme: str, place: Place) -> None:
    browser, tour = touring
    first, *others = SCHEMES[theme]
    show(browser, first)
    tour.visit(place)
    assert tour.faults() == []
    browser.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    assert browser.evaluate(SERIOUS % "") == []
    for scheme in others:
        show(browser, scheme)
        assert browser.evaluate(SERIOUS % CONTRAST) == [], scheme


def show(browser: Chromium, scheme: str) -> None:
    """Light or dark, as the system likes it; without motion, so that colours are what they come to."""
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.send("Emulation.setEmulatedMedia", features=features)
