"""Is it a picture? Found out in a locked-in render worker, before a file that somebody sent is let in."""

from __future__ import annotations

from typing import BinaryIO

from qis_core.api import BrokenImage, Limits, NotThisFormat, TookTooLong, TooLarge, UnsupportedFeature
from qis_core.domain.compose import Policy, compose
from qis_core.domain.templates import TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.description import Description
from qis_core.imaging.orders import DescribeOrder, RenderOrder
from qis_core.imaging.pool import RenderPool
from qis_core.services.describing import Recordable

_TRIAL = "src=trial&width=32&height=32&format=png"


class Checker:
    """Safe to use from many threads."""

    def __init__(self, *, pool: RenderPool, vocabulary: Vocabulary, recordable: Recordable, limits: Limits) -> None:
        self._pool = pool
        self._recordable = recordable
        self._limits = limits
        # No template has a say: an overlay, say, would need another picture.
        made = compose(_TRIAL, vocabulary=vocabulary, templates=TemplateSet(()), policy=Policy())
        self._recipe = made.recipe

    def check(self, name: str, body: BinaryIO, client: str) -> Description:
        """What the file is, found by its bytes; ``client`` is whom the work counts for.

        Raises UnsupportedFeature for a name or content that no decoder reads, BrokenImage for what does
        not decode, TooLarge, and Unavailable.
        """
        if not self._recordable.is_picture(name):
            raise UnsupportedFeature(f"{name!r}: no installed decoder reads files of this name")
        try:
            body.seek(0)
            order = DescribeOrder(source_name=name, limits=self._limits)
            description = self._pool.describe(order, [body], client=client)
            self._try_out(name, body, client)
        except NotThisFormat as error:
            raise BrokenImage(error.message) from error
        return description

    def _try_out(self, name: str, body: BinaryIO, client: str) -> None:
        body.seek(0)
        order = RenderOrder(recipe=self._recipe, source_name=name, limits=self._limits)
        try:
            self._pool.render(order, [body], client=client)
        except (TooLarge, TookTooLong):
            # It is a picture, though a large one: what can be made of it is for each rendering to see.
            return
