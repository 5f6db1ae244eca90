"""The library: a folder's pictures as a grid or a list, its sub-folders, the tree, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import BadOption, Level
from qis_core.domain.query import readable
from qis_core.services.browse import Folder
from qis_core.services.listing import PAGE_LENGTH, Listing, Order
from qis_core.web.pages.frame import Frame, Link, asked, framed, thumbnail_urls, url
from qis_core.web.pages.placeholders import placeholder
from qis_core.web.pages.tiles import BOX, TileView, tile_view
from qis_core.web.pages.under_way import UnderWay, under_way

ORDERS = (
    (Order.NAME, "Name"),
    (Order.NAME_DOWN, "Name, from the end"),
    (Order.NEWEST, "Changed last"),
    (Order.OLDEST, "Changed first"),
    (Order.LARGEST, "Largest file"),
    (Order.SMALLEST, "Smallest file"),
)
VIEWS = ("grid", "list")
_LONGEST_FILTER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLink:
    """A folder in the tree. ``depth`` counts from 0; ``is_open`` shows its children below it."""

    text: str
    href: str
    depth: int
    is_open: bool
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCard:
    """A sub-folder; ``src`` and ``srcset`` show its first picture, ``placeholder`` fills the box until it comes
    (all '' without one)."""

    text: str
    href: str
    src: str = ""
    srcset: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What who asks may do with this folder's pictures, and with the folder itself."""

    download: bool
    edit: bool
    upload: bool
    delete: bool
    make_folder: bool
    delete_folder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryPage:
    """A page of a folder.

    ``path`` is the folder's ('' for the root), to be read, ``heading`` its name; ``total`` counts its pictures.
    ``order``, ``words`` and ``view`` are what was chosen, ``orders`` (value, label) may be. ``first``
    is the number of the first tile, ``next_href`` leads on, ``previous_href`` to the beginning;
    ``deleted`` are the numbers in the trash of what was deleted a moment ago, which can be undone;
    ``task`` is what was begun here and takes longer.
    """

    frame: Frame
    path: str
    upload_href: str
    folder_href: str
    heading: str
    breadcrumbs: Sequence[Link]
    tree: Sequence[TreeLink]
    folders: Sequence[FolderCard]
    has_covers: bool
    tiles: Sequence[TileView]
    total: int
    order: str
    orders: Sequence[tuple[str, str]]
    words: str
    view: str
    grid_href: str
    list_href: str
    next_href: str
    previous_href: str
    may: Abilities
    said: str = ""
    deleted: str = ""
    task: UnderWay | None = None


def includeme(config: Configurator) -> None:
    """Registers the route ``library``."""
    config.add_route("library", "/list/")
    config.add_view(library, route_name="library", renderer="library.jinja2", request_method="GET")


def library(request: Request) -> dict[str, LibraryPage]:
    """The folder ``?path=`` (the root without it), ``sort``ed, with ``filter``, as ``view``, from ``after`` or
    ``start`` on."""
    given = asked(request)
    order, words = _order(given), given.get("filter", "").strip()[:_LONGEST_FILTER]
    found = request.qis.lister.listing(
        given.get("path", ""),
        request.identity,
        order=order,
        words=words,
        after=given.get("after", ""),
        start=_start(given),
    )
    return {"page": library_page(request, found, given, order, words)}


def library_page(request: Request, found: Listing, given: Mapping[str, str], order: Order, words: str) -> LibraryPage:
    """The page of a listing."""
    folder = found.folder
    view = given.get("view") if given.get("view") in VIEWS else request.cookies.get("qis_view", "grid")
    chosen = {
        "path": folder.path,
        "sort": "" if order is Order.NAME else order.value,
        "filter": words,
        "view": given.get("view", ""),
    }
    on = url("/list/", **chosen, after=found.after) if found.after else ""
    return LibraryPage(
        frame=framed(request, folder.name or "Library", folder.path),
        path=readable(folder.path),
        upload_href=url("/upload/", path=folder.path),
        folder_href=url("/folder/", path=folder.path),
        heading=folder.name or "Library",
        breadcrumbs=[folder_link(above) for above in found.breadcrumbs[:-1]],
        tree=[
            TreeLink(
                text=branch.folder.name,
                href=folder_link(branch.folder).href,
                depth=branch.depth,
                is_open=branch.is_open,
                is_here=branch.is_here,
            )
            for branch in found.tree
        ],
        folders=[_card(request, child, found) for child in found.folders],
        has_covers=bool(found.covers),
        tiles=[tile_view(request, tile) for tile in found.tiles],
        total=found.total,
        order=order.value,
        orders=[(value.value, label) for value, label in ORDERS],
        words=words,
        view=view if view in VIEWS else "grid",
        grid_href=url("/list/", **{**chosen, "view": "grid"}),
        list_href=url("/list/", **{**chosen, "view": "list"}),
        next_href=on or (url("/list/", **chosen, start=found.start) if found.start else ""),
        previous_href=url("/list/", **chosen) if given.get("after") or given.get("start") else "",
        may=abilities(request, folder.path),
        said=given.get("said", "") if given.get("said", "") in SAID else "",
        deleted=",".join([part for part in given.get("deleted", "")[:8000].split(",") if part.isdigit()][:1000]),
        task=under_way(request),
    )


SAID = frozenset({"moved", "renamed", "tagged", "restored", "made", "uploaded", "folder-moved", "folder-deleted"})
"""What a page may be told to say of what has just been done."""


def abilities(request: Request, path: str) -> Abilities:
    """What the levels of ``path`` allow who asks."""
    allows = request.qis.platform.access.allows

    def may(level: Level) -> bool:
        return bool(allows(request.identity, level, path))

    return Abilities(
        download=may(Level.DOWNLOAD),
        edit=may(Level.EDIT),
        upload=may(Level.UPLOAD),
        delete=may(Level.DELETE),
        make_folder=may(Level.CREATE_FOLDER),
        delete_folder=bool(path) and may(Level.DELETE_FOLDER),
    )


def folder_link(folder: Folder) -> Link:
    """A folder and its page."""
    return Link(text=readable(folder.name) or "Library", href=url("/list/", path=folder.path))


def _card(request: Request, folder: Folder, found: Listing) -> FolderCard:
    link, cover = folder_link(folder), found.covers.get(folder.path)
    src, srcset = thumbnail_urls(request, cover.path, cover.version, *BOX) if cover is not None else ("", "")
    colours = cover.colours if cover is not None else ()
    return FolderCard(text=link.text, href=link.href, src=src, srcset=srcset, placeholder=placeholder(colours))


def _order(given: Mapping[str, str]) -> Order:
    try:
        return Order(given.get("sort") or Order.NAME)
    except ValueError:
        raise BadOption("sort", given["sort"], "one of " + ", ".join(Order)) from None


def _start(given: Mapping[str, str]) -> int:
    text = given.get("start") or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise BadOption("start", text, f"a whole number, in steps of {PAGE_LENGTH}")
    return int(text)
