"""Memory of a web node under mixed requests: proportional set sizes of all its processes, as they go on.

    python benchmarks/memory.py [requests]

The share of a page that several processes have in common is counted once (PSS), so that the sum
is what the node takes of the machine. Flat means: the second half of the run adds nothing.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from http.client import HTTPConnection
from pathlib import Path

import psutil
from lab import Server, server
from PIL import Image

from qis_core.testing.pictures import photo
from qis_core.testing.processes import is_render_process

REQUESTS = 20_000
CLIENTS = 8
LOOKS = 40
PHOTOS = 12
KINDS = ("first", "web", "nurseries", "render", "background")
GOAL = 300
"""MB that the node may take: two server processes with their render workers."""


def make_library(folder: Path) -> Path:
    """Photographs of 12 megapixels, and some smaller pictures of other kinds."""
    library = folder / "library"
    library.mkdir()
    picture = photo((4000, 3000))
    for number in range(PHOTOS):
        picture.rotate(90 * number, expand=True).save(library / f"photo{number}.jpg", quality=90 - number)
    small = picture.resize((1200, 900), Image.Resampling.BOX)
    small.save(library / "scan.tif", compression="tiff_lzw")
    small.putalpha(Image.linear_gradient("L").resize(small.size))
    small.save(library / "logo.png")
    (library / "broken.jpg").write_bytes((library / "photo0.jpg").read_bytes()[:5000])
    return library


def requests(seed: int) -> Iterator[str]:
    """95 of 100 for one of 50 pictures, the others for something new."""
    chance = random.Random(seed)
    hot = [f"/image?src=photo{n % PHOTOS}.jpg&width={500 + 12 * n}" for n in range(50)]
    while True:
        if chance.random() < 0.95:
            yield chance.choice(hot)
            continue
        source = f"photo{chance.randrange(PHOTOS)}.jpg"
        width = chance.randrange(200, 1100)
        yield chance.choice(
            [
                f"/image?src={source}&width={width}&quality={chance.randrange(60, 90)}",
                f"/image?src={source}&width={width}&format=webp",
                f"/image?src={source}&left=0.{chance.randrange(1, 5)}&top=0.2&right=0.9&bottom=0.8&width={width}",
                f"/image?src={source}&width={width}&angle={chance.randrange(360)}",
                f"/image?src={source}&width={width}&overlay=logo.png",
                f"/image?src=logo.png&width={width}",
                f"/image?src=scan.tif&width={width}&format=png",
                f"/image?src=broken.jpg&width={width}",
                f"/image?src=missing{width}.jpg",
                f"/original?src={source}",
            ]
        )


def ask(running: Server, paths: Iterator[str], count: int, statuses: Counter[int]) -> None:
    """So many requests on one connection."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=120)
    for _ in range(count):
        connection.request("GET", next(paths))
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()


def megabytes(running: Server) -> Counter[str]:
    """Proportional set size by kind of process."""
    found: Counter[str] = Counter()
    processes = running.processes()
    zygotes = {each.pid for each in processes if _is_worker(each) and each.ppid() == running.process.pid}
    for process in processes:
        with contextlib.suppress(psutil.Error):
            found[_kind(process, running.process.pid, zygotes)] += process.memory_full_info().pss / 1024**2
    return found


def _is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return is_render_process(process)
    return False


def _kind(process: psutil.Process, first: int, zygotes: Collection[int]) -> str:
    if not _is_worker(process):
        return "first" if process.pid == first else "web"
    if process.nice() > psutil.Process(first).nice():
        return "background"
    return "nurseries" if process.pid in zygotes or process.ppid() in zygotes else "render"


def measure(running: Server, total: int) -> list[Counter[str]]:
    """The memory after each of equal parts of the requests."""
    streams = [requests(seed) for seed in range(CLIENTS)]
    statuses: Counter[int] = Counter()
    looks = []
    for number in range(LOOKS):
        threads = [
            threading.Thread(target=ask, args=(running, paths, total // LOOKS // CLIENTS, statuses))
            for paths in streams
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        looks.append(megabytes(running))
        if number % 4 == 3:
            print(f"{sum(statuses.values()):6} requests: {tell(looks[-1])}", flush=True)
    print("statuses:", dict(sorted(statuses.items())))
    return looks


def tell(look: Counter[str]) -> str:
    """One line of a look."""
    return f"{look.total():.0f} MB ({', '.join(f'{kind} {look[kind]:.0f}' for kind in KINDS if look[kind])})"


def main() -> int:
    """Prints the course; 1 where the node takes more than it may, or grows."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory(prefix="qis-memory-") as folder:
        library = make_library(Path(folder))
        with server(library, QIS_SERVER_WORKERS="2") as running:
            print(f"     0 requests: {tell(megabytes(running))}")
            looks = measure(running, total)
    sums = [look.total() for look in looks]
    half, quarter = len(sums) // 2, len(sums) // 4
    growth = statistics.median(sums[-quarter:]) - statistics.median(sums[half : half + quarter])
    print(f"greatest: {tell(max(looks, key=Counter.total))} (≤ {GOAL}); third to fourth quarter: {growth:+.1f} MB")
    return int(max(sums) > GOAL or growth > 0.05 * GOAL)


if __name__ == "__main__":
    sys.exit(main())
