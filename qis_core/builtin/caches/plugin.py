"""The built-in caches: ``memory:``, ``disk:`` and ``memcached:``."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import CacheProvider, hookimpl
from qis_core.builtin.caches.disk import DiskProvider
from qis_core.builtin.caches.memcached import MemcachedProvider
from qis_core.builtin.caches.memory import MemoryProvider

QIS_API = (1, 0)


@hookimpl
def qis_register_caches() -> Sequence[CacheProvider]:
    return [MemoryProvider(), DiskProvider(), MemcachedProvider()]
