"""How long a search takes in 50,000 recorded pictures: `python benchmarks/search.py [pictures]`.

The records are made, not read from files; words are drawn so that some are rare and some are everywhere.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from qis_core.api import PUBLIC, StorageEntry
from qis_core.db import schema
from qis_core.db.engine import WRITES, for_reading, make_sessions, open_database
from qis_core.domain.permissions import PermissionTable
from qis_core.plugins import load
from qis_core.services.access import AccessService
from qis_core.services.pictures import Finding, PictureRecords
from qis_core.services.searching import Search

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
WORDS = [f"word{number}" for number in range(5000)]
CAMERAS = ("Hasselblad X2D", "Canon R5", "Nikon Z9", "Leica M11")


def main() -> None:
    """Fills a database and prints the median and the longest time of each kind of search."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/qis.db")
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            schema.upgrade(connection)
        kernel = load({}, environ={}, data=Path(folder), here=Path(folder))
        records = PictureRecords(reading=for_reading(engine), writing=make_sessions(engine), manager=kernel.manager)
        fill(records)
        access = AccessService(table=lambda: PermissionTable({"": {1: 10}}), decide=lambda question: None)
        search = Search(sessions=for_reading(engine), access=access, asks_plugins=False)
        for query in ("word17", "word1", "w", "hasselblad word17", "jpg", "nothing like it"):
            times = []
            for _ in range(7):
                began = time.perf_counter()
                found = search.find(query, PUBLIC)
                times.append(1000 * (time.perf_counter() - began))
            told = f"{found.total}{'+' if found.more else ''} found"
            print(f"{query:20} median {statistics.median(times):6.1f} ms, longest {max(times):6.1f} ms, {told}")


def fill(records: PictureRecords) -> None:
    """Makes the records, a thousand at a time."""
    drawn = random.Random(7)
    for start in range(0, COUNT, 1000):
        records.keep(
            [
                Finding(
                    entry=StorageEntry(path=f"folder{number % 200}/{drawn.choice(WORDS)} {number}.jpg", version="1"),
                    described=True,
                    embedded={
                        "exif": {"Make": drawn.choice(CAMERAS), "ImageDescription": " ".join(drawn.choices(WORDS, k=8))}
                    },
                )
                for number in range(start, min(COUNT, start + 1000))
            ]
        )


if __name__ == "__main__":
    main()
