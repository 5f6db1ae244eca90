"""The option ``quality``, which several encoders share."""

from __future__ import annotations

from qis_core.api import Int


def quality_option(default: int) -> Int:
    """The option ``quality`` with an encoder's own default."""
    return Int(
        "quality",
        minimum=1,
        maximum=100,
        default=default,
        help="JPEG, WebP and AVIF: from 1 (small) to 100 (good). "
        "PNG: first digit the zlib level, second digit the filter type",
    )
