"""A worker's answers: what it did comes through, and nothing but that does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import (
    ERRORS,
    BadOption,
    BrokenImage,
    QisError,
    Rendition,
    Size,
    SourceInfo,
    TooLarge,
    Unavailable,
)
from qis_core.imaging.answers import BadAnswer, Done, read_answer, write_answer
from qis_core.imaging.description import Description

RENDITION = Rendition(
    body=b"\x00\xff",
    media_type="image/svg+xml",
    size=Size(width=3, height=2),
    headers={"Content-Security-Policy": "sandbox"},
    notes=("embedded preview used",),
    timings={"decode": 0.25},
)


def sent(done: Done) -> Done:
    return read_answer(*write_answer(done))


def altered(**values: object) -> bytes:
    head = json.loads(write_answer(RENDITION)[0])
    head["rendition"].update(values)
    return json.dumps(head).encode()


def test_a_rendition_comes_through() -> None:
    assert sent(RENDITION) == RENDITION


@given(
    st.builds(
        SourceInfo,
        format=st.sampled_from(["jpg", "tif"]),
        size=st.builds(Size, width=st.integers(1, 10**6), height=st.integers(1, 10**6)),
        pages=st.integers(1, 10**6),
        frames=st.integers(1, 10**6),
        mode=st.sampled_from(["RGB", "I;16"]),
        has_alpha=st.booleans(),
        orientation=st.integers(1, 8),
        dpi=st.none() | st.tuples(st.floats(0, 9600), st.floats(0, 9600)),
        vector=st.booleans(),
        facts=st.just({}),
    )
)
def test_what_is_known_of_a_source_comes_through(info: SourceInfo) -> None:
    assert sent(info) == info


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_comes_through_with_its_kind_and_text(kind: type[QisError]) -> None:
    error = kind.__new__(kind)
    QisError.__init__(error, "what was wrong")
    found = sent(error)
    assert type(found) is kind
    assert str(found) == "what was wrong"


def test_details_of_errors_come_through() -> None:
    found = sent(BadOption("width", "x", "a number"))
    assert isinstance(found, BadOption)
    assert (found.option, found.sent, found.allowed) == ("width", "x", "a number")
    late = sent(Unavailable("busy", retry_after=7))
    assert isinstance(late, Unavailable)
    assert late.retry_after == 7
    large = sent(TooLarge("the picture", 5, 3, "pixels"))
    assert isinstance(large, TooLarge)
    assert (large.what, large.message) == ("the picture", "the picture is 5 pixels; the limit is 3 pixels")


def test_an_unknown_code_is_a_plain_error() -> None:
    head = {"error": {"code": "os.system", "message": "x", "details": {"__class__": "y", "what": "z"}}}
    found = read_answer(json.dumps(head).encode(), b"")
    assert type(found) is QisError
    assert "__class__" not in vars(found)


def test_texts_are_one_line_of_bounded_length() -> None:
    found = sent(BrokenImage("line\r\nSet-Cookie: x\x1b[0m" + "y" * 10_000))
    assert str(found).startswith("line??Set-Cookie: x?[0my")
    assert len(str(found)) == 4000


@pytest.mark.parametrize(
    "values",
    [
        {"media_type": "text/html\r\nX: y"},
        {"media_type": 7},
        {"size": [0, 1]},
        {"size": [1]},
        {"size": ["1", "1"]},
        {"headers": {"X:\r\n": "y"}},
        {"headers": {"X": 1}},
        {"headers": []},
        {"notes": "text"},
        {"timings": {"decode": "long"}},
        {"timings": None},
    ],
)
def test_what_is_out_of_shape_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(altered(**values), b"")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.binary(max_size=60)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda key, value: json.dumps({key: value}).encode(),
        st.sampled_from(["rendition", "info", "error"]),
        json_values,
    )
    | st.dictionaries(st.sampled_from(["media_type", "size", "headers", "notes", "timings"]), json_values).map(
        lambda values: altered(**values)
    )
)
def test_nonsense_is_a_bad_answer_or_an_answer_and_never_another_error(header: bytes) -> None:
    try:
        read_answer(header, b"")
    except BadAnswer:
        return


def test_deeply_nested_nonsense_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        read_answer(b"[" * 500_000, b"")


def test_a_description_comes_through() -> None:
    said = {"exif": {"Make": "Müller", "FNumber": 2.8}, "iptc": {"Keywords": ["fog", "lake"], "Caption": "one\ntwo"}}
    description = Description(info=SourceInfo(format="jpg", size=Size(width=3, height=2)), metadata=said)
    assert sent(description) == description


@pytest.mark.parametrize("metadata", [None, [], {"exif": []}, {"exif": None}])
def test_a_description_out_of_shape_is_refused(metadata: object) -> None:
    header = write_answer(Description(info=SourceInfo(format="jpg", size=Size(width=3, height=2))))[0]
    head = json.loads(header)
    head["description"]["metadata"] = metadata
    with pytest.raises(BadAnswer):
        read_answer(json.dumps(head).encode(), b"")


def test_a_description_is_cut_to_what_a_record_can_hold() -> None:
    head = json.loads(write_answer(Description(info=SourceInfo(format="jpg", size=Size(width=3, height=2))))[0])
    head["description"]["metadata"] = {"a": {"x": "\0" * 10_000, "y": {"nested": 1}}}
    done = read_answer(json.dumps(head).encode(), b"")
    assert isinstance(done, Description)
    assert done.metadata == {"a": {"x": "?" * 4000}}
