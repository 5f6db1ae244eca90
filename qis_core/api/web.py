"""Pages, menu items and panels that plugins add. Only the included module may import Pyramid."""

from __future__ import annotations

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
    """A panel on the picture page: a route that answers an HTML fragment for ``?src=``."""

    label: str
    route: str
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherOutput:
    """A tab in the publisher: ``template`` is HTML with ``{url} {width} {height} {title}``."""

    label: str
    template: str
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WebExtension:
    """Routes and views: ``include`` is the dotted name of a module with ``includeme(config)``."""

    name: str
    include: str
    menu: Sequence[MenuItem] = ()
    panels: Sequence[ImagePanel] = ()
    outputs: Sequence[PublisherOutput] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Templates and static files in ``path`` (``templates/``, ``static/``) over a parent theme."""

    name: str
    path: Path
    parent: str | None = None
