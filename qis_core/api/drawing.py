"""What of a vector page is drawn, and with how many pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from qis_core.api.values import Box, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Of a page drawn at ``size``, the pixels of ``box``, whose edges are whole numbers."""

    size: Size
    box: Box

    @classmethod
    def of(cls, size: Size, measured: Size, region: Box | None) -> Self:
        """The pixels at ``size`` that cover ``region`` of the page as ``measured`` (None: all of it)."""
        if region is None:
            return cls(size=size, box=Box.of(size))
        box = region.scaled(size.width / measured.width, size.height / measured.height)
        left = min(max(0, math.floor(box.left + 1e-6)), size.width - 1)
        top = min(max(0, math.floor(box.top + 1e-6)), size.height - 1)
        right = min(size.width, max(left + 1, math.ceil(box.right - 1e-6)))
        bottom = min(size.height, max(top + 1, math.ceil(box.bottom - 1e-6)))
        return cls(size=size, box=Box(left=left, top=top, right=right, bottom=bottom))

    @property
    def pixels(self) -> Size:
        """How large the drawing is."""
        return Size(width=int(self.box.width), height=int(self.box.height))

    def region(self, measured: Size) -> Box | None:
        """``Decoded.region``: the part in pixels of the page as ``measured``; None where it is the whole page."""
        if self.pixels == self.size:
            return None
        return self.box.scaled(measured.width / self.size.width, measured.height / self.size.height)
