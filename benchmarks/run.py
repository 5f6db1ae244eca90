"""`make bench`: what the server costs beyond the bare work, as a table (and JSON with ``--json FILE``)."""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from pathlib import Path

import access
import delivery
import peers


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write the figures to as well")
    parser.add_argument("--ipx", type=Path, help="folder in which ipx is installed by npm, to measure it beside us")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qis-bench-") as name:
        folder = Path(name)
        library = delivery.make_library(folder)
        figures = [
            *delivery.cold(library, fast=False),
            *delivery.cold(library, fast=True),
            *delivery.hot(library, folder),
            *access.logged_in(library),
            *delivery.stampede(library),
            *peers.cold(library, arguments.ipx),
        ]
    print("| what | measured | goal | |\n| --- | ---: | --- | --- |")
    for figure in figures:
        print(f"| {figure.name} | {figure.value:.2f} {figure.unit} | {figure.goal} | {figure.note} |")
    if arguments.json:
        arguments.json.write_text(json.dumps([dataclasses.asdict(figure) for figure in figures], indent=1))


if __name__ == "__main__":
    main()
