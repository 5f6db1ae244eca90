"""Memory of the server process while it takes a file of 100 MB: flat, since no file is ever held whole.

python benchmarks/upload.py
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import psutil
from lab import Server, server
from PIL import Image
from report import Figure, markdown

from qis_core.testing.processes import is_render_process

SIDE = 5900
"""Width and height of an uncompressed picture of 104 million bytes."""

GOAL = 8
"""MB that the process may grow by."""

_BOUNDARY = "a boundary of no picture"


def flat(folder: Path) -> list[Figure]:
    """The growth of the server process, and how long it took."""
    library = folder / "uploads"
    library.mkdir()
    large, small = folder / "large.tif", folder / "small.tif"
    Image.effect_noise((SIDE, SIDE), 60).convert("RGB").save(large)
    Image.new("RGB", (50, 50)).save(small)
    with server(library, QIS_SERVER_WORKERS="1", QIS_SERVER_THREADS="16") as running:
        token = _token(running)
        _send(running, token, small)
        web = _web(running)
        # Forgets the greatest size so far (proc(5), clear_refs).
        Path(f"/proc/{web.pid}/clear_refs").write_text("5", encoding="ascii")
        before, began = _megabytes(web, "VmRSS"), time.perf_counter()
        _send(running, token, large)
        seconds, peak = time.perf_counter() - began, _megabytes(web, "VmHWM")
    size = large.stat().st_size / 1e6
    return [
        Figure(
            f"upload of {size:.0f} MB: growth of the server process",
            peak - before,
            "MB",
            f"≤ {GOAL} MB",
            f"from {before:.0f} MB; {seconds:.1f} s with checking it",
        )
    ]


def _send(running: Server, token: str, file: Path) -> None:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="path"\r\n\r\n/\r\n'
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
    ).encode()
    tail = f"\r\n--{_BOUNDARY}--\r\n".encode()
    connection = HTTPConnection("127.0.0.1", running.port, timeout=300)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f'multipart/form-data; boundary="{_BOUNDARY}"',
        "Content-Length": str(len(head) + file.stat().st_size + len(tail)),
    }
    connection.request("POST", "/api/v1/upload/", _body(head, file, tail), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == 200, text


def _body(head: bytes, file: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with file.open("rb") as stream:
        while block := stream.read(1024 * 1024):
            yield block
    yield tail


def _token(running: Server) -> str:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    login = urlencode({"username": "admin", "password": "benchmark"})
    connection.request("POST", "/api/v1/token/", login, {"Content-Type": "application/x-www-form-urlencoded"})
    token: str = json.loads(connection.getresponse().read())["data"]["token"]
    connection.close()
    return token


def _web(running: Server) -> psutil.Process:
    """The one process that answers: the child of the first that listens."""
    children = [each for each in running.process.children() if not is_render_process(each)]
    return max(children, key=lambda each: each.memory_info().rss)


def _megabytes(process: psutil.Process, field: str) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field)) / 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="qis-bench-") as name:
        print(markdown(flat(Path(name))))
