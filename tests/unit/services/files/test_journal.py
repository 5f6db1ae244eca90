"""Whose changes are under way."""

from __future__ import annotations

import threading
from pathlib import Path

from qis_core.services.files.journal import Owner

THREADS = 8


def test_threads_that_begin_at_once_are_one_owner(tmp_path: Path) -> None:
    for number in range(30):
        owner, together = Owner(tmp_path / str(number)), threading.Barrier(THREADS)

        def begin(owner: Owner = owner, together: threading.Barrier = together) -> None:
            together.wait()
            owner.hold()

        threads = [threading.Thread(target=begin, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        assert [path.name for path in (tmp_path / str(number)).iterdir()] == [f"{owner.name}.lock"]
        assert not Owner(tmp_path / str(number)).is_dead(owner.name)
        owner.release()
        assert not list((tmp_path / str(number)).iterdir())
