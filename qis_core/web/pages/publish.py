"""The editor of image URLs: the picture, the URL that makes it, and everything that may stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import QisError
from qis_core.domain.query import readable
from qis_core.services.browse import Picture
from qis_core.services.facts import Facts
from qis_core.settings import ImagingSettings, ServerSettings
from qis_core.web.pages.facts import original_facts
from qis_core.web.pages.frame import Frame, Link, asked, browser, framed, query, url
from qis_core.web.pages.options import OptionGroup, option_groups
from qis_core.web.pages.recipes import GROUPS, SECOND_PAGE, Recipe, watermark

WATERMARKS = ("logos/watermark.png", "logos/logo.png", "watermark.png", "logo.png")
"""Where a picture to lay over others is looked for."""

BROWSER_FORMATS = frozenset({"jpg", "pjpg", "png", "gif", "webp", "avif"})
"""Output formats that every browser shows."""

PREVIEW_WIDTH = 900
"""The width of the first rendering that the editor shows, where the URL has no options yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeLink:
    """A recipe as a link: ``href`` to this page with it, ``image`` the URL that it makes."""

    label: str
    href: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeLinks:
    """Recipes under one heading."""

    label: str
    links: Sequence[RecipeLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPage:
    """What the template shows.

    ``image`` is the URL being edited and ``problem`` a sentence where it cannot work; ``preview``
    is what is shown at first: the same, or the plain picture where there is a problem.
    """

    frame: Frame
    name: str
    path: str
    image: str
    host: str
    preview: str
    problem: str
    bytes: int
    facts: Sequence[str]
    breadcrumbs: Sequence[Link]
    recipes: Sequence[RecipeLinks]
    groups: Sequence[OptionGroup]
    original: str
    formats: str


def includeme(config: Configurator) -> None:
    """Registers the route ``publish``."""
    config.add_route("publish", "/publish/")
    config.add_view(publish, route_name="publish", renderer="publish.jinja2", request_method="GET")


def publish(request: Request) -> dict[str, PublishPage] | Response:
    """The editor of ``?src=`` with the options in the query; a typed ``?url=`` is brought to that form."""
    given = asked(request)
    typed = given.get("url")
    if typed is not None:
        return HTTPSeeOther(location="/publish/?" + typed_query(typed))
    look = browser(request)
    picture = look.picture(given.get("src", ""), request.identity)
    raw = request.environ.get("QUERY_STRING", "")
    mark = look.find(WATERMARKS, request.identity)
    vocabulary = request.qis.platform.composer.vocabulary
    known = {*vocabulary.by_name, *vocabulary.encoders}
    info = known_facts(request).of(picture.path)
    base = visible(picture.path, vocabulary.default_format(picture.path))
    plain = "/image?" + query({**base, "width": PREVIEW_WIDTH})
    image = "/image?" + raw if has_options(raw) else plain
    problem = problem_with(request, raw)
    page = PublishPage(
        frame=framed(request, picture.name, picture.folder),
        name=picture.name,
        path=readable(picture.path),
        image=image,
        preview=plain if problem else image,
        host=(request.qis.settings(ServerSettings).public_url or request.host_url).rstrip("/"),
        problem=problem,
        bytes=picture.size_bytes,
        facts=original_facts(info, kilobytes(picture.size_bytes)),
        breadcrumbs=breadcrumbs(picture),
        recipes=recipe_links(base, known, mark, pages=info.pages if info else 1),
        groups=option_groups(vocabulary.document()),
        original=url("/original", src=picture.path, attach=1) if look.may_download(picture, request.identity) else "",
        formats=", ".join(vocabulary.encoders),
    )
    return {"page": page}


def known_facts(request: Request) -> Facts:
    """Reads facts with this site's render workers."""
    platform, limits = request.qis.platform, request.qis.settings(ImagingSettings).limits
    return Facts(library=platform.library, probe=platform.pool.probe, limits=limits)


def typed_query(typed: str) -> str:
    """The query of a URL as somebody typed or pasted it: whole, from ``/image?``, or the query alone."""
    text = re.sub(r"\s*[\r\n]\s*", "", typed.strip())
    parts = urlsplit(text) if "?" in text else None
    found = parts.query if parts else text
    # What is no ASCII is percent-encoded, what is encoded stays as it is.
    return "".join(c if " " < c < "\x7f" else "".join(f"%{byte:02X}" for byte in readable(c).encode()) for c in found)


def has_options(raw: str) -> bool:
    """Whether a query has anything besides ``src``."""
    return any(part and not part.startswith("src=") for part in raw.split("&"))


def problem_with(request: Request, raw: str) -> str:
    """Why the URL cannot work, as far as can be told without making the picture; else ''."""
    try:
        request.qis.platform.composer.compose(raw, identity=request.identity)
    except QisError as error:
        return error.message
    return ""


def kilobytes(size: int) -> str:
    """A file size for people: ``312 kB``, ``1.4 MB``."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1000))} kB"


def breadcrumbs(picture: Picture) -> list[Link]:
    """The way from the library to the picture's folder."""
    parts = picture.folder.split("/") if picture.folder else []
    links = [Link(text="Library", href="/list/")]
    return links + [Link(text=part, href=url("/list/", path="/".join(parts[: n + 1]))) for n, part in enumerate(parts)]


def visible(path: str, default_format: str) -> dict[str, Any]:
    """The options with which every browser can show the picture: none, unless its own format is one it cannot."""
    return {"src": path} if default_format in BROWSER_FORMATS else {"src": path, "format": "auto"}


def recipe_links(base: Mapping[str, Any], known: set[str], mark: Picture | None, *, pages: int) -> list[RecipeLinks]:
    """The recipes that the installed operations and formats can do, each on top of the options ``base``."""
    groups = []
    for group in GROUPS:
        recipes: list[Recipe] = [recipe for recipe in group.recipes if recipe.needs in known]
        if group.label == "Look" and mark and mark.path != base["src"] and "overlay" in known:
            recipes.append(watermark(mark.path))
        if group.label == "Format" and pages > 1:
            recipes.append(SECOND_PAGE)
        if recipes:
            links = [_recipe_link({**base, **recipe.options}, recipe.label) for recipe in recipes]
            groups.append(RecipeLinks(label=group.label, links=links))
    return groups


def _recipe_link(options: Mapping[str, Any], label: str) -> RecipeLink:
    return RecipeLink(label=label, href=url("/publish/", **options), image=url("/image", **options))
