"""Facts of a picture that its record has, for recipes that ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from qis_core.api import Unavailable
from qis_core.db.engine import Sessions
from qis_core.db.images import ImageRecord, image_key

_COLOUR = re.compile("#[0-9a-f]{6}")


def colours_of(facts: Mapping[str, Any]) -> Sequence[str]:
    """The main colours in the facts of a record: 4 across and 3 down, row by row, as ``#rrggbb``; none where not known.

    They were found in a render worker, in hostile bytes: what is no such colours is none.
    """
    colours = facts.get("found", {}).get("colours", ())
    fits = isinstance(colours, list) and len(colours) == 12 and all(map(_is_colour, colours))
    return colours if fits else ()


def _is_colour(text: object) -> bool:
    return isinstance(text, str) and _COLOUR.fullmatch(text) is not None


class RecordedFacts:
    """Reads facts of records: what analysers have found, and ``focal``, the point (x, y) from 0 to 1 where the eye
    should land, as a person or else an analyser has told it."""

    def __init__(self, sessions: Sessions) -> None:
        """``sessions`` are for reading."""
        self._sessions = sessions

    def __call__(self, path: str, names: Sequence[str]) -> Mapping[str, object]:
        """Those of the named facts that are known. Raises Unavailable."""
        if not names:
            return {}
        try:
            columns = (ImageRecord.focal_x, ImageRecord.focal_y, ImageRecord.facts)
            with self._sessions() as session:
                row = session.execute(select(*columns).where(ImageRecord.key == image_key(path))).first()
        except UnicodeEncodeError:
            return {}
        except OperationalError as error:
            raise Unavailable("the database is busy or away") from error
        if row is None:
            return {}
        known: dict[str, object] = dict(row.facts.get("found", {}))
        if row.focal_x is not None:
            known["focal"] = (row.focal_x, row.focal_y)
        return {name: known[name] for name in names if name in known}
