"""``/admin/templates/``: named sets of options, each with a picture of what it makes.

Values are written as ``key = value``, a line each; what each key takes is checked by what is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, Right
from qis_core.db.templates import TemplateRecord
from qis_core.services.folder_templates import FolderTemplates
from qis_core.services.template_changes import TemplateChanges
from qis_core.web.api.fields import Text, read_fields
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, texts, told
from qis_core.web.pages.frame import asked, framed, url
from qis_core.web.pages.front import some_pictures

_FIELDS = (Text("name", minimum=1, maximum=120), Text("description", maximum=1024, lines=True))
_SAID = {
    "added": "The template is added: URLs name it by tmp=.",
    "saved": "The template is saved; it counts from the next request on.",
    "default": "This is the site's default template now.",
    "removed": "The template is removed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """A template: its values as a line of text, and a small rendering by it ('' without any picture)."""

    id: int
    name: str
    description: str
    summary: str
    locked: Sequence[str]
    is_default: bool
    folders: Sequence[str]
    preview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesPage(AdminPage):
    """What the list shows."""

    templates: Sequence[TemplateRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage(AdminPage):
    """What the page of one template shows.

    ``values`` are lines of ``key = value``, ``keys`` all that may be written there with what each takes.
    ``src`` is the picture of the preview, which may be chosen.
    """

    template: TemplateRow
    values: str
    keys: Sequence[tuple[str, str]]
    src: str


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.templates`` and ``admin.template``."""
    one = r"/admin/templates/{id:\d{1,9}}/"
    add_page(config, "admin.templates", "/admin/templates/", "admin-templates.jinja2", get=show_all, post=add)
    add_page(config, "admin.template", one, "admin-template.jinja2", get=show_one, post=change)


def show_all(request: Request) -> dict[str, TemplatesPage]:
    """The list."""
    return {"page": _list(request)}


def add(request: Request) -> Response | dict[str, TemplatesPage]:
    """Adds a template, and goes on to its page."""
    actor(request).require(Right.ADMIN_ALL)
    done = do(request, {"add": _add})
    return {"page": _list(request, done)} if isinstance(done, Typed) else done


def show_one(request: Request) -> dict[str, TemplatePage]:
    """One template."""
    return {"page": _one(request)}


def change(request: Request) -> Response | dict[str, TemplatePage]:
    """Changes the template, makes it the default, or removes it."""
    actor(request).require(Right.ADMIN_ALL)
    done = do(request, {"save": _save, "default": _set_default, "remove": _remove})
    return {"page": _one(request, done)} if isinstance(done, Typed) else done


def _add(request: Request) -> Response:
    named = read_fields(_FIELDS, texts(request, "name", "description"))
    made = _templates(request).add(named["name"], _values(request), description=named["description"])
    return HTTPSeeOther(f"/admin/templates/{made.id}/?said=added")


def _save(request: Request) -> Response:
    named = read_fields(_FIELDS, texts(request, "name", "description"))
    locked = form_field(request, "locked").replace(",", " ").split()
    _templates(request).change(_id(request), values=_values(request), locked=locked, **named)
    return back(request, "saved", src=form_field(request, "src"))


def _set_default(request: Request) -> Response:
    changes = _templates(request)
    changes.set_default(changes.get(_id(request)).name)
    return back(request, "default")


def _remove(request: Request) -> Response:
    _templates(request).remove(_id(request))
    return HTTPSeeOther("/admin/templates/?said=removed")


def _values(request: Request) -> Mapping[str, object]:
    """The lines of the form; what each value means is the vocabulary's to say. Raises BadOption."""
    found: dict[str, object] = {}
    for line in filter(None, (line.strip() for line in form_field(request, "values").splitlines())):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise BadOption("values", line, "lines of the form key = value")
        found[key] = value
    return found


def _list(request: Request, typed: Typed = NOTHING_TYPED) -> TemplatesPage:
    actor(request).require(Right.ADMIN_ALL)
    src = _example(request)
    return TemplatesPage(
        frame=framed(request, "Templates"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        templates=[_row(request, found, src) for found in _templates(request).all()],
    )


def _one(request: Request, typed: Typed = NOTHING_TYPED) -> TemplatePage:
    actor(request).require(Right.ADMIN_ALL)
    found = _templates(request).get(_id(request))
    src = asked(request).get("src", "").strip("/") or _example(request)
    known = request.qis.platform.vocabulary.by_key
    return TemplatePage(
        frame=framed(request, found.name),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        template=_row(request, found, src),
        values="\n".join(f"{key} = {_text(value)}" for key, value in _plain(found).items()),
        keys=[(key, known[key].allowed) for key in sorted(known)],
        src=src,
    )


def _row(request: Request, found: TemplateRecord, src: str) -> TemplateRow:
    folders = FolderTemplates(request.dbsession, actor(request)).all()
    return TemplateRow(
        id=found.id,
        name=found.name,
        description=found.description,
        summary=", ".join(f"{key} {_text(value)}" for key, value in _plain(found).items()),
        locked=found.locked,
        is_default=found.name == _templates(request).default(),
        folders=[each.folder.name for each in folders if each.template_id == found.id],
        # The values are in the address, so that a changed template is another picture for the browser as well.
        preview=url("/image", src=src, tmp=found.name, stats=0, v=crc32(repr(_plain(found)).encode())) if src else "",
    )


def _plain(found: TemplateRecord) -> Mapping[str, object]:
    return {key: given["value"] for key, given in sorted(found.template.items())}


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _example(request: Request) -> str:
    """A picture of the library to show templates by; '' where there is none."""
    shown = some_pictures(request)
    return shown[0].path if shown else ""


def _id(request: Request) -> int:
    return int(request.matchdict["id"])


def _templates(request: Request) -> TemplateChanges:
    return TemplateChanges(request.dbsession, actor(request), request.qis.platform.vocabulary)
