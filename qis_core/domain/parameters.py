"""Parameters of tasks: a dataclass, read field by field from what was sent, and described as a JSON schema.

A form sends texts and a JSON object values; a field takes either. What was read is kept as JSON
(`to_json`) and read again, with the same rules, by whoever runs the task.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from qis_core.api import BadOption

LONGEST_TEXT = 1024
"""Characters of a text whose field says nothing else."""

_MOST_NUMBER = 2**53
_MOST_NAMES = 10_000
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One field as it was declared. ``type`` is a key of `TYPES`; ``optional`` fields may be None."""

    name: str
    type: object
    optional: bool
    required: bool
    default: object
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[object, ...] = ()

    @property
    def allowed(self) -> str:
        """What may be sent, as a phrase that completes 'it must be …'."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        if self.type is str:
            return f"a text of {self._shortest} to {self._longest} characters without control characters"
        phrase = _PHRASES[self.type]
        if self.minimum is not None and self.maximum is not None:
            return f"{phrase} from {self.minimum} to {self.maximum}"
        return f"{phrase} of at least {self.minimum}" if self.minimum is not None else phrase

    def read(self, value: object) -> object:
        """What was sent, as the value that it means. Raises BadOption."""
        if self.optional and value in (None, ""):
            return None
        try:
            found = TYPES[self.type](value)
        except (ValueError, OverflowError):
            raise BadOption(self.name, value, self.allowed) from None
        if not self._is_allowed(found):
            raise BadOption(self.name, value, self.allowed)
        return found

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        found: dict[str, Any] = dict(_SCHEMAS[self.type])
        if self.type is str:
            found |= {"minLength": self._shortest, "maxLength": self._longest}
        elif self.type in (int, float):
            limits = {"minimum": self.minimum, "maximum": self.maximum}
            found |= {name: limit for name, limit in limits.items() if limit is not None}
        if self.choices:
            found["enum"] = list(self.choices)
        if self.optional:
            found = {"anyOf": [found, {"type": "null"}]}
        if self.help:
            found["description"] = self.help
        if not self.required and self.default is not None:
            found["default"] = _plain(self.default)
        return found

    @property
    def _shortest(self) -> int:
        return int(self.minimum or 0)

    @property
    def _longest(self) -> int:
        return LONGEST_TEXT if self.maximum is None else int(self.maximum)

    def _is_allowed(self, found: object) -> bool:
        if self.choices:
            return found in self.choices
        if isinstance(found, str):
            return self._shortest <= len(found) <= self._longest
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            least = -_MOST_NUMBER if self.minimum is None else self.minimum
            return least <= found <= (_MOST_NUMBER if self.maximum is None else self.maximum)
        return True


def parameters_of(kind: type[Any]) -> tuple[Parameter, ...]:
    """The fields of a dataclass of parameters. Raises TypeError for one that cannot be read or sent."""
    hints = typing.get_type_hints(kind)
    return tuple(_parameter(field, hints[field.name]) for field in dataclasses.fields(kind) if field.init)


def problems_of(kind: type[Any]) -> Iterator[str]:
    """What is wrong with a dataclass of parameters, as sentences for its author."""
    try:
        found = parameters_of(kind)
        for each in found:
            if not each.required and each.default is not None:
                each.read(_plain(each.default))
    except (TypeError, NameError, BadOption) as error:
        yield f"{kind.__name__}: {error}"


def read_parameters(kind: type[Any], sent: Mapping[str, object]) -> Any:
    """The instance of ``kind`` that was sent. Raises BadOption, naming the field that is wrong, missing or unknown."""
    declared = {each.name: each for each in parameters_of(kind)}
    for name, value in sent.items():
        if name not in declared:
            allowed = ", ".join(declared) or "nothing: there are no parameters"
            raise BadOption(name, value, f"one of the parameters, which are {allowed}")
    missing = next((each for each in declared.values() if each.required and each.name not in sent), None)
    if missing is not None:
        raise BadOption(missing.name, "", f"{missing.allowed}: it is missing")
    return kind(**{name: declared[name].read(value) for name, value in sent.items()})


def to_json(parameters: Any) -> dict[str, Any]:
    """The values of an instance, as JSON has them: `read_parameters` gives an equal one back."""
    return {each.name: _plain(getattr(parameters, each.name)) for each in parameters_of(type(parameters))}


def _parameter(field: dataclasses.Field[Any], hint: object) -> Parameter:
    parts = [part for part in typing.get_args(hint) if part is not types.NoneType]
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    optional = is_union and len(parts) == 1
    kind = parts[0] if optional else hint
    if kind not in TYPES:
        allowed = "str, int, float, bool, datetime, tuple[str, ...], or one of these | None"
        raise TypeError(f"{field.name} is of type {hint}; it must be {allowed}")
    if field.default_factory is not dataclasses.MISSING:
        raise TypeError(f"{field.name} has a default factory; give a default")
    required = field.default is dataclasses.MISSING
    return Parameter(
        name=field.name, type=kind, optional=optional, required=required,
        default=None if required else field.default, **_known(field.metadata),
    )  # fmt: skip


def _known(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: metadata[name] for name in ("help", "minimum", "maximum", "choices") if name in metadata}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def _read_text(value: object) -> str:
    if not isinstance(value, str) or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ValueError
    value.encode()
    return value


def _read_whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value)) > 20:
        raise ValueError
    return int(value)


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    return float(value)


def _read_flag(value: object) -> bool:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise ValueError
    return text in _YES


def _read_moment(value: object) -> datetime:
    """ISO 8601; a day is its beginning, and what has no time zone is in UTC."""
    if not isinstance(value, str) or not value[:4].isdecimal():
        raise ValueError
    text = value.strip()
    if len(text) <= 10:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _read_names(value: object) -> tuple[str, ...]:
    found = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or len(found) > _MOST_NAMES:
        raise ValueError
    return tuple(map(_read_text, found))


TYPES: Mapping[object, Callable[[object], object]] = {
    str: _read_text,
    int: _read_whole,
    float: _read_number,
    bool: _read_flag,
    datetime: _read_moment,
    tuple[str, ...]: _read_names,
}
"""The types that a field may have, and how each is read; readers raise ValueError."""

_PHRASES: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "1 or 0, true or false, yes or no",
    datetime: "a moment or day in ISO 8601, such as 2026-03-31T12:00:00Z",
    tuple[str, ...]: "a list of texts",
}

_SCHEMAS: Mapping[object, Mapping[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    tuple[str, ...]: {"type": "array", "items": {"type": "string"}},
}
