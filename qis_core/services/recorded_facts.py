"""Facts of a picture that its record has, for recipes that ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from qis_core.api import Unavailable
from qis_core.db.engine import Sessions
from qis_core.db.images import ImageRecord, image_key


class RecordedFacts:
    """Reads facts of records: at present ``focal``, the point (x, y) from 0 to 1 where the eye should land."""

    def __init__(self, sessions: Sessions) -> None:
        """``sessions`` are for reading."""
        self._sessions = sessions

    def __call__(self, path: str, names: Sequence[str]) -> Mapping[str, object]:
        """Those of the named facts that are known. Raises Unavailable."""
        if "focal" not in names:
            return {}
        try:
            query = select(ImageRecord.focal_x, ImageRecord.focal_y).where(ImageRecord.key == image_key(path))
            with self._sessions() as session:
                row = session.execute(query).first()
        except UnicodeEncodeError:
            return {}
        except OperationalError as error:
            raise Unavailable("the database is busy or away") from error
        return {} if row is None or row.focal_x is None else {"focal": (row.focal_x, row.focal_y)}
