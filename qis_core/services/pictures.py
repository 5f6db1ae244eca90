"""The records of the library's pictures, kept in step with its files.

Whoever has looked at files brings what was found; here it is decided, in one transaction, what is
new, replaced or gone. Several processes may bring the same at once: a record is made once, its
history tells each change once, and listeners hear of it once.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from qis_core.api import ImageAdded, ImageDeleted, ImageReplaced, StorageEntry
from qis_core.db.engine import Sessions
from qis_core.db.folders import FolderRecord, folder_key
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord, image_key
from qis_core.db.times import now
from qis_core.db.users import Status
from qis_core.domain.paths import folder_of
from qis_core.plugins import PluginManager
from qis_core.services import folder_records
from qis_core.services.files.journal import claimed, overlap
from qis_core.services.folder_records import insert_missing

ATTEMPTS = 3
"""How often a transaction is tried that another one got in the way of."""

_AT_ONCE = 500

T = TypeVar("T")


class Change(enum.StrEnum):
    """What a finding meant for the record."""

    ADDED = "added"
    REPLACED = "replaced"
    RETURNED = "returned"
    DESCRIBED = "described"
    SAME = "same"

    @property
    def is_told(self) -> bool:
        """Whether the history tells of it."""
        return self in _ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A picture as it was found in one version.

    ``described`` says whether it was read; ``width`` and ``height`` are the upright first page's
    pixels, ``facts``, ``embedded`` and ``analysis`` as `ImageRecord` has them.
    """

    entry: StorageEntry
    described: bool = False
    width: int = 0
    height: int = 0
    facts: Mapping[str, object] = field(default_factory=dict)
    embedded: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    analysis: str = ""

    @property
    def path(self) -> str:
        """Where it lies in the library."""
        return self.entry.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What analysers have ``found`` in a picture in one version; ``analysis`` names them, as `ImageRecord` does."""

    path: str
    version: str
    found: Mapping[str, object]
    analysis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the record of a picture says: the version of its file, whether that was read, whether all analysers have
    looked at it, whether it is active."""

    version: str
    described: bool
    analysed: bool
    active: bool

    def tells(self, entry: StorageEntry, *, described: bool) -> bool:
        """Whether there is nothing to add to the record, now that the file is as ``entry`` says; where it is to be
        ``described``, analysers must have looked at it as well."""
        return self._is_of(entry) and (not described or (self.described and self.analysed))

    def lacks_analysis(self, entry: StorageEntry) -> bool:
        """Whether only what analysers find is to be added to the record."""
        return self._is_of(entry) and self.described and not self.analysed

    def _is_of(self, entry: StorageEntry) -> bool:
        return self.active and self.version == entry.version


