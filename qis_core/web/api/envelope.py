"""What goes in and out of endpoints: what was sent, and the envelope around every answer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, TooLarge

LARGEST_BODY = 1024 * 1024
"""Bytes of fields that an endpoint reads; uploads have a limit of their own."""


def envelope(data: object = None, *, status: int = 200, message: str = "OK") -> Response:
    """The contract's answer; the HTTP status is the same number. Never cached."""
    response = Response(json_body={"status": status, "message": message, "data": data}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def sent_body(request: Request) -> Mapping[str, Any]:
    """The fields of a form, as texts, or of a JSON object, as its values. Raises BadOption, TooLarge."""
    length = request.content_length
    if length is None or length > LARGEST_BODY:
        if length is None and request.environ.get("HTTP_TRANSFER_ENCODING") is None:
            return {}
        raise TooLarge("the request's body", "of unknown length" if length is None else length, LARGEST_BODY, "bytes")
    return _of_json(request.body) if request.content_type == "application/json" else _of_form(request)


def _of_form(request: Request) -> Mapping[str, Any]:
    try:
        return _storable({name: value for name, value in request.POST.items() if isinstance(value, str)})
    except ValueError as error:
        raise BadOption("the request's body", "(undecodable)", "a form in UTF-8 or a JSON object") from error


def _of_json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadOption("the request's body", body[:80].decode("utf-8", "replace"), "a form or a JSON object")
    return _storable(found)


def _storable(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields, unless one holds what no database stores: NUL, half of a surrogate pair, infinity."""
    for name, value in found.items():
        if not _is_storable(name) or not _is_storable(value):
            raise BadOption(ascii(name)[1:-1], ascii(value), "made of Unicode characters without NUL")
    return found


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_is_storable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return not isinstance(value, float) or math.isfinite(value)
