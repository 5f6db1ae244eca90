"""The one normal form of a recipe: equal pictures give equal steps, spelled in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from qis_core.api import BadOption, Encoder, Operation, Option, Options, Step
from qis_core.domain.vocabulary import Vocabulary


def normal_steps(values: Mapping[str, object], vocabulary: Vocabulary) -> tuple[Step, ...]:
    """The steps that option values (by template key) ask for, in order of work and normal form.

    Steps that change nothing are left out. Raises BadOption where options contradict.
    """
    found: dict[str, Options] = {}
    for operation in vocabulary.operations:
        options = _normalised(operation, values, vocabulary)
        if options is not None:
            found[operation.name] = options
    settled: Mapping[str, Options] = found
    for operation in vocabulary.operations:
        if operation.name in settled:
            settled = operation.settle(settled)
    return tuple(
        Step(
            operation=operation.name,
            options=settled[operation.name],
            text=spelled(settled[operation.name], operation.options),
        )
        for operation in vocabulary.operations
        if operation.name in settled
    )


def encoder_options(encoder: Encoder, texts: Mapping[str, str], template: Mapping[str, object]) -> Options:
    """An encoder's options without those that equal its defaults.

    ``texts`` are those of the URL by name, ``template`` the template's values by key. A
    template's value that this format does not take gives way to the format's default, since
    the template was written for any format. Raises BadOption for a value of the URL.
    """
    values: dict[str, object] = {}
    for option in encoder.options:
        if option.name in texts:
            values[option.key] = option.parse(texts[option.name])
        elif option.key in template:
            values[option.key] = _acceptable(option, template[option.key])
        if values.get(option.key) == option.default:
            values.pop(option.key, None)
    return Options(values, {option.key: option.default for option in encoder.options})


def spelled(options: Options, declared: Sequence[Option]) -> str:
    """The canonical text of options; different for different values, whatever they contain."""
    if not options:
        return ""
    spelling = {option.key: option for option in declared}
    return ",".join(f"{key}={_quoted(spelling[key].format(value))}" for key, value in options.items())


def _normalised(operation: Operation, values: Mapping[str, object], vocabulary: Vocabulary) -> Options | None:
    defaults = vocabulary.defaults(operation)
    if defaults.keys().isdisjoint(values):
        return None
    given = {key: values[key] for key in defaults if values.get(key) is not None}
    if not given:
        return None
    options = Options(given, defaults)
    if operation.is_noop(options):
        return None
    options = operation.normalise(options)
    return None if operation.is_noop(options) else options


def _acceptable(option: Option, value: object) -> object:
    try:
        return option.validate(value)
    except BadOption:
        return None


def _quoted(text: str) -> str:
    # A picture's path may hold bytes that are no UTF-8.
    return quote(text, safe="/:.#", errors="surrogateescape")
