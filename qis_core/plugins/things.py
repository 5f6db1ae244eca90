"""What the Register hooks may return: of which type, how it is named, and what else must hold."""

from __future__ import annotations

import dataclasses
import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qis_core.api import (
    Analyser,
    CacheProvider,
    Decoder,
    Encoder,
    Engine,
    FinishingOperation,
    FramingOperation,
    MetadataReader,
    Operation,
    Option,
    Options,
    PasswordAuthenticator,
    Phase,
    PixelOperation,
    RedirectAuthenticator,
    StorageProvider,
    Task,
    Theme,
    WebExtension,
)
from qis_core.api.pyramids import PyramidMaker
from qis_core.domain.core_options import CORE_OPTIONS
from qis_core.domain.parameters import problems_of
from qis_core.domain.vocabulary import AUTO
from qis_core.plugins.hooks import PluginRefused

NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""A legal name of a plugin and of a thing."""

NAME_RULE = "a small letter, then small letters, digits, _ or -"
_WORD = re.compile(r"[a-z0-9][a-z0-9._+-]*")

_PHASES: Mapping[type, frozenset[Phase]] = {
    FramingOperation: frozenset({Phase.FLIP, Phase.ROTATE, Phase.CROP, Phase.RESIZE, Phase.TILE}),
    PixelOperation: frozenset({Phase.SOURCE, Phase.COLOUR, Phase.SHARPEN, Phase.OVERLAY}),
    FinishingOperation: frozenset({Phase.PROFILE, Phase.COLOURSPACE, Phase.STRIP}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one Register hook collects: ``field`` of Registries, legal types, and a further check."""

    field: str
    types: tuple[type, ...]
    check: Callable[[object], Iterator[str]] = lambda thing: iter(())
    named_by: str = "name"

    def names(self, thing: object) -> tuple[str, ...]:
        """All names under which the thing is found, the first being its own."""
        return (getattr(thing, self.named_by), *(getattr(thing, "aliases", ()) if self.field == "encoders" else ()))

    def order(self, thing: object) -> tuple[int, int, str]:
        """Sorts things: by phase where they have one, then the highest priority, then the name."""
        return getattr(thing, "phase", 0), -getattr(thing, "priority", 0), self.names(thing)[0]

    def checked(self, hook: str, returned: object) -> tuple[object, ...]:
        """The things that a hook returned. Raises PluginRefused naming what is wrong with them."""
        if not isinstance(returned, (list, tuple)):
            raise PluginRefused(f"{hook} returned {_article(returned)}; it must return a list")
        for thing in returned:
            problem = next(self._problems(thing), None)
            if problem:
                raise PluginRefused(f"{hook}: {problem}")
        return tuple(returned)

    def _problems(self, thing: object) -> Iterator[str]:
        wanted = " or ".join(kind.__name__ for kind in self.types)
        if isinstance(thing, type):
            yield f"the class {thing.__name__} was returned; return an instance of it"
        if not isinstance(thing, self.types):
            yield f"{_article(thing)} was returned; it must be {wanted}"
        label = f"{type(thing).__name__}.{self.named_by}"
        name = getattr(thing, self.named_by, None)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f"{label} is {name!r}; it must be {NAME_RULE}"
        for attribute in ("version", "priority"):
            value = getattr(thing, attribute, 1)
            if type(value) is not int:
                yield f"{type(thing).__name__}.{attribute} is {value!r}; it must be a whole number"
        yield from self.check(thing)


def claims(field: str, thing: object) -> Iterator[tuple[str, str]]:
    """What nobody else may have once ``thing`` is registered, as (sort of name, name)."""
    for name in KINDS[field].names(thing):
        yield field.replace("_", " ").removesuffix("s"), name
    if isinstance(thing, Operation):
        yield from _option_claims(thing.options)


def core_claims() -> Iterator[tuple[str, str]]:
    """The names that are the core's own."""
    yield from _option_claims(CORE_OPTIONS)
    yield from (("image URL option", "format"), ("template key", "format"), ("encoder", AUTO))


def _option_claims(options: Sequence[Option]) -> Iterator[tuple[str, str]]:
    yield from (("image URL option", option.name) for option in options if option.name)
    yield from (("template key", option.key) for option in options)


def _operation(thing: object) -> Iterator[str]:
    assert isinstance(thing, Operation)
    name = type(thing).__name__
    for kind, phases in _PHASES.items():
        if isinstance(thing, kind) and getattr(thing, "phase", None) not in phases:
            allowed = ", ".join(f"Phase.{phase.name}" for phase in sorted(phases))
            yield f"{name}.phase is {getattr(thing, 'phase', None)!r}; it must be one of {allowed}"
    yield from _options(thing.options, name)


