"""How soon the library's page of a folder with 200 pictures can be used: `python benchmarks/pages.py [loads]`.

In Chromium, without its cache: when the page's scripts have run, when its pictures in view are there, and how many
bytes came before the pictures.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from PIL import Image

from qis_core.testing.app_fixtures import serving
from qis_core.testing.chromium import Chromium

LOADS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
MEASURED = """(() => {
    const [page] = performance.getEntriesByType("navigation");
    const before = [page, ...performance.getEntriesByType("resource")].filter((e) => !e.name.includes("/image?"));
    return [page.domContentLoadedEventEnd, page.loadEventEnd, before.reduce((sum, e) => sum + e.transferSize, 0)];
})()"""


def main() -> None:
    """Prints the medians, after one load that fills the server's cache."""
    with tempfile.TemporaryDirectory() as place, serving(Path(place), {"qis.imaging.workers": "2"}) as server:
        folder = server.library / "many"
        folder.mkdir()
        for number in range(200):
            Image.linear_gradient("L").resize((900, 600)).point(lambda p, n=number: p * n // 200).save(
                folder / f"{number:03}.jpg"
            )
        with Chromium(Path(place) / "profile") as browser:
            browser.send("Page.enable")
            browser.send("Network.enable")
            browser.send("Network.setCacheDisabled", cacheDisabled=True)
            found = []
            for _ in range(LOADS + 1):
                browser.go(server.url + "/list/?path=many")
                browser.wait_for("performance.getEntriesByType('navigation')[0].loadEventEnd > 0", 120)
                found.append(browser.evaluate(MEASURED))
    usable, loaded, size = (statistics.median(each) for each in zip(*found[1:], strict=True))
    print(f"200 pictures: usable after {usable:.0f} ms, pictures in view after {loaded:.0f} ms (medians of {LOADS}),")
    print(f"{size / 1000:.0f} kB before the pictures; the first time {found[0][0]:.0f} ms and {found[0][1]:.0f} ms")


if __name__ == "__main__":
    main()
