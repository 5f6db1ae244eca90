"""The vocabulary of image URLs and templates: every option that anybody installed understands."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qis_core.api import Choice, Decoder, Encoder, Operation, Option
from qis_core.domain.core_options import CORE_OPTIONS, URL_ONLY

AUTO = "auto"


class VocabularyClash(ValueError):
    """Two owners declare one name; the text names both."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One option and who declares it: ``core``, the operation's name, or ``format <name>``."""

    option: Option
    owner: str
    phase: str = ""


class Vocabulary:
    """All options by URL name and template key, the operations in their order of work, and the formats.

    The mappings are the registries': by name, encoders by their aliases as well. Raises
    VocabularyClash where two operations, or an operation and a format, use one URL name or key.
    """

    def __init__(
        self,
        operations: Mapping[str, Operation],
        encoders: Mapping[str, Encoder],
        decoders: Mapping[str, Decoder],
    ) -> None:
        self.operations: Sequence[Operation] = sorted(
            operations.values(), key=lambda operation: (operation.phase, -operation.priority, operation.name)
        )
        self.encoders: Mapping[str, Encoder] = {encoder.name: encoder for encoder in encoders.values()}
        self._aliases = {alias.lower(): e.name for e in self.encoders.values() for alias in e.aliases}
        self.format_option = Choice(
            "format",
            choices=(*self.encoders, AUTO),
            aliases=self._aliases,
            help="Format of the result; auto takes the best that the browser accepts",
        )
        self._defaults = {o.name: {x.key: x.default for x in o.options} for o in self.operations}
        self._entries = list(self._collect())
        self.by_name: Mapping[str, Option] = _index(self._entries, lambda option: option.name, "URL name")
        self.by_key: Mapping[str, Option] = _index(self._entries, lambda option: option.key, "template key")
        self._encoder_entries = [
            Entry(option, f"format {e.name}") for e in self.encoders.values() for option in e.options
        ]
        self.encoder_keys: Mapping[str, str] = self._collect_encoder_keys()
        by_extension = sorted(decoders.values(), key=lambda decoder: decoder.priority)
        self._decoders = {ending: decoder for decoder in by_extension for ending in decoder.extensions}
        self._endings = {ending: e.name for e in reversed(self.encoders.values()) for ending in e.extensions}

    def defaults(self, operation: Operation) -> Mapping[str, object]:
        """The declared defaults of an operation's options by key."""
        return self._defaults[operation.name]

    def format_named(self, name: str) -> str | None:
        """The canonical name of an output format or one of its aliases; None where it is not installed."""
        name = name.lower()
        name = self._aliases.get(name, name)
        return name if name in self.encoders else None

    def default_format(self, path: str) -> str:
        """The output format of a picture of this name when nobody asks for one.

        What the decoder of its extension proposes where that is another format than its own (browsers
        show no HEIC); else the picture's own format, if somebody writes it and it is an image type
        (a PDF is no picture to a browser); else ``jpg``.
        """
        ending = _ending(path)
        decoder = self._decoders.get(ending)
        proposed = self.format_named(decoder.output) if decoder else None
        if decoder and proposed and decoder.output != decoder.name:
            return proposed
        own = self.format_named(ending) or self._endings.get(ending)
        if own and self.encoders[own].media_type.startswith("image/"):
            return own
        return proposed or self.format_named("jpg") or next(iter(self.encoders))

    def may_be_transparent(self, path: str) -> bool:
        """Whether a picture of this name can have transparent parts, as far as its extension tells."""
        decoder = self._decoders.get(_ending(path))
        return decoder is None or decoder.alpha

    def template_option(self, key: str) -> Sequence[Option]:
        """The options that a template's key stands for: one, or one a format; empty for an unknown key."""
        if key in URL_ONLY:
            return ()
        option = self.by_key.get(key)
        if option is not None:
            return (option,)
        return [entry.option for entry in self._encoder_entries if entry.option.key == key]

    def template_keys(self) -> frozenset[str]:
        """Every key that a template may hold."""
        return frozenset(self.by_key.keys() | set(self.encoder_keys.values())) - URL_ONLY

    def held(self, locked: Iterable[str]) -> frozenset[str]:
        """The keys that a URL may not touch where a template locks these: they, and those that could undo them."""
        found, waiting = set[str](), [*locked]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(held for option in self.template_option(key) for held in option.holds)
        return frozenset(found)

    def nearest(self, name: str, among: Iterable[str]) -> str:
        """A phrase that proposes the nearest of the known names, or lists them all."""
        known = sorted(among)
        close = difflib.get_close_matches(name, known, n=1)
        return f"a known name, such as {close[0]}" if close else "one of " + ", ".join(known)

    def document(self) -> list[dict[str, object]]:
        """Every option for the reference page and forms, in order of work; JSON-able.

        ``name`` (URL), ``key`` (template; '' where no template may set it), ``owner``, ``phase``,
        ``kind``, ``unit``, ``help``, ``default``, ``allowed`` (a phrase) and ``schema`` (JSON schema).
        """
        return [_described(entry) for entry in (*self._entries, *self._encoder_entries)]

    def _collect(self) -> Iterable[Entry]:
        for option in CORE_OPTIONS:
            yield Entry(option, "core")
        yield Entry(self.format_option, "core")
        for operation in self.operations:
            for option in operation.options:
                yield Entry(option, operation.name, operation.phase.name.lower())

    def _collect_encoder_keys(self) -> dict[str, str]:
        """Template keys by URL name; several formats may declare one name, each with its own range."""
        others = {name: entry for entry in self._entries for name in (entry.option.name, entry.option.key) if name}
        found: dict[str, str] = {}
        for entry in self._encoder_entries:
            for name in (entry.option.name, entry.option.key):
                if name in others:
                    raise VocabularyClash(f"{name!r} is declared by {others[name].owner} and by {entry.owner}")
            found[entry.option.name] = entry.option.key
        return found


def _index(entries: Sequence[Entry], names: Callable[[Option], str], what: str) -> dict[str, Option]:
    owners: dict[str, Entry] = {}
    for entry in entries:
        name = names(entry.option)
        if not name:
            continue
        other = owners.setdefault(name, entry)
        if other is not entry:
            raise VocabularyClash(f"the {what} {name!r} is declared by {other.owner} and by {entry.owner}")
    return {name: entry.option for name, entry in owners.items()}


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _described(entry: Entry) -> dict[str, object]:
    option = entry.option
    return {
        "name": option.name,
        "key": "" if option.key in URL_ONLY else option.key,
        "owner": entry.owner,
        "phase": entry.phase,
        "kind": option.kind,
        "unit": option.unit,
        "help": option.help,
        "default": option.default,
        "allowed": option.allowed,
        "schema": option.schema(),
    }
