"""Options: what may be written in an image URL or a template, declared once as typed values.

From one declaration come the parser, the validation and its error text, the canonical spelling
in the cache key, the reference page, the OpenAPI entry and the publisher's form.

A parsed value is hashable and normalised: two spellings of one value compare equal. ``None``
stands for *unset*; an empty text always parses to ``None``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qis_core.api.colours import parse_colour
from qis_core.api.errors import BadOption

_TRUE = frozenset({"1", "t", "y", "true", "yes"})


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option. Subclasses give it a type; authors only make instances.

    ``name`` is the URL name ('' for a key that only templates have), ``key`` the template key
    and the attribute under which an operation finds the value (default: the name), ``also``
    further keys that the URL option sets to the same value, ``lifts`` keys of which a template's
    values do not count (unless locked) once the URL sets this option, because they would undo it,
    ``holds`` keys that a template locks when it locks this one, because they could undo it,
    ``unit`` a word for forms ('pixels', 'degrees', 'percent').
    """

    name: str = field(kw_only=False)
    key: str = ""
    default: object = None
    help: str = ""
    unit: str = ""
    also: Sequence[str] = ()
    lifts: Sequence[str] = ()
    holds: Sequence[str] = ()

    kind = "text"

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", self.name)
        object.__setattr__(self, "also", tuple(self.also))
        object.__setattr__(self, "lifts", tuple(self.lifts))
        object.__setattr__(self, "holds", tuple(self.holds))

    @property
    def label(self) -> str:
        """The name for messages: the URL name, or the template key where there is none."""
        return self.name or self.key

    def parse(self, text: str) -> object:
        """The value of a URL's text, normalised; ``None`` for an empty one. Raises BadOption."""
        text = text.strip()
        return None if text == "" else self._read(text)

    def validate(self, value: object) -> object:
        """The value of a template's JSON, normalised; ``None`` for unset. Raises BadOption."""
        return None if value is None else self.parse(str(value))

    def format(self, value: object) -> str:
        """The canonical text of a parsed value; ``parse(format(v)) == v``."""
        return str(value)

    @property
    def allowed(self) -> str:
        """What may be sent, as a phrase that completes 'it must be …'."""
        return "a text"

    def schema(self) -> dict[str, object]:
        """JSON schema of the value as OpenAPI 3.1 has it, with the help as description."""
        found = self._schema()
        if self.help:
            found["description"] = self.help
        if self.default is not None:
            found["default"] = self.default
        return found

    def _schema(self) -> dict[str, object]:
        return {"type": "string"}

    def _read(self, text: str) -> object:
        return text

    def _bad(self, sent: object) -> BadOption:
        return BadOption(self.label, sent, self.allowed)


@dataclass(frozen=True, kw_only=True)
class Int(Option):
    """A whole number, ``minimum`` to ``maximum``, both included."""

    minimum: int = 0
    maximum: int = 2**31 - 1
    kind = "int"

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}"

    def _schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def _read(self, text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", text):
            raise self._bad(text)
        value = int(text)
        if not self.minimum <= value <= self.maximum:
            raise self._bad(text)
        return value


@dataclass(frozen=True, kw_only=True)
class Real(Option):
    """A number, ``minimum`` to ``maximum``, both included, rounded to six decimal places."""

    minimum: float = 0.0
    maximum: float = 1.0
    kind = "real"

    @property
    def allowed(self) -> str:
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def _schema(self) -> dict[str, object]:
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}

    def _read(self, text: str) -> float:
        if not re.fullmatch(r"[+-]?([0-9]{1,15}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?", text):
            raise self._bad(text)
        value = float(text)
        if not math.isfinite(value) or not self.minimum <= value <= self.maximum:
            raise self._bad(text)
        # Adding 0.0 turns -0.0 into 0.0, which is the same picture.
        return round(value, 6) + 0.0

    def format(self, value: object) -> str:
        assert isinstance(value, (int, float))
        return f"{value:.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, kw_only=True)
class Angle(Real):
    """Degrees clockwise from −360 to 360, normalised to 0 ≤ angle < 360."""

    minimum: float = -360.0
    maximum: float = 360.0
    unit: str = "degrees"
    kind = "angle"

    def _read(self, text: str) -> float:
        return round(super()._read(text) % 360.0, 6) % 360.0


