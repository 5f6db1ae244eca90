"""What operations may ask while they work: one shared desk for a rendering, one context a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from qis_core.api import Box, DecodeHint, Frame, Metadata, Picture, RenderJob, Size, UnsupportedFeature
from qis_core.builtin.pillow import modes
from qis_core.builtin.pillow.colour import Colours
from qis_core.builtin.pillow.resample import resampled, reserve
from qis_core.builtin.pillow.turning import turned

AUTO = "auto"

T = TypeVar("T")


class Desk:
    """What all stages of one rendering share: its notes, its colours and its second pictures."""

    def __init__(self, job: RenderJob, fill: str) -> None:
        self.fill = fill
        self.notes: list[str] = []
        self.colours = Colours(default_cmyk=job.quality.default_cmyk, fill=fill, note=self.note)
        self._job = job
        self._pictures: dict[tuple[str, Size], Picture] = {}

    def note(self, text: str) -> None:
        """Keeps a note for the rendering, once."""
        if text not in self.notes:
            self.notes.append(text)

    def with_fill(self, fill: str) -> Desk:
        """The same desk with the fill that was found for ``auto``."""
        other = Desk(self._job, fill)
        other.notes, other._pictures = self.notes, self._pictures
        return other

    def picture(self, name: str, at_most: Size) -> Picture:
        """As ``OperationContext.picture``; decoded once for a size. Raises what decoders raise."""
        if (name, at_most) not in self._pictures:
            self._pictures[name, at_most] = self._decoded(name, at_most)
        return self._pictures[name, at_most]

    def profile(self, name: str) -> bytes:
        """As ``OperationContext.profile``. Raises UnsupportedFeature for one that was not fetched."""
        return _named(self._job.profiles, name, "ICC profile")

    def _decoded(self, name: str, at_most: Size) -> Picture:
        resource = _named(self._job.pictures, name, "picture")
        frame = Frame.of(resource.info)
        upright = frame.upright
        scale = min(1.0, at_most.width / upright.width, at_most.height / upright.height)
        size = Size(width=max(1, round(upright.width * scale)), height=max(1, round(upright.height * scale)))
        frame = frame.resized(size)
        decoded = resource.decoder.decode(
            resource.source, DecodeHint(minimum=frame.needed_size(reserve(self._job.quality)))
        )
        stored = size.turned if frame.turn.swaps else size
        image, covered = decoded.image, decoded.region or Box.of(resource.info.size)
        x, y = image.width / covered.width, image.height / covered.height
        box = Box.of(resource.info.size).moved(-covered.left, -covered.top).scaled(x, y)
        image = turned(resampled(image, box, stored, box), frame.turn)
        for note in decoded.notes:
            self.note(note)
        return Picture(image=image, metadata=decoded.metadata)


def _named(found: Mapping[str, T], name: str, what: str) -> T:
    if name not in found:
        raise UnsupportedFeature(f"the {what} {name!r} was not fetched for this rendering")
    return found[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The OperationContext of one stage."""

    desk: Desk
    original: Size
    scale: float
    canvas: Size
    origin: tuple[int, int] = (0, 0)
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def fill(self) -> str:
        """The recipe's fill; ``auto`` is answered by the frame, and before it counts as white."""
        return modes.WHITE if self.desk.fill == AUTO else self.desk.fill

    def picture(self, name: str, at_most: Size) -> Picture:
        """As the desk has it, in an image of its own that may be changed."""
        found = self.desk.picture(name, at_most)
        return found.with_image(found.image.copy())

    def profile(self, name: str) -> bytes:
        """As the desk has it."""
        return self.desk.profile(name)

    def convert(
        self,
        picture: Picture,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> Picture:
        """As ``Colours`` converts."""
        return self.desk.colours.convert(picture, model, profile, intent=intent, black_point=black_point)

    def note(self, text: str) -> None:
        """Keeps a note for the rendering."""
        self.desk.note(text)
