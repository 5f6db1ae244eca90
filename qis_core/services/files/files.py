"""What people may do to files and folders: rights and rules first, then the change."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import Select, func, select

from qis_core.api import AlreadyExists, BadOption, Level, NotFound, Refused
from qis_core.db.engine import Sessions
from qis_core.db.file_changes import TrashEntry
from qis_core.db.folders import FolderRecord, folder_key
from qis_core.db.images import ImageRecord, image_key
from qis_core.db.times import now
from qis_core.db.users import Status
from qis_core.domain.file_names import clean_file_name, numbered_name
from qis_core.domain.paths import clean_folder, folder_of
from qis_core.services.access import AccessService
from qis_core.services.actors import Actor
from qis_core.services.describing import Recordable
from qis_core.services.files.changes import Who, no_progress
from qis_core.services.files.checking import Checker
from qis_core.services.files.journal import BeingChanged
from qis_core.services.files.moving import Moving
from qis_core.services.files.recording import has_own_permissions
from qis_core.services.files.removing import Deleting, Purging, Restoring
from qis_core.services.files.runner import Runner
from qis_core.services.files.storing import FolderMaking, Storing
from qis_core.services.files.trees import Progress, below, chunks, is_there
from qis_core.storage.library import Library

MOST_NUMBERS = 999
"""The highest number that a name gets to be another's beside it."""

MAKERS_SECONDS = 10.0
"""How long a change waits for a folder that somebody else is just making."""

