"""The server as its operator runs it: started, asked, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
