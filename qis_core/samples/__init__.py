"""Pictures that QIS draws itself, so that a new server has something to show.

``draw_samples`` fills a folder with a few dozen files that between them use every feature of an
image server: photographs, products, logos, print work, animation, camera orientations, deep and
wide colour, and names with blanks and other scripts. Nothing is downloaded and nothing copied.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Told before each file: its path, how many are done, how many there are."""


def draw_samples(folder: Path, progress: Progress | None = None) -> list[Path]:
    """Draws the samples into ``folder`` and gives the files that were added.

    Files that are there already stay as they are. Each picture is drawn in a temporary folder
    beside its place and moved when it is complete, so that a stop in between leaves no half of a file.
    """
    from qis_core.samples.catalogue import SAMPLES  # noqa: PLC0415 - Pillow is not needed until something is drawn.

    folder.mkdir(parents=True, exist_ok=True)
    wanted = [sample for sample in SAMPLES if not (folder / sample.path).exists()]
    added = []
    workplace = Path(tempfile.mkdtemp(prefix=".samples-", dir=folder))
    try:
        for done, sample in enumerate(wanted):
            if progress:
                progress(sample.path, done, len(wanted))
            target = folder / sample.path
            draft = workplace / target.name
            sample.write(draft)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(draft, target)
            added.append(target)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return added
