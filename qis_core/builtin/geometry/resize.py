"""Size, padding and fit: ``width=400&height=300&fit=cover``.

Sizes are computed in whole numbers, so that no rounding of floats moves a ceiling.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qis_core.api import (
    Align,
    BadOption,
    Bool,
    Box,
    Choice,
    Frame,
    FramingOperation,
    Int,
    Options,
    Phase,
    Place,
    Real,
    Size,
    SourceInfo,
    Turn,
)

FITS = ("pad", "inside", "cover", "stretch")


class Resize(FramingOperation):
    """Gives the picture another size: padded, fitted inside, covering or stretched to it."""

    name = "resize"
    phase = Phase.RESIZE

    def __init__(self, max_size: int = 15000) -> None:
        self._max_size = max_size
        self.options = (
            Int("width", maximum=max_size, unit="pixels", holds=("dpr",),
                help="Width of the result; 0 leaves it free"),
            Int("height", maximum=max_size, unit="pixels", holds=("dpr",),
                help="Height of the result; 0 leaves it free"),
            Bool("autosizefit", key="size_fit", holds=("fit",),
                 help="With both sizes: fit inside them, without padding"),
            Choice("fit", choices=FITS, default="pad", holds=("size_fit",),
                   help="With both sizes: padded to them, inside them, covering them, or stretched to them"),
            Place("gravity", default="c", special=("focal",), help="Which part stays in sight with fit=cover"),
            Real("dpr", minimum=0.5, maximum=4, default=1.0, help="Pixels of the device: multiplies both sizes"),
            Bool("enlarge", help="Lets a picture become larger than its original"),
            Align("halign", key="align_h", edges="LCR", default="C0.5",
                  help="Which edge of the picture goes where between the left (0) and right (1) of the padding"),
            Align("valign", key="align_v", edges="TCB", default="C0.5",
                  help="Which edge of the picture goes where between the top (0) and bottom (1) of the padding"),
            Bool("autocropfit", key="crop_fit",
                 help="With a crop and both sizes: widen the crop towards the shape of the sizes"),
        )  # fmt: skip

    def is_noop(self, options: Options) -> bool:
        return not options.get("width") and not options.get("height")

    def normalise(self, options: Options) -> Options:
        """Sizes with ``dpr`` in them, and of the rest only what counts with these sizes.

        Raises BadOption where ``dpr`` makes a size larger than the largest that may be asked for.
        """
        width, height = self._sized(options, "width"), self._sized(options, "height")
        values: dict[str, object] = {"width": width, "height": height, "enlarge": options.get("enlarge") or None}
        if width and height:
            fit = options.get("fit") or ("inside" if options.get("size_fit") else "pad")
            values["crop_fit"] = options.get("crop_fit") or None
            if fit == "pad":
                values["align_h"] = _plain(options.get("align_h"), "L", "R")
                values["align_v"] = _plain(options.get("align_v"), "T", "B")
            else:
                values["fit"] = fit
            gravity = options.get("gravity")
            if fit == "cover" and gravity != "c":
                values["gravity"] = gravity
        kept = options.without(*options)
        return kept.replace(**values)

    def settle(self, steps: Mapping[str, Options]) -> Mapping[str, Options]:
        """Widening the crop means nothing where nothing is cropped."""
        mine = steps[self.name]
        if "crop" in steps or "crop_fit" not in mine:
            return steps
        return {**steps, self.name: mine.without("crop_fit")}

    def needs_fill(self, options: Options) -> bool:
        wanted = self.normalise(options)
        return "width" in wanted and "height" in wanted and "fit" not in wanted

    def facts(self, options: Options) -> Sequence[str]:
        """The focal point, where it decides what stays in sight."""
        return ("focal",) if self.normalise(options).get("gravity") == "focal" else ()

    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        if self.is_noop(options):
            return frame
        wanted = self.normalise(options)
        width, height = _limited(frame, wanted.get("width"), wanted.get("height"), enlarge="enlarge" in wanted)
        if not width or not height:
            return frame.resized(frame.content.inside(width, height))
        target = Size(width=width, height=height)
        if "crop_fit" in wanted:
            frame = _widened(frame, target)
        fit = wanted.get("fit", "pad")
        if fit == "stretch":
            return frame.resized(target)
        if fit == "inside":
            return frame.resized(frame.content.inside(width, height))
        if fit == "cover":
            place = _gravity(str(wanted.get("gravity", "c")), frame, info)
            return frame.cropped(_cover_box(frame.content, target, place)).resized(target)
        return _padded(frame, target, str(wanted.get("align_h", "C0.5")), str(wanted.get("align_v", "C0.5")))

    def _sized(self, options: Options, key: str) -> int | None:
        size, dpr = options.get(key), options.get("dpr") or 1.0
        assert isinstance(size, int | None)
        assert isinstance(dpr, float | int)
        if not size:
            return None
        multiplied = math.floor(size * dpr + 0.5)
        if multiplied > self._max_size:
            largest = math.floor(self._max_size / size * 1000) / 1000
            raise BadOption("dpr", dpr, f"at most {largest:g} with a {key} of {size}")
        return multiplied


def _plain(align: object, first: str, last: str) -> object:
    """An alignment in its one spelling; None for the default. At 0 and 1 every edge is shifted back alike."""
    if align is None or align == "C0.5":
        return None
    _, place = Align.split(str(align))
    return f"{first}0" if place == 0 else f"{last}1" if place == 1 else align


def _limited(frame: Frame, width: object, height: object, *, enlarge: bool) -> tuple[int, int]:
    """The wanted sizes (0: free), each at most the picture's; 2 more where it was rotated."""
    assert isinstance(width, int | None)
    assert isinstance(height, int | None)
    if enlarge:
        return width or 0, height or 0
    spare = 2 if frame.rotated else 0
    return min(width or 0, frame.picture.width + spare), min(height or 0, frame.picture.height + spare)


