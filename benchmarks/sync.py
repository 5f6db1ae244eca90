"""What ``qis sync`` takes for a large library: seconds and peak memory, of a first run and of one without changes.

    python benchmarks/sync.py [--files 100000] [--folders 100] [--postgres URL]

The library is made of hard links to a few dozen small photographs with EXIF, XMP and IPTC, so that it
needs inodes rather than disk; each is opened and read as a file of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image

QIS = [sys.executable, "-c", "from qis_core.cli import main; main()"]
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">A lake in autumn</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run: its wall time, and the most memory of the command itself and of it with its render workers."""

    seconds: float
    own_bytes: int
    all_bytes: int
    said: str


def main() -> None:
    """Makes the library, syncs it several times, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=100)
    parser.add_argument("--postgres", default="", help="URL of an empty PostgreSQL database; else SQLite")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qis-sync-") as name:
        here = Path(name)
        began = time.perf_counter()
        make_library(here, arguments.files, arguments.folders)
        print(f"{arguments.files} files in {arguments.folders} folders made in {time.perf_counter() - began:.1f} s")
        environ = {**os.environ, "QIS_ADMIN_PASSWORD": "of no importance", "QIS_PASSWORDS_MEMORY_KIB": "1024"}
        if arguments.postgres:
            environ["QIS_DATABASE_URL"] = arguments.postgres
        subprocess.run([*QIS, "init", "--no-samples"], cwd=here, env=environ, check=True, stdout=subprocess.DEVNULL)
        print(f"\n{'run':<32}{'seconds':>9}{'files/s':>9}{'command':>10}{'all':>10}")
        for what, options in RUNS:
            show(what, run(here, environ, options), arguments.files)


RUNS = (
    ("first, records only", ["--no-metadata"]),
    ("nothing changed, records only", ["--no-metadata"]),
    ("first with metadata", []),
    ("nothing changed", []),
)


def make_library(here: Path, files: int, folders: int) -> None:
    """``files`` names of two dozen pictures, spread over folders."""
    seeds = here / "seeds"
    seeds.mkdir()
    for number in range(24):
        picture = Image.effect_noise((64, 48), 10 + number).convert("RGB")
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Maker", f"Model {number}"
        exif.get_ifd(0x8769)[0x9003] = "2024:10:01 12:00:00"
        exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 30.0, 0.0), 3: "E", 4: (9.0, 45.0, 0.0)})
        picture.save(seeds / f"{number}.jpg", exif=exif, xmp=XMP)
    for folder in range(folders):
        place = here / f"library/{folder % 10}/{folder:04}"
        place.mkdir(parents=True)
        for number in range(folder, files, folders):
            os.link(seeds / f"{number % 24}.jpg", place / f"{number:07}.jpg")


def run(here: Path, environ: dict[str, str], options: list[str]) -> Measured:
    """Runs the command and watches its memory."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [*QIS, "sync", *options], cwd=here, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peaks = [0, 0]
    watcher = threading.Thread(target=watch, args=(process.pid, peaks), daemon=True)
    watcher.start()
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(said)
    return Measured(seconds=time.perf_counter() - began, own_bytes=peaks[0], all_bytes=peaks[1], said=said.strip())


def watch(pid: int, peaks: list[int]) -> None:
    """Keeps the most memory that a process alone, and with all it has started, is seen to have."""
    while True:
        try:
            process = psutil.Process(pid)
            own = process.memory_info().rss
            # Workers share most pages with the process they were forked from: each counts what is its own.
            others = sum(child.memory_full_info().uss for child in process.children(recursive=True))
        except psutil.Error:
            return
        peaks[0], peaks[1] = max(peaks[0], own), max(peaks[1], own + others)
        time.sleep(0.2)


def show(what: str, measured: Measured, files: int) -> None:
    """One line of the table, and what the command said."""
    own, everything = (f"{value / 1024**2:.0f} MiB" for value in (measured.own_bytes, measured.all_bytes))
    print(f"{what:<32}{measured.seconds:>9.1f}{files / measured.seconds:>9.0f}{own:>10}{everything:>10}")
    print(f"    {measured.said}")


if __name__ == "__main__":
    main()
