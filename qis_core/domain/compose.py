"""From a query string to a request: options of the URL over those of a template, in one normal form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from qis_core.api import BadOption, Encoder, FinishingOperation, Option, Options, Output, Path, Recipe, Refused, Step
from qis_core.domain.core_options import DEFAULT_EXPIRY_SECONDS, DEFAULT_RASTER_DPI, WHITE
from qis_core.domain.links import EXPIRES, SIGNATURE, Mode, admit
from qis_core.domain.negotiation import negotiate
from qis_core.domain.normal_form import encoder_options, normal_steps, spelled
from qis_core.domain.paths import clean_path
from qis_core.domain.public_limits import Policy, public_bounds
from qis_core.domain.query import parse_query, readable
from qis_core.domain.templates import Template, TemplateLookup, held_by, read_value
from qis_core.domain.vocabulary import AUTO, Vocabulary

__all__ = ["Delivery", "ImageRequest", "OriginalRequest", "Policy", "compose", "compose_original"]

_ORIGINAL_NAMES = frozenset({"src", "attach", "xref", "stats"})
_SIGNING = frozenset({SIGNATURE, EXPIRES})

_ENGINE = re.compile("[a-z0-9_-]{0,40}")

STAND_IN_SECONDS = 60
"""The longest that clients keep a format which stands in for a better one."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer is delivered and counted; nothing here changes a pixel.

    ``cache`` is False where a user who has logged in wants a fresh rendering; ``vary_accept``
    tells that the format was chosen by the ``Accept`` header; ``stand_in`` that a better one could be
    had later, so that clients should soon ask again; ``until`` is when the URL ends to be
    answered (seconds of the epoch; None: never).
    """

    attach: bool = False
    xref: str = ""
    stats: bool = True
    cache: bool = True
    expiry_seconds: int = DEFAULT_EXPIRY_SECONDS
    vary_accept: bool = False
    stand_in: bool = False
    until: float | None = None

    @property
    def etag(self) -> bool:
        """Whether the answer has an ETag: not where clients are told never to keep it."""
        return self.expiry_seconds >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What an image URL asks for.

    ``ignored`` names the options that nobody installed knows or that the template locks,
    percent-encoded as in a URL; ``template`` is the name of the template that applied; ``costly``
    tells that ``format=auto`` led to a format that takes long to write.
    """

    recipe: Recipe
    delivery: Delivery
    ignored: tuple[str, ...] = ()
    template: str = ""
    costly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRequest:
    """What a URL of an original asks for; ``source`` is a clean path."""

    source: str
    delivery: Delivery
    ignored: tuple[str, ...] = ()


def compose(
    raw_query: str,
    *,
    vocabulary: Vocabulary,
    templates: TemplateLookup,
    policy: Policy,
    accept: str = "",
    quick: bool = False,
) -> ImageRequest:
    """The request of an image URL's query string.

    Pure: equal arguments give equal answers. With ``quick``, ``format=auto`` leads to a format that
    is not costly where ``accept`` allows one; this request is a stand-in for the one without.
    What the picture's default template locks holds whatever template the URL names.

    Raises BadOption naming the option, what was sent and what is allowed (UnknownColour for a fill),
    NotFound for a path that no library has, and Refused for an overlay whose own default template
    locks what would not hold.
    """
    asked = parse_query(raw_query)
    source = _source(dict(asked), vocabulary)
    pairs, until = _admitted(asked, "image", source, policy, vocabulary)
    template = _template(dict(pairs), source, vocabulary, templates)
    base = _template_values(template, vocabulary)
    locked = template.locked if policy.engines else template.locked | {"engine"}
    given, encoder_texts, ignored = _given(pairs, locked, vocabulary)
    lifted = _lifted(given, vocabulary) - template.locked
    values = {**{key: value for key, value in base.items() if key not in lifted}, **given}
    encoder, negotiated = _encoder(values, source, vocabulary, accept, quick=quick)
    options = encoder_options(encoder, encoder_texts, base)
    steps = normal_steps(values, vocabulary)
    dpi = _dpi(values)
    recipe = Recipe(
        source=source,
        page=_value(values, "page", 0) or 1,
        time=_value(values, "time", 0.0) or 0.0,
        steps=steps,
        fill=_fill(values, steps, encoder, vocabulary, transparent=vocabulary.may_be_transparent(source)),
        raster_dpi=dpi[0] if dpi else DEFAULT_RASTER_DPI,
        bounds=public_bounds(steps, normal_steps(base, vocabulary), policy) if policy.limits else (0, 0),
        engine=_engine(values),
        output=Output(format=encoder.name, options=options, text=spelled(options, encoder.options), dpi=dpi),
    )
    chosen = _chosen(recipe, given, vocabulary)
    _refuse_unlocking(chosen, template, vocabulary, templates)
    _refuse_unsigned(chosen, dict(pairs), policy)
    return ImageRequest(
        recipe=recipe,
        delivery=_delivery(values, policy, vary_accept=negotiated, stand_in=quick and negotiated, until=until),
        ignored=ignored,
        template=template.name,
        costly=negotiated and encoder.costly,
    )


