"""Registers the readers of EXIF, IPTC and XMP, and the operation that leaves them out."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import MetadataReader, Operation, PluginContext, SettingsGroup, hookimpl
from qis_core.builtin.metadata.embedded import EmbeddedReader
from qis_core.builtin.metadata.settings import MetadataSettings
from qis_core.builtin.metadata.strip import Strip

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="metadata", type=MetadataSettings)]


@hookimpl
def qis_register_operations(context: PluginContext) -> Sequence[Operation]:
    return [Strip(keep_notices=context.settings(MetadataSettings).keep_notices)]


@hookimpl
def qis_register_metadata_readers() -> Sequence[MetadataReader]:
    return [EmbeddedReader()]