class PictureRecords:
    """Reads and writes the records. Safe to use from many threads."""

    def __init__(self, *, reading: Sessions, writing: Sessions, manager: PluginManager, analysis: str = "") -> None:
        """``analysis`` names the analysers that are installed, as `ImageRecord.analysis` does."""
        self._analysis = analysis
        self._reading = reading
        self._writing = writing
        self._manager = manager

    def known(self, paths: Iterable[str]) -> Mapping[str, Known]:
        """What is recorded of these pictures, those marked deleted included."""
        keys = sorted(map(image_key, paths))
        with self._reading() as session:
            return {
                src: known
                for start in range(0, len(keys), _AT_ONCE)
                for src, known in self._knowledge(session, ImageRecord.key.in_(keys[start : start + _AT_ONCE]))
            }

    def known_in(self, folder: str, *, after: str = "", until: str = "", limit: int) -> Sequence[tuple[str, Known]]:
        """The active pictures of a folder by file name, in order, from beyond ``after`` to ``until`` ('': the end)."""
        query = (
            select(ImageRecord.filename, ImageRecord.version, ImageRecord.described, self._is_analysed)
            .join(FolderRecord, FolderRecord.id == ImageRecord.folder_id)
            .where(FolderRecord.key == folder_key("/" + folder), ImageRecord.status == Status.ACTIVE)
            .where(ImageRecord.filename > _bound(after))
            .order_by(ImageRecord.filename)
            .limit(limit)
        )
        if until:
            query = query.where(ImageRecord.filename <= _bound(until))
        with self._reading() as session:
            return [
                (name, Known(version=version, described=described, analysed=bool(analysed), active=True))
                for name, version, described, analysed in session.execute(query)
            ]

    def folders_in(self, folder: str) -> Sequence[str]:
        """The paths of the active folders right below a folder."""
        parent = select(FolderRecord.id).where(FolderRecord.key == folder_key("/" + folder)).scalar_subquery()
        query = select(FolderRecord.name).where(
            FolderRecord.parent_id == parent, FolderRecord.status == Status.ACTIVE, FolderRecord.key != folder_key("/")
        )
        with self._reading() as session:
            return [name[1:] for name in session.scalars(query)]

    def has_pictures(self, folder: str) -> bool:
        """Whether there are active pictures in a folder or anywhere below it."""
        with self._reading() as session:
            return session.execute(_active_within(folder).limit(1)).first() is not None

    def keep_folder(self, *folders: str) -> None:
        """Sees to it that there are active records of these folders."""
        self._transact(lambda session: folder_records.ensure(session, folders))

    def keep(self, findings: Sequence[Finding]) -> Mapping[str, Change]:
        """Brings the records of these pictures up to what was found, and answers what that changed, by path.

        All or nothing; afterwards listeners are told. The caller makes sure, by looking again
        afterwards, that no file has changed in between: an older finding that is kept last would stay.
        Raises SQLAlchemyError.
        """
        if not findings:
            return {}
        by_path = {finding.path: finding for finding in findings}
        changes = self._transact(lambda session: keep_in(session, by_path))
        for path, change in changes.items():
            size = by_path[path].entry.size_bytes
            if change in (Change.ADDED, Change.RETURNED):
                self._manager.notify_image_added(ImageAdded(path=path, size_bytes=size))
            elif change is Change.REPLACED:
                self._manager.notify_image_replaced(ImageReplaced(path=path, size_bytes=size))
        return changes

    def supplement(self, analyses: Sequence[Analysis]) -> Sequence[str]:
        """Adds what analysers have found to the records of pictures; not where these tell of another file by now, or
        of none. Answers the paths of those that it was added to. Raises SQLAlchemyError."""
        by_key = {image_key(analysis.path): analysis for analysis in analyses}
        return self._transact(lambda session: _supplement(session, by_key)) if by_key else []

    def lose(self, paths: Iterable[str]) -> Sequence[str]:
        """Marks these pictures deleted, and answers which of them were not. Raises SQLAlchemyError.

        Those that somebody is just moving are left alone: their records follow.
        """
        gone = list(paths)
        lost = self._transact(lambda session: _lose(session, gone)) if gone else []
        for path in lost:
            self._manager.notify_image_deleted(ImageDeleted(path=path))
        return lost

    def lose_folder(self, folder: str) -> int:
        """Marks a folder and all in and below it deleted, some at a time; answers how many pictures that were."""
        count = 0
        while True:
            with self._reading() as session:
                found = session.scalars(_active_within(folder).limit(_AT_ONCE)).all()
            if not found:
                break
            count += len(self.lose(found))
        self._transact(lambda session: folder_records.mark_deleted(session, folder))
        return count

    @property
    def _is_analysed(self) -> ColumnElement[bool]:
        return ImageRecord.analysis == self._analysis

    def _knowledge(self, session: Session, which: ColumnElement[bool]) -> Iterator[tuple[str, Known]]:
        columns = ImageRecord.src, ImageRecord.version, ImageRecord.described, self._is_analysed, ImageRecord.status
        for src, version, described, analysed, status in session.execute(select(*columns).where(which)):
            active = status == Status.ACTIVE
            yield src, Known(version=version, described=described, analysed=bool(analysed), active=active)

    def _transact(self, work: Callable[[Session], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._writing.begin() as session:
                    return work(session)
            except OperationalError:
                # Two transactions that waited for each other, or a writer that took long: to ask again helps.
                if attempt == ATTEMPTS:
                    raise
                time.sleep(0.05 * attempt)
        raise AssertionError("the last attempt returns or raises")


def _active_within(folder: str) -> Select[str]:
    return (
        select(ImageRecord.src)
        .join(FolderRecord, FolderRecord.id == ImageRecord.folder_id)
        .where(folder_records.within(folder), ImageRecord.status == Status.ACTIVE)
    )


def _bound(name: str) -> str:
    """A text that stands, among names that are text, where ``name`` does; in it bytes that are none are surrogates."""
    for place, letter in enumerate(name):
        if "\ud800" <= letter <= "\udfff":
            return name[:place] + "\ud7ff\U0010ffff"
    return name


def keep_in(session: Session, findings: Mapping[str, Finding], *, user_id: int | None = None) -> Mapping[str, Change]:
    """What `PictureRecords.keep` does, within a transaction; told as the change of ``user_id``."""
    folders = folder_records.ensure(session, {folder_of(path) for path in findings})
    # Everybody takes rows in the order of their keys, so that nobody waits in a circle.
    by_key = {image_key(path): findings[path] for path in findings}
    rows = _locked(session, by_key)
    missing = [_new_row(by_key[key], key, folders) for key in sorted(by_key.keys() - rows.keys())]
    events: list[tuple[int, Finding, Change]] = []
    if missing:
        made = insert_missing(session, ImageRecord).returning(ImageRecord.id, ImageRecord.key)
        added = {key: number for number, key in session.execute(made, missing)}
        events += [(number, by_key[key], Change.ADDED) for key, number in added.items()]
        # What another process has made meanwhile is compared as if it had been there.
        rows |= _locked(session, [row["key"] for row in missing if row["key"] not in added])
    updates = []
    for key, row in rows.items():
        change = _change(row, by_key[key])
        if change is not Change.SAME:
            values = _values(by_key[key])
            if change is Change.DESCRIBED:
                # The picture is the same one: lists of what has changed keep their order.
                values["updated"] = row.updated
            updates.append({"id": row.id, "folder_id": folders[folder_of(by_key[key].path)], **values})
            events.append((row.id, by_key[key], change))
    if updates:
        session.execute(update(ImageRecord), updates)
    told = [(number, _ACTIONS[change]) for number, _, change in events if change in _ACTIONS]
    _tell_history(session, told, user_id)
    changes = dict.fromkeys(findings, Change.SAME)
    return changes | {finding.path: change for _, finding, change in events}


_ACTIONS: Mapping[Change, tuple[ImageAction, str]] = {
    Change.ADDED: (ImageAction.CREATED, ""),
    Change.REPLACED: (ImageAction.REPLACED, ""),
    Change.RETURNED: (ImageAction.CREATED, "the file is there again"),
}


def _locked(session: Session, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """The rows of these keys, which nobody else changes before this transaction ends."""
    ordered = sorted(keys)
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        query = (
            select(ImageRecord.id, ImageRecord.key, ImageRecord.version, ImageRecord.status, ImageRecord.updated)
            .where(ImageRecord.key.in_(ordered[start : start + _AT_ONCE]))
            .order_by(ImageRecord.key)
            # SQLite, which has one writer at a time, leaves it out.
            .with_for_update()
        )
        found |= {row.key: row for row in session.execute(query)}
    return found


def _change(row: Row[Any], finding: Finding) -> Change:
    if row.status != Status.ACTIVE:
        return Change.RETURNED
    if row.version != finding.entry.version:
        return Change.REPLACED
    return Change.DESCRIBED if finding.described else Change.SAME


def _new_row(finding: Finding, key: str, folders: Mapping[str, int]) -> dict[str, Any]:
    path, values = finding.path, _values(finding)
    return {
        "key": key,
        "src": path,
        "folder_id": folders[folder_of(path)],
        "filename": path.rpartition("/")[2],
        "title": "",
        "description": "",
        "created": values["updated"],
        **values,
    }


def _values(finding: Finding) -> dict[str, Any]:
    return {
        "width": finding.width,
        "height": finding.height,
        "size_bytes": finding.entry.size_bytes,
        "version": finding.entry.version,
        "described": finding.described,
        "analysis": finding.analysis,
        "status": int(Status.ACTIVE),
        "updated": now(),
        "facts": dict(finding.facts),
        "embedded": dict(finding.embedded),
    }


def _supplement(session: Session, analyses: Mapping[str, Analysis]) -> Sequence[str]:
    columns = ImageRecord.id, ImageRecord.key, ImageRecord.version, ImageRecord.facts, ImageRecord.updated
    query = select(*columns).where(ImageRecord.key.in_(sorted(analyses)), ImageRecord.status == Status.ACTIVE)
    rows = session.execute(query.order_by(ImageRecord.key).with_for_update()).all()
    rows = [row for row in rows if row.version == analyses[row.key].version]
    updates = []
    for row in rows:
        analysis = analyses[row.key]
        facts = _with_found(row.facts, analysis)
        updates.append({"id": row.id, "facts": facts, "analysis": analysis.analysis, "updated": row.updated})
    if updates:
        session.execute(update(ImageRecord), updates)
    return [analyses[row.key].path for row in rows]


def _with_found(facts: Mapping[str, object], analysis: Analysis) -> dict[str, object]:
    others = {name: value for name, value in facts.items() if name != "found"}
    return {**others, "found": dict(analysis.found)} if analysis.found else others


def _lose(session: Session, paths: Sequence[str]) -> Sequence[str]:
    claims = claimed(session)
    keys = sorted(image_key(path) for path in paths if not any(overlap(path, claim) for claim in claims))
    lost: list[str] = []
    for start in range(0, len(keys), _AT_ONCE):
        rows = session.execute(
            update(ImageRecord)
            .where(ImageRecord.key.in_(keys[start : start + _AT_ONCE]), ImageRecord.status == Status.ACTIVE)
            .values(status=int(Status.DELETED), updated=now())
            .returning(ImageRecord.id, ImageRecord.src)
            .execution_options(synchronize_session=False)
        ).all()
        _tell_history(session, [(row.id, (ImageAction.DELETED, "the file is gone")) for row in rows])
        lost += [row.src for row in rows]
    return lost


def _tell_history(
    session: Session, entries: Sequence[tuple[int, tuple[ImageAction, str]]], user_id: int | None = None
) -> None:
    moment = now()
    rows = [
        {"image_id": number, "user_id": user_id, "action": int(action), "action_info": info, "action_time": moment}
        for number, (action, info) in entries
    ]
    if rows:
        session.execute(insert(ImageHistory), rows)
