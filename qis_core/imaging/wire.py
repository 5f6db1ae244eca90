"""Messages between the server and its render workers.

An order goes into a queue that all workers of a node read from: one message with a pickle and open files
(SCM_RIGHTS), the first of which is a connection that is made for this order. Over it the worker tells that it has
taken the order, and answers by two lengths, a JSON header and a body. The two directions differ on purpose: the
worker trusts the server, never the other way round.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from qis_core.imaging.answers import BadAnswer, Done, read_answer, write_answer

MAX_FILES = 32
"""The most files that one order takes along."""

_IN_MESSAGE, _IN_FILE = b"m", b"f"
_LONGEST = 1 << 14
_TAKEN = b"T"
_CREDENTIALS = struct.Struct("=3i")
_ANSWER = struct.Struct("!IQ")
_MAX_HEADER = 1 << 20
# Most answers come whole by it, and it is still taken from the heap (see ``commands.serve``).
_CHUNK = 96 * 1024


class Gone(Exception):
    """The other side closed the connection, or ended."""


@dataclass(frozen=True, slots=True)
class Message:
    """An order as it came in, the connection to answer on, and the descriptors of its files; the receiver closes
    all of them."""

    order: object
    connection: socket.socket
    files: Sequence[int]

    def close_files(self) -> None:
        """Closes the files."""
        for file in self.files:
            os.close(file)


def send_order(queue: socket.socket, packed: bytes, files: Sequence[int]) -> socket.socket:
    """Puts a pickled order and its open files into the queue; the connection that its answer comes over.

    Raises OSError: TimeoutError where the queue stays full, others where nobody reads from it any more.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            # Who takes the order is told by the system, so that no worker can have another one ended.
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            if len(packed) < _LONGEST:
                socket.send_fds(queue, [_IN_MESSAGE, packed], [theirs.fileno(), *files])
            else:
                with tempfile.TemporaryFile() as long:
                    long.write(packed)
                    long.seek(0)
                    socket.send_fds(queue, [_IN_FILE], [theirs.fileno(), long.fileno(), *files])
        except BaseException:
            ours.close()
            raise
    return ours


def receive_order(queue: socket.socket) -> Message | None:
    """The next order, or None once the senders are gone. Raises BlockingIOError where the queue's own time is up.

    The order is unpickled: for use in a worker only, which trusts the server.
    """
    data, files, _, _ = socket.recv_fds(queue, 1 + _LONGEST, MAX_FILES + 2)
    if not data:
        return None
    connection, packed = socket.socket(fileno=files.pop(0)), memoryview(data)[1:]
    if data[:1] == _IN_FILE:
        with open(files.pop(0), "rb") as long:
            return Message(pickle.load(long), connection, files)
    return Message(pickle.loads(packed), connection, files)


def send_taken(connection: socket.socket) -> bool:
    """Tells the server that its order is begun; False where it does not want that any more."""
    try:
        connection.sendall(_TAKEN)
    except OSError:
        return False
    return True


def receive_taken(connection: socket.socket, *, deadline: float) -> int:
    """The process number of the worker that has taken the order. Raises TimeoutError after ``deadline``, Gone."""
    connection.settimeout(max(deadline - time.monotonic(), 0.001))
    try:
        data, ancillary, _, _ = connection.recvmsg(len(_TAKEN), socket.CMSG_SPACE(_CREDENTIALS.size))
    except ConnectionError as error:
        raise Gone from error
    for _, kind, value in ancillary:
        if data and kind == socket.SCM_CREDENTIALS:
            pid: int = _CREDENTIALS.unpack(value)[0]
            return pid
    raise Gone


def send_answer(connection: socket.socket, done: Done) -> None:
    """Sends what a worker has done. Raises OSError where nobody waits for it."""
    header, body = write_answer(done)
    begin = _ANSWER.pack(len(header), len(body)) + header
    sent = connection.sendmsg([begin, body])
    if sent < len(begin):
        connection.sendall(memoryview(begin)[sent:])
    if sent < len(begin) + len(body):
        connection.sendall(memoryview(body)[max(sent - len(begin), 0) :])


def receive_answer(connection: socket.socket, *, deadline: float, max_body: int) -> Done:
    """A worker's answer, before ``deadline`` (of ``time.monotonic``) and with a bounded body.

    Raises TimeoutError, Gone, or BadAnswer.
    """
    data = _read(connection, b"", _ANSWER.size, deadline)
    header_length, body_length = _ANSWER.unpack_from(data)
    if header_length > _MAX_HEADER or body_length > max_body:
        raise BadAnswer(f"an answer of {header_length} + {body_length} bytes")
    body_at = _ANSWER.size + header_length
    data = _read(connection, data, body_at + body_length, deadline)
    if len(data) > body_at + body_length:
        raise BadAnswer("an answer that is longer than it says")
    return read_answer(data[_ANSWER.size : body_at], data[body_at:])


def _read(connection: socket.socket, begin: bytes, length: int, deadline: float) -> bytes:
    """At least ``length`` bytes, with ``begin``. Raises Gone, TimeoutError."""
    parts, missing = ([begin] if begin else []), length - len(begin)
    while missing > 0:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        try:
            part = connection.recv(max(_CHUNK, min(missing, 1 << 20)))
        except ConnectionError as error:
            raise Gone from error
        if not part:
            raise Gone
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
