"""Fields of small forms."""

from __future__ import annotations

from pyramid.request import Request

from qis_core.api import BadOption, TooLarge

LARGEST = 1024 * 1024
"""Bytes of a form without files."""


def form_field(request: Request, name: str, *, files: bool = False) -> str:
    """The text of a field, '' without it. Raises BadOption, and TooLarge unless the form may have ``files``."""
    length = request.content_length
    if not files and (length is None or length > LARGEST):
        if length is None and "HTTP_TRANSFER_ENCODING" not in request.environ:
            return ""
        raise TooLarge("the form", "of unknown length" if length is None else length, LARGEST, "bytes")
    try:
        found = request.POST.get(name, "")
    except ValueError as error:
        raise BadOption("the request's body", "(undecodable)", "a form in UTF-8") from error
    return found if isinstance(found, str) else ""
