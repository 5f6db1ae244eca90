"""Which format ``format=auto`` means for a browser's ``Accept`` header (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qis_core.api import Encoder

_MODERN = ("avif", "webp")


def negotiate(accept: str, encoders: Mapping[str, Encoder], *, transparent: bool, quick: bool = False) -> str:
    """The name of the best installed format that ``accept`` allows: avif, webp, then png or jpg.

    AVIF and WebP count only where they are named: browsers that cannot show them send ``*/*``
    and ``image/*`` too. A format with a lower ``q`` than another's yields to it. ``transparent``
    chooses png over jpg; ``quick`` prefers every format that ``accept`` allows to those that are costly.
    """
    ranges = _ranges(accept)
    plain = next((name for name in (("png", "jpg") if transparent else ("jpg", "png")) if name in encoders), None)
    candidates = [(ranges.get(encoders[name].media_type, 0.0), name) for name in _MODERN if name in encoders]
    if plain is not None:
        candidates.append((_quality(encoders[plain].media_type, ranges), plain))
    allowed = [candidate for candidate in candidates if candidate[0] > 0]
    if not allowed:
        return plain or next(iter(encoders))
    if quick:
        allowed = [candidate for candidate in allowed if not encoders[candidate[1]].costly] or allowed
    # The first of the best: the order of the candidates decides between equals.
    return max(allowed, key=lambda candidate: candidate[0])[1]


def _quality(media_type: str, ranges: Mapping[str, float]) -> float:
    """The q of the most specific range that covers ``media_type``; without any, as good as not named."""
    for name in (media_type, "image/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def _ranges(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (text.strip() for text in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            match = re.fullmatch(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)", parameter)
            if match:
                quality = min(1.0, float(match[1]))
        if name:
            found.setdefault(name, quality)
    return found
