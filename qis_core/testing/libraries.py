"""A small library of originals for tests."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def draw_library(root: Path) -> Path:
    """Draws ``photos/wide.jpg`` (1200×800), ``photos/tall.png`` (300×500, with transparent parts),
    ``art/poster.tif`` (640×640) and ``notes/readme.txt``, which is no picture, into ``root``.
    """
    for folder in ("photos", "art", "notes"):
        (root / folder).mkdir(parents=True)
    ramp = Image.linear_gradient("L")
    wide = Image.merge("RGB", (ramp, ramp.rotate(90), ramp.rotate(180))).resize((1200, 800))
    wide.save(root / "photos/wide.jpg", quality=90, dpi=(300, 300))
    tall = Image.merge("RGBA", (ramp.rotate(90), ramp, ramp.rotate(270), ramp)).resize((300, 500))
    tall.save(root / "photos/tall.png")
    wide.crop((0, 0, 640, 640)).save(root / "art/poster.tif")
    (root / "notes/readme.txt").write_text("This is no picture.\n", encoding="utf-8")
    return root
