"""Pictures as lists show them: a reserved box, our own thumbnails, a name, a few facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from pyramid.request import Request

from qis_core.domain.query import readable
from qis_core.services.listing import Tile
from qis_core.web.pages.frame import thumbnail_urls, url
from qis_core.web.pages.placeholders import placeholder

BOX = 390, 260
"""The largest thumbnail, in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileView:
    """A picture in a list: ``path`` is its library path, percent-encoded, ``label`` its title or else its name;
    ``width`` and ``height`` are the thumbnail's points (0 where they are not known yet), ``placeholder`` is what
    fills it until it comes ('' where that is not known)."""

    path: str
    name: str
    label: str
    href: str
    src: str
    srcset: str
    width: int
    height: int
    pixels: str
    size: str
    changed: datetime
    placeholder: str = ""


def tile_view(request: Request, tile: Tile, **more: object) -> TileView:
    """A tile as a page shows it; ``more`` goes into the link to the picture's page."""
    src, srcset = thumbnail_urls(request, tile.path, tile.version, *BOX)
    width, height = fitted(tile.width, tile.height)
    name = readable(tile.path.rpartition("/")[2])
    return TileView(
        path=quote(tile.path, errors="surrogateescape"),
        name=name,
        label=tile.title or name,
        href=url("/details/", src=tile.path, **more),
        src=src,
        srcset=srcset,
        width=width,
        height=height,
        pixels=f"{tile.width} × {tile.height}" if tile.width else "",
        size=size_text(tile.size_bytes),
        changed=tile.changed,
        placeholder=placeholder(tile.colours) if width else "",
    )


def fitted(width: int, height: int, box: tuple[int, int] = BOX) -> tuple[int, int]:
    """A size fitted into ``box`` and not enlarged; zeros stay zeros."""
    if not width or not height:
        return 0, 0
    scale = min(1.0, box[0] / width, box[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def size_text(size_bytes: int) -> str:
    """A size for people: ``312 kB``, ``1.4 MB``, ``76.6 GB``."""
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{max(1, round(size_bytes / 1000))} kB"
