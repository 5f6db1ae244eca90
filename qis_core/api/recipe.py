"""The recipe: one normalised, frozen value for one picture, and the text of it that is hashed."""

from __future__ import annotations

from dataclasses import dataclass, field

from qis_core.api.options import Options


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation with its options; ``text`` is their canonical spelling."""

    operation: str
    options: Options
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """The file to make: canonical format name, the encoder's options, resolution to write.

    ``dpi`` is (x, y) dots per inch, or None to keep the source's.
    """

    format: str
    options: Options = field(default_factory=lambda: Options({}))
    text: str = ""
    dpi: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Source, page (from 1), moment of a video, ordered steps, fill colour and output.

    ``time`` is that moment in seconds; 0: as the page says.
    ``fill`` is ``#rrggbb``, ``none`` or ``auto``; ``raster_dpi`` the resolution at which a
    vector source is measured and drawn at most. ``bounds`` (width, height; 0 is none) is the size
    inside which a larger result is fitted. ``engine`` names an engine, or '' for the best.
    """

    source: str
    output: Output
    page: int = 1
    time: float = 0.0
    steps: tuple[Step, ...] = ()
    fill: str = "#ffffff"
    raster_dpi: int = 150
    bounds: tuple[int, int] = (0, 0)
    engine: str = ""

    @property
    def canonical(self) -> str:
        """One line that is equal for equal pictures and different for different ones."""
        dpi = "x".join(map(str, self.output.dpi)) if self.output.dpi else ""
        parts = [
            f"src={self.source!r}", f"page={self.page}", f"dpi={self.raster_dpi}", f"fill={self.fill}",
            f"bounds={self.bounds[0]}x{self.bounds[1]}",
            *(f"{step.operation}({step.text})" for step in self.steps),
            f"{self.output.format}({self.output.text})@{dpi}", f"engine={self.engine}",
            *([f"time={self.time:.6f}"] if self.time else []),
        ]  # fmt: skip
        return "|".join(parts)
