"""What the library's record says of a file's metadata, as a render worker reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from qis_core.imaging.orders import DescribeOrder
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import load
from qis_core.testing.sources import MemorySource


def record_of(data: bytes) -> Mapping[str, Mapping[str, object]]:
    """The metadata by group, read by whatever is installed here. Raises QisError."""
    return _workshop().describe(DescribeOrder(source_name="a"), MemorySource(data)).metadata


@cache
def _workshop() -> Workshop:
    registries = load({}, environ={}).registries
    return Workshop(
        decoders=registries.decoders,
        encoders={},
        engines={},
        operations={},
        metadata_readers=registries.metadata_readers,
    )
