"""A site with people of all kinds, for each file of tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import MakeSite, site_in


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site that the tests of one file share, once with each database."""
    with contextlib.ExitStack() as closing:
        settings = {}
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            settings["qis.database.url"] = server.make_database()
            closing.callback(server.drop_database, settings["qis.database.url"])
        made = closing.enter_context(site_in(tmp_path_factory.mktemp("site"), settings))
        yield Api(site=made).add_people()


@pytest.fixture
def own_api(new_site: MakeSite) -> Api:
    """A site of the test's own."""
    return Api(site=new_site()).add_people()
