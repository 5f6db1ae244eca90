"""The default templates of folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import BadOption, NotFound, Right
from qis_core.db.folders import FolderRecord, folder_key
from qis_core.db.templates import FolderTemplate, TemplateRecord
from qis_core.domain.paths import clean_folder, folder_of
from qis_core.services import audit, folder_records
from qis_core.services.actors import Actor
from qis_core.services.permissions import storable_folder
from qis_core.services.templates import default_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """The template that applies in a folder where a URL names none.

    ``own`` is the folder's own, '' where it has none; ``folder`` is the path of the folder whose
    template it is, None where it is the site's.
    """

    own: str
    name: str
    folder: str | None


class FolderTemplates:
    """The folders' default templates within one session; whoever opened the session commits it.

    Changes need an administrator, are logged as ``actor``'s, and count from the next request on.
    """

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[FolderTemplate]:
        """Every folder that has a template of its own, by path."""
        query = select(FolderTemplate).join(FolderTemplate.folder).order_by(FolderRecord.name)
        return self._session.scalars(query).all()

    def applying(self, path: str) -> Applying:
        """What applies in the folder of a clean path."""
        by_path = {found.folder.path: found.template.name for found in self.all()}
        own, place = by_path.get(path, ""), path
        while place not in by_path and place:
            place = folder_of(place)
        if place in by_path:
            return Applying(own=own, name=by_path[place], folder=place)
        return Applying(own=own, name=default_name(self._session), folder=None)

    def folder(self, folder_id: int) -> FolderRecord:
        """One folder. Raises NotFound."""
        found = self._session.get(FolderRecord, folder_id)
        if found is None:
            raise NotFound(f"there is no folder {folder_id}")
        return found

    def set(self, path: str, name: str) -> None:
        """Makes a template the default of a folder, and of all below it that have none of their own.

        The folder gets a record where it has none. Raises Refused, and BadOption where there is no such template.
        """
        self._actor.require(Right.ADMIN_ALL)
        path = storable_folder(path)
        key = name.strip().casefold()
        template = self._session.scalars(select(TemplateRecord).where(TemplateRecord.name_key == key)).one_or_none()
        if template is None:
            raise BadOption("template", name, "the name of a template")
        folder_id = folder_records.ensure(self._session, [path])[path]
        self._session.merge(FolderTemplate(folder_id=folder_id, template_id=template.id))
        self._log(audit.Action.FOLDER_TEMPLATE_SET, path, template=template.name)

    def remove(self, path: str) -> bool:
        """Lets the folder above decide again; whether there was anything to remove. Raises Refused."""
        self._actor.require(Right.ADMIN_ALL)
        path = clean_folder(path)
        query = select(FolderTemplate).join(FolderTemplate.folder).where(FolderRecord.key == folder_key("/" + path))
        found = self._session.scalars(query).one_or_none()
        if found is None:
            return False
        self._session.delete(found)
        self._log(audit.Action.FOLDER_TEMPLATE_REMOVED, path, template=found.template.name)
        return True

    def _log(self, action: audit.Action, path: str, **details: object) -> None:
        audit.record(self._session, self._actor, action, "/" + path, **details)
        self._session.flush()