def _widened(frame: Frame, target: Size) -> Frame:
    """The crop grown in one direction towards the target's shape, at most to the picture's edge."""
    crop, picture = frame.crop, frame.picture
    if crop == Box.of(picture):
        return frame
    width, height = round(crop.width), round(crop.height)
    if target.width * height < width * target.height:
        top, bottom = _grown(crop.top, crop.bottom, -(-width * target.height // target.width), picture.height)
        return frame.recropped(Box(left=crop.left, top=top, right=crop.right, bottom=bottom))
    left, right = _grown(crop.left, crop.right, -(-height * target.width // target.height), picture.width)
    return frame.recropped(Box(left=left, top=crop.top, right=right, bottom=crop.bottom))


def _grown(low: float, high: float, length: int, limit: int) -> tuple[float, float]:
    length = min(length, limit)
    low -= (length - (high - low)) // 2
    low = min(max(0, low), limit - length)
    return low, low + length


def _cover_box(content: Size, target: Size, place: tuple[float, float]) -> Box:
    """The largest box of the target's shape, with the point ``place`` at the same relative place in it."""
    width, height = content.width, content.height
    if width * target.height > target.width * height:
        width = max(1, height * target.width // target.height)
    else:
        height = max(1, width * target.height // target.width)
    left = math.floor(round((content.width - width) * place[0], 6))
    top = math.floor(round((content.height - height) * place[1], 6))
    return Box(left=left, top=top, right=left + width, bottom=top + height)


def _gravity(gravity: str, frame: Frame, info: SourceInfo) -> tuple[float, float]:
    """The gravity point as fractions of the content; the focal point is a stored fact of the picture."""
    if gravity != "focal":
        return Place.point(gravity)
    focal = info.facts.get("focal")
    if not isinstance(focal, tuple | list) or len(focal) != 2:
        return 0.5, 0.5
    turn = Turn.from_exif(info.orientation)
    upright = info.size.turned if turn.swaps else info.size
    across, down = float(focal[0]) * upright.width, float(focal[1]) * upright.height
    stored = turn.stored_box(Box(left=across, top=down, right=across, bottom=down), info.size)
    x, y = frame.content_point(stored.left, stored.top)
    return min(1.0, max(0.0, x / frame.content.width)), min(1.0, max(0.0, y / frame.content.height))


def _padded(frame: Frame, target: Size, align_h: str, align_v: str) -> Frame:
    """Fitted inside the target and padded to it; a border of one pixel is swallowed by the picture."""
    fitted = frame.content.inside(target.width, target.height)
    width = target.width if target.width - fitted.width <= 1 else fitted.width
    height = target.height if target.height - fitted.height <= 1 else fitted.height
    offset = _aligned(align_h, width, target.width), _aligned(align_v, height, target.height)
    return frame.resized(Size(width=width, height=height), target, offset)


def _aligned(align: str, length: int, canvas: int) -> int:
    """Where the picture begins when its named edge is at the named fraction of the canvas."""
    edge, place = Align.split(align)
    before = {"L": 0.0, "T": 0.0, "C": 0.5, "R": 1.0, "B": 1.0}[edge] * length
    start = math.floor(round(canvas * place - before, 6))
    return min(max(0, start), canvas - length)
