"""Boxes: every one that is there, and an end to whatever is none."""

from __future__ import annotations

import io
import struct

from hypothesis import given
from hypothesis import strategies as st

from qis_core.api.boxes import boxes, content_of


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(content), kind) + content


def long_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4sQ", 1, kind, 16 + len(content)) + content


UUID = bytes(range(16))


def test_each_box_in_a_file_and_in_another_box() -> None:
    inner = box(b"one ", b"1") + box(b"uuid", UUID + b"known by its number")
    data = box(b"ftyp", b"abcd") + long_box(b"moov", inner) + struct.pack(">L4s", 0, b"mdat") + b"to the end"
    stream = io.BytesIO(data)
    found = list(boxes(stream))
    assert [each.kind for each in found] == [b"ftyp", b"moov", b"mdat"]
    assert [content_of(stream, each, 99) for each in found] == [b"abcd", inner, b"to the end"]
    first, second = boxes(stream, found[1].start, found[1].end)
    assert (content_of(stream, first, 99), first.uuid) == (b"1", b"")
    assert (content_of(stream, second, 99), second.uuid) == (b"known by its number", UUID)
    assert content_of(stream, second, 18) is None


def test_the_stream_stands_at_the_content() -> None:
    stream = io.BytesIO(box(b"abcd", b"content") + box(b"uuid", UUID + b"more"))
    assert [stream.read(each.length) for each in boxes(stream)] == [b"content", b"more"]


def test_what_is_cut_off_ends_with_the_file() -> None:
    (found,) = boxes(io.BytesIO(box(b"abcd", b"content")[:-3]))
    assert (found.start, found.length) == (8, 4)
    assert list(boxes(io.BytesIO(struct.pack(">L4s", 7, b"less")))) == []
    assert list(boxes(io.BytesIO(struct.pack(">L4sQ", 1, b"less", 15)))) == []


@given(st.binary(max_size=200))
def test_any_bytes_give_boxes_that_lie_within(data: bytes) -> None:
    place = 0
    for each in boxes(io.BytesIO(data)):
        assert place < each.start <= each.end <= len(data)
        place = each.end
