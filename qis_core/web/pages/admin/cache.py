"""``/admin/cache/``: what the caches hold, and having renderings made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, Right
from qis_core.services.tasks.core import PurgeCache
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.admin.starting import start_task
from qis_core.web.pages.details import Fact
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, texts, told
from qis_core.web.pages.frame import framed
from qis_core.web.pages.tiles import size_text

KINDS = {
    "images": "One picture, by its path",
    "folders": "A folder with all below it",
    "templates": "All that was made with a template",
    "everything": "Everything",
}
"""What can be purged, by the parameter of the task."""

_SAID = {
    "purged": "It is under way: what is asked for from now on is made anew, on other nodes within a second. "
    "Tasks tells when it is done."
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePage(AdminPage):
    """What the page shows: ``shared`` of the cache of all processes, ``memory`` of this one's."""

    healthy: bool
    shared: Sequence[Fact]
    memory: Sequence[Fact]
    kinds: Sequence[tuple[str, str]]


def includeme(config: Configurator) -> None:
    """Registers the route ``admin.cache``."""
    add_page(config, "admin.cache", "/admin/cache/", "admin-cache.jinja2", get=show, post=change)


def show(request: Request) -> dict[str, CachePage]:
    """The numbers, and the form."""
    return {"page": _page(request)}


def change(request: Request) -> Response | dict[str, CachePage]:
    """Starts a purge."""
    actor(request).require(Right.ADMIN_ALL)
    done = do(request, {"purge": _purge})
    return {"page": _page(request, done)} if isinstance(done, Typed) else done


def _purge(request: Request) -> Response:
    sent = texts(request, "what", "name")
    if sent["what"] not in KINDS:
        raise BadOption("what", sent["what"], "one of " + ", ".join(KINDS))
    if sent["what"] != "everything" and not sent["name"]:
        raise BadOption("name", "", "the path of the picture or folder, or the template's name")
    parameters: Mapping[str, object] = {sent["what"]: True if sent["what"] == "everything" else [sent["name"]]}
    start_task(request, PurgeCache.name, parameters)
    return back(request, "purged")


def _page(request: Request, typed: Typed = NOTHING_TYPED) -> CachePage:
    actor(request).require(Right.ADMIN_ALL)
    cache = request.qis.platform.cache
    shared, memory, counts = cache.status(), cache.memory.status(), cache.counts
    asked_for = counts.memory_hits + counts.shared_hits + counts.misses
    share = f"{100 * (counts.memory_hits + counts.shared_hits) / asked_for:.0f} %" if asked_for else "nothing asked yet"
    return CachePage(
        frame=framed(request, "Cache"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
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
    )
