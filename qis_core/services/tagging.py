"""Tags: words that people give to pictures, and take from them again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from qis_core.api import BadOption, Identity, Level, NotFound
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord
from qis_core.db.tags import ImageTag, Tag
from qis_core.db.users import Status
from qis_core.services.access import AccessService
from qis_core.services.folder_records import insert_missing

LONGEST = 100
MOST = 50
"""Tags of one picture."""


def clean_tag(text: str) -> str:
    """A tag as it is kept: one blank between words, no comma. Raises BadOption."""
    found = " ".join(unicodedata.normalize("NFC", text).split())
    if not 0 < len(found) <= LONGEST or "," in found or not found.isprintable():
        raise BadOption("tags", text, f"a text of 1 to {LONGEST} characters without commas")
    return found


def split_tags(text: str) -> list[str]:
    """The tags of a field where commas stand between them, each once. Raises BadOption."""
    return list({tag_key(tag): tag for tag in map(clean_tag, filter(str.strip, text.split(",")))}.values())


def tag_key(tag: str) -> str:
    """What makes a tag unique: large and small letters are the same."""
    return tag.casefold()


class Tagging:
    """Changes tags within a session, for who may edit the pictures."""

    def __init__(self, session: Session, access: AccessService, identity: Identity) -> None:
        self._session = session
        self._access = access
        self._identity = identity

    def of(self, number: int) -> Sequence[str]:
        """A picture's tags in alphabetical order."""
        query = select(Tag.name).join(ImageTag, ImageTag.tag_id == Tag.id).where(ImageTag.image_id == number)
        return sorted(self._session.scalars(query.order_by(Tag.key)), key=tag_key)

    def change(self, number: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Sequence[str]:
        """Gives a picture tags and takes others from it; answers what it has then.

        Raises NotFound, Refused, and BadOption for what is no tag or one too many.
        """
        record = self._session.get(ImageRecord, number)
        if record is None or record.status != Status.ACTIVE:
            raise NotFound(f"there is no image {number}")
        self._access.require(self._identity, Level.EDIT, record.src)
        before = {tag_key(name): name for name in self.of(number)}
        added = {tag_key(name): name for name in map(clean_tag, add) if tag_key(name) not in before}
        removed = {tag_key(name) for name in remove} & before.keys()
        if len(before) + len(added) - len(removed - added.keys()) > MOST:
            raise BadOption("tags", f"{len(before) + len(added)} tags", f"at most {MOST} tags")
        self._take(number, removed)
        self._give(number, added)
        if added or removed:
            told = ", ".join(
                [*(f"+{name}" for name in added.values()), *(f"-{before[key]}" for key in sorted(removed))]
            )
            self._session.add(
                ImageHistory(
                    image_id=number,
                    user_id=self._identity.id,
                    action=ImageAction.EDITED,
                    action_info=f"tags: {told}"[:1024],
                )
            )
        self._session.flush()
        return self.of(number)

    def put(self, number: int, tags: Iterable[str]) -> Sequence[str]:
        """Makes these a picture's tags, and no others. Raises as ``change``."""
        wanted = list(tags)
        keys = set(map(tag_key, wanted))
        return self.change(number, add=wanted, remove=[name for name in self.of(number) if tag_key(name) not in keys])

    def _give(self, number: int, added: dict[str, str]) -> None:
        if not added:
            return
        rows = [{"name": name, "key": key} for key, name in added.items()]
        self._session.execute(insert_missing(self._session, Tag), rows)
        ids = self._session.scalars(select(Tag.id).where(Tag.key.in_(added)))
        self._session.execute(
            insert_missing(self._session, ImageTag), [{"image_id": number, "tag_id": each} for each in ids]
        )

    def _take(self, number: int, keys: Iterable[str]) -> None:
        wanted = select(Tag.id).where(Tag.key.in_(list(keys)))
        self._session.execute(
            delete(ImageTag)
            .where(ImageTag.image_id == number, ImageTag.tag_id.in_(wanted))
            .execution_options(synchronize_session=False)
        )


def all_tags(session: Session, *, start: str = "", limit: int = 100) -> Sequence[tuple[str, int]]:
    """Tags that begin with ``start``, the most used first, with the number of their pictures."""
    count = func.count(ImageTag.image_id)
    query = (
        select(Tag.name, count)
        .join(ImageTag, ImageTag.tag_id == Tag.id)
        .where(Tag.key.startswith(tag_key(start), autoescape=True))
        .group_by(Tag.id, Tag.name)
        .order_by(count.desc(), Tag.name)
        .limit(limit)
    )
    return [(name, number) for name, number in session.execute(query)]
