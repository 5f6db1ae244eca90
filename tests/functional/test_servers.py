"""The server as its operator runs it: started, asked, and stopped."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from qis_core.commands.serve import free_port
from qis_core.testing.libraries import draw_library

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
QUICK = {"QIS_PASSWORDS_MEMORY_KIB": "1024", "QIS_PASSWORDS_ROUNDS": "1", "QIS_IMAGING_WORKERS": "1"}


@contextmanager
def running(arguments: list[str], folder: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [str(BIN / arguments[0]), *arguments[1:]],
        cwd=folder,
        env={**kept, **QUICK, **environ},
        stdout=log,
        stderr=log,
        text=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(60)
        log.close()


def wait_for(url: str, process: subprocess.Popen[str], folder: Path) -> bytes:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
            body: bytes = answer.read()
            return body
        time.sleep(0.2)
    raise AssertionError((folder / "log").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_library(tmp_path / "library")
    return tmp_path


@pytest.mark.slow
def test_two_processes_serve_count_together_and_stop(folder: Path) -> None:
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    with running(["qis", "serve", "--port", str(port), "--workers", "2"], folder, QIS_WEB_METRICS="yes") as process:
        wait_for(url + "/health", process, folder)
        assert wait_for(url + "/image?src=photos/wide.jpg&width=100", process, folder)[:2] == b"\xff\xd8"
        for _ in range(20):
            wait_for(url + "/robots.txt", process, folder)
        assert b'route="robots",status="200"} 20.0' in wait_for(url + "/metrics", process, folder)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    log = (folder / "log").read_text()
    assert f"serves at {url}/" in log
    assert "password: " in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(folder: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running(["qis", "serve", "--port", port], folder) as process:
            assert process.wait(60) == 1
    log = (folder / "log").read_text()
    assert f"cannot listen at 127.0.0.1:{port}" in log
    assert "Traceback" not in log


@pytest.mark.slow
@pytest.mark.parametrize("command", [["pserve", "development.ini"], ["gunicorn", "--paste", "production.ini"]])
def test_other_servers_take_the_configuration_files(folder: Path, command: list[str]) -> None:
    port = str(free_port("127.0.0.1"))
    for name in ("development.ini", "production.ini", "gunicorn.conf.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("listen = 127.0.0.1:6900", f"listen = 127.0.0.1:{port}"))
    environ = {
        "QIS_SERVER_PORT": port,
        "QIS_SERVER_DATA": str(folder / "data"),
        "QIS_LIBRARY_URL": (folder / "library").as_uri(),
        "QIS_ADMIN_PASSWORD": "a given password",
        "HOME": "/nonexistent",
    }
    with running(command, folder, **environ) as process:
        wait_for(f"http://127.0.0.1:{port}/health", process, folder)
        url = f"http://127.0.0.1:{port}/image?src=photos/wide.jpg&width=100"
        assert wait_for(url, process, folder)[:2] == b"\xff\xd8"
    assert "a given password" not in (folder / "log").read_text()


def ask(port: int, path: str) -> int | str:
    """The status of one request on a connection of its own, once its body is here; else what went wrong."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        return ask_on(connection, path)


def ask_on(connection: http.client.HTTPConnection, path: str) -> int | str:
    """The same on a connection that is kept, unless the server says that it closes it."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return repr(error)


@contextmanager
def asking(port: int, clients: int = 4) -> Iterator[Counter[int | str]]:
    """Counts what clients get who ask all the time, for new pictures and known ones; every other one keeps its
    connection."""
    answers: Counter[int | str] = Counter()
    lock, done = threading.Lock(), threading.Event()

    def go(number: int) -> None:
        width = 10 * number
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as kept:
            while not done.is_set():
                width = 40 + (width + 1) % 300
                path = f"/image?src=photos/wide.jpg&width={width}"
                answer = ask_on(kept, path) if number % 2 else ask(port, path)
                with lock:
                    answers[answer] += 1

    with ThreadPoolExecutor(clients) as threads:
        running = [threads.submit(go, number) for number in range(clients)]
        try:
            yield answers
        finally:
            done.set()
    for each in running:
        each.result()


def taken(processes: list[psutil.Process]) -> list[Any]:
    """The connections of clients that the processes have taken; render workers may go meanwhile."""
    found: list[Any] = []
    for process in processes:
        with suppress(psutil.Error):
            found += [each for each in process.net_connections() if each.status == psutil.CONN_ESTABLISHED]
    return found


def gone(processes: list[psutil.Process]) -> bool:
    _, left = psutil.wait_procs(processes, timeout=90)
    return not left


@pytest.mark.slow
def test_a_reload_replaces_all_processes_and_loses_no_request(folder: Path) -> None:
    port = free_port("127.0.0.1")
    configuration = folder / "site.ini"
    configuration.write_text("[app:main]\nuse = egg:qis-core\nqis.web.metrics = no\n")
    with running(["qis", "serve", str(configuration), "--port", str(port), "--workers", "2"], folder) as process:
        wait_for(f"http://127.0.0.1:{port}/health", process, folder)
        assert ask(port, "/metrics") == 404
        before = psutil.Process(process.pid).children()
        configuration.write_text("[app:main]\nuse = egg:qis-core\nqis.web.metrics = yes\n")
        with asking(port) as answers:
            process.send_signal(signal.SIGHUP)
            assert gone(before)
        assert set(answers) == {200}
        # What the file says now counts in the new processes.
        assert ask(port, "/metrics") == 200
        assert process.poll() is None


def test_who_is_being_answered_is_answered_when_the_server_stops(folder: Path) -> None:
    from PIL import Image

    Image.linear_gradient("L").resize((3000, 2000)).convert("RGB").save(folder / "library/large.jpg")
    port = free_port("127.0.0.1")
    with (
        running(["qis", "serve", "--port", str(port), "--workers", "2"], folder) as process,
        ThreadPoolExecutor(4) as clients,
    ):
        wait_for(f"http://127.0.0.1:{port}/health", process, folder)
        family = psutil.Process(process.pid).children(recursive=True)
        slow = [clients.submit(ask, port, f"/image?src=large.jpg&width={1500 + n}&angle={n}") for n in range(1, 5)]
        until = time.monotonic() + 60
        # On an idle machine some may have their answer before the last one is taken.
        while len(taken(family)) + sum(each.done() for each in slow) < len(slow):
            assert time.monotonic() < until
            time.sleep(0.005)
        # What came after them has been read and answered.
        assert [ask(port, "/health") for _ in range(10)] == [200] * 10
        process.send_signal(signal.SIGTERM)
        assert [each.result() for each in slow] == [200] * 4
        assert process.wait(60) == 0
        assert gone(family)
        assert "Connection refused" in str(ask(port, "/health"))


@pytest.mark.slow
def test_a_server_that_is_killed_leaves_no_process_behind(folder: Path) -> None:
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    with running(["qis", "serve", "--port", str(port), "--workers", "2"], folder) as process:
        wait_for(url + "/image?src=photos/wide.jpg&width=100", process, folder)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) > 2
        process.kill()
        _, left = psutil.wait_procs(family, timeout=60)
        assert left == []
