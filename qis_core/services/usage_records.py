"""The rows of pictures' usage: added to, read for a picture's page, and removed when they are old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qis_core.db.images import ImageRecord, image_key
from qis_core.db.usage import ImageUsage


@dataclass(slots=True)
class Tally:
    """Answers and bytes that were sent, so far."""

    renderings: int = 0
    originals: int = 0
    bytes_sent: int = 0

    def add(self, other: Tally) -> None:
        """Adds what ``other`` has."""
        self.renderings += other.renderings
        self.originals += other.originals
        self.bytes_sent += other.bytes_sent


def add_usage(session: Session, tallies: Mapping[tuple[date, str], Tally]) -> None:
    """Adds to the rows of these days and pictures (by clean path); pictures without a record are left out."""
    keys = {path: key for _, path in tallies if (key := _key(path))}
    query = select(ImageRecord.key, ImageRecord.id).where(ImageRecord.key.in_(sorted(keys.values())))
    ids = dict(session.execute(query).all())
    rows = [
        {"image_id": ids[keys[path]], "day": day, "renderings": tally.renderings, "originals": tally.originals,
         "bytes_sent": tally.bytes_sent}
        for (day, path), tally in tallies.items()
        if keys.get(path) in ids
    ]  # fmt: skip
    if not rows:
        return
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(ImageUsage)
    added = {name: getattr(ImageUsage, name) + new.excluded[name] for name in ("renderings", "originals", "bytes_sent")}
    statement = new.on_conflict_do_update(index_elements=[ImageUsage.image_id, ImageUsage.day], set_=added)
    # In one order everywhere: two processes that lock the same rows would wait for each other otherwise.
    connection.execute(statement, sorted(rows, key=lambda row: (row["image_id"], row["day"])))


def usage_of(session: Session, image_id: int, first: date) -> Sequence[tuple[date, Tally]]:
    """A picture's rows from the day ``first`` on, in order."""
    query = select(ImageUsage).where(ImageUsage.image_id == image_id, ImageUsage.day >= first)
    return [
        (row.day, Tally(row.renderings, row.originals, row.bytes_sent))
        for row in session.scalars(query.order_by(ImageUsage.day))
    ]


def counted_since(session: Session, image_id: int) -> date | None:
    """The first day that there is a row of; None where there is none."""
    return session.scalar(select(func.min(ImageUsage.day)).where(ImageUsage.image_id == image_id))


def remove_usage(session: Session, before: date) -> int:
    """Removes the rows of all days before ``before`` and answers how many these were."""
    removed: int = session.connection().execute(delete(ImageUsage).where(ImageUsage.day < before)).rowcount
    return removed


def _key(path: str) -> str:
    try:
        return image_key(path)
    except UnicodeEncodeError:
        return ""
