"""Bad input to every endpoint, made from its declaration: an answer that names the field, never 500."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import site_in
from qis_core.web.api import PARTS
from qis_core.web.api.endpoints import Endpoint
from qis_core.web.api.fields import Choice, Field, Flag, Names, Number, Object, Secret, Text

ENDPOINTS = [endpoint for part in PARTS for endpoint in part.endpoints.all]
NOBODY = 999_999_999
"""A number that no record has."""

WRONG: dict[type[Field], list[object]] = {
    Text: [5, True, None, ["x"], {"x": 1}],
    Secret: [5, None, []],
    Number: ["x", "", "1.5", 1.5, True, None, [1], {}, "1; DROP TABLE users", "\N{ARABIC-INDIC DIGIT ONE}", 10**13],
    Flag: ["maybe", 2, None, [], ""],
    Choice: ["no such choice", 5.5, None, []],
    Object: ["x", "{", 5, None, [], "[]", "[" * 10_000],
    Names: [5, None, {}, [1], [None], [["x"]]],
}  # fmt: skip
"""What a JSON object may hold in place of each kind of field."""

HOSTILE = [
    "<script>alert(1)</script>' OR 1=1; DROP TABLE users; --", "%s%n{0}{{7*7}}${7*7}", "../../etc/passwd",
    "e\N{COMBINING ACUTE ACCENT}\N{RIGHT-TO-LEFT OVERRIDE}\N{SNOWMAN}\N{PILE OF POO}\ufeff\u200b", "%00",
]  # fmt: skip
"""Texts that are well formed and meant badly."""


def named(endpoint: Endpoint) -> str:
    """The name of an endpoint's test."""
    return f"{endpoint.method} {endpoint.path}"


def declared_kind(field: Field) -> type[Field] | None:
    """The kind of a field that the table above knows; None for another part's own kind."""
    return type(field) if type(field) in WRONG else None


def wrong(field: Field) -> list[object]:
    """What the field has to refuse, sent as JSON."""
    kind = declared_kind(field)
    found = list(WRONG[kind]) if kind else []
    if isinstance(field, Text):
        found += ["x" * (field.maximum + 1)] + [""] * (field.minimum > 0) + ["x\0"]
        found += ["a\nb", "\x7f"] if not field.lines else []
    if isinstance(field, Number):
        found += [-1] * (field.minimum >= 0 or bool(field.choices)) + [field.maximum + 1]
    return found


def sound(field: Field) -> object:
    """A value that the field takes."""
    if isinstance(field, Choice):
        return field.choices[0]
    if isinstance(field, Number):
        return field.choices[0] if field.choices else max(field.minimum, min(field.maximum, NOBODY))
    if isinstance(field, Flag):
        return False
    if isinstance(field, Names):
        return []
    if isinstance(field, Object):
        return {}
    return "x" * max(getattr(field, "minimum", 1), 12)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site on SQLite, for what never comes to the database."""
    with contextlib.ExitStack() as closing:
        yield Api(site=closing.enter_context(site_in(tmp_path_factory.mktemp("plain"), {}))).add_people()


def ask(
    api: Api, endpoint: Endpoint, *, query: dict[str, object], body: dict[str, object] | None, who: str = "admin",
    number: object = NOBODY,
) -> Any:  # fmt: skip
    """The answer to a call of the endpoint."""
    path = "/api/v1/" + endpoint.path
    for name in ("id", "user_id", "name"):
        path = path.replace("{" + name + "}", str(number))
    parts = [f"{name}={quote(str(value), errors='surrogatepass')}" for name, value in query.items()]
    app, options = api.site.testapp, {"headers": api.headers(who), "expect_errors": True}
    url = f"{path}/?{'&'.join(parts)}"
    if body is None or endpoint.method in ("GET", "DELETE"):
        return app.request(url, method=endpoint.method, **options)
    return getattr(app, endpoint.method.lower() + "_json")(url, body, **options)


def required(fields: Any, but: str = "") -> dict[str, object]:
    """Sound values for the required fields."""
    return {field.name: sound(field) for field in fields if field.required and field.name != but}


def refused(answer: Any, name: str, what: object) -> None:
    """It is an error of the caller's that names the field."""
    assert answer.status_int == 400, (what, answer)
    assert answer.json["status"] == 400
    assert answer.json["message"].startswith(f"Invalid parameter ({name}"), (what, answer.json)


BODIES = [endpoint for endpoint in ENDPOINTS if endpoint.body and endpoint.method != "GET"]
JSON_BODIES = [endpoint for endpoint in BODIES if endpoint.path != "upload"]


