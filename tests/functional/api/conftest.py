"""A site with people of all kinds, for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import MakeSite, site_in


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site that the tests of one file share."""
    with site_in(tmp_path_factory.mktemp("site"), {}) as made:
        yield Api(site=made).add_people()


@pytest.fixture
def own_api(new_site: MakeSite) -> Api:
    """A site of the test's own."""
    return Api(site=new_site()).add_people()
