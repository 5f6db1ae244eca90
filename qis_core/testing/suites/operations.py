"""What every image operation has to do, of whichever kind.

::

    class TestSepia(OperationSuite):
        operation = Sepia()

Options to try are made from the declarations; ``examples`` adds more, as URL texts by option name.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence

import pytest
from PIL import Image, ImageChops

from qis_core.api import (
    BadOption,
    Box,
    Choice,
    FinishingOperation,
    Frame,
    FramingOperation,
    Int,
    Metadata,
    Operation,
    Options,
    Phase,
    Picture,
    PixelOperation,
    Place,
    Real,
    Size,
    SourceInfo,
    UnsupportedFeature,
)
from qis_core.testing import pictures
from qis_core.testing.jobs import BareContext

MODES = ("L", "LA", "I;16", "RGB", "RGBA", "CMYK")
SIZES = ((96, 72), (7, 50), (1, 1))

_PHASES = {
    FramingOperation: (Phase.FLIP, Phase.ROTATE, Phase.CROP, Phase.RESIZE, Phase.TILE),
    PixelOperation: (Phase.SOURCE, Phase.COLOUR, Phase.SHARPEN, Phase.OVERLAY),
    FinishingOperation: (Phase.PROFILE, Phase.COLOURSPACE, Phase.STRIP),
}

_TOLERANCE = 2
"""Levels of 255 by which a part may differ from the same part of the whole: filters round."""


class OperationSuite:
    """Subclass with ``operation``; ``examples`` are further options, each {URL name: text}."""

    operation: Operation
    examples: Sequence[Mapping[str, str]] = ()

    # Declarations

    def test_is_of_one_kind_and_stands_in_a_phase_of_it(self) -> None:
        kinds = [kind for kind in _PHASES if isinstance(self.operation, kind)]
        assert len(kinds) == 1, "subclass FramingOperation, PixelOperation or FinishingOperation"
        assert self.operation.phase in _PHASES[kinds[0]]

    def test_describes_itself(self) -> None:
        assert self.operation.name
        assert self.operation.name == self.operation.name.lower()
        assert self.operation.options, "an operation without an option could never be asked for"
        assert type(self.operation).__doc__
        for option in self.operation.options:
            assert option.help, f"{option.label} has no help"
            assert option.schema()
        keys = [option.key for option in self.operation.options]
        assert len(set(keys)) == len(keys)

    def test_reads_the_options_that_it_spells(self) -> None:
        for options in self.every_options():
            for option in self.operation.options:
                if option.key in options:
                    assert option.parse(option.format(options[option.key])) == options[option.key]

    def test_refuses_what_is_out_of_range_and_names_the_option(self) -> None:
        for option in self.operation.options:
            if isinstance(option, (Int, Real)):
                with pytest.raises(BadOption, match=option.label):
                    option.parse(str(option.maximum + 1))
            if isinstance(option, Choice):
                with pytest.raises(BadOption, match=option.label):
                    option.parse("no-such-choice")

    def test_does_nothing_when_nothing_is_set(self) -> None:
        assert self.operation.is_noop(self.options({}))

    def test_normal_form_is_stable(self) -> None:
        for options in self.every_options():
            normal = self.operation.normalise(options)
            assert not self.operation.is_noop(normal)
            assert self.operation.normalise(normal) == normal
            assert hash(self.operation.normalise(options)) == hash(normal)

    def test_travels_between_processes(self) -> None:
        for options in self.every_options():
            assert pickle.loads(pickle.dumps(options)) == options
        copied = pickle.loads(pickle.dumps(self.operation))
        assert copied.name == self.operation.name

    def test_names_resources_of_known_kinds(self) -> None:
        for options in self.every_options():
            for resource in self.operation.resources(options):
                assert resource.kind in ("picture", "profile")
                assert resource.name

    # What it does

    def test_frames_stay_sound(self) -> None:
        if not isinstance(self.operation, FramingOperation):
            pytest.skip("only framing operations make frames")
        for width, height in ((640, 480), (3, 1000), (1, 1)):
            for orientation in (1, 6):
                info = SourceInfo(format="png", size=Size(width=width, height=height), orientation=orientation)
                for options in self.every_options():
                    try:
                        frame = self.operation.reframe(Frame.of(info), options, info)
                    except (BadOption, UnsupportedFeature):
                        continue
                    _check_frame(frame)
                    assert frame == self.operation.reframe(Frame.of(info), options, info)

    def test_pixels_keep_their_size_in_every_mode(self) -> None:
        operation = self._pixel_operation()
        for size in SIZES:
            for mode in self._modes(operation):
                for options in self.every_options():
                    result = operation.apply(drawn(mode, size), options, _context(size))
                    assert isinstance(result, Image.Image)
                    assert result.size == size, (mode, options)

    def test_same_options_give_the_same_pixels(self) -> None:
        operation = self._pixel_operation()
        size = SIZES[0]
        for mode in self._modes(operation):
            for options in self.every_options():
                first, second = (operation.apply(drawn(mode, size), options, _context(size)) for _ in range(2))
                assert (first.mode, first.tobytes()) == (second.mode, second.tobytes()), (mode, options)

    def test_alpha_is_kept(self) -> None:
        operation = self._pixel_operation()
        for mode in {"LA", "RGBA"} & set(self._modes(operation)):
            for options in self.every_options():
                result = operation.apply(drawn(mode, SIZES[0]), options, _context(SIZES[0]))
                assert result.mode in ("LA", "RGBA"), (mode, options)

    def test_a_part_with_its_reach_is_like_the_same_part_of_the_whole(self) -> None:
        operation = self._pixel_operation()
        size, part = (160, 120), (50, 40, 110, 80)
        tried = 0
        for mode in self._modes(operation):
            for options in self.every_options():
                reach = operation.reach(options)
                if reach is None:
                    continue
                tried += 1
                assert reach >= 0
                whole = operation.apply(drawn(mode, size), options, _context(size)).crop(part)
                wide = (max(0, part[0] - reach), max(0, part[1] - reach),
                        min(size[0], part[2] + reach), min(size[1], part[3] + reach))  # fmt: skip
                result = operation.apply(drawn(mode, size).crop(wide), options, _context(size, wide[:2]))
                left, top = part[0] - wide[0], part[1] - wide[1]
                cut = result.crop((left, top, left + part[2] - part[0], top + part[3] - part[1]))
                assert difference(whole, cut) <= _TOLERANCE, (mode, options)
        if not tried:
            pytest.skip("this operation always needs the whole picture")

    def test_finishes_every_mode(self) -> None:
        if not isinstance(self.operation, FinishingOperation):
            pytest.skip("only finishing operations finish")
        for mode in MODES:
            for options in self.every_options():
                before = Picture(image=drawn(mode, SIZES[0]), metadata=Metadata(dpi=(72.0, 72.0)))
                after = self.operation.finish(before, options, _context(SIZES[0]))
                assert after.image.size == SIZES[0]
                assert after.image.mode in MODES, (mode, options)

    # Options to try

    def every_options(self) -> Iterator[Options]:
        """Parsed options of the examples and of the declarations, without those that change nothing."""
        seen = set()
        for texts in (*self.examples, *self._made_up()):
            options = self.options(texts)
            if options not in seen and not self.operation.is_noop(options):
                seen.add(options)
                yield options
        assert seen, "no options that change something are known: give examples"

    def options(self, texts: Mapping[str, str]) -> Options:
        """URL texts by option name as parsed options."""
        declared = {option.name: option for option in self.operation.options}
        values = {declared[name].key: declared[name].parse(text) for name, text in texts.items()}
        return Options(values, {option.key: option.default for option in self.operation.options})

    def _made_up(self) -> Iterator[Mapping[str, str]]:
        """For each option its extremes with the other options as in the first example or as usual for their kind."""
        base = dict(self.examples[0]) if self.examples else {
            option.name: texts[-1] for option in self.operation.options if (texts := _texts(option))
        }  # fmt: skip
        yield base
        for option in self.operation.options:
            for text in _texts(option):
                yield {**base, option.name: text}

    def _pixel_operation(self) -> PixelOperation:
        if not isinstance(self.operation, PixelOperation):
            pytest.skip("only pixel operations change pixels")
        return self.operation

    def _modes(self, operation: PixelOperation) -> Sequence[str]:
        assert set(operation.modes) <= set(MODES)
        return operation.modes


def drawn(mode: str, size: tuple[int, int]) -> Image.Image:
    """A drawn picture in a mode; with alpha its left side is transparent."""
    if mode == "CMYK":
        return pictures.photo(size).convert("CMYK")
    if mode == "I;16":
        return pictures.photo(size).convert("I").point(lambda value: value * 257).convert("I;16")
    if mode in ("LA", "RGBA"):
        return pictures.glass(size).convert(mode)
    return pictures.photo(size).convert(mode)


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of two pictures of one mode, in levels of 255, as they are seen."""
    assert (one.mode, one.size) == (other.mode, other.size)
    if one.mode in ("LA", "RGBA"):
        premultiplied = one.mode.replace("A", "a")
        pairs = zip(one.convert(premultiplied).split(), other.convert(premultiplied).split(), strict=True)
    else:
        pairs = zip(one.split(), other.split(), strict=True)
    return max(int(ImageChops.difference(a, b).getextrema()[1]) for a, b in pairs)  # type: ignore[arg-type]