def compose_original(
    raw_query: str, *, vocabulary: Vocabulary, policy: Policy, templates: TemplateLookup | None = None
) -> OriginalRequest:
    """The request of an original's query string; options but ``src``, ``attach``, ``xref`` and ``stats`` are ignored.

    With ``templates``, how long browsers may keep it is what the picture's default template says.
    Raises BadOption and NotFound as ``compose`` does.
    """
    pairs = parse_query(raw_query)
    known = {name: text for name, text in pairs if name in _ORIGINAL_NAMES}
    source = _source(known, vocabulary)
    _, until = _admitted(pairs, "original", source, policy, vocabulary)
    base = _template_values(templates.default_for(source), vocabulary) if templates else {}
    values = {"expiry_secs": base.get("expiry_secs")}
    for name, text in known.items():
        option = vocabulary.by_name[name]
        values[option.key] = _parsed(option, text)
    return OriginalRequest(
        source=source,
        delivery=_delivery(values, policy, until=until),
        ignored=tuple(quote(name, safe="") for name, _ in pairs if name not in known and name not in _SIGNING),
    )


def _source(texts: Mapping[str, str], vocabulary: Vocabulary) -> str:
    option = vocabulary.by_name["src"]
    text = texts.get("src", "")
    path = option.parse(text)
    if path is None:
        raise BadOption("src", text, option.allowed)
    return clean_path(str(path))


def _template(texts: Mapping[str, str], source: str, vocabulary: Vocabulary, templates: TemplateLookup) -> Template:
    """The template that the URL names, under the locks of the picture's default template."""
    name = _parsed(vocabulary.by_name["tmp"], texts.get("tmp", ""))
    default = templates.default_for(source)
    found = default if name is None else templates.named(str(name))
    if found is None:
        raise BadOption("tmp", name, "the name of a template")
    return held_by(default, found, vocabulary)


def _admitted(
    pairs: Sequence[tuple[str, str]], purpose: str, source: str, policy: Policy, vocabulary: Vocabulary
) -> tuple[Sequence[tuple[str, str]], float | None]:
    """The options of a URL that this site answers, and until when."""
    if policy.links is None or not policy.anonymous:
        return pairs, None
    known = vocabulary.by_name.keys() | vocabulary.encoder_keys.keys()
    admitted = admit(pairs, purpose, source, policy.links, known)
    return admitted.pairs, admitted.until


def _chosen(recipe: Recipe, given: Mapping[str, object], vocabulary: Vocabulary) -> Sequence[str]:
    """The further pictures that the URL itself brings in; those of a template are its author's choice."""
    named = {value for key, value in given.items() if isinstance(vocabulary.by_key[key], Path)}
    return sorted(str(path) for path in named & set(_pictures(recipe, vocabulary)))


def _refuse_unsigned(chosen: Sequence[str], given: Mapping[str, str], policy: Policy) -> None:
    """Raises Refused for a picture that only signed URLs show, in one that is not."""
    if policy.links is None or not policy.anonymous or SIGNATURE in given:
        return
    for path in chosen:
        if policy.links.mode_of(path) is Mode.SIGNED:
            raise Refused(f"URLs that show {path!r} have to be signed by this site, and this one has no {SIGNATURE}")


def _refuse_unlocking(
    chosen: Sequence[str], template: Template, vocabulary: Vocabulary, templates: TemplateLookup
) -> None:
    """Raises Refused for a picture of the URL's choice whose own default template locks what this recipe leaves open.

    Laid over another picture it would be shown without what is locked, a watermark most of all.
    """
    for path in chosen:
        own = templates.default_for(path)
        for key in sorted(vocabulary.held(own.locked)):
            if key not in template.locked or template.values.get(key) != own.values.get(key):
                raise Refused(f"the template of {path!r} locks {key}, which would not hold on another picture")


def _pictures(recipe: Recipe, vocabulary: Vocabulary) -> Iterator[str]:
    """The library paths of the pictures that a recipe's operations need."""
    options = {step.operation: step.options for step in recipe.steps}
    for operation in vocabulary.operations:
        if operation.name in options:
            yield from (found.name for found in operation.resources(options[operation.name]) if found.kind == "picture")


