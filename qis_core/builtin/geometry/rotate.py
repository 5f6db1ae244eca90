"""Rotation clockwise by any angle: ``angle=45``."""

from __future__ import annotations

from collections.abc import Mapping

from qis_core.api import Angle, Frame, FramingOperation, Options, Phase, SourceInfo


class Rotate(FramingOperation):
    """Rotates the picture clockwise; it grows to hold its corners, and what is empty takes the fill colour."""

    name = "rotate"
    phase = Phase.ROTATE
    options = (Angle("angle", key="rotation", default=0.0, help="Rotation clockwise; empty corners take the fill"),)

    def needs_fill(self, options: Options) -> bool:
        return bool(options.rotation % 90)

    def settle(self, steps: Mapping[str, Options]) -> Mapping[str, Options]:
        """One spelling for every flip and rotation together: a half turn is two flips.

        With a flip, a half turn becomes the other flip; with another angle the flip is always h.
        """
        flip, angle = steps.get("flip"), steps[self.name].rotation
        if flip is None or (angle != 180 and flip.flip == "h"):
            return steps
        settled = dict(steps)
        if angle == 180:
            settled["flip"] = flip.replace(flip="v" if flip.flip == "h" else "h")
            del settled[self.name]
        else:
            settled["flip"] = flip.replace(flip="h")
            # Six decimals, as options have them.
            settled[self.name] = steps[self.name].replace(rotation=round((angle + 180) % 360, 6))
        return settled

    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        return frame.rotated_by(options.rotation)
