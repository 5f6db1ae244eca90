"""``GET /api/openapi.json``: the API in OpenAPI 3.1, made of the endpoints' declarations and installed operations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core import __version__
from qis_core.domain.vocabulary import Vocabulary
from qis_core.web.api import objects
from qis_core.web.api.endpoints import ALL, Endpoint, pattern

_LOGINS: Sequence[Mapping[str, Sequence[str]]] = ({"bearer": ()}, {"basic": ()})
_KINDS = ("application/json", "application/x-www-form-urlencoded")
_IMAGE_STATUSES = (304, 400, 403, 404, 413, 415, 503)


def includeme(config: Configurator) -> None:
    """Adds the document's own address."""
    config.add_route("api.openapi", pattern("openapi.json"))
    config.add_view(openapi, route_name="api.openapi", request_method="GET")


def openapi(request: Request) -> Response:
    """The document, for everybody: it tells nothing of the library or its people."""
    response = Response(json_body=document(request.registry[ALL], request.qis.platform.vocabulary))
    response.headers.update({"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"})
    return response


def document(endpoints: Iterable[Endpoint], vocabulary: Vocabulary) -> dict[str, Any]:
    """The OpenAPI document of these endpoints, and of the image URL with the options of this vocabulary."""
    options = list(_options(vocabulary))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(f"/{endpoint.path}/", {})[endpoint.method.lower()] = _operation(endpoint, options)
    paths["/image"] = {"servers": [{"url": "/"}], "get": _image(options)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "QIS",
            "version": __version__,
            "summary": "Images by URL, and the library behind them",
            "description": (
                "Every path works with and without the last slash, and under /api as well as under /api/v1. "
                "Every answer has the number of its HTTP status, a message and data."
            ),
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token"},
                "basic": {"type": "http", "scheme": "basic", "description": "A token as user name, any password"},
            },
            "schemas": {"Error": _envelope(objects.NOTHING)},
        },
    }


def _operation(endpoint: Endpoint, options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    taken = {field.name for field in endpoint.query}
    parameters: list[Mapping[str, Any]] = [*_places(endpoint.path)]
    parameters += [
        {"name": field.name, "in": "query", "required": field.required, "schema": field.schema()}
        for field in endpoint.query
    ]
    if endpoint.image_options:
        parameters += [option for option in options if option["name"] not in taken | {"src"}]
    made: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z]+", "_", f"{endpoint.method} {endpoint.path}".lower()).strip("_"),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": inspect.getdoc(endpoint.view) or "",
        "security": [*_LOGINS] if endpoint.login else [{}, *_LOGINS],
        "parameters": parameters,
        "responses": _done(endpoint),
    }
    if endpoint.body:
        schema = {
            "type": "object",
            "properties": {field.name: field.schema() for field in endpoint.body},
            "required": [field.name for field in endpoint.body if field.required],
        }
        kinds = ("multipart/form-data",) if endpoint.upload else _KINDS
        made["requestBody"] = {"content": {kind: {"schema": schema} for kind in kinds}}
    error: Mapping[str, Any] = {"$ref": "#/components/schemas/Error"}
    if endpoint.upload and endpoint.gives is not None:
        # It tells of each file even where some of them fail.
        error = _envelope(objects.or_null(endpoint.gives))
    made["responses"] |= {str(status): _answer(HTTPStatus(status), error) for status in statuses(endpoint)}
    return made


def _done(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.redirects:
        place = {"Location": {"schema": objects.TEXT, "description": "Where to go on"}}
        return {"302": {"description": HTTPStatus.FOUND.phrase, "headers": place}}
    answers = {} if endpoint.gives is None else {"200": _answer(HTTPStatus.OK, _envelope(endpoint.gives))}
    if endpoint.background or endpoint.gives is None:
        answers["202"] = _answer(HTTPStatus.ACCEPTED, _envelope(objects.TASK))
    return answers


def statuses(endpoint: Endpoint) -> Sequence[int]:
    """The statuses of errors that an endpoint can answer."""
    found = {503, *endpoint.statuses}
    if endpoint.query or endpoint.body:
        found.add(400)
    if endpoint.body:
        found.add(413)
    if endpoint.login:
        found |= {401, 403}
    if "{" in endpoint.path:
        found.add(404)
    return sorted(found)


def _image(options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    errors = {"text/plain": {"schema": objects.TEXT}}
    parts = [{**option, "required": option["name"] == "src"} for option in options]
    return {
        "operationId": "image",
        "tags": ["Images"],
        "summary": "A picture of the library, as the options say",
        "security": [{}, *_LOGINS],
        "parameters": parts,
        "responses": {
            "200": {"description": "The picture", "content": {"image/*": {}}},
            **{
                str(status): {
                    "description": HTTPStatus(status).phrase,
                    **({} if status == 304 else {"content": errors}),
                }
                for status in _IMAGE_STATUSES
            },
        },
    }


def _options(vocabulary: Vocabulary) -> Iterable[dict[str, Any]]:
    """Every option of images as a parameter, once, though several formats may declare it."""
    known: set[object] = set()
    for option in vocabulary.document():
        if option["name"] and option["name"] not in known:
            known.add(option["name"])
            yield {"name": option["name"], "in": "query", "required": False, "schema": option["schema"]}


def _places(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"\{([a-z_]+)\}", path):
        is_number = name.endswith("id")
        schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999} if is_number else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _envelope(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return objects.record(status=objects.INTEGER, message=objects.TEXT, data=data)


def _answer(status: HTTPStatus, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": status.phrase, "content": {"application/json": {"schema": schema}}}
