"""The query string of an image URL as names and values."""

from __future__ import annotations

from urllib.parse import unquote_plus


def parse_query(raw: str) -> tuple[tuple[str, str], ...]:
    """Names and values in the order they came; of a repeated name the first counts.

    Percent escapes are UTF-8, ``+`` is a blank, ``&amp;`` counts as ``&``. A name without ``=`` has
    an empty value. Bytes of a value that are no UTF-8 become lone surrogates, as in Python's file
    names; ``readable`` replaces them. Raises nothing.
    """
    found: dict[str, str] = {}
    for part in raw.replace("&amp;", "&").split("&"):
        name, _, value = part.partition("=")
        name = readable(_decoded(name))
        if name and name not in found:
            found[name] = _decoded(value)
    return tuple(found.items())


def readable(text: str) -> str:
    """The text with U+FFFD for each byte that is no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decoded(text: str) -> str:
    if "%" in text or "+" in text:
        text = unquote_plus(text, errors="surrogateescape")
    if text.isascii():
        return text
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = text.encode("utf-8", "replace")
    # What a web server took apart into surrogates may be a letter together with its neighbours.
    return data.decode("utf-8", "surrogateescape")
