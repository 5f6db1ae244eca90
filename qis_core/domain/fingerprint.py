"""The name of a finished rendering: cache key and ETag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from qis_core.api import Recipe


def fingerprint(
    recipe: Recipe,
    source_version: str,
    resource_versions: Mapping[str, str] | None = None,
    plugin_versions: Mapping[str, str] | None = None,
) -> str:
    """40 hex digits that differ wherever the rendering could.

    ``source_version`` changes with the source's bytes, ``resource_versions`` (by resource name)
    with those of overlays and profiles, ``plugin_versions`` (by name) with whatever makes pixels.
    """
    parts = [
        recipe.canonical,
        source_version,
        sorted((resource_versions or {}).items()),
        sorted((plugin_versions or {}).items()),
    ]
    # JSON keeps the parts apart, whatever characters they contain.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
