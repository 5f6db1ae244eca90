"""Every hook of QIS, in one place. Read it top to bottom: it is the whole contract.

The first word of each docstring is the hook's kind. **Register** hooks are called once at start
and return values, which are collected into typed, frozen registries; a name that two plugins
register is an error that names both. **Decide** hooks give an answer, combined by the rule in
the docstring. **Notify** hooks are told what happened; their result is ignored and a failure
is logged. No hook is called per pixel or when a rendering comes from the cache.

An implementation takes only the arguments it wants, by name, and has no default values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pluggy

from qis_core.api.access import AccessQuestion, Refusal
from qis_core.api.analysis import Analyser
from qis_core.api.authentication import PasswordAuthenticator, RedirectAuthenticator
from qis_core.api.cache import CacheProvider
from qis_core.api.engines import Engine
from qis_core.api.events import (
    ImageAdded,
    ImageDeleted,
    ImageMoved,
    ImageReplaced,
    ImageServed,
    TaskFinished,
    UserLoggedIn,
)
from qis_core.api.formats import Decoder, Encoder
from qis_core.api.metadata import MetadataReader
from qis_core.api.operations import Operation
from qis_core.api.pyramids import PyramidMaker
from qis_core.api.settings import SettingsGroup
from qis_core.api.storage import StorageProvider
from qis_core.api.tasks import Task
from qis_core.api.web import Theme, WebExtension

hookspec = pluggy.HookspecMarker("qis")
hookimpl = pluggy.HookimplMarker("qis")

S = TypeVar("S")


class SettingsLookup(Protocol):
    """Finds the values of a declared settings dataclass."""

    def __call__(self, kind: type[S]) -> S:
        """The instance of ``kind`` with this site's values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginContext:
    """What a Register hook may know: ``settings(MySettings)`` and the server's data folder."""

    settings: SettingsLookup
    data: Path


@hookspec
def qis_register_settings() -> Sequence[SettingsGroup]:
    """Register typed settings ``qis.<name>.*``. Called before all other hooks."""
    raise NotImplementedError


@hookspec
def qis_register_operations(context: PluginContext) -> Sequence[Operation]:
    """Register image operations; their options become part of the image URL. Unique: name, option names and keys."""
    raise NotImplementedError


@hookspec
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    """Register formats to read. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    """Register formats to write. Unique: name and aliases."""
    raise NotImplementedError


@hookspec
def qis_register_engines(context: PluginContext) -> Sequence[Engine]:
    """Register engines that render whole recipes. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_pyramid_makers(context: PluginContext) -> Sequence[PyramidMaker]:
    """Register makers of reduced copies of very large originals. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_analysers(context: PluginContext) -> Sequence[Analyser]:
    """Register finders of facts about a picture. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_storages(context: PluginContext) -> Sequence[StorageProvider]:
    """Register kinds of store for originals. Unique: URL scheme."""
    raise NotImplementedError


@hookspec
def qis_register_caches(context: PluginContext) -> Sequence[CacheProvider]:
    """Register kinds of cache for renderings. Unique: URL scheme."""
    raise NotImplementedError


@hookspec
def qis_register_authenticators(
    context: PluginContext,
) -> Sequence[PasswordAuthenticator | RedirectAuthenticator]:
    """Register ways to log in. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_tasks(context: PluginContext) -> Sequence[Task]:
    """Register named background work. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_web(context: PluginContext) -> Sequence[WebExtension]:
    """Register routes, views, menu items, picture panels and publisher outputs. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_themes(context: PluginContext) -> Sequence[Theme]:
    """Register templates and static files over a parent theme. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_register_metadata_readers(context: PluginContext) -> Sequence[MetadataReader]:
    """Register readers of EXIF, IPTC, XMP and the like. Unique: name."""
    raise NotImplementedError


@hookspec
def qis_decide_access(question: AccessQuestion) -> Refusal | None:
    """Decide whether to refuse an action that the permissions allow. Any refusal wins; none can grant.

    Called whenever a permission is worked out, not when a remembered answer is used; an
    implementation that fails counts as a refusal.
    """
    raise NotImplementedError


@hookspec
def qis_notify_image_served(event: ImageServed) -> None:
    """Notify that a rendering or an original went out, after the answer was decided."""


@hookspec
def qis_notify_image_added(event: ImageAdded) -> None:
    """Notify that a picture came into the library."""


@hookspec
def qis_notify_image_replaced(event: ImageReplaced) -> None:
    """Notify that a picture's bytes are others now."""


@hookspec
def qis_notify_image_moved(event: ImageMoved) -> None:
    """Notify that a picture was moved or renamed."""


@hookspec
def qis_notify_image_deleted(event: ImageDeleted) -> None:
    """Notify that a picture left the library."""


@hookspec
def qis_notify_user_logged_in(event: UserLoggedIn) -> None:
    """Notify that somebody logged in."""


@hookspec
def qis_notify_task_finished(event: TaskFinished) -> None:
    """Notify that a background task ended, well or not."""
