"""Messages between the server and a render worker, over one stream socket.

An order goes to the worker as a length and a pickle, with its open files beside it (SCM_RIGHTS);
the answer comes back as two lengths, a JSON header and a body. The two directions differ on
purpose: the worker trusts the server, never the other way round.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from qis_core.imaging.answers import Answer, BadAnswer, Done, read_answer, write_answer

MAX_FILES = 32
"""The most files that one order takes along."""

_ORDER = struct.Struct("!Q")
_ANSWER = struct.Struct("!IQ")
_MAX_HEADER = 1 << 20


class Gone(Exception):
    """The other side closed the connection, or ended."""


@dataclass(frozen=True, slots=True)
class Message:
    """An order as it came in, and the descriptors of its files, which the receiver closes."""

    content: object
    files: Sequence[int]

    def close_files(self) -> None:
        """Closes the files."""
        for file in self.files:
            os.close(file)


def send(connection: socket.socket, content: object, files: Sequence[int] = ()) -> None:
    """Sends a picklable value and open files. Raises Gone, TimeoutError."""
    send_packed(connection, pickle.dumps(content, protocol=5), files)


def send_packed(connection: socket.socket, packed: bytes, files: Sequence[int] = ()) -> None:
    """As ``send``, of a value that is pickled already."""
    data = _ORDER.pack(len(packed)) + packed
    try:
        sent = socket.send_fds(connection, [data], list(files)) if files else 0
        connection.sendall(memoryview(data)[sent:])
    except (BrokenPipeError, ConnectionError) as error:
        raise Gone from error


def receive(connection: socket.socket) -> Message | None:
    """The next value and its files, or None once the sender has closed. Blocks.

    The value is unpickled: for use in a worker only, which trusts the server.
    """
    data, files, _, _ = socket.recv_fds(connection, _ORDER.size, MAX_FILES)
    if not data:
        return None
    try:
        data += _read(connection, _ORDER.size - len(data))
        packed = _read(connection, _ORDER.unpack(data)[0])
    except Gone:
        return None
    return Message(pickle.loads(packed), files)


def send_answer(connection: socket.socket, done: Done, resident_bytes: int) -> None:
    """Sends what a worker has done, and the memory it holds."""
    header, body = write_answer(done, resident_bytes)
    connection.sendall(_ANSWER.pack(len(header), len(body)) + header)
    if body:
        connection.sendall(body)


def receive_answer(connection: socket.socket, *, deadline: float, max_body: int) -> Answer:
    """A worker's answer, before ``deadline`` (of ``time.monotonic``) and with a bounded body.

    Raises TimeoutError, Gone, or BadAnswer.
    """
    header_length, body_length = _ANSWER.unpack(_read(connection, _ANSWER.size, deadline))
    if header_length > _MAX_HEADER or body_length > max_body:
        raise BadAnswer(f"an answer of {header_length} + {body_length} bytes")
    header = _read(connection, header_length, deadline)
    return read_answer(header, _read(connection, body_length, deadline))


def _read(connection: socket.socket, length: int, deadline: float | None = None) -> bytes:
    """Exactly ``length`` bytes. Raises Gone, TimeoutError."""
    parts: list[bytes] = []
    missing = length
    while missing:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        try:
            part = connection.recv(min(missing, 1 << 20))
        except ConnectionError as error:
            raise Gone from error
        if not part:
            raise Gone
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
