"""Templates: named sets of options that apply where a URL says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from qis_core.api import BadOption, NotFound, Option, Path
from qis_core.domain.paths import clean_path, folder_of
from qis_core.domain.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Values by template key (plain JSON values), and the keys that no URL may override."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    locked: frozenset[str] = frozenset()


def held_by(default: Template, named: Template, vocabulary: Vocabulary) -> Template:
    """The template ``named`` as it applies where ``default`` is the default: what that locks is as it says there.

    The keys that are locked are complete in the answer, those that could undo a locked one among them.
    """
    if named is default:
        return replace(named, locked=vocabulary.held(named.locked)) if named.locked else named
    theirs = vocabulary.held(default.locked)
    values = {key: value for key, value in named.values.items() if key not in theirs}
    values |= {key: value for key, value in default.values.items() if key in theirs}
    return replace(named, values=values, locked=theirs | vocabulary.held(named.locked))


class TemplateLookup(Protocol):
    """Finds the templates of a site."""

    def named(self, name: str) -> Template | None:
        """The template of that name in any case, or None."""

    def default_for(self, path: str) -> Template:
        """The template that applies to a picture when its URL names none."""


class TemplateSet:
    """Templates held in memory: by name, one of them the site's default, others of folders.

    ``folders`` gives the name of the default template by folder; the nearest folder above the
    picture counts. A name that is not there falls back to the next folder, and at last to a
    template that sets nothing.
    """

    def __init__(
        self, templates: Iterable[Template], default: str = "Default", folders: Mapping[str, str] | None = None
    ) -> None:
        self._by_name = {template.name.casefold(): template for template in templates}
        self._folders = {**(folders or {})}
        self._default = self.named(default) or Template(name="")

    def named(self, name: str) -> Template | None:
        return self._by_name.get(name.casefold())

    def default_for(self, path: str) -> Template:
        if not self._folders:
            return self._default
        folder = folder_of(path)
        while True:
            found = self.named(self._folders.get(folder, ""))
            if found is not None:
                return found
            if not folder:
                return self._default
            folder = folder_of(folder)


STOCK: tuple[Template, ...] = (
    Template(
        name="Default",
        values={"quality": 80, "strip": True, "colorspace": "rgb", "record_stats": True, "expiry_secs": 604800},
    ),
    Template(
        name="SmallJpeg",
        values={"format": "jpg", "quality": 80, "width": 200, "height": 200, "strip": True, "colorspace": "rgb"},
    ),
    Template(name="Precache", values={"width": 800, "height": 600, "size_fit": True, "record_stats": False}),
)
"""The templates that a new site has."""

_MOST_NAMED = 10


class BadTemplate(BadOption):
    """Several things in a template that are not allowed: ``problems`` has a sentence for each, or for the first ten."""

    def __init__(self, refusals: Sequence[BadOption]) -> None:
        super().__init__(refusals[0].option, refusals[0].sent, refusals[0].allowed)
        self.problems = tuple(refusal.message for refusal in refusals[:_MOST_NAMED])
        self.message = "; ".join([*self.problems, "and more"] if len(refusals) > _MOST_NAMED else self.problems)


def validate(values: Mapping[str, object], vocabulary: Vocabulary) -> dict[str, object]:
    """The values of a template as they are stored: normalised, plain JSON, without those that are not set.

    Takes plain values (``{"width": 200}``) and the form ``{"width": {"value": 200}}``; ``null`` is
    not set. Raises BadOption for keys that nobody installed knows and for values out of range; its
    text names them all.
    """
    found: dict[str, object] = {}
    refusals: list[BadOption] = []
    for key, given in values.items():
        value = given.get("value") if isinstance(given, Mapping) else given
        try:
            parsed = _first_accepted(key, value, vocabulary)
        except BadOption as error:
            refusals.append(error)
            if len(refusals) > _MOST_NAMED:
                break
            continue
        if parsed is not None:
            found[key] = parsed
    if refusals:
        raise _all(refusals)
    return found


def validate_locked(keys: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """The keys that a template locks. Raises BadOption that names all that nobody installed knows."""
    known, keys = vocabulary.template_keys(), frozenset(keys)
    unknown = sorted(keys - known)[: _MOST_NAMED + 1]
    if unknown:
        raise _all([BadOption("locked", key, vocabulary.nearest(key, known)) for key in unknown])
    return keys


def read_value(option: Option, key: str, value: object) -> object:
    """The normalised value of a template's JSON value. Raises BadOption naming the template key."""
    if not isinstance(value, str | int | float | None):
        raise BadOption(key, value, option.allowed)
    try:
        return option.validate(value)
    except BadOption as error:
        raise type(error)(key, value, option.allowed) from None


def _first_accepted(key: str, value: object, vocabulary: Vocabulary) -> object:
    options = vocabulary.template_option(key)
    if not options:
        raise BadOption(key, value, vocabulary.nearest(key, vocabulary.template_keys()))
    refusal: BadOption | None = None
    for option in options:
        try:
            return _stored(option, key, read_value(option, key, value))
        except BadOption as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _stored(option: Option, key: str, value: object) -> object:
    if isinstance(option, Path) and isinstance(value, str):
        try:
            return clean_path(value)
        except NotFound:
            raise BadOption(key, value, "a picture's path in the library") from None
    return value


def _all(refusals: list[BadOption]) -> BadOption:
    return refusals[0] if len(refusals) == 1 else BadTemplate(refusals)
