"""Takes pictures of every page: as a phone and a desk show it, light and dark, in both themes, into ``screenshots/``.

Servers, libraries, people and browser are made for it and are gone afterwards. Names choose the places that begin so
(``make screenshots ARGS="login admin"``), ``--look darkroom`` or ``--look default-dark-phone`` some of the looks.
``--docs`` takes the pictures of the README and the guides instead, into ``docs/images/``. What a page told the browser,
and what is wider than its window, is printed.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from qis_core.samples import draw_samples
from qis_core.testing.app_fixtures import serving
from qis_core.testing.chromium import Chromium
from qis_core.testing.showcase import PAINTED, PATIENCE, PLACES, Place, Tour, furnish

PICTURE = "landscapes/aurora.jpg"
THEMES = {"default": ("light", "dark"), "darkroom": ("dark",)}
WINDOWS = {"phone": (390, 844, 2), "desk": (1440, 900, 1)}
"""Width, height and pixels per point."""

LONGEST = 3000
"""Points: what is below is left out of a picture."""

DOCS = {
    "library": Place(name="library", path="/list/?path=landscapes"),
    "picture": Place(name="picture", path="/details/?src=landscapes/aurora.jpg"),
    "publisher": next(place for place in PLACES if place.name == "publish"),
    "compare": next(place for place in PLACES if place.name == "publish-compare"),
    "permissions": next(place for place in PLACES if place.name == "admin-permissions"),
}


def main() -> None:
    """Takes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of places' names")
    parser.add_argument("--look", default="", help="beginning of theme-scheme-window")
    parser.add_argument("--docs", action="store_true")
    asked = parser.parse_args()
    if asked.docs:
        with touring("default") as (browser, tour):
            for scheme in THEMES["default"]:
                look(browser, *WINDOWS["desk"], scheme)
                for name, place in DOCS.items():
                    tour.visit(place)
                    write(Path("docs/images") / f"{name}-{scheme}.webp", shot(browser, 900))
        return
    places = [place for place in PLACES if not asked.names or place.name.startswith(tuple(asked.names))]
    for theme, schemes in THEMES.items():
        looks = {f"{theme}-{scheme}-{window}": (*WINDOWS[window], scheme) for scheme in schemes for window in WINDOWS}
        looks = {name: how for name, how in looks.items() if name.startswith(asked.look)}
        if not looks:
            continue
        with touring(theme) as (browser, tour):
            for name, how in looks.items():
                look(browser, *how)
                picture_all(browser, tour, places, name)


def picture_all(browser: Chromium, tour: Tour, places: list[Place], folder: str) -> None:
    """Writes a picture of each place, and prints what is not as it should be."""
    for place in places:
        tour.visit(place)
        write(Path("screenshots") / folder / f"{place.name}.webp", shot(browser, LONGEST))
        for fault in tour.faults():
            print(f"{folder} {place.name}: {fault}")


@contextlib.contextmanager
def touring(theme: str) -> Iterator[tuple[Chromium, Tour]]:
    """A browser, and a tour of a new server with the sample pictures."""
    with tempfile.TemporaryDirectory(prefix="qis-screenshots-", ignore_cleanup_errors=True) as folder:
        settings = {"qis.look.theme": theme, "qis.web.title": "Fernweh Archive", "qis.imaging.workers": "2"}
        with (
            serving(Path(folder), settings, draw=samples, log="server.log") as server,
            Chromium(Path(folder) / "profile") as browser,
        ):
            yield browser, Tour(browser, server, furnish(server, PICTURE))


def samples(folder: Path) -> Path:
    """The sample pictures, in ``folder``."""
    draw_samples(folder)
    return folder


def look(browser: Chromium, width: int, height: int, scale: int, scheme: str) -> None:
    """The size of the window, and light or dark; nothing moves, so that every picture is of something at rest."""
    browser.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=scale > 1
    )
    browser.send("Emulation.setTouchEmulationEnabled", enabled=scale > 1)
    browser.send("Emulation.setScrollbarsHidden", hidden=True)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.send("Emulation.setEmulatedMedia", features=features)


def shot(browser: Chromium, longest: int) -> bytes:
    """The page as WebP, as long as it is, ``longest`` points at most; below an open dialog nothing is to be seen."""
    browser.evaluate("document.querySelectorAll('img[loading=lazy]').forEach((image) => (image.loading = 'eager'))")
    browser.wait_for("[...document.images].every((image) => image.complete)", PATIENCE)
    browser.evaluate(PAINTED)
    width, height, whole = browser.evaluate(
        "[innerWidth, innerHeight, document.querySelector('dialog[open]') ? 0 : document.documentElement.scrollHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": min(max(height, whole), longest), "scale": 1}
    taken = browser.send(
        "Page.captureScreenshot", format="webp", quality=80, captureBeyondViewport=whole > height, clip=clip
    )
    return base64.b64decode(taken["data"])


def write(path: Path, data: bytes) -> None:
    """Writes a file, and the folder that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main()
