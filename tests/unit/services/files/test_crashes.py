"""A change whose process is killed, at whatever step: after a restart all is as before, or all is done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from qis_core.services.files.runner import KINDS
from qis_core.testing.postgres import Postgres

SCRIPT = Path(__file__).parent / "crashing.py"
CHANGES = (
    "store", "replace", "make folder", "rename image", "move image to another store", "delete image", "move folder",
    "move folder to another store", "delete folder", "restore", "purge",
)  # fmt: skip
ON_POSTGRESQL = ("move folder",)

Tries = dict[str, list[dict[str, Any]]]


def tries(*arguments: str) -> Tries:
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stderr
    found: Tries = defaultdict(list)
    for line in run.stdout.splitlines():
        told = json.loads(line)
        found[told["change"]].append(told)
    return found


@pytest.fixture(scope="module")
def on_sqlite() -> Tries:
    return tries("")


@pytest.fixture(scope="module")
def on_postgresql(postgres: Postgres) -> Tries:
    return tries(str(postgres.folder), *ON_POSTGRESQL)


def check(found: list[dict[str, Any]]) -> None:
    *killed, whole = found
    before, done = whole["before"], whole["after"]
    assert not whole["status"], "the change itself has failed"
    assert len(killed) == len(whole["steps"]) >= 7
    assert done != before
    assert done["journal"] == before["journal"] == 0
    for step, one in zip(whole["steps"], killed, strict=True):
        assert one["killed"]
        assert one["after"] in (before, done), f"killed at {step}"
    # Neither is it always taken back, nor is anything done before the first step.
    assert killed[0]["after"] == before
    assert killed[-1]["after"] == done


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_kill_all_is_as_before_or_done(on_sqlite: Tries, change: str) -> None:
    check(on_sqlite[change])


def test_every_kind_of_change_is_tried(on_sqlite: Tries) -> None:
    assert set(on_sqlite) == set(CHANGES)
    assert set(KINDS) == {"store", "make folder", "move", "delete", "restore", "purge"}


@pytest.mark.services
@pytest.mark.parametrize("change", ON_POSTGRESQL)
def test_with_postgresql_as_well(on_postgresql: Tries, change: str) -> None:
    check(on_postgresql[change])
