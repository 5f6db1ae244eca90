"""What has happened, as ``qis_notify_*`` tells it: ids, paths, sizes and durations, no live objects."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api.values import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServed:
    """A rendering or original went out. ``xref`` is the URL's tracking text; ``seconds`` of work."""

    path: str
    identity: Identity
    original: bool
    from_cache: bool
    size_bytes: int
    seconds: float
    record_stats: bool = True
    xref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAdded:
    """A picture came into the library."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReplaced:
    """A picture's bytes are others now."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMoved:
    """A picture was moved or renamed."""

    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted:
    """A picture left the library."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLoggedIn:
    """Somebody logged in; ``method`` names the authenticator."""

    identity: Identity
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFinished:
    """A background task ended; ``error`` is '' where it succeeded."""

    name: str
    task_id: int
    seconds: float
    error: str = ""
