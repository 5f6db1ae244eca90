"""The query string of an image URL as names and values."""

from __future__ import annotations

from urllib.parse import unquote_plus


def parse_query(raw: str) -> tuple[tuple[str, str], ...]:
    """Names and values in the order they came; of a repeated name the first counts.

    Percent escapes are UTF-8 (bytes that are not become U+FFFD, which no file is called), ``+``
    is a blank, ``&amp;`` counts as ``&``. A name without ``=`` has an empty value. Raises nothing.
    """
    found: dict[str, str] = {}
    for part in raw.replace("&amp;", "&").split("&"):
        name, _, value = part.partition("=")
        name = _decoded(name)
        if name and name not in found:
            found[name] = _decoded(value)
    return tuple(found.items())


def _decoded(text: str) -> str:
    if "%" in text or "+" in text:
        text = unquote_plus(text, errors="replace")
    # A web server may hand over undecodable bytes as lone surrogates.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
