"""Which code and which settings touch a recipe's pixels: the part of a fingerprint that is not the recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from qis_core.api import Quality, Recipe
from qis_core.plugins import Registries, Registry
from qis_core.settings import Settings, fields_of


class PixelVersions:
    """Versions by part name. Any that changes makes another fingerprint, so that a rendering by
    older code or other settings is never served for the new ones.

    Of the settings those of plugins count that bring a part of the way from file to file.
    """

    def __init__(self, registries: Registries, settings: Settings, quality: Quality) -> None:
        self._operations = registries.operations
        self._encoders = registries.encoders
        readers = [*_versions(registries.decoders), *_versions(registries.engines)]
        painters: list[Registry[Any]] = [
            registries.operations, registries.encoders, registries.decoders, registries.engines,
        ]  # fmt: skip
        plugins = {registry.owner(name) for registry in painters for name in registry}
        self._common = {
            "readers": _digest(readers),
            "settings": _digest([*_settings_of(plugins, settings), repr(quality)]),
        }

    def of(self, recipe: Recipe) -> Mapping[str, str]:
        """The versions that count for ``recipe``: every reader's, its operations' and its encoder's."""
        steps = {step.operation: self._operations.version_of(step.operation) for step in recipe.steps}
        return {**self._common, **steps, "encoder": self._encoders.version_of(recipe.output.format)}


def _versions(registry: Registry[Any]) -> list[str]:
    return sorted(registry.version_of(name) for name in registry)


def _settings_of(plugins: Collection[str], settings: Settings) -> list[str]:
    fields = [field for group in settings.groups if group.name in plugins for field in fields_of(group)]
    return [f"{field.key}={settings.value(field)!r}" for field in fields]


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
