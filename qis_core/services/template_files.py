"""Templates as files: written to take along, read to bring in, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qis_core.api import QisError
from qis_core.db.templates import TemplateRecord
from qis_core.domain.templates import BadTemplate
from qis_core.services.template_changes import TemplateChanges

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a file of templates."""

_FIELDS = frozenset({"id", "name", "description", "template", "locked"})


class BadTemplates(QisError):
    """Files that cannot be brought in; ``problems`` are sentences that name file and template."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Outcome(StrEnum):
    """What became of a template that was brought in."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "the same as it was"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTemplate:
    """A template as a file has it, not yet checked against what is installed. ``place`` names file and template."""

    place: str
    name: str
    description: str
    values: Mapping[str, object]
    locked: Sequence[str]


def written(records: Iterable[TemplateRecord]) -> str:
    """Templates as the text of a file, in the shape that the REST API gives them, without their ids."""
    templates = [
        {"name": each.name, "description": each.description, "template": each.template, "locked": each.locked}
        for each in records
    ]
    return json.dumps({"templates": templates}, indent=2, ensure_ascii=False) + "\n"


def read(content: bytes, file: str) -> Sequence[FileTemplate]:
    """The templates of a file: one object, a list of them, or ``{"templates": [...]}``. Raises BadTemplates."""
    if len(content) > LARGEST_FILE:
        raise BadTemplates([f"{file}: has {len(content)} bytes; at most {LARGEST_FILE} are read"])
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadTemplates([f"{file}: is not JSON: {error}"]) from error
    if isinstance(found, dict) and set(found) == {"templates"}:
        found = found["templates"]
    objects = found if isinstance(found, list) else [found]
    problems = [
        f"{_place(file, number, each)}: {text}" for number, each in enumerate(objects, 1) for text in _wrong(each)
    ]
    if problems:
        raise BadTemplates(problems)
    return [
        FileTemplate(
            place=_place(file, number, each),
            name=each["name"],
            description=each.get("description", ""),
            values=each["template"],
            locked=each.get("locked", []),
        )
        for number, each in enumerate(objects, 1)
    ]


def bring_in(changes: TemplateChanges, templates: Sequence[FileTemplate]) -> Sequence[tuple[str, Outcome]]:
    """Adds templates, and changes those of a name that is there already: what became of each, by name.

    Raises BadTemplates with every problem, after which the caller's transaction must not be
    committed, and Refused.
    """
    outcomes, problems, places = [], [], dict[str, str]()
    for each in templates:
        other = places.setdefault(each.name.strip().casefold(), each.place)
        if other != each.place:
            problems.append(f"{each.place}: the name is taken by {other}")
            continue
        try:
            outcomes.append((each.name.strip(), _bring_in(changes, each)))
        except QisError as error:
            told = error.problems if isinstance(error, BadTemplate) else [error.message]
            problems.extend(f"{each.place}: {text}" for text in told)
    if problems:
        raise BadTemplates(problems)
    return outcomes


def _bring_in(changes: TemplateChanges, found: FileTemplate) -> Outcome:
    record = changes.named(found.name)
    if record is None:
        changes.add(found.name, found.values, description=found.description, locked=found.locked)
        return Outcome.ADDED
    before = _content(record)
    changes.change(record.id, description=found.description, values=found.values, locked=found.locked)
    return Outcome.SAME if _content(record) == before else Outcome.CHANGED


def _content(record: TemplateRecord) -> tuple[object, ...]:
    return record.description, dict(record.template), list(record.locked)


def _place(file: str, number: int, found: object) -> str:
    name = found.get("name") if isinstance(found, dict) else None
    return f"{file}: template {name!r}" if isinstance(name, str) and name else f"{file}: template number {number}"


def _wrong(found: Any) -> Iterable[str]:
    """What keeps an object from being a template, whatever is installed."""
    if not isinstance(found, dict):
        yield f"is {type(found).__name__}; it must be an object with name and template"
        return
    for key in sorted(found.keys() - _FIELDS):
        yield f"{key!r} is no part of a template; the parts are name, description, template and locked"
    if not _is_text(found.get("name")):
        yield "has no name of 1 to 120 printable characters"
    if not isinstance(found.get("template"), dict):
        yield "has no template: an object of values by key"
    if not _is_text(found.get("description", "")):
        yield "the description must be a text of at most 1024 Unicode characters without NUL"
    locked = found.get("locked", [])
    if not isinstance(locked, list) or not all(isinstance(key, str) for key in locked):
        yield "locked must be a list of keys"


def _is_text(value: object) -> bool:
    # Half of a surrogate pair is no character, and no database keeps it.
    whole = isinstance(value, str) and len(value) <= 1024 and "\0" not in value
    return whole and not any("\ud800" <= letter <= "\udfff" for letter in str(value))
