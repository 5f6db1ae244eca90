"""What the render processes are told when they start, and the environment that they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qis_core.settings import Settings, fields_of

READY = b"ready"
"""What a nursery says once its plugins are loaded."""

_SERVERS_OWN = frozenset({"server", "library", "cache", "public", "database", "web"})
_KEPT = frozenset({"HOME", "LANG", "PATH", "TZ", "TMPDIR", "VIRTUAL_ENV"})
_KEPT_PREFIXES = ("LC_", "LD_", "PYTHON", "FONTCONFIG_", "MAGICK_", "VIPS_")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """By what plugins are loaded in render processes: as ``qis_core.plugins.load`` takes it.

    It holds no secrets, because a worker reads hostile files. ``readable`` names the folders that
    originals lie in: a worker can then read nothing else but the system's own folders (on Linux
    with Landlock); None leaves reading alone.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    data: Path | None = None
    here: Path | None = None
    readable: Sequence[Path] | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        raw: Mapping[str, str],
        environ: Mapping[str, str],
        *,
        data: Path,
        here: Path,
        readable: Sequence[Path] | None = None,
    ) -> WorkerSetup:
        """What of a server's ``raw`` configuration and environment its render processes get.

        Left out are secret settings, those of the server itself, and all that ``settings`` does not know.
        """
        told = [
            part
            for group in settings.groups
            for part in fields_of(group)
            if not part.secret and group.name not in _SERVERS_OWN
        ]
        return cls(
            settings={part.key: raw[part.key] for part in told if part.key in raw},
            environ={part.variable: environ[part.variable] for part in told if part.variable in environ},
            data=data,
            here=here,
            readable=readable,
        )


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What render processes get of ``environ``: what Python and the libraries need, no secrets."""
    kept = {name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    # One heap: what a codec's threads have freed is of use to the next rendering.
    return {"MALLOC_ARENA_MAX": "1", **kept}
