"""A crowd of one client's requests leaves renderers and cache to the others."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qis_core.testing.app_fixtures import serving
from qis_core.testing.raw_http import Answer, ask

CROWD = 24
KNOWN = "/image?src=photos/wide.jpg&width=50"


def get(server: str, path: str, client: str) -> Answer:
    return ask(server, path, headers=[("X-Forwarded-For", client)])


@pytest.mark.slow
def test_a_crowd_of_one_client_keeps_nobody_else_out(tmp_path: Path) -> None:
    # Nine may wait in the queue, so that a crowd of 24 has filled its share of it.
    settings = {"qis.imaging.queue_length": "9", "qis.imaging.workers": "1", "qis.imaging.wait_seconds": "60"}
    done, crowd = threading.Event(), Counter[int]()
    crowded, lock = threading.Event(), threading.Lock()

    def press(server: str, number: int) -> None:
        width = 0
        while not done.is_set():
            width += 1
            # Turned and large, so that the one renderer is always busy.
            path = f"/image?src=photos/wide.jpg&width={900 + width}&height={900 + number}&angle={10 + number}"
            answer = get(server, path, "192.0.2.1")
            with lock:
                crowd[answer.status] += 1
            if answer.status == 503:
                assert int(answer.headers["retry-after"]) > 0
                crowded.set()
                done.wait(0.05)

    with serving(tmp_path, settings) as server, ThreadPoolExecutor(CROWD) as many:
        assert get(server.url, KNOWN, "192.0.2.1").status == 200
        pressing = [many.submit(press, server.url, number) for number in range(CROWD)]
        try:
            assert crowded.wait(60)
            others = [get(server.url, f"/image?src=photos/wide.jpg&width={60 + n}", "192.0.2.2") for n in range(6)]
            hits = [get(server.url, KNOWN, client) for client in ("192.0.2.1", "192.0.2.2", "192.0.2.3")]
        finally:
            done.set()
        for each in pressing:
            each.result()
    assert [answer.status for answer in others] == [200] * 6
    assert [(answer.status, answer.headers["x-from-cache"]) for answer in hits] == [(200, "True")] * 3
    assert crowd[503] > 0
