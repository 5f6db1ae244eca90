"""``/api/docs/``: every call of the REST API with a form to try it, made of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.web.api.endpoints import ALL, pattern
from qis_core.web.api.openapi import document
from qis_core.web.pages.frame import Frame, framed


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A value that a call takes.

    ``place`` is ``path``, ``query`` or ``body``; ``kind`` its JSON type, or ``file``. ``choices`` are all that it
    may be, where these are few.
    """

    name: str
    place: str
    kind: str
    required: bool
    help: str
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One method of one path. ``inputs`` are its own, ``options`` those of images, ``statuses`` with their words."""

    id: str
    method: str
    path: str
    summary: str
    help: str
    is_open: bool
    inputs: Sequence[Input]
    options: Sequence[Input]
    statuses: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDocsPage:
    """What the template shows: the calls by their subject."""

    frame: Frame
    groups: Mapping[str, Sequence[ApiCall]]


def includeme(config: Configurator) -> None:
    """Registers the route ``api-docs``."""
    config.add_route("api-docs", pattern("docs"))
    config.add_view(api_docs, route_name="api-docs", renderer="api-docs.jinja2", request_method="GET")


def api_docs(request: Request) -> dict[str, ApiDocsPage]:
    """The calls, for everybody: the page tells nothing of the library or its people."""
    vocabulary = request.qis.platform.vocabulary
    found = document(request.registry[ALL], vocabulary)
    groups: dict[str, list[ApiCall]] = {}
    for call in _calls(found, frozenset(vocabulary.by_name) | frozenset(vocabulary.encoder_keys)):
        groups.setdefault(call[0], []).append(call[1])
    return {"page": ApiDocsPage(frame=framed(request, "API"), groups=groups)}


def _calls(found: Mapping[str, Any], image_options: frozenset[str]) -> Iterator[tuple[str, ApiCall]]:
    for path, methods in found["paths"].items():
        servers = methods.get("servers", found["servers"])
        base = servers[0]["url"].rstrip("/")
        for method, told in ((name, told) for name, told in methods.items() if name != "servers"):
            inputs = [*map(_parameter, told["parameters"]), *_body(told)]
            options = [
                each for each in inputs if each.place == "query" and each.name in image_options and not each.required
            ]
            yield (
                told["tags"][0],
                ApiCall(
                    id=told["operationId"],
                    method=method.upper(),
                    path=base + path,
                    summary=told["summary"],
                    help=told.get("description", "").replace("``", ""),
                    is_open={} in told["security"],
                    inputs=[each for each in inputs if each not in options],
                    options=options,
                    statuses=[(status, answer["description"]) for status, answer in told["responses"].items()],
                ),
            )


def _parameter(found: Mapping[str, Any]) -> Input:
    return _input(found["name"], found["in"], found["schema"], required=found["required"])


def _body(told: Mapping[str, Any]) -> Iterator[Input]:
    """The fields of the body; the same in each of its kinds."""
    for content in told.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        for name, field in schema.get("properties", {}).items():
            yield _input(name, "body", field, required=name in schema.get("required", ()))
        return


def _input(name: str, place: str, schema: Mapping[str, Any], *, required: bool) -> Input:
    is_file = "contentMediaType" in schema.get("items", {})
    choices = schema.get("enum", (True, False) if schema.get("type") == "boolean" else ())
    return Input(
        name=name,
        place=place,
        kind="file" if is_file else str(schema.get("type", "string")),
        required=required,
        help=schema.get("description", ""),
        choices=[str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices],
    )
