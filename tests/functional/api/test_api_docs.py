"""The page to try the API: every call is on it, and nothing that its policy would stop."""

from __future__ import annotations

import re
from typing import Any

import pytest
from webtest import TestApp


@pytest.fixture(scope="module")
def page(site: Any) -> Any:
    return site.testapp.get("/api/docs/")


def test_every_call_of_the_document_has_a_form(testapp: TestApp, page: Any) -> None:
    document = testapp.get("/api/openapi.json").json
    forms = {(form["data-method"], form["data-path"]): form for form in page.html.find_all("form", {"data-call": True})}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method == "servers":
                continue
            form = forms.pop((method.upper(), path if path == "/image" else "/api/v1" + path))
            names = {control["name"] for control in form.find_all(["input", "select", "textarea"])}
            assert names >= {parameter["name"] for parameter in told["parameters"]}, path
            for content in told.get("requestBody", {}).get("content", {}).values():
                assert names >= content["schema"].get("properties", {}).keys(), path
    assert not forms
    ids = [tag["id"] for tag in page.html.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_it_loads_nothing_from_outside_and_runs_nothing_of_its_own(page: Any) -> None:
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert all(url.startswith("/") for url in re.findall(r'(?:src|href)="([^"#]+)"', page.text))
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", page.text)


@pytest.mark.parametrize("path", ["/api/docs", "/api/v1/docs/", "/api/v1/docs"])
def test_it_is_for_everybody_under_every_spelling(testapp: TestApp, path: str) -> None:
    assert testapp.get(path).content_type == "text/html"
