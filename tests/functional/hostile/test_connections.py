"""Clients that are slow, rude, or speak no HTTP: everybody else is answered as if they were not there."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import Server
from qis_core.testing.pictures import photo
from qis_core.testing.raw_http import Answer, ask, connect, read, request, target
from qis_core.testing.waiting import until
from qis_core.testing.watch import on_this_machine

Get = Callable[..., Answer]

CROWD = 60
QUICK_SECONDS = 1.0
SMALL = target("/image", src="photos/wide.jpg", width=33)


@pytest.fixture(scope="module")
def big(fort: Server) -> str:
    """A picture of 30 MB."""
    photo((1000, 1000)).resize((3200, 3200), Image.Resampling.NEAREST).save(fort.library / "photos/big.bmp")
    return "photos/big.bmp"


@contextlib.contextmanager
def crowd(fort: Server, first: bytes, *, window: int = 0) -> Iterator[list[socket.socket]]:
    """As many connections as there are rude clients, each of which has sent ``first``."""
    with contextlib.ExitStack() as closing:
        found = []
        for _ in range(CROWD):
            connection = closing.enter_context(connect(fort.url))
            if window:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            connection.sendall(first)
            found.append(connection)
        yield found


def check_neighbours(get: Get, again: Callable[[], None] = lambda: None) -> None:
    """Others are answered quickly: what is cached and what is new, pictures and pages; ``again`` between them."""
    for number in range(8):
        again()
        for wanted in (SMALL, f"/image?src=photos/tall.png&width={time.time_ns() % 290 + 1}", "/", "/health"):
            began = time.monotonic()
            assert get(wanted).status == 200, wanted
            assert time.monotonic() - began < on_this_machine(QUICK_SECONDS), (number, wanted)


def send_each(connections: list[socket.socket], data: bytes) -> None:
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.sendall(data)


def receive_each(connections: list[socket.socket]) -> None:
    for connection in connections:
        assert connection.recv(1)


def test_idle_connections_keep_nobody_out(fort: Server, get: Get) -> None:
    with crowd(fort, b""):
        check_neighbours(get)


def test_connections_that_are_kept_open_after_an_answer_keep_nobody_out(fort: Server, get: Get) -> None:
    with crowd(fort, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") as connections:
        assert all(read(connection).status == 200 for connection in connections)
        check_neighbours(get)


def test_headers_that_come_by_the_byte_keep_nobody_out(fort: Server, get: Get) -> None:
    with crowd(fort, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ") as connections:
        check_neighbours(get, lambda: send_each(connections, b"a"))


@pytest.mark.parametrize(
    "start",
    [
        "GET /health",
        "GET /image?src=photos/wide.jpg&width=33",
        "POST /image?src=photos/wide.jpg",
        "POST /api/v1/token",
        "PUT /api/v1/token",
        "POST /login",
        "POST /nowhere",
    ],
)
def test_bodies_that_come_by_the_byte_keep_nobody_out(fort: Server, get: Get, start: str) -> None:
    kinds = ["Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json"]
    for kind in kinds:
        first = f"{start} HTTP/1.1\r\nHost: x\r\n{kind}\r\nContent-Length: 100000\r\n\r\na="
        with crowd(fort, first.encode()) as connections:
            check_neighbours(get, lambda there=connections: send_each(there, b"a"))  # type: ignore[misc]


@pytest.mark.parametrize("address", ["/original", "/image"])
def test_answers_that_are_read_by_the_byte_keep_nobody_out(fort: Server, get: Get, big: str, address: str) -> None:
    wanted = target(address, src=big, **({} if address == "/original" else {"format": "jpg", "quality": 100}))
    length = len(get(wanted).body)
    assert length > 3_000_000
    with crowd(fort, request(wanted), window=4096) as connections:
        check_neighbours(get, lambda: receive_each(connections))
    # Their places become free as soon as the server has noticed that they hung up.
    after = until(lambda: answer if (answer := get(wanted)).status != 503 else None)
    assert after is not None
    assert len(after.body) == length


def test_clients_that_hang_up_in_the_middle_of_an_answer_do_no_harm(fort: Server, get: Get, big: str) -> None:
    before = open_files(fort)
    for wanted in (target("/original", src=big), target("/image", src=big, format="jpg", quality=100)):
        for _ in range(20):
            with connect(fort.url) as connection:
                connection.sendall(request(wanted))
                assert connection.recv(10) or True
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    for _ in range(40):
        with connect(fort.url) as connection:
            connection.sendall(request(target("/original", src=big)))
    check_neighbours(get)
    until(lambda: open_files(fort) <= before + 20)


def open_files(fort: Server) -> int:
    """Files and connections that the server's processes have open."""
    import psutil

    family = [psutil.Process(fort.pid), *psutil.Process(fort.pid).children(recursive=True)]
    return sum(process.num_fds() for process in family)


