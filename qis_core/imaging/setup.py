"""What the render processes are told when they start, and the environment that they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qis_core.imaging import heap
from qis_core.settings import Settings, fields_of

READY = b"ready"
"""What a nursery says once its plugins are loaded."""

_SERVERS_OWN = frozenset({"server", "library", "cache", "pyramids", "public", "database", "web"})
_KEPT = frozenset({"HOME", "LANG", "PATH", "TZ", "TMPDIR", "VIRTUAL_ENV"})
_KEPT_PREFIXES = ("LC_", "LD_", "PYTHON", "FONTCONFIG_", "MAGICK_", "VIPS_")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """By what plugins are loaded in render processes: as ``qis_core.plugins.load`` takes it.

    It holds no secrets, because a worker reads hostile files. ``readable`` names the folders that
    originals lie in: a worker can then read nothing else but the system's own folders (on Linux
    with Landlock); None leaves reading alone. ``written_bytes`` is how much it may write to a file
    that the server has opened for it. ``niceness`` (0–19) is by how much it stands back behind others
    where processors are short. There are at most ``workers`` at once; one is replaced after ``jobs_per_worker``
    orders, or where it holds more than ``resident_bytes`` after one. Where they are ``shared``, all processes of a
    server that ask for the same have the same ones.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    data: Path | None = None
    readable: Sequence[Path] | None = None
    written_bytes: int = 0
    niceness: int = 0
    workers: int = 1
    jobs_per_worker: int = 500
    resident_bytes: int = 400 * 1024**2
    shared: bool = False

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        data: Path,
        readable: Sequence[Path] | None = None,
        written_bytes: int = 0,
        niceness: int = 0,
        shared: bool = False,
    ) -> WorkerSetup:
        """What of a site's ``settings`` its render processes get: what is set, but for secrets and the server's own."""
        told = [
            part
            for group in settings.groups
            for part in fields_of(group)
            if not part.secret and group.name not in _SERVERS_OWN and settings.origin(part) != "default"
        ]
        texts = {part.key: part.text(settings.value(part)) for part in told}
        return cls(
            settings=texts,
            data=data,
            readable=readable,
            written_bytes=written_bytes,
            niceness=niceness,
            shared=shared,
        )


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What render processes get of ``environ``: what Python and the libraries need, no secrets."""
    kept = {name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    return {**heap.ENVIRONMENT, **kept}
