"""What holds for every test."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests that load the machine on one worker, one after the other, while others run beside them.

    Tests of whole sites are tried once more where they fail, and the summary says so: processes, sockets
    and clocks of a whole server are at the mercy of the machine, and what is wrong fails twice.
    """
    for item in items:
        if any(folder in item.path.parents for folder in WHOLE) or item.path.name == "test_memcached.py":
            item.add_marker(pytest.mark.flaky(reruns=1))
        if item.path.name in TWICE and ("postgresql" in item.name or "memcached" in item.name):
            item.add_marker(pytest.mark.slow)
        is_alone = any(folder in item.path.parents for folder in ALONE)
        # A file's tests share what they set up, which may take a minute.
        item.add_marker(pytest.mark.xdist_group("alone" if is_alone else str(item.path)))
