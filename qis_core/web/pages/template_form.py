"""Saving what the publisher shows as a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyramid.request import Request

from qis_core.api import BadOption, Right
from qis_core.domain.templates import Template
from qis_core.domain.vocabulary import Vocabulary
from qis_core.services.template_changes import TemplateChanges
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor
from qis_core.web.pages.option_form import Control

SET = "set."
"""``set.expiry_secs``: the value of a key that only templates have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateForm:
    """What stands in the form: what was typed, a sentence where that was refused, the keys that can be locked
    with those that are, and controls of what only templates say."""

    name: str
    description: str
    problem: str
    keys: Sequence[tuple[str, bool]]
    controls: Sequence[Control]


def may_save(request: Request) -> bool:
    """Whether who asks may make templates."""
    return Right.ADMIN_ALL in request.identity.rights


def save(request: Request, template: Template, given: Mapping[str, str]) -> str:
    """A new template of the options in ``given`` over those of ``template``; answers its name.

    Raises Refused, AlreadyExists, and BadOption naming what cannot be in a template.
    """
    vocabulary: Vocabulary = request.qis.platform.composer.vocabulary
    changes = TemplateChanges(request.dbsession, actor(request), vocabulary)
    values = {**template.values, **dict(_values(vocabulary, given)), **typed_values(request)}
    record = changes.add(
        form_field(request, "name"),
        values,
        description=form_field(request, "description").strip(),
        locked=locked_keys(request),
    )
    return record.name


def keys_of(vocabulary: Vocabulary, template: Template, given: Mapping[str, str]) -> list[str]:
    """The template keys that a template of these options would set."""
    return sorted({*template.values, *(key for name in given for key in _keys(vocabulary, name))})


def typed_values(request: Request) -> dict[str, object]:
    """The values by key of what only templates say; what was left empty is left out."""
    names = [name for name in request.POST if name.startswith(SET)]
    return {name.removeprefix(SET): text for name in names if (text := form_field(request, name).strip())}


def locked_keys(request: Request) -> list[str]:
    """The keys whose boxes are ticked."""
    return [key for key in request.POST.getall("locked") if isinstance(key, str)]


def _values(vocabulary: Vocabulary, given: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name, text in given.items():
        for key in _keys(vocabulary, name):
            yield key, _parsed(vocabulary, key, text)


def _keys(vocabulary: Vocabulary, name: str) -> Sequence[str]:
    """The template keys that the URL option ``name`` sets; none for one that no template may set."""
    option = vocabulary.by_name.get(name)
    keys = (option.key, *option.also) if option else (vocabulary.encoder_keys.get(name, ""),)
    return [key for key in keys if vocabulary.template_option(key)]


def _parsed(vocabulary: Vocabulary, key: str, text: str) -> object:
    """The value of a URL's text. Several formats may declare one key: the first that accepts it counts."""
    refusal: BadOption | None = None
    for option in vocabulary.template_option(key):
        try:
            return option.parse(text)
        except BadOption as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal
