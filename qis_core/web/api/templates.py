"""Templates, and where each is the default: the property of the site, and folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qis_core.api import NotFound, Right
from qis_core.db.properties import DEFAULT_TEMPLATE
from qis_core.services.folder_templates import FolderTemplates
from qis_core.services.template_changes import TemplateChanges
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Field, Names, Object, Text

endpoints = Endpoints("Templates")

_NAME = Text("name", minimum=1, maximum=120)
_ABOUT: tuple[Field, ...] = (
    Text("description", lines=True),
    Names("locked", help="Keys that no URL may override"),
)
_VALUES = 'Values by key: {"width": {"value": 200}} or {"width": 200}; null is not set'


@endpoints.get("admin/templates", "All templates", login=False, gives=objects.many(objects.TEMPLATE))
def list_templates(call: Call) -> object:
    """For everybody."""
    return [objects.template(found) for found in _templates(call).all()]


@endpoints.post(
    "admin/templates",
    "Add a template",
    body=[
        Text("name", minimum=1, maximum=120, required=True),
        Object("template", required=True, help=_VALUES),
        *_ABOUT,
    ],
    gives=objects.TEMPLATE,
    statuses=(409,),
)
def add_template(call: Call) -> object:
    """Needs an administrator."""
    call.actor.require(Right.ADMIN_ALL)
    sent = dict(call.body)
    return objects.template(_templates(call).add(sent.pop("name"), sent.pop("template"), **sent))


@endpoints.get("admin/templates/{id}", "One template", login=False, gives=objects.TEMPLATE)
def show_template(call: Call) -> object:
    """For everybody."""
    return objects.template(_templates(call).get(call.number()))


@endpoints.put(
    "admin/templates/{id}",
    "Change a template",
    body=[_NAME, Object("template", help=_VALUES), *_ABOUT],
    gives=objects.TEMPLATE,
    statuses=(409,),
)
def change_template(call: Call) -> object:
    """Needs an administrator. The template that is sent replaces the whole one."""
    sent = dict(call.body)
    values = sent.pop("template", None)
    return objects.template(_templates(call).change(call.number(), values=values, **sent))


@endpoints.delete("admin/templates/{id}", "Remove a template", gives=objects.NOTHING)
def remove_template(call: Call) -> object:
    """Needs an administrator. The default template stays."""
    _templates(call).remove(call.number())
    return None


@endpoints.get("admin/folders/{id}/template", "The default template of a folder", gives=objects.FOLDER_TEMPLATE)
def show_folder_template(call: Call) -> object:
    """Needs an administrator. ``applies`` is the template's name, ``folder_path`` whose it is: null is the site's."""
    call.actor.require(Right.ADMIN_ALL)
    return _folder_template(call)


@endpoints.put(
    "admin/folders/{id}/template",
    "Give a folder a default template",
    body=[Text("template", minimum=1, maximum=120, required=True, help="The template's name")],
    gives=objects.FOLDER_TEMPLATE,
)
def change_folder_template(call: Call) -> object:
    """Needs an administrator. It holds for all folders below that have none, and what it locks holds in every URL."""
    call.actor.require(Right.ADMIN_ALL)
    folders = _folder_templates(call)
    folders.set(folders.folder(call.number()).path, call.body["template"])
    return _folder_template(call)


@endpoints.delete("admin/folders/{id}/template", "Let the folder above decide again", gives=objects.FOLDER_TEMPLATE)
def remove_folder_template(call: Call) -> object:
    """Needs an administrator."""
    call.actor.require(Right.ADMIN_ALL)
    folders = _folder_templates(call)
    folders.remove(folders.folder(call.number()).path)
    return _folder_template(call)


@endpoints.get("admin/properties/{name}", "One property of the site", gives=objects.PROPERTY)
def show_property(call: Call) -> object:
    """Needs an administrator. ``pubimage_default_template`` is the default template's name."""
    _require_property(call)
    return {"name": DEFAULT_TEMPLATE, "value": _templates(call).default()}


@endpoints.put(
    "admin/properties/{name}",
    "Change a property of the site",
    body=[Text("value", required=True)],
    gives=objects.PROPERTY,
)
def change_property(call: Call) -> object:
    """Needs an administrator."""
    _require_property(call)
    return {"name": DEFAULT_TEMPLATE, "value": _templates(call).set_default(call.body["value"])}


def _require_property(call: Call) -> None:
    call.actor.require(Right.ADMIN_ALL)
    name = call.request.matchdict["name"]
    if name != DEFAULT_TEMPLATE:
        raise NotFound(f"there is no property {name!r}")


def _folder_templates(call: Call) -> FolderTemplates:
    return FolderTemplates(call.session, call.actor)


def _folder_template(call: Call) -> Mapping[str, Any]:
    folders = _folder_templates(call)
    folder = folders.folder(call.number())
    return objects.folder_template(folder, folders.applying(folder.path))


def _templates(call: Call) -> TemplateChanges:
    return TemplateChanges(call.session, call.actor, call.site.platform.vocabulary)
