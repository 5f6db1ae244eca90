"""One cache entry as one file: a fixed head, its texts as JSON, its body.

A file that is shorter or longer than its head says, or whose checksum differs, is damaged (power
was lost, the disk is going): CRC-32 finds that at 3 GB/s, and nobody is kept out by it.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Mapping

from qis_core.api import CacheEntry

_HEAD = struct.Struct("<4sIIQ")
_MAGIC = b"QISc"
_AT_ONCE = 4096


class Damaged(Exception):
    """The file does not hold an entry of this key, whole."""


def write_entry(descriptor: int, key: str, entry: CacheEntry, until: float | None) -> int:
    """Writes the whole file; ``until`` in seconds since 1970, or for ever. Gives its length. Raises OSError."""
    texts = json.dumps([key, until, dict(entry.meta)], separators=(",", ":")).encode()
    check = zlib.crc32(entry.body, zlib.crc32(texts))
    head = _HEAD.pack(_MAGIC, len(texts), check, len(entry.body))
    parts = [head + texts, entry.body]
    written = os.writev(descriptor, parts)
    rest = memoryview(b"".join(parts))[written:] if written < len(parts[0]) + len(entry.body) else b""
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return length(len(texts), len(entry.body))


def read_entry(descriptor: int, size: int, key: str, now: float) -> CacheEntry | None:
    """The entry of a file of ``size`` bytes; None where its time is over. Raises Damaged, OSError."""
    head = os.read(descriptor, _HEAD.size)
    if len(head) != _HEAD.size:
        raise Damaged("too short")
    magic, texts_length, check, body_length = _HEAD.unpack(head)
    # The lengths are compared with the file's before anything is read by them.
    if magic != _MAGIC or size != length(texts_length, body_length):
        raise Damaged("not an entry, or cut off")
    texts = os.read(descriptor, texts_length)
    body = os.read(descriptor, body_length)
    if zlib.crc32(body, zlib.crc32(texts)) != check:
        raise Damaged("other bytes than were written")
    found, until, meta = json.loads(texts)
    if found != key:
        raise Damaged("another key")
    if until is not None and until <= now:
        return None
    return CacheEntry(body=body, meta=meta)


def read_meta(descriptor: int, size: int) -> Mapping[str, str]:
    """The texts of an entry of ``size`` bytes without its body. Raises Damaged, OSError, ValueError."""
    head = os.read(descriptor, _AT_ONCE)
    if len(head) < _HEAD.size:
        raise Damaged("too short")
    magic, texts_length, _, body_length = _HEAD.unpack(head[: _HEAD.size])
    if magic != _MAGIC or size != length(texts_length, body_length):
        raise Damaged("not an entry, or cut off")
    texts = head[_HEAD.size : _HEAD.size + texts_length]
    _, _, meta = json.loads(texts + os.read(descriptor, texts_length - len(texts)))
    return dict(meta)


def length(texts: int, body: int) -> int:
    """The file's length in bytes for texts and a body of these lengths."""
    return _HEAD.size + texts + body
