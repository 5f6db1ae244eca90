"""The OpenAPI document is valid, tells of everything, and the server keeps to it whatever it is sent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from qis_core.testing.apis import Api


def no_fault(_context: Any, response: Any, _case: Any) -> None:
    """No answer is a fault of the server's; one that sends guessers of passwords away for a while (503) is none."""
    assert response.status_code == 503 or response.status_code < 500, response.text


CHECKS = [no_fault, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def document(api: Api) -> Any:
    return api.site.testapp.get("/api/openapi.json").json


def test_the_document_is_valid(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/v1/openapi.json"])
def test_it_is_for_every_page_and_tool(api: Api, path: str) -> None:
    assert api.site.testapp.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_every_endpoint_is_in_it_with_its_methods_and_no_other(api: Api, document: Any) -> None:
    app = api.site.testapp
    for path, operations in document["paths"].items():
        if path != "/image":
            url = "/api/v1" + path.replace("{id}", "1").replace("{user_id}", "1").replace("{name}", "x")
            allowed = set(app.options(url).headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
            assert allowed == {method.upper() for method in operations}, path
    routes = api.site.testapp.app.registry.introspector.get_category("routes")
    served = {route["introspectable"]["name"] for route in routes}
    assert len({name for name in served if name.startswith("api.")} - {"api.openapi"}) == len(document["paths"]) - 1


def test_options_of_installed_operations_are_parameters(api: Api, document: Any) -> None:
    names = {parameter["name"] for parameter in document["paths"]["/image"]["get"]["parameters"]}
    assert set(api.site.site.platform.vocabulary.by_name) <= names
    listed = {parameter["name"] for parameter in document["paths"]["/list/"]["get"]["parameters"]}
    assert listed == names - {"src"} | {"path", "attributes", "start", "limit"}


@pytest.fixture(scope="module")
def schema(api: Api) -> Any:
    found = schemathesis.openapi.from_wsgi("/api/openapi.json", api.site.testapp.app)
    # Wrong logins take a second each on purpose; images have tests of their own.
    return found.exclude(path="/image").exclude(path="/token/")


@pytest.mark.slow
def test_no_answer_is_undocumented(api: Api, schema: Any) -> None:
    seen: Counter[int] = Counter()
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(
            max_examples=5,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            for who in ("admin", "bob", ""):
                answer = case.call_and_validate(headers=api.headers(who), checks=CHECKS)
                seen[answer.status_code] += 1

        ask()
    assert {200, 400, 401, 403, 404} <= set(seen), seen
