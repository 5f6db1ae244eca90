"""Moving and renaming files and folders, within a store and from one to another."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, ImageMoved, NotFound, StorageEntry
from qis_core.db.properties import ACCESS_VERSION
from qis_core.domain.paths import folder_of
from qis_core.services import audit
from qis_core.services.files import recording
from qis_core.services.files.changes import UNPLANNED, Change, Parts, kind
from qis_core.services.files.trees import (
    Progress,
    copy_tree,
    is_there,
    pieces,
    read_manifest,
    remove_copies,
    remove_pieces,
    remove_tree,
    write_manifest,
)
from qis_core.services.following import SECONDS

HEARD_SECONDS = 2 * SECONDS
"""After so long every node follows what was committed."""


@kind("move")
@dataclass(kw_only=True)
class Moving(Change):
    """Moves the picture ``image_id`` at ``path``, or the folder there, to the free path ``to``.

    Within a store that is one step of its own. To another store the files are copied and verified,
    the records then tell of the copies, and the originals go; ``place`` is where the trash keeps
    meanwhile what they were, '' within one store. ``waits`` says that the folder has permissions of
    its own: they hold at both places from the beginning (`qis_core.services.access`), and every
    node must have heard of that before a file is there.
    """

    path: str
    to: str
    image_id: int | None = None
    place: str = ""
    waits: bool = False
    entry: StorageEntry | None = field(default=None, metadata=UNPLANNED, repr=False)
    moved: Sequence[tuple[str, str]] = field(default=(), metadata=UNPLANNED, repr=False)

    @property
    def claims(self) -> Sequence[str]:
        return [self.path, self.to]

    @property
    def announced(self) -> Sequence[str]:
        return [ACCESS_VERSION] if self.image_id is None else []

    def work(self, parts: Parts, progress: Progress) -> None:
        if self.waits:
            time.sleep(HEARD_SECONDS)
        if not self.place:
            parts.library.move(self.path, self.to)
            return
        tree = list(pieces(parts.library, self.path))
        copy_tree(parts.library, self.path, parts.library, self.to, tree, progress)
        parts.trash.make_folder(self.place)
        write_manifest(parts.trash, self.place, tree)

    def is_done(self, parts: Parts) -> bool:
        return (
            not self.place
            and is_there(parts.library, self.path) is None
            and is_there(parts.library, self.to) is not None
        )

    def undo(self, parts: Parts) -> None:
        if self.place:
            remove_copies(parts.library, self.path, parts.library, self.to)
            remove_tree(parts.trash, self.place)
            with suppress(NotFound):
                parts.library.tidy(folder_of(self.to))
            return
        old, new = is_there(parts.library, self.path), is_there(parts.library, self.to)
        if old is None or new is None or old.is_folder != new.is_folder:
            return
        # A system that cannot rename in one step first claims the name: by the file itself, or by something empty.
        with suppress(NotFound, AlreadyExists):
            if new.is_folder:
                parts.library.remove_folder(self.to)
            elif new.version == old.version or not new.size_bytes:
                parts.library.delete(self.to)

    def observe(self, parts: Parts) -> None:
        self.entry = parts.library.stat_now(self.to)

    def record(self, session: Session) -> None:
        assert self.entry is not None
        if self.image_id is not None:
            self.moved = recording.move_image(session, self.image_id, self.path, self.entry, self.who.id)
            return
        self.moved = recording.move_folder(session, self.path, self.to, self.who.id)
        audit.record(session, self.who.actor, audit.Action.FOLDER_MOVED, "/" + self.path, to="/" + self.to)

    def finish(self, parts: Parts) -> None:
        if self.place:
            remove_pieces(parts.library, self.path, read_manifest(parts.trash, self.place) or ())
            remove_tree(parts.trash, self.place)

    def tell(self, parts: Parts) -> None:
        for path, to in self.moved:
            parts.manager.notify_image_moved(ImageMoved(path=path, to=to))