NO, YES, RENAME = "no", "yes", "rename"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was sent: ``name`` as its sender has it, ``body`` a file of this machine."""

    name: str
    body: BinaryIO


class Files:
    """Changes the library for an actor. Safe to use from many threads.

    Every method raises Refused without the right; NotFound and AlreadyExists; Unavailable where
    store, records or render workers are away. Everything is as before then.
    """

    def __init__(
        self,
        *,
        runner: Runner,
        library: Library,
        access: AccessService,
        checker: Checker,
        recordable: Recordable,
        sessions: Sessions,
        trash_days: int,
    ) -> None:
        """``sessions`` read; deleted files are kept for ``trash_days`` days."""
        self.runner = runner
        self._library = library
        self._access = access
        self._checker = checker
        self._recordable = recordable
        self._sessions = sessions
        self._trash_days = trash_days
        self.uploaded: Callable[[str, str, bool, int, str], None] = _nothing
        """Hears of each file that a user has uploaded: its path, its format, whether it took the place of
        another, the user, and where they sent it from."""

    # Files.

    def require_upload(self, actor: Actor, folder: str) -> str:
        """The clean path of a folder that the actor may upload to; it is made where it is missing."""
        folder = _wanted_folder(folder)
        self._require(actor, Level.UPLOAD, folder)
        self.make_folders(actor, folder)
        return folder

    def store(self, actor: Actor, folder: str, upload: Upload, overwrite: str) -> ImageRecord:
        """Takes a file into a folder; the picture's record. ``overwrite`` is what happens where its name is taken.

        Raises also BadOption for a name of which nothing is left, and what `Checker.check` raises.
        """
        name = clean_file_name(upload.name)
        if not name:
            raise BadOption("files", upload.name, "a file with a name")
        self._require(actor, Level.UPLOAD, below(folder, name))
        description = self._checker.check(name, upload.body, client=_client(actor))
        upload.body.seek(0)
        digest = hashlib.sha256()
        for chunk in chunks(upload.body):
            digest.update(chunk)
        made = Storing(who=Who.of(actor), path="", digest=digest.hexdigest(), body=upload.body, description=description)
        names = [name] if overwrite != RENAME else [name, *(numbered_name(name, n) for n in range(1, MOST_NUMBERS + 1))]
        for candidate in names:
            made.path = _checked(below(folder, candidate))
            if self._is_stored(made, overwrite):
                if actor.identity is not None and actor.identity.id is not None:
                    self.uploaded(made.path, description.info.format, made.replaces, actor.identity.id, actor.address)
                return self._record(made.path)
        raise AlreadyExists(f"{name!r} and {MOST_NUMBERS} names like it are taken")

    def move_image(self, actor: Actor, number: int, to: str) -> ImageRecord:
        """Moves or renames a picture."""
        record = self._active(number)
        to = _wanted_file(to)
        self._require(actor, Level.DELETE, record.src)
        self._require(actor, Level.UPLOAD, to)
        if not self._recordable(to):
            raise BadOption("path", to, "the path of a picture: a name with an ending that a decoder reads")
        if to == record.src:
            return record
        self._require_file(record.src)
        self._require_folder(folder_of(to))
        self._require_absent(to, but=record.src)
        place = "" if self._library.is_one_store(record.src, to) else secrets.token_hex(8)
        self.runner.run(Moving(who=Who.of(actor), path=record.src, to=to, image_id=number, place=place))
        return self._record(to)

    def delete_image(self, actor: Actor, number: int) -> None:
        """Deletes a picture."""
        record = self._active(number)
        self._require(actor, Level.DELETE, record.src)
        self._require_file(record.src)
        self.runner.run(
            Deleting(
                who=Who.of(actor),
                path=record.src,
                place=secrets.token_hex(8),
                image_id=number,
                keeps=self._trash_days > 0,
            )
        )

    # Folders.

    def make_folder(self, actor: Actor, path: str) -> FolderRecord:
        """Makes a folder, and those above it that are missing."""
        path = _wanted_folder(path)
        if not path or is_there(self._library, path) is not None:
            self._require(actor, Level.CREATE_FOLDER, folder_of(path))
            raise AlreadyExists(f"{'/' + path!r} is there already")
        self._make_missing(actor, path)
        return self._folder_at(path)

    def make_folders(self, actor: Actor, path: str) -> None:
        """Makes a folder, and those above it, where they are missing; waits for whoever is just making one of them."""
        try:
            self._after_makers(lambda: self._make_missing(actor, path))
        except AlreadyExists:
            # Somebody may have made it between the look and the making.
            entry = is_there(self._library, path)
            if entry is None or not entry.is_folder:
                raise

    def _make_missing(self, actor: Actor, path: str) -> None:
        missing: list[str] = []
        above = path
        while above and (entry := is_there(self._library, above)) is None:
            missing.insert(0, above)
            above = folder_of(above)
        if above and not missing and entry is not None and not entry.is_folder:
            raise AlreadyExists(f"{'/' + above!r} is a file")
        if missing:
            self._require(actor, Level.CREATE_FOLDER, above)
            self.runner.run(FolderMaking(who=Who.of(actor), path=path, missing=missing))

    def plan_folder_move(self, actor: Actor, number: int, to: str) -> Moving:
        """The move of a folder, when nothing stands against it now."""
        record = self.folder(number)
        path, to = record.path, _wanted_folder(to)
        if not path or not to:
            raise Refused("the library's root cannot be moved or replaced")
        if to == path or to.startswith(path + "/"):
            raise AlreadyExists(f"{'/' + path!r} cannot be moved to {'/' + to!r}, which is itself or within it")
        if folder_of(path) == folder_of(to):
            self._require(actor, Level.CREATE_FOLDER, folder_of(path))
        else:
            self._require(actor, Level.DELETE_FOLDER, folder_of(path))
            self._require(actor, Level.CREATE_FOLDER, folder_of(to))
        self._require_movable(path, "moved")
        self._require_folder(path)
        self._require_folder(folder_of(to))
        self._require_absent(to, but=path)
        place = "" if self._library.is_one_store(path, to) else secrets.token_hex(8)
        with self._sessions() as session:
            waits = has_own_permissions(session, path)
            longest = session.scalar(_longest_below(path)) or len(path)
        if longest - len(path) + len(to) > _LONGEST:
            raise BadOption("path", "/" + to, f"short enough that no path below it has more than {_LONGEST} characters")
        change = Moving(who=Who.of(actor), path=path, to=to, place=place, waits=waits)
        self.runner.require_free(change)
        return change

    def plan_folder_delete(self, actor: Actor, number: int) -> Deleting:
        """The deletion of a folder with everything in it, when nothing stands against it now."""
        path = self.folder(number).path
        if not path:
            raise Refused("the library's root cannot be deleted")
        self._require(actor, Level.DELETE_FOLDER, folder_of(path))
        self._require_movable(path, "deleted")
        self._require_folder(path)
        change = Deleting(who=Who.of(actor), path=path, place=secrets.token_hex(8), keeps=self._trash_days > 0)
        self.runner.require_free(change)
        return change

    def move_folder(self, actor: Actor, number: int, to: str, progress: Progress = no_progress) -> FolderRecord:
        """Moves or renames a folder with everything in it."""
        change = self.plan_folder_move(actor, number, to)
        self.runner.run(change, progress)
        return self._folder_at(change.to)

    def delete_folder(self, actor: Actor, number: int, progress: Progress = no_progress) -> None:
        """Deletes a folder with everything in it."""
        self.runner.run(self.plan_folder_delete(actor, number), progress)

    def is_active(self, number: int) -> bool:
        """Whether there is an active folder of that number."""
        try:
            return bool(self.folder(number))
        except NotFound:
            return False

    # The trash.

    def in_trash(self, actor: Actor) -> Sequence[TrashEntry]:
        """What the actor could restore, the latest first."""
        with self._sessions() as session:
            entries = session.scalars(select(TrashEntry).order_by(TrashEntry.id.desc())).all()
        return [entry for entry in entries if self._may_restore(actor, entry)]

    def plan_restore(self, actor: Actor, number: int) -> Restoring:
        """The restoration of an entry of the trash, when nothing stands against it now."""
        entry = self._trash_entry(actor, number)
        self._require_absent(entry.path, advice="; move or delete it first")
        change = Restoring(who=Who.of(actor), path=entry.path, place=entry.place, number=number)
        self.runner.require_free(change)
        return change

    def restore(self, actor: Actor, number: int, progress: Progress = no_progress) -> str:
        """Brings something back from the trash; its path. Folders above it are made where they are missing."""
        change = self.plan_restore(actor, number)
        self.make_folders(actor, folder_of(change.path))
        self.runner.run(change, progress)
        return change.path

    def purge(self, actor: Actor, number: int) -> None:
        """Removes something from the trash for good."""
        self.runner.run(Purging(who=Who.of(actor), number=number, place=self._trash_entry(actor, number).place))

    def purge_expired(self) -> int:
        """Removes for good what was kept long enough; how many entries."""
        before = now() - timedelta(days=self._trash_days)
        with self._sessions() as session:
            old = session.scalars(select(TrashEntry).where(TrashEntry.deleted < before)).all()
        for entry in old:
            with suppress(AlreadyExists):
                self.runner.run(Purging(number=entry.id, place=entry.place))
        return len(old)

    # What everything above asks.

    def _require(self, actor: Actor, level: Level, path: str) -> None:
        if actor.identity is not None:
            self._access.require(actor.identity, level, path)

    def _after_makers(self, work: Callable[[], None]) -> None:
        """Does the work, once nobody is making a folder that it needs any more: of several uploads into a new folder
        each finds it missing."""
        ends = time.monotonic() + MAKERS_SECONDS
        while True:
            try:
                return work()
            except BeingChanged as error:
                if error.kind != FolderMaking.kind or time.monotonic() > ends:
                    raise
            time.sleep(0.02)

    def _is_stored(self, made: Storing, overwrite: str) -> bool:
        there = is_there(self._library, made.path)
        if there is not None and (there.is_folder or overwrite != YES):
            if overwrite == RENAME:
                return False
            raise AlreadyExists(f"{'/' + made.path!r} is there already")
        if there is not None:
            self._require_spelling(made.path)
        made.replaces, made.before = there is not None, there.version if there is not None else ""
        made.place = secrets.token_hex(8) if there is not None and self._trash_days > 0 else ""
        try:
            self._after_makers(lambda: self.runner.run(made))
        except AlreadyExists:
            if overwrite != RENAME:
                raise
            return False
        return True

    def _require_spelling(self, path: str) -> None:
        """Raises AlreadyExists where the store has the file under another spelling: it would get two records."""
        name = path.rpartition("/")[2]
        before = name[:-1] + (chr(ord(name[-1]) - 1) + "\U0010ffff" if ord(name[-1]) > 1 else "")
        found = self._library.list(folder_of(path), after=before, limit=1).entries
        if not found or found[0].name != name:
            raise AlreadyExists(f"{name!r} is there already, in another spelling")

    def _require_file(self, path: str) -> None:
        entry = is_there(self._library, path)
        if entry is None or entry.is_folder:
            raise NotFound(f"{'/' + path!r} is not in the library any more")

    def _require_folder(self, path: str) -> None:
        entry = is_there(self._library, path)
        if path and (entry is None or not entry.is_folder):
            raise NotFound(f"there is no folder {'/' + path!r}")

    def _require_absent(self, path: str, *, but: str = "", advice: str = "") -> None:
        if but and path.casefold() == but.casefold():
            # Where cases are not told apart, it is there as itself; the store decides.
            return
        if is_there(self._library, path) is not None:
            raise AlreadyExists(f"{'/' + path!r} is there already{advice}")

    def _require_movable(self, path: str, what: str) -> None:
        if self._library.holds_store(path):
            raise Refused(f"in {'/' + path!r} another store begins; it cannot be {what}")

    def _active(self, number: int) -> ImageRecord:
        with self._sessions() as session:
            record = session.get(ImageRecord, number)
        if record is None or record.status != Status.ACTIVE:
            raise NotFound(f"there is no image {number}")
        return record

    def _record(self, path: str) -> ImageRecord:
        with self._sessions() as session:
            return session.scalars(select(ImageRecord).where(ImageRecord.key == image_key(path))).one()

    def folder(self, number: int) -> FolderRecord:
        """The active folder of that number, whoever asks. Raises NotFound."""
        with self._sessions() as session:
            record = session.get(FolderRecord, number)
        if record is None or record.status != Status.ACTIVE:
            raise NotFound(f"there is no folder {number}")
        return record

    def _folder_at(self, path: str) -> FolderRecord:
        with self._sessions() as session:
            return session.scalars(select(FolderRecord).where(FolderRecord.key == folder_key("/" + path))).one()

    def _trash_entry(self, actor: Actor, number: int) -> TrashEntry:
        with self._sessions() as session:
            entry = session.get(TrashEntry, number)
        if entry is None:
            raise NotFound(f"there is nothing numbered {number} in the trash")
        if not self._may_restore(actor, entry):
            raise Refused("this needs the right to delete where it was")
        return entry

    def _may_restore(self, actor: Actor, entry: TrashEntry) -> bool:
        """Who may delete somewhere may undo it."""
        level = Level.DELETE_FOLDER if entry.image_id is None else Level.DELETE
        return actor.identity is None or self._access.allows(actor.identity, level, folder_of(entry.path))


_LONGEST = 1024


def _longest_below(path: str) -> Select[int]:
    return select(func.max(func.length(ImageRecord.src))).where(ImageRecord.src.startswith(path + "/", autoescape=True))


def _client(actor: Actor) -> str:
    return f"user {actor.identity.id}" if actor.identity is not None else "library"


def _wanted_folder(path: str) -> str:
    try:
        found = clean_folder(path)
        found.encode()
    except (NotFound, UnicodeEncodeError):
        raise BadOption("path", path, "a folder of the library, such as /shoes/red") from None
    return _checked(found)


def _wanted_file(path: str) -> str:
    found = _wanted_folder(path)
    if not found:
        raise BadOption("path", path, "a folder and file name, such as /shoes/red.jpg")
    return found


def _checked(path: str) -> str:
    if len(path) > _LONGEST:
        raise BadOption("path", path, f"a path of at most {_LONGEST} characters")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        raise BadOption("path", path, "a path without control characters")
    return path


def _nothing(path: str, format: str, replaced: bool, user_id: int, address: str) -> None:
    """Nobody listens."""