@dataclass(frozen=True, kw_only=True)
class Bool(Option):
    """True for ``1 t y true yes`` in any case, false for everything else."""

    default: object = False
    kind = "bool"

    def parse(self, text: str) -> bool:
        return self._read(text.strip())

    @property
    def allowed(self) -> str:
        return "1 or 0"

    def _schema(self) -> dict[str, object]:
        return {"type": "boolean"}

    def _read(self, text: str) -> bool:
        return text.lower() in _TRUE

    def format(self, value: object) -> str:
        return "1" if value else "0"


@dataclass(frozen=True, kw_only=True)
class Choice(Option):
    """One of ``choices``, in any case; ``aliases`` are other spellings of a choice."""

    choices: Sequence[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    kind = "choice"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "choices", tuple(self.choices))

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.choices)

    def _schema(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.choices)}

    def _read(self, text: str) -> str:
        wanted = text.lower()
        wanted = self.aliases.get(wanted, wanted)
        for choice in self.choices:
            if choice.lower() == wanted.lower():
                return choice
        raise self._bad(text)


@dataclass(frozen=True, kw_only=True)
class Text(Option):
    """A text of ``minimum`` to ``maximum`` characters without control characters."""

    minimum: int = 1
    maximum: int = 1024

    @property
    def allowed(self) -> str:
        return f"a text of {self.minimum} to {self.maximum} characters"

    def _schema(self) -> dict[str, object]:
        return {"type": "string", "minLength": self.minimum, "maxLength": self.maximum}

    def _read(self, text: str) -> str:
        if not self.minimum <= len(text) <= self.maximum or any(ord(c) < 32 or ord(c) == 127 for c in text):
            raise self._bad(text)
        return text


@dataclass(frozen=True, kw_only=True)
class Path(Option):
    """A picture's path in the library, 1 to 1024 characters.

    The text is kept as it was sent but for leading slashes; whether such a path may exist, and
    who may see it, is the library's to say, never the operation's.
    """

    minimum: int = 1
    maximum: int = 1024
    kind = "path"

    @property
    def allowed(self) -> str:
        return f"a path of {self.minimum} to {self.maximum} characters"

    def _schema(self) -> dict[str, object]:
        return {"type": "string", "minLength": self.minimum, "maxLength": self.maximum}

    def parse(self, text: str) -> object:
        # Blanks belong to file names, so unlike other options a path is not trimmed.
        return None if text == "" else self._read(text)

    def _read(self, text: str) -> str:
        if not self.minimum <= len(text) <= self.maximum:
            raise self._bad(text)
        return text.lstrip("/") or "/"


@dataclass(frozen=True, kw_only=True)
class Colour(Option):
    """A colour, normalised to ``#rrggbb``, or one of the ``special`` words (lower case).

    ``ff0000``, ``#f00``, ``rgb(255,0,0)`` and the CSS names are understood; six hex digits need
    no ``#``, three do; blanks are dropped.
    """

    special: Sequence[str] = ()
    kind = "colour"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "special", tuple(self.special))

    @property
    def allowed(self) -> str:
        words = "".join(f", {word}" for word in self.special)
        return f"a colour such as ff0000, #f00, rgb(255,0,0), a CSS colour name{words}"

    def _schema(self) -> dict[str, object]:
        return {"type": "string", "examples": ["#ff0000", *self.special]}

    def _read(self, text: str) -> str:
        squeezed = re.sub(r"\s+", "", text).lower()
        if squeezed in self.special:
            return squeezed
        if not 3 <= len(squeezed) <= 32:
            raise self._bad(text)
        return parse_colour(self.label, squeezed, self.allowed)


@dataclass(frozen=True, kw_only=True)
class Align(Option):
    """An edge and a position: ``R1``, ``T0.2``; normalised to the edge's letter and a number."""

    edges: str = "LCR"
    kind = "align"

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.edges)} followed by a number from 0 to 1, such as {self.edges[0]}0"

    def _schema(self) -> dict[str, object]:
        near, middle, far = tuple(self.edges)
        return {"type": "string", "examples": [f"{near}0", f"{middle}0.5", f"{far}1"]}

    def _read(self, text: str) -> str:
        edge, rest = text[0].upper(), text[1:]
        if edge not in self.edges or not re.fullmatch(r"[0-9]{0,3}\.?[0-9]{0,40}", rest) or not rest.strip("."):
            raise self._bad(text)
        place = float(rest)
        if not 0 <= place <= 1:
            raise self._bad(text)
        return edge + f"{place:.6f}".rstrip("0").rstrip(".")

    @staticmethod
    def split(value: str) -> tuple[str, float]:
        """Edge letter and position (0–1) of a parsed value."""
        return value[0], float(value[1:])