GARBAGE = {
    "random": bytes(range(256)) * 40,
    "zeros": bytes(10_000),
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(1000),
    "http2-headers": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
    + b"\0\0\5\1\5\0\0\0\1\xff\xff\xff\xff\x0f" * 50,
    "http-0.9": b"GET /\r\n\r\n",
    "http-3.7": b"GET / HTTP/3.7\r\n\r\n",
    "no-version": b"GET /image?src=photos/wide.jpg\r\nHost: x\r\n\r\n",
    "no-target": b"GET HTTP/1.1\r\n\r\n",
    "blank-target": b"GET  HTTP/1.1\r\n\r\n",
    "two-lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "smuggling": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    "odd-chunking": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\nzz\r\nabc\r\n",
    "huge-chunk": b"POST /api/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc",
    "negative-length": b"POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "huge-length": b"POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
    "long-header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"b" * 2_000_000 + b"\r\n\r\n",
    "long-method": b"G" * 100_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n",
    "blank-before-colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "two-hosts": b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "nul": b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "bare-newlines": b"GET /health HTTP/1.1\nHost: x\n\n",
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_http_is_refused_or_hung_up_on(fort: Server, get: Get, kind: str) -> None:
    with connect(fort.url, seconds=5) as connection:
        came = b""
        with contextlib.suppress(OSError):
            connection.sendall(GARBAGE[kind])
            connection.shutdown(socket.SHUT_WR)
            while block := connection.recv(65536):
                came += block
    assert b"Traceback" not in came
    assert b" 500 " not in came.split(b"\r\n")[0]
    assert str(fort.library.parent).encode() not in came
    assert get(SMALL).status == 200


METHODS = ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW", "get", "X" * 1000)


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_not_allowed(get: Get, method: str) -> None:
    for wanted in (SMALL, "/original?src=photos/wide.jpg", "/erez/erez?src=photos/wide.jpg", "/health"):
        answer = get(wanted, method, body=b"a=b" if method == "POST" else b"")
        # CONNECT names a place to connect to, which this is not: servers may find it malformed.
        assert answer.status in {405, *((400, 404, 501) if method == "CONNECT" else ())}, answer
        assert "GET" in answer.headers.get("allow", "") or answer.status != 405
        assert b"X-Echo" not in get(wanted, method, headers=[("X-Echo", "X-Echo")]).body


def test_head_and_options_are(get: Get) -> None:
    for wanted in (SMALL, "/original?src=photos/wide.jpg", "/erez2/erez?src=photos/wide.jpg&width=33"):
        whole, head, options = get(wanted), get(wanted, "HEAD"), get(wanted, "OPTIONS")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.body))
        assert head.headers["etag"] == whole.headers["etag"]
        assert options.status == 200
        assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["allow"].split(", "))
    assert get("*", "OPTIONS").status in {200, 400, 404}


RANGES = {
    "bytes=0-": 206,
    "bytes=0-0": 206,
    "bytes=-1": 206,
    "bytes=5-2": 200,
    "bytes=": 200,
    "bytes=-": 200,
    "bytes=--1": 200,
    "bytes=a-b": 200,
    "bytes": 200,
    "lines=0-5": 200,
    "bytes=-0": 416,
    "bytes=99999999999-": 416,
    "bytes=0-99999999999999999999999999999999": {200, 206},
    f"bytes={'9' * 5000}-": {200, 416},
    "bytes=" + ",".join(f"{n}-" for n in range(2000)): {200, 206, 416},
    "bytes=" + "0-0," * 10_000 + "0-0": {200, 206, 416},
    "bytes=\u0660-\u0665": 200,
    "bytes=0x0-0xf": 200,
    "bytes=1_0-2_0": 200,
    "bytes=+1-+5": 200,
}


