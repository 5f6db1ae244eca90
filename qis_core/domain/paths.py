"""Paths in the library: one clean spelling, and nothing that could lead out of it."""

from __future__ import annotations

from qis_core.api import NotFound

_LONGEST = 1024
_LONGEST_NAME_BYTES = 255


def clean_path(text: str) -> str:
    """The path of a picture: parts joined by ``/``, without leading, doubled or trailing slashes.

    Letters are left as they are, without Unicode normalisation; bytes that are no UTF-8 are the
    lone surrogates that Python spells them by. Raises NotFound, always with the same text, for an
    empty path, ``.`` and ``..``, hidden names, backslashes, NUL, texts that are no name's spelling,
    names of more than 255 bytes and paths of more than 1024 characters.
    """
    path = clean_folder(text)
    if not path:
        raise no_such_image()
    return path


def clean_folder(text: str) -> str:
    """The path of a folder, by the rules of ``clean_path``; '' is the library's root. Raises NotFound."""
    parts = [part for part in text.split("/") if part]
    if len(text) > _LONGEST or not all(_is_name(part) for part in parts):
        raise no_such_image()
    return "/".join(parts)


def no_such_image() -> NotFound:
    """The one error for everything that is not there, so that nobody can tell the reasons apart."""
    return NotFound("there is no such image")


def folder_of(path: str) -> str:
    """The folder of a clean path; '' for the library's root."""
    return path.rpartition("/")[0]


def _is_name(part: str) -> bool:
    if part.startswith(".") or "\\" in part or "\0" in part:
        return False
    try:
        name = part.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return len(name) <= _LONGEST_NAME_BYTES and name.decode("utf-8", "surrogateescape") == part
