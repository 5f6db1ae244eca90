"""Templates as the image path needs them: a table in memory, made of the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.db.folders import FolderRecord
from qis_core.db.properties import DEFAULT_TEMPLATE, TEMPLATES_VERSION, Property
from qis_core.db.templates import FolderTemplate, TemplateRecord
from qis_core.db.versions import touch
from qis_core.domain.templates import Template, TemplateSet


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateTable:
    """All templates at one moment, by name. ``version`` is another whenever anything here is."""

    version: str
    lookup: TemplateSet
    templates: Sequence[Template]


def read_table(session: Session, version: str) -> TemplateTable:
    """The table as the records have it in this session."""
    records = session.scalars(select(TemplateRecord).order_by(TemplateRecord.name_key)).all()
    templates = [as_template(record) for record in records]
    query = (
        select(FolderRecord.name, TemplateRecord.name)
        .join_from(FolderTemplate, FolderRecord)
        .join(TemplateRecord, TemplateRecord.id == FolderTemplate.template_id)
    )
    folders = {folder[1:]: template for folder, template in session.execute(query)}
    lookup = TemplateSet(templates, default=default_name(session), folders=folders)
    return TemplateTable(version=version, lookup=lookup, templates=templates)


def as_template(record: TemplateRecord) -> Template:
    """The record as a value; keys that are ``null`` or have no value are left out as not set."""
    values: dict[str, Any] = {}
    for key, entry in (record.template or {}).items():
        if isinstance(entry, Mapping) and entry.get("value") is not None:
            values[key] = entry["value"]
    return Template(name=record.name, values=values, locked=frozenset(record.locked or ()))


def as_record(template: Template, description: str = "") -> TemplateRecord:
    """A new record of a value."""
    return TemplateRecord(
        name=template.name,
        name_key=template.name.casefold(),
        description=description,
        template={key: {"value": value} for key, value in template.values.items()},
        locked=sorted(template.locked),
    )


def default_name(session: Session) -> str:
    """The name of the site's default template."""
    # Asked as a column: an object that the session remembers would hide another process's change.
    return session.scalar(select(Property.value).where(Property.name == DEFAULT_TEMPLATE)) or ""


def set_default(session: Session, name: str) -> None:
    """Makes the template ``name`` the one that applies where a URL names none."""
    session.merge(Property(name=DEFAULT_TEMPLATE, value=name))
    touch(session, TEMPLATES_VERSION)
