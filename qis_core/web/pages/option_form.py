"""The publisher's form: a control for every option, made from its declaration alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qis_core.domain.templates import Template
from qis_core.web.pages.option_words import WORDS

GROUPS: Mapping[str, Sequence[str]] = {
    "Size": ("resize",),
    "Crop": ("source", "flip", "rotate", "crop", "tile"),
    "Adjust": ("colour", "sharpen"),
    "Overlay": ("overlay",),
    "Colour": ("profile", "colourspace", "strip"),
    "File": (),
}
"""Groups as people think of them, and the phases of work that stand in each; the last takes the rest."""

NO_CONTROL = frozenset({"src", "tmp", "sig", "expires"})
"""The picture and its template have their own places on the page; signatures are made by `qis sign`."""

_GROUP_OF = {phase: label for label, phases in GROUPS.items() for phase in phases} | {"fill": "Size"}
_WIDEST_SLIDER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One option's control.

    ``widget`` is ``number``, ``check``, ``choice``, ``colour``, ``place``, ``align`` or ``text``. ``value`` is what the
    URL says ('' where it says nothing), ``base`` what applies then, ``from_template`` whether a template says that.
    ``choices`` are all that may be sent, ``suggestions`` some of it. A ``slider`` stands for ``low`` to ``high``
    (numbers as texts, '' without bounds). ``locked`` by the template, nobody can set it here. ``problem`` is what is
    wrong with the value.
    """

    name: str
    label: str
    widget: str
    value: str = ""
    base: str = ""
    from_template: bool = False
    help: str = ""
    allowed: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    step: str = ""
    slider: bool = False
    choices: Sequence[str] = ()
    suggestions: Sequence[str] = ()
    locked: bool = False
    problem: str = ""

    @property
    def is_on(self) -> bool:
        """Whether a tick stands in the box."""
        return (self.value or self.base).lower() in ("1", "t", "y", "true", "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGroup:
    """Controls that belong together; ``used`` counts those that the URL sets."""

    label: str
    controls: Sequence[Control]
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """What a form shows: the values of the URL by option, the template that applies, names to choose from by option,
    the picture's longer side in pixels (0: not known), and the option that cannot stay as it is, with the reason."""

    given: Mapping[str, str]
    template: Template
    suggestions: Mapping[str, Sequence[str]]
    longest: int = 0
    wrong: str = ""
    problem: str = ""


def control_groups(document: Iterable[Mapping[str, Any]], state: FormState) -> list[ControlGroup]:
    """A form for the vocabulary's ``document``; groups without an option are left out."""
    found: dict[str, dict[str, Control]] = {label: {} for label in GROUPS}
    # What belongs to no step of the work stands below what does: the fill's colour below the sizes.
    for option in sorted(document, key=lambda option: not option["phase"]):
        name = option["name"]
        if not name or name in NO_CONTROL:
            continue
        controls = found[_GROUP_OF.get(name) or _GROUP_OF.get(option["phase"], "File")]
        made = _control(option, state)
        controls[name] = _either(controls[name], made) if name in controls else made
    return [
        ControlGroup(label=label, controls=list(controls.values()), used=sum(bool(c.value) for c in controls.values()))
        for label, controls in found.items()
        if controls
    ]


def template_only(document: Iterable[Mapping[str, Any]], state: FormState) -> list[Control]:
    """Controls of the options that no URL can set, named by their template keys."""
    return [_control({**option, "name": option["key"]}, state) for option in document if not option["name"]]


def _control(option: Mapping[str, Any], state: FormState) -> Control:
    name, key, schema = option["name"], option["key"], option["schema"]
    from_template = state.template.values.get(key) is not None
    numeric = schema.get("type") in ("integer", "number")
    high = _highest(option, state.longest) if numeric else 0
    choices, suggestions = schema.get("enum", ()), state.suggestions.get(name) or schema.get("examples", ())
    return Control(
        name=name,
        label=WORDS.get(name, name.replace("_", " ").capitalize()),
        widget=_widget(option["kind"], schema),
        value=state.given.get(name, ""),
        base=_text(state.template.values[key] if from_template else option["default"]),
        from_template=from_template,
        help=option["help"],
        allowed=option["allowed"],
        unit=option["unit"],
        low=_text(schema.get("minimum", "")),
        high=_text(high) if numeric else "",
        step=_step(schema, high) if numeric else "",
        slider=numeric and high - schema["minimum"] <= max(_WIDEST_SLIDER, state.longest),
        choices=list(choices),
        suggestions=list(suggestions),
        locked=key in state.template.locked,
        problem=state.problem if name == state.wrong else "",
    )


def _widget(kind: str, schema: Mapping[str, Any]) -> str:
    if kind in ("place", "align"):
        return kind
    if schema.get("enum"):
        return "choice"
    by_type = {"boolean": "check", "integer": "number", "number": "number"}
    return by_type.get(schema.get("type", ""), "colour" if kind == "colour" else "text")


def _highest(option: Mapping[str, Any], longest: int) -> float:
    """The end of the slider: sizes in pixels hardly go beyond the picture's own."""
    highest: float = option["schema"]["maximum"]
    return min(highest, longest) if longest and option["unit"] == "pixels" else highest


def _step(schema: Mapping[str, Any], high: float) -> str:
    if schema["type"] == "integer":
        return "1"
    span = high - schema["minimum"]
    return "0.01" if span <= 4 else "0.5" if span <= _WIDEST_SLIDER else "any"


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, (bool, int, float)) else str(value)


def _either(one: Control, other: Control) -> Control:
    """One control for two formats' options of one name: it allows what either does."""
    numbers = [float(text) for control in (one, other) for text in (control.low, control.high) if text]
    if one.widget != other.widget or not numbers:
        return replace(one, choices=list(dict.fromkeys([*one.choices, *other.choices])))
    base = one.base if one.base == other.base else ""
    return replace(one, base=base, low=_text(min(numbers)), high=_text(max(numbers)))
