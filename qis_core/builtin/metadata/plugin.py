"""Registers the readers of EXIF, IPTC and XMP."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import MetadataReader, hookimpl
from qis_core.builtin.metadata.embedded import EmbeddedReader

QIS_API = (1, 0)


@hookimpl
def qis_register_metadata_readers() -> Sequence[MetadataReader]:
    return [EmbeddedReader()]
