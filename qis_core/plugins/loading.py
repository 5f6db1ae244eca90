"""From candidates to a kernel: each plugin is checked, asked once, and taken as a whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qis_core.api import PluginContext, QisError, SettingsGroup
from qis_core.domain.vocabulary import Vocabulary, VocabularyClash
from qis_core.plugins.discovery import Candidate, builtin_candidates, installed_candidates
from qis_core.plugins.hooks import Implementation, PluginRefused, check_api, implementations
from qis_core.plugins.manager import PluginManager
from qis_core.plugins.records import PluginRecord, PluginState
from qis_core.plugins.registries import Registered, Registries, Registry
from qis_core.plugins.things import KINDS, NAME, NAME_RULE, REGISTER_HOOKS, claims, core_claims
from qis_core.settings import (
    CORE_GROUPS,
    ConfigurationError,
    PluginsSettings,
    ServerSettings,
    Settings,
    fields_of,
    load_settings,
)

log = logging.getLogger("qis.plugins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """What a process of QIS stands on: settings, plugins, and everything that these brought."""

    settings: Settings
    records: tuple[PluginRecord, ...]
    registries: Registries
    manager: PluginManager


def load(
    raw: Mapping[str, str],
    *,
    environ: Mapping[str, str] = os.environ,
    data: Path | None = None,
    here: Path | None = None,
    candidates: Sequence[Candidate] | None = None,
    strict: bool | None = None,
) -> Kernel:
    """Finds, checks and asks all plugins, and reads the settings.

    ``raw`` are the texts of the configuration by key, relative places in it start at ``here``
    (default: the working folder). ``data`` and ``strict`` win over the settings; ``candidates``
    stand in for the built-in and installed plugins. Raises ConfigurationError for wrong settings,
    and where strict for broken plugins; a broken plugin is otherwise left out, and its record says why.
    """
    if data is not None:
        raw, environ = {**raw, "qis.server.data": str(data)}, _without(environ, "QIS_SERVER_DATA")
    wanted = _plugins_settings(raw, environ)
    found = candidates if candidates is not None else (*builtin_candidates(), *installed_candidates())
    loading = _Loading()
    for candidate in found:
        loading.enter(candidate, blocked=candidate.name in wanted.blocked)
    settings = load_settings(
        raw, environ, loading.groups(), here=here, tolerated=[entry.candidate.name for entry in loading.entries]
    )
    context = PluginContext(settings=settings.of, data=settings.of(ServerSettings).data)
    for entry in loading.alive():
        loading.ask(entry, context)
    records = tuple(entry.record() for entry in loading.entries)
    if wanted.strict if strict is None else strict:
        _refuse_broken(records)
    return Kernel(
        settings=settings.without(entry.group.name for entry in loading.entries if entry.group and entry.reason),
        records=records,
        registries=loading.registries(),
        manager=PluginManager([each for entry in loading.alive() for each in entry.implementations]),
    )


@dataclass(slots=True)
class _Entry:
    """A candidate on its way to a record."""

    candidate: Candidate
    state: PluginState = PluginState.LOADED
    reason: str = ""
    plugin: object = None
    api: tuple[int, int] | None = None
    implementations: tuple[Implementation, ...] = ()
    group: SettingsGroup | None = None
    things: dict[str, tuple[object, ...]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """Plugin and distribution, for messages about two of them."""
        return f"{self.candidate.name} ({self.candidate.distribution} {self.candidate.version})".replace(" )", ")")

    def claims(self) -> list[tuple[str, str]]:
        """Every name that the plugin takes for itself."""
        return [claim for kind, things in self.things.items() for thing in things for claim in claims(kind, thing)]

    def record(self) -> PluginRecord:
        """What is to be told of it."""
        options = [option for thing in self.things.get("operations", ()) for option in getattr(thing, "options", ())]
        return PluginRecord(
            name=self.candidate.name,
            distribution=self.candidate.distribution,
            version=self.candidate.version,
            state=self.state,
            reason=self.reason,
            api=self.api,
            hooks=tuple(each.hook for each in self.implementations),
            registered={
                kind: tuple(KINDS[kind].names(thing)[0] for thing in self.things[kind]) for kind in self.things
            },
            options=tuple(option.name for option in options if option.name),
            seconds=self.seconds,
        )


class _Loading:
    """One pass over the candidates."""

    def __init__(self) -> None:
        self.entries: list[_Entry] = []
        self._owners: dict[tuple[str, str], str] = dict.fromkeys(core_claims(), "the core of QIS")

    def alive(self) -> list[_Entry]:
        """The plugins that nothing was found against so far."""
        return [entry for entry in self.entries if entry.state is PluginState.LOADED]

    def groups(self) -> list[SettingsGroup]:
        """The core's settings and those of the living plugins."""
        return [*CORE_GROUPS, *(entry.group for entry in self.alive() if entry.group)]

    def enter(self, candidate: Candidate, *, blocked: bool) -> None:
        """Imports a plugin and reads what it states, implements and wants to be set."""
        entry = _Entry(candidate)
        with _watched(entry):
            self._check_name(entry)
            if blocked:
                entry.state, entry.reason = PluginState.BLOCKED, "it is named in qis.plugins.blocked"
            else:
                entry.plugin = candidate.load()
                entry.api = check_api(entry.plugin)
                self._check_object(entry)
                entry.implementations = implementations(candidate.name, entry.plugin)
                entry.group = _settings_group(entry)
        self.entries.append(entry)

    def ask(self, entry: _Entry, context: PluginContext) -> None:
        """Calls the plugin's Register hooks and takes all that they return, or nothing."""
        with _watched(entry):
            for implementation in entry.implementations:
                if implementation.hook in REGISTER_HOOKS:
                    kind = REGISTER_HOOKS[implementation.hook]
                    entry.things[kind] = KINDS[kind].checked(implementation.hook, implementation.call(context=context))
            self._check_claims(entry)
        if entry.reason:
            entry.things = {}
        else:
            self._owners |= dict.fromkeys(entry.claims(), entry.label)

    def registries(self) -> Registries:
        """What the living plugins brought."""
        return Registries(**{kind: self._registry(kind) for kind in KINDS})

    def _registry(self, kind: str) -> Registry[Any]:
        found = [
            (thing, Registered(thing=thing, plugin=entry.candidate.name, version=entry.candidate.version))
            for entry in self.alive()
            for thing in entry.things.get(kind, ())
        ]
        found.sort(key=lambda pair: KINDS[kind].order(pair[0]))
        names = {KINDS[kind].names(thing)[0]: registered for thing, registered in found}
        aliases = {alias: registered for thing, registered in found for alias in KINDS[kind].names(thing)[1:]}
        return Registry({**names, **aliases})

    def _check_claims(self, entry: _Entry) -> None:
        seen = set()
        for sort, name in entry.claims():
            other = self._owners.get((sort, name))
            if other:
                raise PluginRefused(f"the {sort} {name} of {entry.label} is already that of {other}")
            if (sort, name) in seen:
                raise PluginRefused(f"it registers the {sort} {name} twice")
            seen.add((sort, name))
        if "operations" in entry.things or "encoders" in entry.things:
            # What remains, such as an option of a format that is an operation's, is the vocabulary's to judge.
            try:
                Vocabulary(self._registry("operations"), self._registry("encoders"), self._registry("decoders"))
            except VocabularyClash as clash:
                raise PluginRefused(str(clash)) from clash

    def _check_name(self, entry: _Entry) -> None:
        name = entry.candidate.name
        if not NAME.fullmatch(name):
            raise PluginRefused(f"{name!r} is no legal plugin name; it must be {NAME_RULE}")
        for other in self.entries:
            if other.candidate.name == name:
                raise PluginRefused(f"the name {name} is already that of {other.label}")

    def _check_object(self, entry: _Entry) -> None:
        for other in self.entries:
            if other.plugin is entry.plugin:
                raise PluginRefused(f"it is the same object as the plugin {other.label}")