def _decoder(thing: object) -> Iterator[str]:
    assert isinstance(thing, Decoder)
    yield from _words(thing, "extensions")
    yield from _texts(thing, "media_types")


def _encoder(thing: object) -> Iterator[str]:
    assert isinstance(thing, Encoder)
    yield from _words(thing, "extensions")
    yield from _words(thing, "aliases", may_be_empty=True)
    yield from _texts(thing, "modes")
    if not isinstance(getattr(thing, "media_type", None), str):
        yield f"{type(thing).__name__}.media_type must be a text such as 'image/png'"
    yield from _options(thing.options, type(thing).__name__)


def _task(thing: object) -> Iterator[str]:
    assert isinstance(thing, Task)
    parameters = getattr(thing, "parameters", None)
    if not (isinstance(parameters, type) and dataclasses.is_dataclass(parameters)):
        yield f"{type(thing).__name__}.parameters must be a dataclass"
    else:
        yield from problems_of(parameters)


def _theme(thing: object) -> Iterator[str]:
    assert isinstance(thing, Theme)
    if not thing.path.is_dir():
        yield f"theme {thing.name}: there is no folder {thing.path}"


def _web(thing: object) -> Iterator[str]:
    assert isinstance(thing, WebExtension)
    if not all(part.isidentifier() for part in thing.include.split(".")):
        yield f"web extension {thing.name}: {thing.include!r} is no dotted module name"


def _options(options: object, owner: str) -> Iterator[str]:
    if not isinstance(options, (list, tuple)):
        yield f"{owner}.options must be a list"
        return
    seen: set[tuple[str, str]] = set()
    for option in options:
        if not isinstance(option, Option):
            yield f"{owner}.options holds {_article(option)}; it must be an Option"
            return
        if option.name and not NAME.fullmatch(option.name):
            yield f"{owner}: the option name {option.name!r} is not legal; it must be {NAME_RULE}"
        if not option.key.isidentifier() or keyword.iskeyword(option.key) or option.key.startswith("_"):
            yield f"{owner}: the option key {option.key!r} must be a Python identifier (give key=… beside the name)"
        if hasattr(Options, option.key):
            yield f"{owner}: the option key {option.key!r} is taken by a method of Options; give another key=…"
        for claim in {("name", option.name), ("key", option.key)} - {("name", "")}:
            if claim in seen:
                yield f"{owner}: two options have the {claim[0]} {claim[1]!r}"
            seen.add(claim)


def _words(thing: object, attribute: str, *, may_be_empty: bool = False) -> Iterator[str]:
    value = getattr(thing, attribute, None)
    label = f"{type(thing).__name__}.{attribute}"
    if not isinstance(value, (list, tuple)) or not (value or may_be_empty):
        yield f"{label} is {value!r}; it must be a list of words"
        return
    for word in value:
        if not isinstance(word, str) or not _WORD.fullmatch(word):
            yield f"{label} holds {word!r}; it must be small letters, digits and ._+- without a leading dot"


def _texts(thing: object, attribute: str) -> Iterator[str]:
    value = getattr(thing, attribute, None)
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(text, str) for text in value):
        yield f"{type(thing).__name__}.{attribute} is {value!r}; it must be a list of texts"


def _article(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


KINDS: Mapping[str, Kind] = {
    "operations": Kind(
        field="operations", types=(FramingOperation, PixelOperation, FinishingOperation), check=_operation
    ),
    "decoders": Kind(field="decoders", types=(Decoder,), check=_decoder),
    "encoders": Kind(field="encoders", types=(Encoder,), check=_encoder),
    "engines": Kind(field="engines", types=(Engine,)),
    "pyramid_makers": Kind(field="pyramid_makers", types=(PyramidMaker,)),
    "analysers": Kind(field="analysers", types=(Analyser,)),
    "storages": Kind(field="storages", types=(StorageProvider,), named_by="scheme"),
    "caches": Kind(field="caches", types=(CacheProvider,), named_by="scheme"),
    "authenticators": Kind(field="authenticators", types=(PasswordAuthenticator, RedirectAuthenticator)),
    "tasks": Kind(field="tasks", types=(Task,), check=_task),
    "web": Kind(field="web", types=(WebExtension,), check=_web),
    "themes": Kind(field="themes", types=(Theme,), check=_theme),
    "metadata_readers": Kind(field="metadata_readers", types=(MetadataReader,)),
}
"""What the Register hooks collect, by the field of Registries where it is found."""

REGISTER_HOOKS: Mapping[str, str] = {f"qis_register_{name}": name for name in KINDS}
"""Hook name to kind. Settings are not among them: the loader reads these before all others."""
