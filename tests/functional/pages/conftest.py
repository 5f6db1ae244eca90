"""One site for the tests of each file of pages, with a few pictures of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, TestSite, site_in


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """A site with pictures of odd names, a long folder, and an empty one."""
    with site_in(tmp_path_factory.mktemp("pages"), {"qis.look.playground": "yes"}) as made:
        for path in ('shelf/a & b "c".png', "shelf/red.png", "日本/富士山.png", "shelf/deep/er/x.png"):
            file = made.library / path
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 30), "red").save(file)
        (made.library / "empty").mkdir()
        (made.library / "long").mkdir()
        body = (made.library / "shelf/red.png").read_bytes()
        for number in range(125):
            (made.library / f"long/{number:04}.png").write_bytes(body)
        yield made


@pytest.fixture
def browser(pages: TestSite) -> TestSite:
    """The site, asked by somebody who has not logged in."""
    pages.testapp.reset()
    pages.testapp.authorization = None
    return pages


@pytest.fixture
def admin(pages: TestSite) -> Iterator[TestSite]:
    """The site, asked by its administrator with a token."""
    pages.testapp.reset()
    answer = pages.testapp.post("/api/v1/token/", {"username": "admin", "password": ADMIN_PASSWORD})
    pages.testapp.authorization = ("Bearer", answer.json["data"]["token"])
    yield pages
    pages.testapp.authorization = None
