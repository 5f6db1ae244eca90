"""Changing templates, and which of them is the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, BadOption, NotFound, Refused, Right
from qis_core.db.templates import FolderTemplate, TemplateRecord
from qis_core.domain.templates import Template, validate, validate_locked
from qis_core.domain.vocabulary import Vocabulary
from qis_core.services import audit
from qis_core.services.actors import Actor
from qis_core.services.templates import as_record, default_name, set_default


class TemplateChanges:
    """The templates within one session; whoever opened the session commits it.

    Everybody may read them; changes need an administrator, and are logged as ``actor``'s. They
    count from the next request on.
    """

    def __init__(self, session: Session, actor: Actor, vocabulary: Vocabulary) -> None:
        self._session = session
        self._actor = actor
        self._vocabulary = vocabulary

    def all(self) -> Sequence[TemplateRecord]:
        """All templates by name."""
        return self._session.scalars(select(TemplateRecord).order_by(TemplateRecord.name_key)).all()

    def get(self, template_id: int) -> TemplateRecord:
        """One template. Raises NotFound."""
        found = self._session.get(TemplateRecord, template_id)
        if found is None:
            raise NotFound(f"there is no template {template_id}")
        return found

    def named(self, name: str) -> TemplateRecord | None:
        """The template of a name in any case, or None."""
        query = select(TemplateRecord).where(TemplateRecord.name_key == name.strip().casefold())
        return self._session.scalars(query).one_or_none()

    def add(
        self, name: str, values: Mapping[str, object], *, description: str = "", locked: Iterable[str] = ()
    ) -> TemplateRecord:
        """A new template. Raises Refused, AlreadyExists, and BadOption for what no installed operation knows."""
        self._actor.require(Right.ADMIN_ALL)
        template = Template(
            name=self._free_name(name),
            values=validate(values, self._vocabulary),
            locked=validate_locked(locked, self._vocabulary),
        )
        record = as_record(template, description)
        self._session.add(record)
        self._log(audit.Action.TEMPLATE_ADDED, record.name)
        self._session.flush()
        return record

    def change(
        self,
        template_id: int,
        *,
        name: str | None = None,
        description: str | None = None,
        values: Mapping[str, object] | None = None,
        locked: Iterable[str] | None = None,
    ) -> TemplateRecord:
        """Changes what is given; ``values`` and ``locked`` replace all. Raises as `add`, and NotFound."""
        self._actor.require(Right.ADMIN_ALL)
        record = self.get(template_id)
        if values is not None:
            valid = validate(values, self._vocabulary)
            record.template = {key: {"value": value} for key, value in valid.items()}
        if locked is not None:
            record.locked = sorted(validate_locked(locked, self._vocabulary))
        if description is not None:
            record.description = description
        if name is not None:
            free, is_default = self._free_name(name, record), self._is_default(record)
            record.name, record.name_key = free, free.casefold()
            if is_default:
                set_default(self._session, free)
        self._log(audit.Action.TEMPLATE_CHANGED, record.name)
        self._session.flush()
        return record

    def remove(self, template_id: int) -> None:
        """Removes a template. Raises NotFound, and Refused also for the default of the site or of a folder."""
        self._actor.require(Right.ADMIN_ALL)
        record = self.get(template_id)
        if self._is_default(record):
            raise Refused(f"{record.name} is the default template; make another one the default first")
        folder = self._folder_of(record)
        if folder is not None:
            raise Refused(f"{record.name} is the default template of {folder}; give that another one first")
        self._log(audit.Action.TEMPLATE_REMOVED, record.name)
        self._session.delete(record)
        self._session.flush()

    def default(self) -> str:
        """The name of the template that applies where a URL names none."""
        return default_name(self._session)

    def set_default(self, name: str) -> str:
        """Makes another template the default. Raises Refused, and BadOption where there is none of that name."""
        self._actor.require(Right.ADMIN_ALL)
        found = self.named(name)
        if found is None:
            raise BadOption("value", name, "the name of a template")
        set_default(self._session, found.name)
        self._log(audit.Action.DEFAULT_TEMPLATE_SET, found.name)
        self._session.flush()
        return found.name

    def _is_default(self, record: TemplateRecord) -> bool:
        return self.default().casefold() == record.name_key

    def _folder_of(self, record: TemplateRecord) -> str | None:
        found = self._session.scalars(select(FolderTemplate).where(FolderTemplate.template_id == record.id)).first()
        return found.folder.name if found else None

    def _free_name(self, name: str, record: TemplateRecord | None = None) -> str:
        name = name.strip()
        # Some letters become three when their case is folded.
        if not 1 <= len(name) <= 120 or len(name.casefold()) > 240 or not name.isprintable():
            raise BadOption("name", name, "1 to 120 printable characters")
        found = self.named(name)
        if found is not None and found is not record:
            raise AlreadyExists(f"there is a template {found.name!r} already")
        return name

    def _log(self, action: audit.Action, name: str) -> None:
        audit.record(self._session, self._actor, action, name)
