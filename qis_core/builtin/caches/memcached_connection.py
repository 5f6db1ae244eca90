"""One connection to a memcached: pymemcache's client, with a way of its own to read pictures."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from typing import TypeVar

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheUnexpectedCloseError, MemcacheUnknownError

_BUFFER_BYTES = 128 * 1024
_LONGEST_LINE = 2048
_LONGEST_ITEM = 16 * 1024**2
_END = b"\r\nEND\r\n"
_TIMEVAL = struct.Struct("@ll")

T = TypeVar("T")


class Connection(Client):  # type: ignore[misc]
    """A client for one thread at a time.

    pymemcache reads 4 KiB at a time and puts the pieces together: for 80 kB that is twenty calls, between any
    two of which another thread may take its turn, and three copies. `read` has the system write the item to where it
    stays until it has been looked at.
    """

    sock: socket.socket | None
    _buffer = bytearray()

    def read(self, key: str, use: Callable[[memoryview], T]) -> T | None:
        """What ``use`` makes of the item ``key``, None where there is none.

        The bytes are gone afterwards: ``use`` has to copy what it keeps. Raises MemcacheError, OSError.
        """
        if self.sock is None:
            self._connect()
        if len(self._buffer) != _BUFFER_BYTES:
            self._buffer = bytearray(_BUFFER_BYTES)
        self._socket.sendall(b"get %b\r\n" % self.check_key(key, b""))
        head, filled = self._head()
        self._raise_errors(head, b"get")
        if head == b"END":
            return None
        start = len(head) + 2
        end = start + _length(head)
        self._fill(filled, end + len(_END))
        with memoryview(self._buffer) as view, view[start:end] as item:
            if view[end : end + len(_END)] != _END:
                raise MemcacheUnknownError("an item of another length than it was said to have")
            return use(item)

    @property
    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise MemcacheUnexpectedCloseError
        return self.sock

    def _connect(self) -> None:
        super()._connect()
        # The system's own limits instead of Python's, which asks before each call whether there is something to
        # read, and cannot wait for the whole of an item.
        seconds = self._socket.gettimeout()
        if seconds is not None:
            limit = _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1e6))
            for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, direction, limit)
            self._socket.settimeout(None)

    def _head(self) -> tuple[bytes, int]:
        """The first line of an answer, and how many bytes are in the buffer now."""
        filled = 0
        while (end := self._buffer.find(b"\r\n", 0, filled)) < 0:
            if filled > _LONGEST_LINE:
                raise MemcacheUnknownError(bytes(self._buffer[:32]))
            filled += self._received(filled, len(self._buffer))
        return bytes(self._buffer[:end]), filled

    def _fill(self, filled: int, wanted: int) -> None:
        """Reads until there are so many bytes in the buffer."""
        if wanted > len(self._buffer):
            self._buffer.extend(bytes(wanted - len(self._buffer)))
        while filled < wanted:
            filled += self._received(filled, wanted, socket.MSG_WAITALL)

    def _received(self, start: int, end: int, flags: int = 0) -> int:
        with memoryview(self._buffer) as view, view[start:end] as room:
            count = self._socket.recv_into(room, 0, flags)
        if not count:
            raise MemcacheUnexpectedCloseError
        return count


def _length(head: bytes) -> int:
    """How long the item is whose first line ``head`` is. Raises MemcacheUnknownError."""
    found = re.fullmatch(rb"VALUE \S+ \d+ (\d{1,9})", head)
    if found is None or int(found[1]) > _LONGEST_ITEM:
        raise MemcacheUnknownError(head[:32])
    return int(found[1])
