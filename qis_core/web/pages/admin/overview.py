"""``/admin/``: what there is to look after."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.web.pages.admin.sections import AdminPage, add_page, require_one, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED
from qis_core.web.pages.frame import ADMINISTRATION, framed


def includeme(config: Configurator) -> None:
    """Registers the route ``admin``."""
    add_page(config, "admin", "/admin/", "admin.jinja2", get=overview)


def overview(request: Request) -> dict[str, AdminPage]:
    """The sections that who asks may open."""
    require_one(request, ADMINISTRATION)
    frame = framed(request, "Administration")
    return {"page": AdminPage(frame=frame, sections=sections_for(request), said="", typed=NOTHING_TYPED)}
