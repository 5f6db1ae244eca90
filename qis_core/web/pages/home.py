"""The start page: the library's pictures, folder by folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.services.browse import Folder, FolderView, Picture, Shelf
from qis_core.web.pages.frame import Frame, Link, Thumbnail, asked, browser, framed, thumbnail, url


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfView:
    """A folder's first pictures under its name."""

    link: Link
    more: bool
    thumbnails: Sequence[Thumbnail]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What the template shows."""

    frame: Frame
    heading: str
    breadcrumbs: Sequence[Link]
    folders: Sequence[Link]
    thumbnails: Sequence[Thumbnail]
    shelves: Sequence[ShelfView]
    next_href: str
    is_empty: bool


def includeme(config: Configurator) -> None:
    """Registers the route ``home``."""
    config.add_route("home", "/")
    config.add_view(home, route_name="home", renderer="home.jinja2", request_method="GET")


def home(request: Request) -> dict[str, HomePage]:
    """The folder ``?path=`` (the root without it), from the picture after ``?after=`` on."""
    given = asked(request)
    view = browser(request).folder(given.get("path", ""), request.identity, after=given.get("after", ""))
    return {"page": home_page(framed(request, view.folder.name, view.folder.path), view)}


def home_page(frame: Frame, view: FolderView) -> HomePage:
    """The page of a folder."""
    *above, here = view.breadcrumbs
    return HomePage(
        frame=frame,
        heading=here.name or "Library",
        breadcrumbs=[_link(folder) for folder in above],
        folders=[_link(folder) for folder in view.folders],
        thumbnails=[thumbnail(picture) for picture in view.pictures],
        shelves=[_shelf(shelf) for shelf in view.shelves if shelf.pictures],
        next_href=url("/", path=view.folder.path, after=view.after) if view.after else "",
        is_empty=not view.pictures and not any(shelf.pictures for shelf in view.shelves),
    )


def _shelf(shelf: Shelf) -> ShelfView:
    return ShelfView(link=_link(shelf.folder), more=shelf.more, thumbnails=_thumbnails(shelf.pictures))


def _thumbnails(pictures: Sequence[Picture]) -> list[Thumbnail]:
    return [thumbnail(picture) for picture in pictures]


def _link(folder: Folder) -> Link:
    return Link(text=folder.name or "Library", href=url("/", path=folder.path))
