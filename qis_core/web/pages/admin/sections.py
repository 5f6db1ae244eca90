"""The sections of the administration: who finds which, and what all of its pages share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import Refused, Right
from qis_core.web.pages.doing import Typed
from qis_core.web.pages.frame import ADMINISTRATION, Frame
from qis_core.web.security import LOGGED_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the administration; one of ``rights`` opens it. ``about`` says what one does there."""

    label: str
    route: str
    path: str
    rights: Collection[Right]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLink:
    """A section that who looks may open; ``current`` where one is in it."""

    label: str
    href: str
    about: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminPage:
    """What every page of the administration has.

    ``sections`` are those that who looks may open, ``said`` is what was done before ('' for nothing),
    ``typed`` what a form brought that could not be done.
    """

    frame: Frame
    sections: Sequence[SectionLink]
    said: str
    typed: Typed


_USERS, _PERMISSIONS, _ALL = Right.ADMIN_USERS, Right.ADMIN_PERMISSIONS, Right.ADMIN_ALL
SECTIONS = (
    Section(
        label="Users", route="admin.users", path="/admin/users/", rights=(_USERS,),
        about="Who can log in, what of themselves they tell, and the groups that they are in.",
    ),
    Section(
        label="Groups", route="admin.groups", path="/admin/groups/", rights=(_USERS, _PERMISSIONS),
        about="Members, and what they may do besides what folders give them.",
    ),
    Section(
        label="Permissions", route="admin.permissions", path="/admin/permissions/", rights=(_PERMISSIONS,),
        about="Who may do what in which folder, and why.",
    ),
    Section(
        label="Templates", route="admin.templates", path="/admin/templates/", rights=(_ALL,),
        about="Named sets of options, what each makes, and what no URL may override.",
    ),
    Section(
        label="Tasks", route="admin.tasks", path="/admin/tasks/", rights=tuple(ADMINISTRATION),
        about="What is done in the background, how far it is, and stopping it.",
    ),
    Section(
        label="Audit log", route="admin.audit", path="/admin/audit/", rights=(_ALL,),
        about="Who did what, when and from where.",
    ),
    Section(
        label="Plugins", route="admin.plugins", path="/admin/plugins/", rights=(_ALL,),
        about="What is installed, whether it works, why not, and all settings.",
    ),
    Section(
        label="Cache", route="admin.cache", path="/admin/cache/", rights=(_ALL,),
        about="What the caches hold, and having renderings made anew.",
    ),
    Section(
        label="System", route="admin.system", path="/admin/system/", rights=(_ALL,),
        about="Versions, workers, queue and storage, and a check of the server's health.",
    ),
)  # fmt: skip
"""All sections, in the order of the menu."""


def add_page(config: Configurator, route: str, path: str, renderer: str, **views: Callable[[Request], Any]) -> None:
    """A page for who has logged in: a route with a view for each method, ``get=show, post=change``."""
    config.add_route(route, path)
    for method, view in views.items():
        config.add_view(
            view, route_name=route, renderer=renderer, request_method=method.upper(), permission=LOGGED_IN
        )  # fmt: skip


def require_one(request: Request, rights: Collection[Right]) -> None:
    """Raises Refused without any of the rights."""
    if not request.identity.rights & frozenset(rights):
        raise Refused(f"none of your groups gives the right to this ({' or '.join(right.value for right in rights)})")


def sections_for(request: Request) -> list[SectionLink]:
    """The sections that who asks may open."""
    here = request.environ.get("PATH_INFO", "")
    return [
        SectionLink(
            label=section.label, href=section.path, about=section.about, current=here.startswith(section.path)
        )
        for section in SECTIONS
        if request.identity.rights & frozenset(section.rights)
    ]  # fmt: skip
