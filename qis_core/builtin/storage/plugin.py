"""The built-in stores: ``file:``."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import StorageProvider, hookimpl
from qis_core.builtin.storage.files import FileProvider

QIS_API = (1, 0)


@hookimpl
def qis_register_storages() -> Sequence[StorageProvider]:
    return [FileProvider()]