def _context(size: tuple[int, int], origin: tuple[int, int] | Sequence[int] = (0, 0)) -> BareContext:
    left, top = origin
    return BareContext(canvas=Size(width=size[0], height=size[1]), origin=(left, top))


def _texts(option: object) -> Sequence[str]:
    """URL texts at the ends of an option's range and between; none for kinds that need an example."""
    if isinstance(option, Int):
        middle = option.minimum + (option.maximum - option.minimum) * 3 // 4
        return (str(option.minimum), str(option.maximum), str(middle))
    if isinstance(option, Real):
        between = option.minimum + (option.maximum - option.minimum) * 0.75
        return (f"{option.minimum:g}", f"{option.maximum:g}", f"{between:g}")
    if isinstance(option, Choice):
        return option.choices
    if isinstance(option, Place):
        return ("nw", "c", "se")
    return {"bool": ("0", "1"), "colour": ("ffffff", "ff8000"), "angle": ("90", "33")}.get(
        getattr(option, "kind", ""), ()
    )


def _check_frame(frame: Frame) -> None:
    assert min(frame.content.width, frame.content.height, frame.canvas.width, frame.canvas.height) >= 1
    assert frame.crop.width > 0
    assert frame.crop.height > 0
    picture, canvas, window = Box.of(frame.picture), Box.of(frame.canvas), frame.window
    inside = (frame.crop.left, frame.crop.top, picture.right - frame.crop.right, picture.bottom - frame.crop.bottom)
    assert min(inside) > -1e-6, "the crop leaves the picture"
    assert window.as_tuple() == tuple(round(edge) for edge in window.as_tuple()), "the window is not in whole pixels"
    assert min(window.left, window.top, canvas.right - window.right, canvas.bottom - window.bottom) >= 0
    assert min(window.width, window.height) >= 1
