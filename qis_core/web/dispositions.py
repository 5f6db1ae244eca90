"""``Content-Disposition`` for file names of any script (RFC 6266, RFC 8187)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote


def disposition(kind: str, name: str) -> str:
    """The header's value; ``kind`` is ``inline`` or ``attachment``.

    Names beyond ASCII get a plain fallback beside the exact one; control characters cannot
    leave through either.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = "".join(c for c in plain if c.isprintable() and c not in '"\\%').strip() or "image"
    value = f'{kind}; filename="{plain}"'
    if plain != name:
        exact = quote(name.encode("utf-8", "surrogateescape"), safe="!#$&+^`|~")
        value += f"; filename*=UTF-8''{exact}"
    return value


def with_extension(name: str, extension: str) -> str:
    """The name with its ending replaced."""
    stem = name.rpartition(".")[0] or name
    return f"{stem}.{extension}"
