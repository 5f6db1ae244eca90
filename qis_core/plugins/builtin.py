"""The plugins in the box, by dotted module name; a plugin's name is its folder's."""

BUILTIN: tuple[str, ...] = (
    "qis_core.builtin.geometry.plugin",
    "qis_core.builtin.effects.plugin",
    "qis_core.builtin.colour.plugin",
    "qis_core.builtin.formats.plugin",
    "qis_core.builtin.pillow.plugin",
    "qis_core.builtin.caches.plugin",
    "qis_core.builtin.storage.plugin",
    "qis_core.builtin.metadata.plugin",
    "qis_core.builtin.analysis.plugin",
    "qis_core.builtin.passwords.plugin",
)