@dataclass(frozen=True, kw_only=True)
class Tile(Option):
    """``n:grid``: the n-th of ``grid`` tiles, a square number from 4 to 256; ``1:1`` is unset."""

    kind = "tile"
    GRIDS = tuple(n * n for n in range(2, 17))

    @property
    def allowed(self) -> str:
        return "n:grid with a grid of 4, 9, 16 … 256 (a square number) and n from 1 to grid"

    def _read(self, text: str) -> str | None:
        match = re.fullmatch(r"([0-9]{1,3}):([0-9]{1,3})", text)
        if not match:
            raise self._bad(text)
        number, grid = int(match[1]), int(match[2])
        if (number, grid) == (1, 1):
            return None
        if grid not in self.GRIDS or not 1 <= number <= grid:
            raise self._bad(text)
        return f"{number}:{grid}"

    @staticmethod
    def split(value: str) -> tuple[int, int]:
        """Tile number (from 1) and number of tiles of a parsed value."""
        number, grid = value.split(":")
        return int(number), int(grid)


COMPASS: Mapping[str, tuple[float, float]] = {
    "nw": (0.0, 0.0), "n": (0.5, 0.0), "ne": (1.0, 0.0),
    "w": (0.0, 0.5), "c": (0.5, 0.5), "e": (1.0, 0.5),
    "sw": (0.0, 1.0), "s": (0.5, 1.0), "se": (1.0, 1.0),
}  # fmt: skip
"""Compass positions as fractions of the width and height, from the top left."""


@dataclass(frozen=True, kw_only=True)
class Place(Option):
    """A compass position (``n`` … ``c``), ``x,y`` as fractions (0–1), or a ``special`` word."""

    special: Sequence[str] = ()
    points: bool = True
    kind = "place"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "special", tuple(self.special))

    @property
    def allowed(self) -> str:
        points = " or x,y with numbers from 0 to 1" if self.points else ""
        return "one of " + ", ".join([*COMPASS, *self.special]) + points

    def _schema(self) -> dict[str, object]:
        return {"type": "string", "examples" if self.points else "enum": [*COMPASS, *self.special]}

    def _read(self, text: str) -> str:
        wanted = text.lower()
        if wanted in COMPASS or wanted in self.special:
            return wanted
        number = Real(self.label)
        parts = text.split(",")
        if not self.points or len(parts) != 2:
            raise self._bad(text)
        try:
            x, y = (number.format(number._read(part.strip())) for part in parts)
        except BadOption:
            raise self._bad(text) from None
        point = float(x), float(y)
        return {place: name for name, place in COMPASS.items()}.get(point, f"{x},{y}")

    @staticmethod
    def point(value: str) -> tuple[float, float]:
        """The place as fractions (x, y) from the top left. Raises KeyError for a special word."""
        if "," in value:
            x, y = value.split(",")
            return float(x), float(y)
        return COMPASS[value]


class Options(Mapping[str, object]):
    """Parsed option values by key, immutable and hashable; keys read as attributes too.

    Holds only what is set: a missing key reads as the option's default by attribute
    (``options.sepia``), and is absent from the mapping.
    """

    __slots__ = ("_defaults", "_hash", "_values")

    def __init__(self, values: Mapping[str, object], defaults: Mapping[str, object] | None = None) -> None:
        self._values = {key: values[key] for key in sorted(values) if values[key] is not None}
        self._defaults = dict(defaults or {})
        self._hash = hash(tuple(self._values.items()))

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        try:
            return self._values[key] if key in self._values else self._defaults[key]
        except KeyError:
            raise AttributeError(f"no option {key!r} is declared") from None

    def __getitem__(self, key: str) -> object:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and self._values == other._values

    def __repr__(self) -> str:
        return f"Options({self._values!r})"

    def __reduce__(self) -> tuple[type[Options], tuple[dict[str, object], dict[str, object]]]:
        return Options, (self._values, self._defaults)

    def without(self, *keys: str) -> Options:
        """The same options with ``keys`` unset."""
        return Options({k: v for k, v in self._values.items() if k not in keys}, self._defaults)

    def replace(self, **values: object) -> Options:
        """The same options with some set to other values; ``None`` unsets."""
        return Options({**self._values, **values}, self._defaults)
