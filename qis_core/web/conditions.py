"""What a client has already: ``If-None-Match``, ``If-Range`` and ``Range`` (RFC 9110)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether an ``If-None-Match`` header names ``tag``: a list, weak tags, ``*``, or one without quotes."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    return any((quoted or bare) == tag for quoted, bare in _TAG.findall(if_none_match))


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both included, of a file."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes it is."""
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range lies outside the file."""


def byte_range(header: str | None, size: int) -> ByteRange | None:
    """The one range that a ``Range`` header asks of a file of ``size`` bytes.

    None for no header, a malformed one, or several ranges: the whole file is the right answer
    then. Raises Unsatisfiable.
    """
    match = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", header or "", re.IGNORECASE)
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return ByteRange(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
