"""Finding, checking and asking plugins: ``load`` gives the kernel that a process stands on."""

from qis_core.plugins.discovery import Candidate, builtin_candidates, installed_candidates
from qis_core.plugins.loading import Kernel, load
from qis_core.plugins.manager import PluginManager
from qis_core.plugins.records import PluginRecord, PluginState
from qis_core.plugins.registries import Registries, Registry

__all__ = [
    "Candidate",
    "Kernel",
    "PluginManager",
    "PluginRecord",
    "PluginState",
    "Registries",
    "Registry",
    "builtin_candidates",
    "installed_candidates",
    "load",
]
