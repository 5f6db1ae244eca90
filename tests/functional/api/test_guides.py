"""Every endpoint is shown as a call in a guide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qis_core.testing.apis import Api
from qis_core.web.api.endpoints import ALL, Endpoint, pattern

DOCS = Path(__file__).parents[3] / "docs"
_VARIABLE = re.compile(r"\$\{?[A-Z_]+\}?")


def calls() -> list[tuple[str, str]]:
    """Method and path of every curl line in the guides."""
    found = []
    for file in sorted(DOCS.rglob("*.md")):
        for line in re.findall(r"^.*curl .*$", file.read_text(encoding="utf-8"), re.MULTILINE):
            path = re.search(r"\$\{?QIS\}?(/api/[^\s\"'?)|]*)", line)
            if path:
                found.append((method(line), _VARIABLE.sub("7", path[1])))
    return found


def method(line: str) -> str:
    """The method that curl uses."""
    told = re.search(r"-X ?([A-Z]+)|--request ([A-Z]+)", line)
    if told:
        return told[1] or told[2]
    sends = re.search(r" (-d|-F|--data\S*|--form\S*|--json) ", line)
    return "POST" if sends and " -G " not in line else "GET"


def matches(endpoint: Endpoint, path: str) -> bool:
    """Whether a path is one of the endpoint's."""
    route = re.sub(r"\{[a-z_]+:([^{}]*(?:\{[0-9,]+\})?)\}", r"(?:\1)", pattern(endpoint.path))
    return re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", route), path) is not None


def test_the_guides_show_every_call(api: Api) -> None:
    shown = calls()
    assert len(shown) > 40
    missing = [
        f"{endpoint.method} {endpoint.path}"
        for endpoint in api.site.testapp.app.registry[ALL]
        if not any(endpoint.method == used and matches(endpoint, path) for used, path in shown)
        # What every task has in common is shown once.
        and not (endpoint.method == "POST" and endpoint.path.startswith("admin/tasks/"))
    ]
    assert not missing, f"show a curl line for {missing} in a guide of docs/how-to"


@pytest.mark.parametrize(("line", "expected"), [
    ("curl -s $QIS/api/v1/token/ -d username=admin", "POST"),
    ("curl -s -X PUT $QIS/api/v1/x/ -d a=b", "PUT"),
    ('curl -s "$QIS/api/v1/list/?path=/"', "GET"),
    ("curl -s -F files=@a.jpg $QIS/api/v1/upload/", "POST"),
])  # fmt: skip
def test_the_method_of_a_line(line: str, expected: str) -> None:
    assert method(line) == expected
