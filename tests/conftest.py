"""What holds for every test."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# No test may fail because the machine is busy.
settings.register_profile("qis", deadline=None)
settings.load_profile("qis")

# Whole sites are made and forgotten by the hundred: looking for garbage less often saves a twentieth of the time.
gc.set_threshold(100_000, 20, 20)

HERE = Path(__file__).parent
WHOLE = [HERE / name for name in ("browser", "functional", "services")]
"""Tests of whole sites."""

ALONE = [HERE / "functional" / "hostile", HERE / "services"]
"""Tests that watch how a server does under load, or that start many."""


TWICE = ("test_bad_input.py", "test_openapi.py", "test_library_follows_files.py", "test_changes_by_api.py")
"""Long tests whose second run, on another database or cache, is left to `make test-all`."""


class ByFile(LoadScopeScheduling):
    """A file's tests run on one worker, as they share what they set up, which may take a minute.

    Tests that load the machine are all on one, one after the other, while others run beside them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "alone" if any(folder in (HERE.parent / file).parents for folder in ALONE) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How tests are divided among workers."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves long second runs to `make test-all`, and has tests of whole sites tried once more.

    Tests of whole sites are tried once more where they fail, and the summary says so: processes, sockets
    and clocks of a whole server are at the mercy of the machine, and what is wrong fails twice.
    """
    for item in items:
        if any(folder in item.path.parents for folder in WHOLE) or item.path.name == "test_memcached.py":
            item.add_marker(pytest.mark.flaky(reruns=1))
        if item.path.name in TWICE and ("postgresql" in item.name or "memcached" in item.name):
            item.add_marker(pytest.mark.slow)