@pytest.mark.parametrize("value", RANGES, ids=lambda value: value[:30])
def test_ranges_of_any_kind_give_a_part_or_the_whole(fort: Server, get: Get, value: str) -> None:
    data = (fort.library / "photos/wide.jpg").read_bytes()
    answer = get("/original?src=photos/wide.jpg", headers=[("Range", value)])
    expected = RANGES[value]
    assert answer.status in (expected if isinstance(expected, set) else {expected}), answer
    # However many parts are asked for, no answer is larger than the file.
    assert len(answer.body) <= len(data)
    if answer.status == 200:
        assert answer.body == data
    elif answer.status == 206:
        first, last = answer.headers["content-range"].removeprefix("bytes ").split("/")[0].split("-")
        assert answer.body == data[int(first) : int(last) + 1]
    assert get(SMALL, headers=[("Range", value)]).status == 200


def test_conditions_of_any_kind_are_answered(get: Get) -> None:
    for wanted in (SMALL, "/original?src=photos/wide.jpg"):
        tag = get(wanted).headers["etag"]
        for value in (tag, "W/" + tag, "*", f'"a", {tag}', '"a",' * 3000 + tag):
            answer = get(wanted, headers=[("If-None-Match", value)])
            assert (answer.status, answer.body) == (304, b""), value[:50]
        for name, value in (
            ("If-None-Match", '"' * 5000),
            ("If-None-Match", '"a' * 20_000),
            ("If-None-Match", "W/" * 20_000),
            ("If-None-Match", "\u00e9\udcff"),
            ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
            ("If-Modified-Since", "\udcff" * 100),
            ("If-Unmodified-Since", "yesterday"),
            ("If-Range", "nonsense"),
            ("If-Match", "*"),
            ("Accept", "image/*;q=" + "9" * 10_000),
            ("Accept", "image/webp;q=nan, " * 3000),
            ("Accept", ";" * 10_000),
            ("Accept", "\udcff/\udcff"),
            ("Accept-Encoding", "gzip, " * 3000),
            ("Authorization", "Basic " + "A" * 20_000),
            ("Authorization", "Basic \udcff\udcff"),
            ("Authorization", "Bearer ."),
            ("Authorization", "Bearer " + "." * 10_000),
            ("Authorization", "Digest " + "x" * 100),
            ("Cookie", "a=b; " * 3000),
            ("Cookie", "session=\udcff"),
            ("Host", "evil\udcff.example"),
            ("X-Forwarded-For", ", ".join(["1.2.3.4"] * 3000)),
            ("X-Forwarded-For", "::ffff:\udcff%eth0"),
            ("X-Forwarded-Host", "<script>"),
            ("X-Request-Id", "a\tb\udcff"),
            ("Expect", "100-continue"),
            ("Upgrade", "websocket"),
            ("Content-Type", "multipart/form-data; boundary=" + "b" * 5000),
        ):
            for address in (wanted, wanted + "&format=auto", "/", "/api/token"):
                answer = get(address, headers=[(name, value)])
                assert answer.status in {200, 206, 303, 304, 400, 401, 403, 404, 405, 412}, (name, value[:30], answer)


def test_a_connection_serves_many_requests_at_once_sent(fort: Server) -> None:
    one = request(SMALL).replace(b"Connection: close\r\n", b"")
    wanted = ask(fort.url, SMALL).body
    with connect(fort.url) as connection:
        threading.Thread(target=connection.sendall, args=(one * 200,), daemon=True).start()
        came = b""
        while came.count(wanted) < 200:
            block = connection.recv(65536)
            assert block, came.count(wanted)
            came += block


def test_many_clients_at_once_get_each_its_own(get: Get) -> None:
    widths = list(range(1, 81))
    with ThreadPoolExecutor(40) as many:
        answers = list(many.map(lambda width: get(target("/image", src="photos/tall.png", width=width)), widths))
    assert [answer.headers["x-image-size"].split("x")[0] for answer in answers] == [str(width) for width in widths]
