"""A worker's answers as plain data.

A worker reads hostile bytes, so whoever reads its answers takes nothing from it but numbers,
texts and the rendering's bytes: no pickle, no class names, and each field is checked for its type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TypeVar

from qis_core.api import ERRORS, QisError, Rendition, Size, SourceInfo
from qis_core.imaging import description
from qis_core.imaging.description import Description

_KINDS: Mapping[str, type[QisError]] = {kind.code: kind for kind in ERRORS}
_DETAILS: Mapping[str, object] = {"option": "", "sent": "", "allowed": "", "what": "", "retry_after": 2}
_TEXT_LENGTH = 4000
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*(; ?[a-z]+=[a-zA-Z0-9._-]+)*")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")

T = TypeVar("T")


class BadAnswer(Exception):
    """A worker said something that no sound worker says; it is to be ended."""


Done = Rendition | SourceInfo | Description | QisError
"""What comes of an order."""


def write_answer(done: Done) -> tuple[bytes, bytes]:
    """(header, body) of an answer; the header is JSON, the body a rendering's bytes or empty."""
    head: dict[str, object] = {}
    body = b""
    if isinstance(done, Rendition):
        head["rendition"] = _rendition_out(done)
        body = done.body
    elif isinstance(done, SourceInfo):
        head["info"] = _info_out(done)
    elif isinstance(done, Description):
        head["description"] = {"info": _info_out(done.info), "metadata": done.metadata, "found": done.found}
    else:
        head["error"] = _error_out(done)
    return json.dumps(head).encode(), body


def read_answer(header: bytes, body: bytes) -> Done:
    """The answer of a header and body. Raises BadAnswer for anything out of shape."""
    try:
        head = _typed(json.loads(header), dict)
        if "rendition" in head:
            return _rendition_in(_typed(head["rendition"], dict), body)
        if "info" in head:
            return _info_in(_typed(head["info"], dict))
        if "description" in head:
            return _description_in(_typed(head["description"], dict))
        return _error_in(_typed(head.get("error"), dict))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"unreadable answer: {error}") from None


def _rendition_out(rendition: Rendition) -> dict[str, object]:
    return {
        "media_type": rendition.media_type,
        "size": [rendition.size.width, rendition.size.height],
        "headers": {str(name): str(value) for name, value in rendition.headers.items()},
        "notes": [str(note) for note in rendition.notes],
        "timings": {str(step): float(seconds) for step, seconds in rendition.timings.items()},
        "source_pixels": rendition.source_pixels,
        "frames_dropped": rendition.frames_dropped,
    }


def _rendition_in(data: dict[str, object], body: bytes) -> Rendition:
    media_type = _text(data.get("media_type"))
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadAnswer("the media type is none")
    headers = {name: _text(value) for name, value in _typed(data.get("headers"), dict).items()}
    if not all(_HEADER_NAME.fullmatch(name) for name in headers):
        raise BadAnswer("a header's name is none")
    return Rendition(
        body=body,
        media_type=media_type,
        size=_size(data.get("size")),
        headers=headers,
        notes=_texts(data.get("notes")),
        timings={_text(step): _real(seconds) for step, seconds in _typed(data.get("timings"), dict).items()},
        source_pixels=_typed(data.get("source_pixels"), int),
        frames_dropped=_typed(data.get("frames_dropped"), int),
    )


def _info_out(info: SourceInfo) -> dict[str, object]:
    found: dict[str, object] = {field.name: getattr(info, field.name) for field in fields(info)}
    del found["facts"]
    found["size"] = [info.size.width, info.size.height]
    return found


def _info_in(data: dict[str, object]) -> SourceInfo:
    dpi = data.get("dpi")
    pair = _typed(dpi, list) if dpi is not None else None
    if pair is not None and len(pair) != 2:
        raise BadAnswer("the dpi is no pair")
    return SourceInfo(
        format=_text(data.get("format")),
        size=_size(data.get("size")),
        pages=_typed(data.get("pages"), int),
        frames=_typed(data.get("frames"), int),
        mode=_text(data.get("mode")),
        bits=_typed(data.get("bits"), int),
        has_alpha=_typed(data.get("has_alpha"), bool),
        has_icc_profile=_typed(data.get("has_icc_profile"), bool),
        orientation=_typed(data.get("orientation"), int),
        dpi=(_real(pair[0]), _real(pair[1])) if pair is not None else None,
        vector=_typed(data.get("vector"), bool),
    )


def _description_in(data: dict[str, object]) -> Description:
    return Description(
        info=_info_in(_typed(data.get("info"), dict)),
        metadata=_groups(data.get("metadata")),
        found=_groups(data.get("found")),
    )


def _groups(data: object) -> description.Metadata:
    # Cut to the bounds a second time: what is honest stays as it is.
    return description.bounded([{group: _typed(values, dict) for group, values in _typed(data, dict).items()}])


def _error_out(error: QisError) -> dict[str, object]:
    details = {name: getattr(error, name, unset) for name, unset in _DETAILS.items()}
    details = {name: value for name, value in details.items() if type(value) is type(_DETAILS[name])}
    return {"code": error.code, "message": error.message, "details": details}


def _error_in(data: dict[str, object]) -> QisError:
    kind = _KINDS.get(_text(data.get("code")), QisError)
    error = kind.__new__(kind)
    QisError.__init__(error, _text(data.get("message")))
    for name, value in _typed(data.get("details"), dict).items():
        if name in _DETAILS:
            setattr(error, name, _typed(value, type(_DETAILS[name])))
    return error


def _typed(value: object, kind: type[T]) -> T:
    if type(value) is not kind:
        raise BadAnswer(f"a {kind.__name__} was expected")
    return value


def _real(value: object) -> float:
    if type(value) not in (int, float):
        raise BadAnswer("a number was expected")
    return float(value)  # type: ignore[arg-type]


def _text(value: object) -> str:
    # Texts end up in headers, logs and pages: one line, printable, of a bounded length.
    text = _typed(value, str)[:_TEXT_LENGTH]
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _texts(value: object) -> tuple[str, ...]:
    read: Callable[[object], str] = _text
    return tuple(read(item) for item in _typed(value, list)[:100])


def _size(value: object) -> Size:
    sides = _typed(value, list)
    if len(sides) != 2 or min(_typed(sides[0], int), _typed(sides[1], int)) < 1:
        raise BadAnswer("a size was expected")
    return Size(width=sides[0], height=sides[1])
