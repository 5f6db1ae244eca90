"""Styles without a way out of the document: ``style`` elements, attributes, and ``url(…)`` anywhere."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_ELSEWHERE = re.compile(r"url\s*\((?!\s*[\"']?\s*#)[^)]*(?:\)|\Z)", re.IGNORECASE)
_WITHIN = re.compile(r"url\s*\(\s*[\"']?\s*#([^\"')\s]*)", re.IGNORECASE)


def clean_value(value: str) -> str:
    """An attribute's value in which ``url(…)`` leads to nothing but this document."""
    return _ELSEWHERE.sub("none", value) if "(" in value else value


def clean_style(text: str) -> str:
    """A style sheet, or declarations, without comments, rules that begin with @, and URLs that lead elsewhere.

    Empty where it is written with escapes, behind which anything may hide.
    """
    text = _COMMENT.sub(" ", text)
    if "\\" in text:
        return ""
    if "@" in text:
        text = _without_at_rules(text)
    return clean_value(text)


def references(value: str) -> list[str]:
    """The identifiers that the ``url(#…)`` of a value name."""
    return _WITHIN.findall(value) if "(" in value else []


def _without_at_rules(text: str) -> str:
    """Cuts from each ``@`` to its semicolon, or to the end of its block."""
    kept, depth, inside = [], 0, False
    for character in text:
        if not inside and character == "@":
            inside, depth = True, 0
        elif not inside:
            kept.append(character)
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            inside = depth > 0
        elif character == ";" and depth == 0:
            inside = False
    return "".join(kept)