@contextlib.contextmanager
def _watched(entry: _Entry) -> Iterator[None]:
    """Turns whatever a plugin raises into its state and reason, and takes the time."""
    begin = time.perf_counter()
    try:
        yield
    except PluginRefused as refusal:
        entry.state, entry.reason = PluginState.REFUSED, str(refusal)
        log.warning("plugin %s was refused: %s", entry.label, entry.reason)
    except (Exception, SystemExit) as error:
        entry.state, entry.reason = PluginState.FAILED, _sentence(error)
        # A missing library, and what a plugin says on purpose by a QisError, need no traceback.
        expected = isinstance(error, (QisError, ImportError))
        log.warning("plugin %s failed: %s", entry.label, entry.reason, exc_info=not expected)
    finally:
        entry.seconds += time.perf_counter() - begin


def _settings_group(entry: _Entry) -> SettingsGroup | None:
    for implementation in entry.implementations:
        if implementation.hook == "qis_register_settings":
            return _checked_group(entry.candidate.name, implementation.call())
    return None


def _checked_group(name: str, returned: object) -> SettingsGroup | None:
    hook = "qis_register_settings"
    if not isinstance(returned, (list, tuple)) or len(returned) > 1:
        raise PluginRefused(f"{hook} must return a list with one SettingsGroup")
    for group in returned:
        if not isinstance(group, SettingsGroup):
            raise PluginRefused(f"{hook} returned a list with a {type(group).__name__}; it must be a SettingsGroup")
        if group.name != name:
            raise PluginRefused(f"{hook}: the group {group.name!r} must be named as the plugin, {name!r}")
        if name in {core.name for core in CORE_GROUPS}:
            raise PluginRefused(f"{hook}: the settings qis.{name}.* are the core's own")
        try:
            fields_of(group)
        except ConfigurationError as error:
            raise PluginRefused(f"{hook}: {error.problems[0]}") from error
        return group
    return None


def _sentence(error: BaseException) -> str:
    if isinstance(error, QisError):
        return error.message
    text = " ".join(str(error).split())
    shown = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return shown if len(shown) <= 300 else shown[:297] + "..."


def _plugins_settings(raw: Mapping[str, str], environ: Mapping[str, str]) -> PluginsSettings:
    """Which plugins are wanted, read before anything else is known; its errors are told with all the others."""
    group = next(group for group in CORE_GROUPS if group.type is PluginsSettings)
    own = {key: text for key, text in raw.items() if key.startswith("qis.plugins.")}
    variables = {name: text for name, text in environ.items() if name.startswith("QIS_PLUGINS_")}
    try:
        return load_settings(own, variables, [group]).of(PluginsSettings)
    except ConfigurationError:
        return PluginsSettings()


def _refuse_broken(records: Sequence[PluginRecord]) -> None:
    broken = [f"{record.name} ({record.origin}): {record.reason}" for record in records if record.is_broken]
    if broken:
        raise ConfigurationError(["qis.plugins.strict is on, and not every plugin works:", *broken])


def _without(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {key: value for key, value in environ.items() if key != name}
