"""The reference pages, in Markdown, written from the declarations that the code itself uses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from qis_core.plugins import Kernel

NOTICE = "<!-- Written by `qis docs`; edits are lost. -->"

_KINDS = {
    "Register": "Called once at start; what they return is checked and collected.",
    "Decide": "Asked for an answer, combined by the rule that stands with the hook.",
    "Notify": "Told what happened; the result is ignored, and a failure is logged.",
}


def pages(kernel: Kernel) -> Mapping[str, str]:
    """The pages by file name, for the plugins of ``kernel``."""
    makers: Mapping[str, Callable[[Kernel], Iterable[str]]] = {
        "cli.md": _cli,
        "errors.md": _errors,
        "formats.md": _formats,
        "hooks.md": _hooks,
        "options.md": _options,
        "rest-api.md": _rest_api,
        "settings.md": _settings,
    }
    return {name: "\n".join([NOTICE, "", *maker(kernel)]).rstrip() + "\n" for name, maker in makers.items()}


def _formats(kernel: Kernel) -> Iterator[str]:
    from qis_core.api.formats import FEATURES
    from qis_core.plugins import load

    # All that is installed, also where the other pages leave plugins out: a format is what one looks for.
    registries = load({}, environ={}).registries
    decoders, encoders = registries.decoders, registries.encoders
    yield from (
        "# Formats", "",
        "What is read of each format, and what is written: → stands for reading, ← for writing, ↔ for both. Tests read",
        "and write files that have it. Metadata are EXIF, IPTC, XMP and ICC profiles.", "",
    )  # fmt: skip
    rows = []
    for name in sorted({*decoders, *(encoder.name for encoder in encoders.unique)}):
        reads, writes = decoders.get(name), encoders.get(name)
        read, written = (reads.features if reads else frozenset()), (writes.features if writes else frozenset())
        owner = (decoders if reads else encoders).owner(name)
        endings = dict.fromkeys((*(reads.extensions if reads else ()), *(writes.extensions if writes else ())))
        cells = [_ARROWS[feature in read, feature in written] for feature in FEATURES]
        rows.append((
            f"`{name}`", " ".join(endings), "✓" if reads else "", "✓" if writes else "", *cells,
            "in the box" if owner == "formats" else f"qis-{owner}",
        ))  # fmt: skip
    yield from _table(("format", "endings", "in", "out", *FEATURES, "plugin"), rows)


_ARROWS = {(True, True): "↔", (True, False): "→", (False, True): "←", (False, False): ""}


def _hooks(kernel: Kernel) -> Iterator[str]:
    from qis_core.api import API_VERSION, hookspecs
    from qis_core.plugins.hooks import SPECS
    from qis_core.plugins.things import KINDS, REGISTER_HOOKS

    yield from ("# Hooks", "", f"API version {API_VERSION[0]}.{API_VERSION[1]}.", "")
    yield from (_markdown(hookspecs.__doc__), "")
    for kind, meaning in _KINDS.items():
        yield from (f"## {kind}", "", meaning, "")
        for spec in SPECS.values():
            if spec.kind != kind:
                continue
            signature = str(inspect.signature(getattr(hookspecs, spec.name))).replace("'", "")
            yield from (f"### `{spec.name}`", "", "```python", f"def {spec.name}{signature}", "```", "")
            yield from (_markdown(spec.doc), "")
            if spec.name in REGISTER_HOOKS:
                types = " or ".join(f"`{thing.__name__}`" for thing in KINDS[REGISTER_HOOKS[spec.name]].types)
                yield from (f"Collects {types}.", "")


def _rest_api(kernel: Kernel) -> Iterator[str]:
    from qis_core.web.api import PARTS
    from qis_core.web.api.openapi import statuses

    yield from (
        "# REST API", "",
        "Paths are relative to `/api/v1` (or `/api`), with or without the last slash. Every answer is",
        '`{"status": 200, "message": "OK", "data": …}`, where `status` is the HTTP status. Fields are sent as a form',
        "or as a JSON object. The running server describes itself, with all options of images, in OpenAPI 3.1 at",
        "`/api/openapi.json`. [How to use it](../how-to/use-the-api.md).", "",
    )  # fmt: skip
    for part in PARTS:
        yield from (f"## {part.endpoints.tag}", "")
        for endpoint in part.endpoints.all:
            needs = "Needs a login." if endpoint.login else "Without a login, too."
            text = (inspect.getdoc(endpoint.view) or "").replace("``", "`")
            yield from (f"### `{endpoint.method} /{endpoint.path}/`", "", f"{endpoint.summary}. {text} {needs}", "")
            fields = [(field, "query") for field in endpoint.query] + [(field, "body") for field in endpoint.body]
            if fields:
                rows = [
                    (f"`{field.name}`", place + (", required" if field.required else ""), field.allowed,
                     "" if field.default is None else f"`{field.default}`", field.help)
                    for field, place in fields
                ]  # fmt: skip
                yield from _table(("field", "in", "value", "default", "meaning"), rows)
            if endpoint.image_options:
                yield from ("Any [option of the image URL](options.md) besides goes into each `url`.", "")
            answers = ", ".join(map(str, statuses(endpoint)))
            yield from (f"Errors: {answers}.", "")


def _settings(kernel: Kernel) -> Iterator[str]:
    from qis_core.settings import fields_of

    yield from (
        "# Settings", "",
        "In the section `[app:main]` of the configuration file, or in the environment, which wins. Relative",
        "paths start at the file's folder. An unknown `qis.*` key stops the start, naming the nearest known",
        "one. `qis config` shows the values of a server and where they come from.", "",
    )  # fmt: skip
    for group in kernel.settings.groups:
        yield from (f"## `qis.{group.name}`", "", _markdown(group.type.__doc__), "")
        rows = []
        for field in fields_of(group):
            default = field.shown(field.default)
            hidden = ". Kept out of every listing" if field.secret else ""
            rows.append(
                (f"`{field.key}`", f"`{field.variable}`", field.allowed,
                 f"`{default}`" if default else "", field.help + hidden)
            )  # fmt: skip
        yield from _table(("setting", "environment", "value", "default", "meaning"), rows)


def _errors(kernel: Kernel) -> Iterator[str]:
    import qis_core.api
    from qis_core.api import QisError
    from qis_core.web.errors import STATUSES

    yield from (
        "# Errors", "",
        "Every error has a stable code, which programs may compare, and a sentence that names what was",
        "wrong, what was sent and what is allowed.", "",
    )  # fmt: skip
    kinds = {kind for kind in vars(qis_core.api).values() if isinstance(kind, type) and issubclass(kind, QisError)}
    rows = [
        (f"`{kind.code}`", f"`{kind.__name__}`", str(STATUSES[kind]), _markdown(kind.__doc__).replace("\n", " "))
        for kind in sorted(kinds, key=lambda kind: kind.code)
    ]
    yield from _table(("code", "class", "status", "meaning"), rows)


def _options(kernel: Kernel) -> Iterator[str]:
    from qis_core.domain.vocabulary import Vocabulary

    registries = kernel.registries
    document = Vocabulary(registries.operations, registries.encoders, registries.decoders).document()
    yield from (
        "# Options of the image URL", "",
        "What may stand in `/image?src=…&…` and in a template. An option that nobody declares is ignored,",
        "and named by the response header `X-Ignored-Options`.", "",
    )  # fmt: skip
    for owner in dict.fromkeys(str(row["owner"]) for row in document):
        yield from (f"## {owner[0].upper()}{owner[1:]}", "")
        rows = [_option_row(row) for row in document if row["owner"] == owner]
        yield from _table(("URL", "template", "value", "default", "meaning"), rows)


def _option_row(row: Mapping[str, object]) -> tuple[str, ...]:
    name, key = (f"`{row[part]}`" if row[part] else "–" for part in ("name", "key"))
    unit = f" ({row['unit']})" if row["unit"] else ""
    default = row["default"]
    shown = "" if default is None else f"`{default:g}`" if isinstance(default, (int, float)) else f"`{default}`"
    return name, key, f"{row['allowed']}{unit}", shown, str(row["help"])


def _cli(kernel: Kernel) -> Iterator[str]:
    from qis_core.cli import main

    yield from ("# The command line", "")
    yield from _command(main, "qis", None)


def _command(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = command.make_context(name, [], parent, resilient_parsing=True, terminal_width=100, max_content_width=100)
    path = context.command_path
    yield from (f"{'#' * (path.count(' ') + 2)} `{path}`", "", "```text", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _command(cast(click.Command, command.get_command(context, each)), each, context)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "| " + " | ".join("---" for _ in headings) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _markdown(doc: str | None) -> str:
    return inspect.cleandoc(doc or "").replace("``", "`")
