"""The journal: which changes are under way, whose they are, and which paths they keep others from changing."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, Unavailable
from qis_core.db.engine import Sessions
from qis_core.db.file_changes import FileChange
from qis_core.db.properties import CLAIMS_VERSION
from qis_core.db.versions import touch


class BeingChanged(AlreadyExists):
    """Somebody has a claim on ``path`` just now, for a change of this ``kind``."""

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(f"somebody else is just changing {path!r}; try again shortly")
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A change in the journal, as it was read."""

    id: int
    kind: str
    plan: Mapping[str, Any]
    settled: bool
    owner: str
    beat: int


class Owner:
    """This process, as the owner of changes: a name, and a lock that ends with the process however that ends."""

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(12)
        self._folder = folder
        self._descriptor: int | None = None
        self._holding = threading.Lock()

    def hold(self) -> None:
        """Takes the lock, once. Safe to use from many threads: to the system each that took it would be an owner."""
        with self._holding:
            if self._descriptor is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                # Locked before it has its name: nobody ever finds it there without its lock.
                draft = self._folder / f"{self.name}.new"
                descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                draft.rename(self._place(self.name))
                self._descriptor = descriptor

    def is_dead(self, name: str) -> bool:
        """Whether an owner on this machine, or with this data folder, has surely ended; False where nobody can tell."""
        if name == self.name:
            return False
        try:
            descriptor = os.open(self._place(name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def forget(self, name: str) -> None:
        """Removes what is left of an owner that is dead and owns nothing more."""
        self._place(name).unlink(missing_ok=True)

    def dead(self) -> Sequence[str]:
        """Those of this data folder that have surely ended."""
        names = [path.stem for path in self._folder.glob("*.lock")] if self._folder.is_dir() else []
        return [name for name in names if self.is_dead(name)]

    def release(self) -> None:
        """Gives the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self.forget(self.name)

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


class Journal:
    """Reads and writes the entries. Safe to use from many threads; several nodes share one through the database."""

    def __init__(self, sessions: Sessions, owner: Owner) -> None:
        """``sessions`` write."""
        self._sessions = sessions
        self.owner = owner

    def begin(self, kind: str, claims: Sequence[str], plan: Mapping[str, Any], *, announced: Iterable[str] = ()) -> int:
        """Enters a change, and so takes its claims; its number. ``announced`` are version properties that change
        with it. Raises BeingChanged where somebody has one of the claims."""
        self.owner.hold()
        with self._sessions.begin() as session:
            # One after the other: of two who want the same at once the second sees the first one's claim.
            touch(session, CLAIMS_VERSION)
            _require_free(session, claims)
            for version in announced:
                touch(session, version)
            entry = FileChange(kind=kind, claims=list(claims), plan=dict(plan), owner=self.owner.name)
            session.add(entry)
            session.flush()
            return entry.id

    def require_free(self, claims: Sequence[str]) -> None:
        """Raises BeingChanged where somebody has one of these claims now."""
        with self._sessions() as session:
            _require_free(session, claims)

    def settle(self, session: Session, number: int) -> None:
        """Marks, within the transaction of the records, that these tell of the change. Raises Unavailable
        where the change is not this process's any more: it was away for so long that another one took over."""
        mine = FileChange.id == number, FileChange.owner == self.owner.name, FileChange.settled.is_(False)
        settled = update(FileChange).where(*mine).values(settled=True).returning(FileChange.id)
        if session.scalar(settled.execution_options(synchronize_session=False)) is None:
            raise Unavailable("this change was taken over by another process; look at the library again")

    def end(self, session: Session, number: int) -> None:
        """The change is at its end: its claims are free."""
        session.execute(delete(FileChange).where(FileChange.id == number, FileChange.owner == self.owner.name))

    def beat(self, numbers: Iterable[int]) -> None:
        """Tells others that these changes are being worked on."""
        with self._sessions.begin() as session:
            session.execute(
                update(FileChange)
                .where(FileChange.id.in_(list(numbers)), FileChange.owner == self.owner.name)
                .values(beat=FileChange.beat + 1)
            )

    def entries(self) -> Sequence[Entry]:
        """All entries, the oldest first."""
        columns = [getattr(FileChange, name) for name in Entry.__dataclass_fields__]
        with self._sessions() as session:
            return [Entry(**row._mapping) for row in session.execute(select(*columns).order_by(FileChange.id))]

    def take_over(self, entry: Entry) -> bool:
        """Makes another's entry this process's, unless it has changed since it was read."""
        self.owner.hold()
        as_read = FileChange.id == entry.id, FileChange.owner == entry.owner, FileChange.beat == entry.beat
        taken = update(FileChange).where(*as_read).values(owner=self.owner.name, beat=FileChange.beat + 1)
        with self._sessions.begin() as session:
            return session.scalar(taken.returning(FileChange.id)) is not None

    def current(self, number: int) -> Entry | None:
        """One of this process's entries as it is now; None where it is at its end or another's."""
        return next((each for each in self.entries() if each.id == number and each.owner == self.owner.name), None)


def overlap(path: str, other: str) -> bool:
    """Whether one of two paths is the other or holds it; also where a store that does not tell cases apart says so."""
    one, two = _folded(path), _folded(other)
    return not one or not two or one == two or one.startswith(two + "/") or two.startswith(one + "/")


def _require_free(session: Session, claims: Iterable[str]) -> None:
    taken = session.execute(select(FileChange.kind, FileChange.claims)).all()
    for path in claims:
        for row in taken:
            if any(overlap(path, other) for other in row.claims):
                raise BeingChanged(path, row.kind)


def claimed(session: Session) -> Sequence[str]:
    """The paths that changes under way have claimed."""
    return [path for claims in session.scalars(select(FileChange.claims)) for path in claims]


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())
