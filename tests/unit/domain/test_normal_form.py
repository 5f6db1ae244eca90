"""Equal pictures have one recipe, whatever their URLs look like."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import Frame, Options, QisError
from qis_core.domain.compose import ImageRequest
from qis_core.domain.vocabulary import Vocabulary

Ask = Callable[..., ImageRequest]

SAME = [
    ("", "angle=0"), ("", "angle=360"), ("", "angle=-360"), ("angle=-90", "angle=270"),
    ("", "page=0"), ("page=1", "page=0"), ("", "tile=1:1"), ("", "tile="), ("", "width=0&height="), ("", "sharpen=0"),
    ("flip=h", "angle=180&flip=v"), ("flip=v", "angle=180&flip=h"), ("flip=h&angle=90", "flip=v&angle=270"),
    ("flip=h&angle=30", "flip=v&angle=210"), ("flip=h&angle=30", "flip=v&angle=-150"), ("flip=H", "flip=h"),
    ("", "left=0&top=0&right=1&bottom=1"), ("", "left=1"), ("", "right=0"), ("", "left=0.5&right=0.5"),
    ("", "left=0.7&right=0.2&top=0.1"), ("left=0.1", "left=.1&right=1"), ("left=0.1", "left=0.1000000001"),
    ("left=0.1", "left=0.1&bottom=0"),
    ("width=9&height=9&autosizefit=1", "width=9&height=9&fit=inside"),
    ("width=9&height=9&fit=cover", "width=9&height=9&fit=cover&autosizefit=1&gravity=c"),
    ("width=9&height=9&fit=cover", "width=9&height=9&fit=cover&gravity=0.5,0.5&halign=R1"),
    ("width=9&height=9&fit=cover&gravity=ne", "width=9&height=9&fit=cover&gravity=1,0"),
    ("width=9&height=9", "width=9&height=9&fit=pad&autosizefit=1"), ("width=9&height=9", "width=9&height=9&gravity=n"),
    ("width=9&height=9", "width=9&height=9&halign=C0.5&valign=c.50"),
    ("width=9&height=9&halign=L0", "width=9&height=9&halign=R0"),
    ("width=9&height=9&valign=B1", "width=9&height=9&valign=C1"),
    ("width=9", "width=9&autosizefit=1"), ("width=9", "width=9&fit=cover&gravity=n&halign=R1"),
    ("width=9", "width=9&autocropfit=1"), ("width=9&height=9", "width=9&height=9&autocropfit=1"),
    ("width=18", "width=9&dpr=2"), ("width=9", "width=9&dpr=1"), ("", "dpr=3"), ("", "enlarge=1"),
    ("", "fit=cover"), ("", "halign=R1"), ("width=9", "width=9&enlarge=0"),
    ("", "fill=red"), ("width=9", "width=9&fill=red"), ("angle=90", "angle=90&fill=red"), ("flip=h",
                                                                                           "flip=h&fill=auto"),
    ("width=9&height=9&fit=cover", "width=9&height=9&fit=cover&fill=red"), ("sharpen=9", "sharpen=9&fill=none"),
    ("width=9&height=9", "width=9&height=9&fill=white"), ("width=9&height=9", "width=9&height=9&fill=fff%66ff"),
    ("width=9&height=9", "width=9&height=9&fill=none"), ("angle=30&fill=red", "angle=30&fill=%23F00"),
    ("", "format=jpeg"), ("format=tif", "format=TIFF"), ("", "quality=80"),
    ("colorspace=rgb", "colorspace=sRGB"), ("", "ovopacity=0.5"), ("", "overlay=b.png&ovopacity=0"),
    ("overlay=a/b.png", "overlay=/a//b.png&ovopacity=1"), ("strip=1", "strip=TRUE"), ("", "strip=0"),
    ("", "stats=0&xref=a&attach=1&cache=1&nobody=1"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_picture(ask: Ask, one: str, other: str) -> None:
    assert ask(f"src=a.jpg&{one}").recipe == ask(f"src=a.jpg&{other}").recipe
    assert ask(f"src=a.jpg&{one}").recipe.canonical == ask(f"src=/a.jpg&{other}").recipe.canonical


DIFFERENT = [
    "", "angle=180", "flip=h", "flip=v", "angle=90", "flip=h&angle=90", "flip=v&angle=90", "angle=30",
    "angle=30&fill=red",
    "angle=30&fill=auto", "left=0.1", "right=0.1", "width=9", "height=9", "width=9&height=9",
    "width=9&height=9&fill=red",
    "width=9&height=9&fit=inside", "width=9&height=9&fit=cover", "width=9&height=9&fit=stretch", "width=9&enlarge=1",
    "width=9&height=9&fit=cover&gravity=n", "width=9&height=9&halign=R1", "width=9&height=9&halign=R0.5", "tile=1:4",
    "tile=2:4", "page=2", "format=png", "format=pjpg", "quality=79", "dpi=72", "sharpen=1", "strip=1",
    "left=0.1&width=9&height=9", "left=0.1&width=9&height=9&autocropfit=1", "overlay=a.png",
    "overlay=a.png&ovopacity=0.5",
    "overlay=a.png,overlay_opacity%3D0.5",
]  # fmt: skip


def test_different_pictures_have_different_recipes(ask: Ask) -> None:
    canonical = {ask(f"src=a.jpg&{query}").recipe.canonical for query in DIFFERENT}
    assert len(canonical) == len(DIFFERENT)
    assert len({ask(f"src={src}").recipe.canonical for src in ("a.jpg", "b.jpg", "A.jpg", "a.jpg'|page=2")}) == 4


def test_fill_stays_where_transparent_parts_could_show_it(ask: Ask) -> None:
    assert ask("src=a.png&format=jpg&fill=red").recipe.fill == "#ff0000"
    assert ask("src=a.jpg&format=jpg&fill=red").recipe.fill == "#ffffff"
    assert ask("src=a.png&format=webp&fill=red").recipe.fill == "#ffffff"
    assert ask("src=a.jpg&angle=1&fill=transparent&format=png").recipe.fill == "none"
    assert ask("src=a.jpg&angle=1&fill=transparent").recipe.fill == "#ffffff"
    assert ask("src=a.png&format=jpg&fill=auto").recipe.fill == "auto"
    assert ask("src=a.png&format=tif&fill=red&colorspace=cmyk").recipe.fill == "#ff0000"
    assert ask("src=a.jpg&format=tif&fill=red&colorspace=cmyk").recipe.fill == "#ffffff"


ORIENTATIONS = [
    {"flip": flip, "angle": angle}
    for flip in ("", "h", "v")
    for angle in ("0", "90", "180", "270", "-90", "360", "30", "210", "-150", "330")
]


@given(st.sampled_from(ORIENTATIONS), st.sampled_from(ORIENTATIONS))
def test_recipes_are_equal_where_frames_are(
    ask: Ask, planned: Callable[..., Frame], one: dict[str, str], other: dict[str, str]
) -> None:
    recipes = [ask("src=a.jpg&" + urlencode(values)).recipe for values in (one, other)]
    frames = [planned(recipe, 80, 60) for recipe in recipes]
    # A half turn and a half turn's frame differ in nothing but that one counts as rotated.
    assert (frames[0] == frames[1]) == (recipes[0] == recipes[1])


VALUES = {
    "width": st.integers(0, 50), "height": st.integers(0, 50), "flip": st.sampled_from(["h", "v", ""]),
    "angle": st.sampled_from([0, 90, 180, 30, -150]), "left": st.sampled_from([0, 0.1, 0.9, 1]),
    "right": st.sampled_from([0, 0.3, 0.8, 1]), "fit": st.sampled_from(["", "pad", "inside", "cover", "stretch"]),
    "autosizefit": st.booleans(), "autocropfit": st.booleans(), "dpr": st.sampled_from(["", 1, 0.5, 2]),
    "gravity": st.sampled_from(["c", "n", "0,0"]), "halign": st.sampled_from(["C0.5", "R1", "L0.3"]),
    "enlarge": st.booleans(), "tile": st.sampled_from(["", "2:4"]), "fill": st.sampled_from(["white", "red", "none"]),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_the_normal_form_is_its_own_normal_form_and_gives_the_same_frame(
    ask: Ask, vocabulary: Vocabulary, planned: Callable[..., Frame], values: dict[str, object]
) -> None:
    recipe = ask("src=a.jpg&" + urlencode(values)).recipe
    names = {option.key: (name, option) for name, option in vocabulary.by_name.items()}
    respelled = {
        names[key][0]: names[key][1].format(value) for step in recipe.steps for key, value in step.options.items()
    }
    again = ask("src=a.jpg&" + urlencode({**respelled, "fill": recipe.fill})).recipe
    assert again == recipe
    raw = {key: names_option.parse(str(values[name])) for name, names_option in vocabulary.by_name.items()
           if name in values for key in [names_option.key]}  # fmt: skip
    try:
        frame = planned(recipe, 80, 60)
    except QisError:
        return
    assert frame == _frame_of_raw(vocabulary, raw) or "flip" in raw


def _frame_of_raw(vocabulary: Vocabulary, raw: dict[str, object]) -> Frame:
    """The frame by the operations themselves, without any normal form."""
    from qis_core.api import FramingOperation, Size, SourceInfo

    info = SourceInfo(format="jpg", size=Size(width=80, height=60))
    frame = Frame.of(info)
    for operation in vocabulary.operations:
        if isinstance(operation, FramingOperation):
            given = {o.key: raw.get(o.key) for o in operation.options}
            options = Options(given, vocabulary.defaults(operation))
            if any(value is not None for value in given.values()) and not operation.is_noop(options):
                frame = operation.reframe(frame, options, info)
    return frame