@pytest.mark.parametrize("endpoint", JSON_BODIES, ids=named)
def test_a_field_of_the_wrong_kind_is_named(plain: Api, endpoint: Endpoint) -> None:
    for field in endpoint.body:
        for value in wrong(field):
            body = {**required(endpoint.body, field.name), field.name: value}
            refused(ask(plain, endpoint, query=required(endpoint.query), body=body), field.name, value)


@pytest.mark.parametrize("endpoint", [e for e in JSON_BODIES if any(f.required for f in e.body)], ids=named)
def test_a_missing_field_is_named(plain: Api, endpoint: Endpoint) -> None:
    for field in endpoint.body:
        if field.required:
            refused(
                ask(plain, endpoint, query=required(endpoint.query), body=required(endpoint.body, field.name)),
                field.name,
                "(missing)",
            )


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.query], ids=named)
def test_a_bad_parameter_is_named(plain: Api, endpoint: Endpoint) -> None:
    for field in endpoint.query:
        others = required(endpoint.query, field.name)
        body = required(endpoint.body)
        if field.required:
            refused(ask(plain, endpoint, query=others, body=body), field.name, "(missing)")
        for value in wrong(field):
            # In a query everything is a text; what was of another type may be a sound one then.
            if isinstance(value, str) and "\0" not in value and len(value) < 10_000:
                refused(ask(plain, endpoint, query={**others, field.name: value}, body=body), field.name, value)


JSON = "application/json"
BODILESS = [
    *(
        (JSON, content)
        for content in (b"[]", b"null", b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 50_000)
    ),
    *(
        (kind, b"\xff=%00;\0")
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x/y")
    ),
]


@pytest.mark.parametrize("endpoint", JSON_BODIES, ids=named)
def test_what_is_no_object_is_refused(plain: Api, endpoint: Endpoint) -> None:
    path = "/api/v1/" + endpoint.path.replace("{id}", str(NOBODY)).replace("{name}", "x")
    for kind, content in BODILESS:
        headers = {**plain.headers("admin"), "Content-Type": kind}
        answer = plain.site.testapp.request(
            path, method=endpoint.method, body=content, headers=headers, expect_errors=True
        )
        # An endpoint without a required field may take a form that has none of its fields.
        allowed = (400, 404) if kind == JSON else (200, 202, 400, 403, 404)
        assert answer.status_int in allowed, (kind, content[:20], answer)


NO_HOSTILE = {"token", "account/password", "upload"}
"""Logging in takes a second where it fails; others have tests of their own for what they take."""


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.path not in NO_HOSTILE], ids=named)
def test_hostile_texts_are_only_texts(api: Api, endpoint: Endpoint) -> None:
    fields = [*endpoint.query, *endpoint.body]
    for text in HOSTILE:
        texts = {f.name: text[: f.maximum] for f in fields if isinstance(f, Text)}
        query = {**required(endpoint.query), **{f.name: texts[f.name] for f in endpoint.query if f.name in texts}}
        body = {**required(endpoint.body), **{f.name: texts[f.name] for f in endpoint.body if f.name in texts}}
        if endpoint.method == "DELETE" and "{" not in endpoint.path:
            continue
        answer = ask(api, endpoint, query=query, body=body)
        assert answer.status_int < 500, (text, answer)
        assert answer.content_type == "application/json" or endpoint.redirects, (text, answer)


NUMBERED = [endpoint for endpoint in ENDPOINTS if "{id}" in endpoint.path]


@pytest.mark.parametrize("endpoint", NUMBERED, ids=named)
def test_a_number_that_nobody_has_is_not_there(plain: Api, endpoint: Endpoint) -> None:
    sent = {"query": required(endpoint.query), "body": {field.name: sound(field) for field in endpoint.body}}
    answer = ask(plain, endpoint, **sent)
    # What stays as it is (a group's name and flags) may be refused before anything is looked up.
    assert answer.status_int in (404, 400) if endpoint.body else answer.status_int == 404, answer
    for number in ("x", "-1", "9" * 10, "1%27", "%00"):
        wrong_path = ask(plain, endpoint, **sent, number=quote(number, safe="%"))
        assert wrong_path.status_int == 404, (number, wrong_path)


OPEN = {"GET admin/images/{id}", "GET admin/filesystem/folders/{id}", "GET admin/templates/{id}"}
"""What a user without any right may read of what is not theirs: what the folder's level gives, and templates."""


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if named(e) not in OPEN and e.login], ids=named)
def test_what_belongs_to_others_is_not_given(plain: Api, endpoint: Endpoint) -> None:
    sent = {"query": required(endpoint.query), "body": required(endpoint.body)}
    assert ask(plain, endpoint, **sent, who="", number=1).status_int == 401
    if "{id}" in endpoint.path:
        answer = ask(plain, endpoint, **sent, who="bob", number=1)
        assert answer.status_int in (400, 403, 404), answer
        assert answer.json["data"] is None
