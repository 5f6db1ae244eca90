"""Search by name, title, description, tags and metadata, in what who asks may view.

The database keeps the index (`alembic/versions`): FTS5 in SQLite, a text vector in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, TextClause, column, func, select, table, text
from sqlalchemy.orm import Session

from qis_core.api import Identity, Level
from qis_core.db.engine import Sessions
from qis_core.db.folders import FolderRecord
from qis_core.db.images import ImageRecord
from qis_core.db.tags import ImageTag, Tag
from qis_core.db.users import Status
from qis_core.domain.paths import clean_folder
from qis_core.domain.search_words import search_words
from qis_core.services import folder_records
from qis_core.services.access import AccessService
from qis_core.services.listing import Tile
from qis_core.services.recorded_facts import colours_of
from qis_core.services.tagging import tag_key

PAGE_LENGTH = 100
MOST_COUNTED = 1000
"""Pictures that are counted; of more it is said that there are more."""

MOST_RANKED = 3000
"""Of more pictures than these the latest come first: to weigh them all takes long, and says little of such words."""

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was found; ``total`` counts all (``more``: there are more than that), ``start`` resumes
    (0 at the end)."""

    tiles: Sequence[Tile]
    total: int
    more: bool
    start: int


class Search:
    """Finds pictures for an identity. Safe to use from many threads."""

    def __init__(self, *, sessions: Sessions, access: AccessService, asks_plugins: bool) -> None:
        """``sessions`` are for reading; ``asks_plugins`` says that plugins decide by picture, not by folder."""
        self._sessions = sessions
        self._access = access
        self._asks_plugins = asks_plugins

    def find(
        self, query: str, identity: Identity, *, path: str = "", tag: str = "", start: int = 0, limit: int = PAGE_LENGTH
    ) -> Found:
        """The pictures that have every word of ``query``, the best first; below the folder ``path``, with the ``tag``.

        Nothing for a query without a word and without a tag. Raises NotFound for a path that is none.
        """
        words, folder = search_words(query), clean_folder(path)
        if not words and not tag:
            return Found(tiles=(), total=0, more=False, start=0)
        with self._sessions() as session:
            wanted = _wanted(session, words, folder, tag)
            numbers = self._visible(session, wanted, identity)
            shown = numbers[start : start + limit]
            tiles = _tiles(session, shown)
        more = len(numbers) > MOST_COUNTED
        return Found(
            tiles=tiles,
            total=min(len(numbers), MOST_COUNTED),
            more=more,
            start=start + limit if len(numbers) > start + limit else 0,
        )

    def _visible(self, session: Session, wanted: Select[int, int, str], identity: Identity) -> list[int]:
        """The numbers of what may be viewed, at most one more than are counted, in order."""
        allowed: dict[int, bool] = {}
        numbers: list[int] = []
        for number, folder_id, src in session.execute(wanted, execution_options={"yield_per": _AT_ONCE}):
            if self._asks_plugins or folder_id not in allowed:
                allowed[folder_id] = self._access.allows(identity, Level.VIEW, src)
            if allowed[folder_id]:
                numbers.append(number)
                if len(numbers) > MOST_COUNTED:
                    break
        return numbers


def _wanted(session: Session, words: Sequence[str], folder: str, tag: str) -> Select[int, int, str]:
    query = select(ImageRecord.id, ImageRecord.folder_id, ImageRecord.src).where(ImageRecord.status == Status.ACTIVE)
    if words:
        is_postgresql = session.get_bind().dialect.name == "postgresql"
        query = _in_postgresql(query, words) if is_postgresql else _in_sqlite(session, query, words)
    else:
        query = query.order_by(ImageRecord.updated.desc(), ImageRecord.id)
    if tag:
        tagged = select(ImageTag.image_id).join(Tag, Tag.id == ImageTag.tag_id).where(Tag.key == tag_key(tag))
        query = query.where(ImageRecord.id.in_(tagged))
    if folder:
        query = query.where(ImageRecord.folder_id.in_(select(FolderRecord.id).where(folder_records.within(folder))))
    return query


_SEARCH = table("image_search", column("rowid"), column("rank"), column("image_id"), column("document"))


def _in_sqlite(session: Session, query: Select[int, int, str], words: Sequence[str]) -> Select[int, int, str]:
    # Words are letters and digits, so that nothing in them means anything to FTS5.
    # The beginning of one Latin letter would be half of all words.
    expression = " ".join(f'"{word}"' + ("" if len(word) == 1 and word.isascii() else "*") for word in words)
    matching: TextClause = text("image_search MATCH :expression").bindparams(expression=expression)
    some = select(_SEARCH.c.rowid).where(matching).limit(MOST_RANKED + 1).subquery()
    found = query.join(_SEARCH, _SEARCH.c.rowid == ImageRecord.id).where(matching)
    if (session.scalar(select(func.count()).select_from(some)) or 0) > MOST_RANKED:
        return found.order_by(_SEARCH.c.rowid.desc())
    return found.order_by(text("bm25(image_search, 8, 8, 2, 8, 1)"), ImageRecord.id)


def _in_postgresql(query: Select[int, int, str], words: Sequence[str]) -> Select[int, int, str]:
    asked = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
    return (
        query.join(_SEARCH, _SEARCH.c.image_id == ImageRecord.id)
        .where(_SEARCH.c.document.op("@@")(asked))
        .order_by(func.ts_rank(_SEARCH.c.document, asked).desc(), ImageRecord.id)
    )


def _tiles(session: Session, numbers: Sequence[int]) -> list[Tile]:
    query = select(
        ImageRecord.id, ImageRecord.src, ImageRecord.title, ImageRecord.width, ImageRecord.height,
        ImageRecord.size_bytes, ImageRecord.updated, ImageRecord.version, ImageRecord.facts,
    ).where(ImageRecord.id.in_(numbers))  # fmt: skip
    rows = {row.id: row for row in session.execute(query)}
    return [
        Tile(
            id=row.id, path=row.src, title=row.title, width=row.width, height=row.height,
            size_bytes=row.size_bytes, changed=row.updated, version=row.version, colours=colours_of(row.facts),
        )
        for row in (rows[number] for number in numbers if number in rows)
    ]  # fmt: skip
