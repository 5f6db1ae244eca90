"""What holds for every test."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings
from pytest_rerunfailures import _restore_suspended_finalizers
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# No test may fail because the machine is busy.
settings.register_profile("qis", deadline=None)
settings.load_profile("qis")

# Whole sites are made and forgotten by the hundred: looking for garbage less often saves a twentieth of the time.
gc.set_threshold(100_000, 20, 20)

HERE = Path(__file__).parent
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
    """Leaves long second runs to `make test-all`."""
    for item in items:
        if item.path.name in TWICE and ("postgresql" in item.name or "memcached" in item.name):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Gives a test that is tried again (`--reruns`, in `make test`) everything anew: site, server, database.

    The plugin would keep what is shared by a file or by the whole run as the first try has left it, with its files,
    its accounts, and perhaps the fault; few tests could pass there.
    """
    if getattr(item, "execution_count", 1) > 1:
        # The first is the plugin's own way to take back what it has laid aside.
        _restore_suspended_finalizers(item)
        item.session._setupstate.teardown_exact(None)
