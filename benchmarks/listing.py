"""What `/api/v1/list/` takes for a folder of many pictures: the median of some requests, in milliseconds.

    python benchmarks/listing.py [--files 10000] [--requests 30]

The pictures are hard links to one small file. Measured within one process, without a network: the
server's own work, from the request's parsing to the answer's bytes, once all records are there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from PIL import Image

from qis_core.testing.app_fixtures import site_in

QUERIES = {
    "names, first 1000": "limit=1000",
    "attributes, first 1000": "attributes=1&limit=1000",
    "attributes, last 1000": "attributes=1&limit=1000&start={last}",
    "attributes, one of the middle": "attributes=1&limit=1&start={middle}",
}


def main() -> None:
    """Makes the folder, records it, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qis-listing-") as name, site_in(Path(name), {}) as made:
        fill(made.library / "many", arguments.files)
        for start in range(0, arguments.files, 1000):
            made.testapp.get(f"/api/v1/list/?path=/many&attributes=1&start={start}")
        made.site.noticer.settle(600)
        last, middle = max(0, arguments.files - 1000), arguments.files // 2
        print(f"{arguments.files} files{'median':>28}{'slowest':>10}{'CPU':>10}{'KiB':>8}")
        for what, query in QUERIES.items():
            url = "/api/v1/list/?path=/many&" + query.format(last=last, middle=middle)
            wall, work = [], []
            for _ in range(arguments.requests):
                began, worked = time.perf_counter(), time.process_time()
                answer = made.testapp.get(url)
                wall.append((time.perf_counter() - began) * 1000)
                work.append((time.process_time() - worked) * 1000)
            size = len(answer.body) // 1024
            print(
                f"{what:<30}{statistics.median(wall):>8.1f}ms{max(wall):>8.1f}ms{statistics.median(work):>8.1f}ms{size:>8}"
            )


def fill(folder: Path, files: int) -> None:
    """``files`` names of one picture."""
    folder.mkdir()
    first = folder / "picture-000000.jpg"
    Image.new("RGB", (64, 48), "teal").save(first)
    for number in range(1, files):
        os.link(first, folder / f"picture-{number:06}.jpg")


if __name__ == "__main__":
    main()
