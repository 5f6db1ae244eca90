"""``/admin/cache/``: what the caches hold, folder by folder, and having renderings made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, Right
from qis_core.domain.paths import clean_folder
from qis_core.domain.query import readable
from qis_core.services.cache_contents import Contents, Holding, contents
from qis_core.services.tasks.core import PurgeCache
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.admin.starting import start_task
from qis_core.web.pages.details import Fact
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, do, texts, told
from qis_core.web.pages.frame import Link, asked, framed, url
from qis_core.web.pages.tiles import size_text

KINDS = {
    "images": "One picture, by its path",
    "folders": "A folder with all below it",
    "templates": "All that was made with a template",
    "everything": "Everything",
}
"""What can be purged, by the parameter of the task."""

MOST_ROWS = 200
"""Folders, pictures and templates of each list."""

_SAID = {
    "purged": "It is under way: what is asked for from now on is made anew, on other nodes within a second. "
    "Tasks tells when it is done."
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """Something that renderings are held of: ``href`` leads into it ('' for a picture), ``purge_href`` to its purge."""

    name: str
    kind: str
    renderings: str
    size: str
    href: str
    purge_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePage(AdminPage):
    """What the page shows: ``shared`` of the cache of all processes, ``memory`` of this one's.

    ``held`` is what lies in the folder ``path`` ('' for all), None where this kind of cache cannot tell; ``templates``
    by what it was made; ``whole`` sums it up, ``estimate`` says from how much of the cache that was told.
    """

    healthy: bool
    shared: Sequence[Fact]
    memory: Sequence[Fact]
    kinds: Sequence[tuple[str, str]]
    path: str
    breadcrumbs: Sequence[Link]
    held: Sequence[HeldRow] | None
    templates: Sequence[HeldRow]
    whole: str
    estimate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgePage(AdminPage):
    """The question before a purge: ``sentence`` says what would be made anew."""

    what: str
    name: str
    sentence: str
    back: str
    kinds: Sequence[tuple[str, str]]


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.cache`` and ``admin.purge``."""
    add_page(config, "admin.cache", "/admin/cache/", "admin-cache.jinja2", get=show)
    add_page(config, "admin.purge", "/admin/cache/purge/", "admin-purge.jinja2", get=confirm, post=change)


def show(request: Request) -> dict[str, CachePage]:
    """The numbers, what is held of the folder ``?path=``, and the form."""
    return {"page": _page(request, clean_folder(asked(request).get("path", "")))}


def confirm(request: Request) -> dict[str, PurgePage]:
    """Asks before ``?what=`` of ``?name=`` is purged."""
    given = asked(request)
    return {"page": _question(request, given.get("what", ""), given.get("name", "").strip())}


def change(request: Request) -> Response | dict[str, PurgePage]:
    """Starts a purge."""
    actor(request).require(Right.ADMIN_ALL)
    done = do(request, {"purge": _purge})
    if isinstance(done, Typed):
        sent = texts(request, "what", "name")
        return {"page": _question(request, sent["what"], sent["name"], done)}
    return done


def _purge(request: Request) -> Response:
    sent = texts(request, "what", "name")
    if sent["what"] not in KINDS:
        raise BadOption("what", sent["what"], "one of " + ", ".join(KINDS))
    if sent["what"] != "everything" and not sent["name"]:
        raise BadOption("name", "", "the path of the picture or folder, or the template's name")
    parameters: Mapping[str, object] = {sent["what"]: True if sent["what"] == "everything" else [sent["name"]]}
    start_task(request, PurgeCache.name, parameters)
    return HTTPSeeOther(url("/admin/cache/", said="purged"))


def _question(request: Request, what: str, name: str, typed: Typed = NOTHING_TYPED) -> PurgePage:
    actor(request).require(Right.ADMIN_ALL)
    shown = readable(name)
    sentences = {
        "images": f"All renderings of the picture /{shown.lstrip('/')} are made anew when they are asked for next.",
        "folders": f"All renderings of the folder /{shown.strip('/')} and all below it are made anew when they are "
        "asked for next.",
        "templates": f"All renderings by the template {shown} are made anew when they are asked for next.",
        "everything": "The cache is emptied, and every rendering of the site is made anew when it is asked for next. "
        "The site is slower until then.",
    }
    return PurgePage(
        frame=framed(request, "Purge"),
        sections=sections_for(request),
        said="",
        typed=typed,
        what=what if what in KINDS else "images",
        name=name,
        sentence=sentences.get(what, "") if name or what == "everything" else "",
        back="/admin/cache/",
        kinds=list(KINDS.items()),
    )


def _page(request: Request, path: str) -> CachePage:
    actor(request).require(Right.ADMIN_ALL)
    cache = request.qis.platform.cache
    shared, memory, counts = cache.status(), cache.memory.status(), cache.counts
    asked_for = counts.memory_hits + counts.shared_hits + counts.misses
    share = f"{100 * (counts.memory_hits + counts.shared_hits) / asked_for:.0f} %" if asked_for else "nothing asked yet"
    found = contents(cache, path, request.qis.purges.table)
    return CachePage(
        frame=framed(request, "Cache"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=NOTHING_TYPED,
        healthy=shared.healthy,
        shared=[
            Fact(name="Renderings", value=f"{shared.entries:,}"),
            Fact(name="Size", value=f"{size_text(shared.used_bytes)} of {size_text(shared.limit_bytes)}"),
        ],
        memory=[
            Fact(name="Renderings", value=f"{memory.entries:,}"),
            Fact(name="Size", value=f"{size_text(memory.used_bytes)} of {size_text(memory.limit_bytes)}"),
            Fact(name="Answered from memory", value=f"{counts.memory_hits:,}"),
            Fact(name="Answered from the shared cache", value=f"{counts.shared_hits:,}"),
            Fact(name="Rendered", value=f"{counts.misses:,}"),
            Fact(name="Found", value=share),
        ],
        kinds=list(KINDS.items()),
        path=readable(path),
        breadcrumbs=_above(path),
        held=_held(found, path) if found else None,
        templates=_rows("templates", found.templates, "") if found else (),
        whole=_whole(found) if found else "",
        estimate=f"{found.share:.1%}" if found and found.share < 1 else "",
    )


def _held(found: Contents, path: str) -> list[HeldRow]:
    return [*_rows("folders", found.folders, path), *_rows("images", found.pictures, path)]


def _rows(kind: str, held: Mapping[str, Holding], path: str) -> list[HeldRow]:
    rows = []
    for name, each in list(held.items())[:MOST_ROWS]:
        place = f"{path}/{name}".lstrip("/")
        rows.append(
            HeldRow(
                name=readable(name),
                kind=kind,
                renderings=f"{each.renderings:,}",
                size=size_text(each.size_bytes),
                href=url("/admin/cache/", path=place) if kind == "folders" else "",
                purge_href=url("/admin/cache/purge/", what=kind, name=place),
            )
        )
    return rows


def _whole(found: Contents) -> str:
    text = f"{found.whole.renderings:,} renderings, {size_text(found.whole.size_bytes)}"
    if found.purged.renderings:
        text += f"; besides {found.purged.renderings:,} that were purged and give way to others"
    return text


def _above(path: str) -> list[Link]:
    """The way from all to the folder, which is the last."""
    parts = path.split("/") if path else []
    places = [Link(text="All", href="/admin/cache/")]
    for count, part in enumerate(parts, start=1):
        places.append(Link(text=readable(part), href=url("/admin/cache/", path="/".join(parts[:count]))))
    return places
