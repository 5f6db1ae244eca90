"""``/admin/plugins/``: what was found at the start, what became of it and why, and the settings of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import Right
from qis_core.plugins import PluginRecord
from qis_core.settings import CORE_GROUPS, fields_of
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED
from qis_core.web.pages.frame import framed

_KINDS = {"loaded": "good", "blocked": "warn", "refused": "bad", "failed": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRow:
    """A plugin: its package, its state with the ``kind`` of badge, and what it brought, in words."""

    name: str
    origin: str
    state: str
    kind: str
    reason: str
    brought: Sequence[str]
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A setting: its key, its value (secrets are hidden), where that comes from, and its meaning."""

    key: str
    value: str
    origin: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginsPage(AdminPage):
    """What the page shows; ``settings`` are those of the plugins, ``core`` the server's own."""

    plugins: Sequence[PluginRow]
    settings: Sequence[SettingRow]
    core: Sequence[SettingRow]


def includeme(config: Configurator) -> None:
    """Registers the route ``admin.plugins``."""
    add_page(config, "admin.plugins", "/admin/plugins/", "admin-plugins.jinja2", get=show)


def show(request: Request) -> dict[str, PluginsPage]:
    """The plugins as they were found at this start."""
    actor(request).require(Right.ADMIN_ALL)
    page = PluginsPage(
        frame=framed(request, "Plugins"),
        sections=sections_for(request),
        said="",
        typed=NOTHING_TYPED,
        plugins=[_row(record) for record in request.qis.kernel.records],
        settings=list(_settings(request, core=False)),
        core=list(_settings(request, core=True)),
    )
    return {"page": page}


def _row(record: PluginRecord) -> PluginRow:
    return PluginRow(
        name=record.name,
        origin=record.origin,
        state=record.state.value,
        kind=_KINDS[record.state.value],
        reason=record.reason,
        brought=[f"{kind}: {', '.join(names)}" for kind, names in record.registered.items() if names],
        milliseconds=round(record.seconds * 1000, 1),
    )


def _settings(request: Request, *, core: bool) -> Iterator[SettingRow]:
    settings = request.qis.kernel.settings
    own = {group.name for group in CORE_GROUPS}
    for group in settings.groups:
        if (group.name in own) is not core:
            continue
        for each in fields_of(group):
            value = each.shown(settings.value(each))
            yield SettingRow(key=each.key, value=value, origin=settings.origin(each), help=each.help)
