"""What goes in and out of endpoints: fields, and the envelope around every answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

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


def fields(request: Request) -> Mapping[str, str]:
    """The fields of a form or of a JSON object, as texts. Raises BadOption, TooLarge."""
    length = request.content_length
    if length is None or length > LARGEST_BODY:
        if length is None and request.environ.get("HTTP_TRANSFER_ENCODING") is None:
            return {}
        raise TooLarge("the request's body", "of unknown length" if length is None else length, LARGEST_BODY, "bytes")
    return _of_json(request.body) if request.content_type == "application/json" else _of_form(request)


def _of_form(request: Request) -> Mapping[str, str]:
    try:
        return _storable({name: value for name, value in request.POST.items() if isinstance(value, str)})
    except ValueError as error:
        raise BadOption("the request's body", "(undecodable)", "a form in UTF-8 or a JSON object") from error


def _of_json(body: bytes) -> Mapping[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadOption("the request's body", body[:80].decode("utf-8", "replace"), "a form or a JSON object")
    return _storable({name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()})


def _storable(found: Mapping[str, str]) -> Mapping[str, str]:
    """The fields, unless one holds what no database stores: NUL, or half of a surrogate pair (JSON can spell both)."""
    for name, value in found.items():
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadOption(name, ascii(value), "a text of Unicode characters without NUL")
    return found
