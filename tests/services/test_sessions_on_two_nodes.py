"""Two servers on one database: what ends on one is refused on the other."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from qis_core.db.engine import sqlite_url
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server, serving
from qis_core.testing.raw_http import Answer, ask

DEADLINE = 60.0
PICTURE = "/image?src=photos/wide.jpg&width=40"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
Headers = list[tuple[str, str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def nodes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers, each with a data folder of its own, on one database and one library that the public may not see."""
    folder = tmp_path_factory.mktemp("nodes")
    is_sqlite = request.param == "sqlite"
    common = {
        "qis.database.url": sqlite_url(folder / "qis.db")
        if is_sqlite
        else request.getfixturevalue("postgres").make_database(),
        "qis.server.secret": "the same secret on every node of this test",
        "qis.library.url": (folder / "one/library").as_uri(),
        "qis.public.level": "none",
    }
    for name in ("one", "two"):
        (folder / name).mkdir()
    with serving(folder / "one", common) as one, serving(folder / "two", common) as two:
        yield one, two


def log_in(node: Server) -> tuple[Headers, str]:
    """What a browser sends that has logged in at a node, and its CSRF token."""
    page = ask(node.url, "/login/")
    fields = {"csrf_token": _token(page), "username": "admin", "password": ADMIN_PASSWORD}
    guest = ("Cookie", _cookie(page, "qis-guest"))
    answer = ask(node.url, "/login/", method="POST", headers=[guest, FORM], body=urlencode(fields).encode())
    assert answer.status == 303
    headers = [("Cookie", _cookie(answer, "qis-session"))]
    return headers, _token(ask(node.url, "/logout/", headers=headers))


def _token(page: Answer) -> str:
    found = re.findall(r'name="csrf_token" value="(\w+)"', page.body.decode())
    return str(found[-1])


def _cookie(answer: Answer, name: str) -> str:
    return re.search(rf"{name}=[^;]+", answer.headers["set-cookie"])[0]


def refused(node: Server, headers: Headers) -> bool:
    """Whether the node refuses the picture, before the deadline. It is a second at most where nothing else runs."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if ask(node.url, PICTURE, headers=headers).status == 403:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_what_ends_on_one_node_is_refused_on_the_other(nodes: tuple[Server, Server]) -> None:
    one, two = nodes
    browser, csrf = log_in(one)
    assert [ask(node.url, PICTURE, headers=browser).status for node in (one, two, one, two)] == [200] * 4
    other, _ = log_in(two)
    made = ask(
        one.url,
        "/api/account/tokens/",
        method="POST",
        headers=[*browser, FORM, ("X-CSRF-Token", csrf)],
        body=b"name=x&scopes=read",
    )
    token = json.loads(made.body)["data"]
    bearer = [("Authorization", f"Bearer {token['token']}")]
    assert ask(two.url, PICTURE, headers=bearer).status == 200

    headers = [*other, ("X-CSRF-Token", _token(ask(two.url, "/logout/", headers=other)))]
    assert ask(two.url, "/api/account/sessions/", method="DELETE", headers=headers).status == 200
    assert ask(two.url, PICTURE, headers=browser).status == 403
    assert refused(one, browser)
    assert ask(one.url, PICTURE, headers=other).status == 200

    assert ask(two.url, f"/api/account/tokens/{token['id']}/", method="DELETE", headers=headers).status == 200
    assert ask(two.url, PICTURE, headers=bearer).status == 403
    assert refused(one, bearer)
