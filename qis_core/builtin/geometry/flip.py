"""Mirroring: ``flip=h`` left to right, ``flip=v`` top to bottom."""

from __future__ import annotations

from qis_core.api import Choice, Frame, FramingOperation, Options, Phase, SourceInfo


class Flip(FramingOperation):
    """Mirrors the picture: h left to right, v top to bottom."""

    name = "flip"
    phase = Phase.FLIP
    options = (Choice("flip", choices=("h", "v"), help="Mirror left to right (h) or top to bottom (v)"),)

    def needs_fill(self, options: Options) -> bool:
        return False

    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        return frame.flipped(options.flip)
