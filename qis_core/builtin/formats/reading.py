"""How Pillow opens files here.

Every decoder names the one Pillow class that reads its format: Pillow's registry, which guesses
formats and loads all its plugins, is never asked. Pillow's own limit of pixels is off, because
QIS compares the size that ``probe`` tells with its limits before anything is decoded; decoders
therefore never allocate more than they announced.
"""

from __future__ import annotations

from PIL import Image, ImageFile

from qis_core.api.decoding import demand_format, demand_page, reading

__all__ = ["demand_format", "demand_page", "reading"]

Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False
