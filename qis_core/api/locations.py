"""URLs of stores and caches, as an operator writes them: ``disk:///var/cache/qis?size=10G``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from qis_core.api.errors import Unavailable

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A parsed URL ``scheme:[//host]path?name=value``.

    ``path`` and the values of ``parameters`` are percent-decoded; ``host`` is '' in
    ``file:///srv`` and in ``file:relative/path``.
    """

    scheme: str
    host: str
    path: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, url: str, *, allowed: Sequence[str] = ()) -> Location:
        """The parts of ``url``; ``allowed`` names its parameters. Raises Unavailable naming what is wrong."""
        scheme, colon, rest = url.partition(":")
        if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
            raise Unavailable(f"{url!r} is not a URL such as file:///srv/pictures")
        body, _, query = rest.partition("?")
        host = ""
        if body.startswith("//"):
            host, slash, path = body[2:].partition("/")
            body = slash + path
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        unknown = sorted(set(parameters) - set(allowed))
        if unknown:
            known = ", ".join(allowed) or "none"
            raise Unavailable(f"{url!r}: there is no parameter {unknown[0]!r}; known: {known}")
        path = unquote(body, errors="surrogateescape")
        if "\0" in path:
            raise Unavailable(f"{url!r}: the path holds a NUL character")
        return cls(scheme=scheme, host=host, path=path, parameters=parameters)


def parse_size(text: str) -> int:
    """Bytes of ``10G``, ``512M``, ``1.5G``, ``64KiB`` or ``1000`` (units of 1024). Raises Unavailable."""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([KMGT]?)(?:I?B)?", text.strip().upper())
    if not match:
        raise Unavailable(f"{text!r} is not a size in bytes such as 10G, 512M or 1000000")
    return int(float(match[1]) * _UNITS[match[2]])
