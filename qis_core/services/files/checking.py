"""Is it a picture? Found out in a locked-in render worker, before a file that somebody sent is let in."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from qis_core.api import BrokenImage, Limits, NotThisFormat, TookTooLong, TooLarge, UnsupportedFeature
from qis_core.imaging.description import Description
from qis_core.imaging.orders import DescribeOrder
from qis_core.imaging.pool import RenderPool
from qis_core.services.describing import Recordable
from qis_core.services.looking import Look


class Checker:
    """Safe to use from many threads."""

    def __init__(self, *, pool: RenderPool, look: Look, recordable: Recordable, limits: Limits) -> None:
        self._pool = pool
        self._look = look
        self._recordable = recordable
        self._limits = limits

    def expects_picture(self, path: str) -> bool:
        """Whether a file of this name is to be a picture."""
        return self._recordable.is_picture(path)

    def check(self, name: str, body: BinaryIO, client: str) -> Description:
        """What the file is, found by its bytes, and what analysers find in it; ``client`` is whom the work counts for.

        Raises UnsupportedFeature for a name or content that no decoder reads, BrokenImage for what does
        not decode, TooLarge, and Unavailable.
        """
        if not self._recordable.is_picture(name):
            raise UnsupportedFeature(f"{name!r}: no installed decoder reads files of this name")
        try:
            body.seek(0)
            order = DescribeOrder(source_name=name, limits=self._limits)
            return self._tried_out(self._pool.describe(order, [body], client=client), order, body, client)
        except NotThisFormat as error:
            raise BrokenImage(error.message) from error

    def _tried_out(self, found: Description, order: DescribeOrder, body: BinaryIO, client: str) -> Description:
        """With what analysers find in the small rendering, which is the trial as well."""
        body.seek(0)
        try:
            return replace(found, found=self._pool.describe(self._look.order(order), [body], client=client).found)
        except (TooLarge, TookTooLong):
            # It is a picture, though a large one: what can be made of it is for each rendering to see.
            return found
