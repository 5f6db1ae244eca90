"""Fields of endpoints: declared once, read with errors that name them, and described in the OpenAPI document.

A form gives texts and a JSON object gives values; a field takes either. Options of images are not
declared here: they are the operations' own (`qis_core.domain.vocabulary`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qis_core.api import BadOption

_YES = frozenset({"1", "true", "yes", "on", "t", "y"})
_NO = frozenset({"0", "false", "no", "off", "f", "n"})


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named value. Where it is not sent and not required, ``default`` counts; None leaves it out."""

    name: str = field(kw_only=False)
    help: str = ""
    required: bool = False
    default: object = None

    def read(self, value: object) -> Any:
        """What was sent, as the value that it means. Raises BadOption."""
        raise NotImplementedError

    @property
    def allowed(self) -> str:
        """What may be sent, as a phrase that completes 'it must be …'."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        found = self._schema()
        if self.help:
            found["description"] = self.help
        if self.default is not None:
            found["default"] = self.default
        return found

    def _schema(self) -> dict[str, Any]:
        raise NotImplementedError

    def _bad(self, sent: object) -> BadOption:
        return BadOption(self.name, sent, self.allowed)


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A text of ``minimum`` to ``maximum`` characters; control characters only in one of several ``lines``."""

    minimum: int = 0
    maximum: int = 1024
    lines: bool = False

    @property
    def allowed(self) -> str:
        return f"a text of {self.minimum} to {self.maximum} characters" + (
            "" if self.lines else " without control characters"
        )

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not self.minimum <= len(value) <= self.maximum:
            raise self._bad(value)
        if not self.lines and any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
            raise self._bad(value)
        return value

    def _schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.minimum, "maxLength": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Secret(Text):
    """A text that no answer repeats."""

    lines: bool = True

    def _bad(self, sent: object) -> BadOption:
        return BadOption(self.name, f"({len(str(sent))} characters)", self.allowed)

    def _schema(self) -> dict[str, Any]:
        return {**super()._schema(), "format": "password", "writeOnly": True}


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A whole number, ``minimum`` to ``maximum``, both included; or one of ``choices``."""

    minimum: int = 0
    maximum: int = 999_999_999
    choices: Sequence[int] = ()

    @property
    def allowed(self) -> str:
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        return f"a whole number from {self.minimum} to {self.maximum}"

    def read(self, value: object) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,12}", str(value).strip()):
            raise self._bad(value)
        number = int(str(value))
        if number not in self.choices if self.choices else not self.minimum <= number <= self.maximum:
            raise self._bad(value)
        return number

    def _schema(self) -> dict[str, Any]:
        if self.choices:
            return {"type": "integer", "enum": list(self.choices)}
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """Yes or no."""

    @property
    def allowed(self) -> str:
        return "1 or 0, true or false, yes or no"

    def read(self, value: object) -> bool:
        text = str(value).strip().lower()
        if text not in _YES | _NO:
            raise self._bad(value)
        return text in _YES

    def _schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of ``choices``, in any case."""

    choices: Sequence[str] = ()

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.choices)

    def read(self, value: object) -> str:
        text = str(value).strip().lower()
        if text not in self.choices:
            raise self._bad(value)
        return text

    def _schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class Object(Field):
    """A JSON object; in a form, its text. ``properties`` describes it, as a JSON schema does."""

    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> str:
        return "a JSON object"

    def read(self, value: object) -> Mapping[str, Any]:
        found = _json(value)
        if not isinstance(found, dict):
            raise self._bad(value)
        return found

    def _schema(self) -> dict[str, Any]:
        return {"type": "object", "properties": dict(self.properties)}


@dataclass(frozen=True, kw_only=True)
class Names(Field):
    """A list of names: in JSON an array, in a form its text, or the names with commas between them."""

    @property
    def allowed(self) -> str:
        return "a list of names"

    def read(self, value: object) -> Sequence[str]:
        found = _json(value)
        if isinstance(value, str) and not isinstance(found, list):
            found = [name.strip() for name in value.split(",") if name.strip()]
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise self._bad(value)
        return found

    def _schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


def read_fields(declared: Iterable[Field], sent: Mapping[str, object]) -> dict[str, Any]:
    """The values of the declared fields that were sent or have a default. Raises BadOption for the first bad one."""
    found: dict[str, Any] = {}
    for each in declared:
        if each.name in sent:
            found[each.name] = each.read(sent[each.name])
        elif each.required:
            raise BadOption(each.name, "", f"{each.allowed}: it is missing")
        elif each.default is not None:
            found[each.name] = each.default
    return found


def _json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