def _template_values(template: Template, vocabulary: Vocabulary) -> dict[str, object]:
    """The template's values by key; those of plugins that are gone are left out."""
    values: dict[str, object] = {}
    for key, value in template.values.items():
        option = vocabulary.by_key.get(key)
        if option is not None:
            values[key] = _clean(option, read_value(option, key, value))
        elif key in vocabulary.encoder_keys.values():
            values[key] = value
    return values


def _given(
    pairs: Sequence[tuple[str, str]], locked: frozenset[str], vocabulary: Vocabulary
) -> tuple[dict[str, object], dict[str, str], tuple[str, ...]]:
    """The URL's values by key (None lifts the template's), its texts for encoders by name, and ignored names."""
    values: dict[str, object] = {}
    texts: dict[str, str] = {}
    ignored: list[str] = []
    for name, text in pairs:
        option = vocabulary.by_name.get(name)
        key = option.key if option else vocabulary.encoder_keys.get(name)
        if key is None or key in locked:
            ignored.append(quote(name, safe=""))
        elif option is None:
            texts[name] = readable(text)
        else:
            value = _clean(option, _parsed(option, text))
            values.update((k, value) for k in (key, *option.also) if k not in locked)
    return values, texts, tuple(ignored)


def _lifted(given: Mapping[str, object], vocabulary: Vocabulary) -> frozenset[str]:
    """Keys of the template that what the URL sets makes void."""
    return frozenset(key for name, value in given.items() if value is not None for key in vocabulary.by_key[name].lifts)


def _parsed(option: Option, text: str) -> object:
    # Only files may be called by bytes that are no text.
    return option.parse(text if isinstance(option, Path) else readable(text))


def _clean(option: object, value: object) -> object:
    return clean_path(value) if isinstance(option, Path) and isinstance(value, str) else value


def _encoder(
    values: Mapping[str, object], source: str, vocabulary: Vocabulary, accept: str, *, quick: bool
) -> tuple[Encoder, bool]:
    """The format to make, and whether the ``Accept`` header chose it."""
    name = values.get("format")
    if name == AUTO:
        transparent = vocabulary.may_be_transparent(source)
        name = negotiate(accept, vocabulary.encoders, transparent=transparent, quick=quick)
        return vocabulary.encoders[name], True
    return vocabulary.encoders[str(name) if name else vocabulary.default_format(source)], False


def _fill(
    values: Mapping[str, object], steps: Sequence[Step], encoder: Encoder, vocabulary: Vocabulary, *, transparent: bool
) -> str:
    """The fill colour, white wherever no other could be seen."""
    fill = _value(values, "fill", WHITE)
    if fill in ("none", "transparent"):
        fill = "none" if encoder.alpha else WHITE
    if fill == WHITE or (transparent and not encoder.alpha):
        return fill
    options: Mapping[str, Options] = {step.operation: step.options for step in steps}
    for operation in vocabulary.operations:
        # What finishes a picture only lays its transparent parts on the fill.
        able = transparent or not isinstance(operation, FinishingOperation)
        if able and operation.name in options and operation.needs_fill(options[operation.name]):
            return fill
    return WHITE


def _engine(values: Mapping[str, object]) -> str:
    name = _value(values, "engine", "").lower()
    if not _ENGINE.fullmatch(name):
        raise BadOption("engine", name, "the name of an installed engine")
    return name


def _dpi(values: Mapping[str, object]) -> tuple[int, int] | None:
    across, down = _value(values, "dpi_x", 0), _value(values, "dpi_y", 0)
    return (across or down, down or across) if across or down else None


def _delivery(
    values: Mapping[str, object],
    policy: Policy,
    *,
    vary_accept: bool = False,
    stand_in: bool = False,
    until: float | None = None,
) -> Delivery:
    expiry_seconds = _value(values, "expiry_secs", DEFAULT_EXPIRY_SECONDS)
    if stand_in and expiry_seconds >= 0:
        expiry_seconds = min(expiry_seconds or STAND_IN_SECONDS, STAND_IN_SECONDS)
    return Delivery(
        attach=_value(values, "attachment", False),
        xref=_value(values, "xref", ""),
        stats=_value(values, "record_stats", True),
        cache=policy.anonymous or _value(values, "cache", True),
        expiry_seconds=expiry_seconds,
        vary_accept=vary_accept,
        stand_in=stand_in,
        until=until,
    )


def _value(values: Mapping[str, object], key: str, default: V) -> V:
    """The value of ``key``, or ``default`` where it is unset; options give the type they declare."""
    value = values.get(key)
    if value is None:
        return default
    assert isinstance(value, type(default))
    return value
