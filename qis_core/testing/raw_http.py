"""A client that sends whatever a test wants to send, and reads answers without mending anything."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import quote, urlsplit

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came: ``headers`` by lower-case name, of a repeated one all values joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")

    def __str__(self) -> str:
        return f"{self.status} {dict(self.headers)} {self.text[:500]}"


def target(path: str, **options: object) -> str:
    """A request target: ``target("/image", src="a&b.jpg", width=10)``; bytes and texts are percent-encoded."""
    pairs = (f"{name}={quote(value if isinstance(value, bytes) else str(value))}" for name, value in options.items())
    return path + "?" + "&".join(pairs)


def connect(url: str, seconds: float = 60.0) -> socket.socket:
    """A connection to the server at ``url`` that waits at most ``seconds`` for anything."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=seconds)


def request(target: str | bytes, method: str = "GET", headers: Pairs = (), body: bytes = b"") -> bytes:
    """The bytes of a request that closes its connection; nothing in it is checked or quoted."""
    line = target if isinstance(target, bytes) else target.encode("utf-8", "surrogateescape")
    fields = [("Host", "127.0.0.1"), ("Connection", "close"), *headers]
    if body:
        fields.append(("Content-Length", str(len(body))))
    lines = b"".join(f"{name}: {value}\r\n".encode("utf-8", "surrogateescape") for name, value in fields)
    return method.encode() + b" " + line + b" HTTP/1.1\r\n" + lines + b"\r\n" + body


def ask(
    url: str,
    target: str | bytes,
    method: str = "GET",
    headers: Pairs = (),
    body: bytes = b"",
    *,
    seconds: float = 60.0,
) -> Answer:
    """The server's answer. Raises TimeoutError where none comes in time, ConnectionError for a closed door."""
    with connect(url, seconds) as connection:
        connection.sendall(request(target, method, headers, body))
        return read(connection, method)


def read(connection: socket.socket, method: str = "GET") -> Answer:
    """The next answer on a connection. Raises TimeoutError, ConnectionError."""
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except HTTPException as error:
        raise ConnectionError(f"no whole answer came: {error!r}") from error
    finally:
        response.close()
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Answer(response.status, headers, body)
