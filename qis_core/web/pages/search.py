"""What a search finds, as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import BadOption
from qis_core.domain.query import readable
from qis_core.services.tagging import all_tags
from qis_core.web.pages.frame import Frame, Link, asked, framed, url
from qis_core.web.pages.library import Abilities, abilities
from qis_core.web.pages.tiles import TileView, tile_view

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was looked for (``q``, below ``path``, with ``tag``) and found.

    ``total`` counts all, ``more`` says that there are more than that; ``tags`` are some to choose from.
    """

    frame: Frame
    q: str
    tag: str
    path: str
    tiles: Sequence[TileView]
    total: int
    more: bool
    tags: Sequence[Link]
    next_href: str
    may: Abilities
    deleted: str = ""
    said: str = ""


def includeme(config: Configurator) -> None:
    """Registers the route ``search``."""
    config.add_route("search", "/search/")
    config.add_view(search, route_name="search", renderer="search.jinja2", request_method="GET")


def search(request: Request) -> dict[str, SearchPage]:
    """The pictures that have all words of ``?q=``, below ``path``, with ``tag``, from ``start`` on."""
    given = asked(request)
    chosen = {name: given.get(name, "").strip()[:_LONGEST] for name in ("q", "tag", "path")}
    start = given.get("start") or "0"
    if not start.isascii() or not start.isdigit() or len(start) > 4:
        raise BadOption("start", start, "a whole number up to 9999")
    found = request.qis.search.find(
        chosen["q"], request.identity, path=chosen["path"], tag=chosen["tag"], start=int(start)
    )
    page = SearchPage(
        frame=framed(request, chosen["q"] or chosen["tag"] or "Search", q=readable(chosen["q"])),
        q=readable(chosen["q"]),
        tag=readable(chosen["tag"]),
        path=readable(chosen["path"]),
        tiles=[tile_view(request, tile) for tile in found.tiles],
        total=found.total,
        more=found.more,
        tags=[] if request.identity.is_public else _tags(request),
        next_href=url("/search/", **chosen, start=found.start) if found.start else "",
        # What may really be done is asked picture by picture, when it is done.
        may=abilities(request, chosen["path"]),
    )
    return {"page": page}


def _tags(request: Request) -> list[Link]:
    return [Link(text=name, href=url("/search/", tag=name)) for name, _count in all_tags(request.dbsession, limit=30)]
