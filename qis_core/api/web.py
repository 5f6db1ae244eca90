"""Pages, menu items and panels that plugins add. Only the included module may import Pyramid."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """A link in the site's menu; ``level`` of administration it needs: '', 'user' or 'admin'."""

    label: str
    route: str
    audience: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePanel:
    """A panel on the picture page: a route that answers an HTML fragment for ``?src=``.

    It is offered for pictures of ``formats`` (canonical names such as ``pdf``; none: all) that have at least
    ``least_pages`` pages.
    """

    label: str
    route: str
    order: int = 100
    formats: Sequence[str] = ()
    least_pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherOutput:
    """A tab in the publisher: ``template`` is HTML with ``{url} {width} {height} {title}``."""

    label: str
    template: str
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WebExtension:
    """Routes and views: ``include`` is the dotted name of a module with ``includeme(config)``.

    In a view ``request.identity`` is who asks, and ``request.picture_facts(src)`` what a picture is
    (``format``, ``pages``, ``frames``, ``width``, ``height`` …); it raises NotFound, Refused for whoever
    may not see it, and UnsupportedFeature for what is no readable picture.
    """

    name: str
    include: str
    menu: Sequence[MenuItem] = ()
    panels: Sequence[ImagePanel] = ()
    outputs: Sequence[PublisherOutput] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A look: ``templates/`` and ``static/`` in the folder ``path``, over those of ``parent``.

    Without a parent it lies over the pages in the box. ``label`` is its name for people; ``schemes``
    are those of ``light`` and ``dark`` that it can show. Its ``static/theme.css``, where it has one,
    is loaded by every page, after its parent's.
    """

    name: str
    path: Path
    parent: str | None = None
    label: str = ""
    schemes: Sequence[str] = ("light", "dark")


def read_theme(folder: Path) -> Theme:
    """The theme that a folder's ``theme.toml`` tells of: ``name``, and if need be ``parent``, ``label``, ``schemes``.

    Raises ValueError naming what is wrong with the file.
    """
    file = folder / "theme.toml"
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    unknown = sorted(told.keys() - {"name", "parent", "label", "schemes"})
    if unknown:
        raise ValueError(f"{file}: there is no {unknown[0]}; the keys are name, parent, label and schemes")
    for key in ("name", "parent", "label"):
        if not isinstance(told.get(key, ""), str):
            raise ValueError(f"{file}: {key} is {told[key]!r}; it must be a text")
    schemes = told.get("schemes", ["light", "dark"])
    if not isinstance(schemes, list) or not schemes or not set(map(str, schemes)) <= {"light", "dark"}:
        raise ValueError(f'{file}: schemes is {schemes!r}; it must be a list of "light", "dark", or both')
    name = told.get("name", "")
    return Theme(
        name=name,
        path=folder,
        parent=told.get("parent"),
        label=told.get("label", name.capitalize()),
        schemes=tuple(schemes),
    )
