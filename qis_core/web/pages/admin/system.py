"""``/admin/system/``: versions, what this process does at the moment, and the checks of ``qis doctor``."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import PIL
from pyramid.config import Configurator
from pyramid.request import Request

from qis_core import __version__
from qis_core.api import Right
from qis_core.db.tasks import TaskStatus
from qis_core.services.checks import Finding, examine
from qis_core.settings import ServerSettings
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.details import Fact, FactGroup
from qis_core.web.pages.doing import NOTHING_TYPED
from qis_core.web.pages.frame import asked, framed
from qis_core.web.pages.tiles import size_text

MOST_COUNTED = 1000
"""Tasks that are counted; more are shown as so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPage(AdminPage):
    """What the page shows; ``findings`` are those of the checks, None as long as nobody asked for them."""

    groups: Sequence[FactGroup]
    findings: Sequence[Finding] | None


def includeme(config: Configurator) -> None:
    """Registers the route ``admin.system``."""
    add_page(config, "admin.system", "/admin/system/", "admin-system.jinja2", get=show)


def show(request: Request) -> dict[str, SystemPage]:
    """The numbers; with ``?check=1`` the checks, which take a moment and change nothing."""
    actor(request).require(Right.ADMIN_ALL)
    page = SystemPage(
        frame=framed(request, "System"),
        sections=sections_for(request),
        said="",
        typed=NOTHING_TYPED,
        groups=[
            FactGroup(label="Versions", facts=list(_versions(request))),
            FactGroup(label="Render workers of this process", facts=list(_workers(request))),
            FactGroup(label="Tasks", facts=list(_tasks(request))),
            FactGroup(label="Storage", facts=list(_storage(request))),
        ],
        findings=list(examine(request.qis.kernel)) if asked(request).get("check") == "1" else None,
    )
    return {"page": page}


def _versions(request: Request) -> Iterator[Fact]:
    yield Fact(name="QIS", value=__version__)
    yield Fact(name="Python", value=platform.python_version())
    yield Fact(name="Pillow", value=PIL.__version__)
    yield Fact(name="System", value=f"{platform.system()} {platform.release()}")
    yield Fact(name="Database", value=request.qis.engine.dialect.name)


def _workers(request: Request) -> Iterator[Fact]:
    pool = request.qis.platform.pool.status()
    yield Fact(name="Workers", value=f"{pool.busy} of {pool.workers} busy")
    yield Fact(name="Waiting", value=str(pool.queued))
    yield Fact(name="Jobs done", value=f"{pool.jobs:,}")
    yield Fact(name="Ended for taking too long", value=str(pool.timeouts))
    yield Fact(name="Crashed", value=str(pool.crashes))


def _tasks(request: Request) -> Iterator[Fact]:
    for status, name in ((TaskStatus.NEW, "Waiting"), (TaskStatus.RUNNING, "Running")):
        count = len(request.qis.tasks.list(statuses=(status,), limit=MOST_COUNTED))
        yield Fact(name=name, value=f"{count} or more" if count == MOST_COUNTED else str(count))


def _storage(request: Request) -> Iterator[Fact]:
    data = request.qis.settings(ServerSettings).data
    disk = shutil.disk_usage(data)
    yield Fact(name="Data folder", value=str(data))
    yield Fact(name="Free there", value=f"{size_text(disk.free)} of {size_text(disk.total)}")
    for folder, root in sorted(request.qis.platform.library.roots().items()):
        yield Fact(name=f"Library /{folder}", value=str(root))
