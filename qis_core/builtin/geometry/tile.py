"""One tile of a grid: ``tile=3:16``."""

from __future__ import annotations

import math

from qis_core.api import BadOption, Box, Frame, FramingOperation, Options, Phase, SourceInfo, Tile


class CutTile(FramingOperation):
    """Gives one tile of the finished picture, counted row by row from the top left."""

    name = "tile"
    phase = Phase.TILE
    options = (Tile("tile", help="n:grid, the n-th tile of a square grid, row by row from the top left"),)

    def needs_fill(self, options: Options) -> bool:
        return False

    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        """The tile's window; the last column and row take the remainder.

        Raises BadOption where the picture has fewer pixels than the grid has columns or rows.
        """
        number, grid = Tile.split(options.tile)
        across = math.isqrt(grid)
        size = frame.size
        if size.width < across or size.height < across:
            raise BadOption("tile", options.tile, f"a grid with no more columns or rows than the {size} pixels have")
        row, column = divmod(number - 1, across)
        left, right = _span(size.width, across, column)
        top, bottom = _span(size.height, across, row)
        box = Box(left=left, top=top, right=right, bottom=bottom)
        return frame.windowed(box.moved(frame.window.left, frame.window.top))


def _span(length: int, count: int, index: int) -> tuple[int, int]:
    step = length // count
    return index * step, length if index == count - 1 else (index + 1) * step
