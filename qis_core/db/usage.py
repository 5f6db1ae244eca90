"""How often pictures were asked for, by day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base


class ImageUsage(Base):
    """What was served of a picture on one day (UTC), by all processes together.

    ``renderings`` and ``originals`` are answers, those that a client's own cache was told to keep (304) included;
    ``bytes_sent`` is what went out with them. A day without any has no row.
    """

    __tablename__ = "image_usage"

    image_id: Mapped[int] = mapped_column(
        ForeignKey("images.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    renderings: Mapped[int] = mapped_column(BigInteger, default=0)
    originals: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
