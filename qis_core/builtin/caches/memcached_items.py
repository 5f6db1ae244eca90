"""Cache entries as memcached items: one, or several for a body over the limit of an item.

The first item has a fixed head, the entry's texts as JSON, and the body as far as there is room.
The head names the put that wrote it; the other items carry that name in their keys, so that parts
of two puts never come together, and a checksum over the whole body is the last word.
"""

from __future__ import annotations

import json
import secrets
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from qis_core.api import CacheEntry

PART_BYTES = 1_000_000
"""Bytes of a body in one item. memcached's own limit is 1 MiB for an item with its key and bookkeeping."""

_HEAD = struct.Struct("<4sIQI8s")
_MAGIC = b"QISm"
_MOST_TEXTS = 40_000


@dataclass(frozen=True, slots=True)
class Packed:
    """An entry ready to be stored: its first item, and the further ones with the name of this put."""

    first: bytes
    put: str
    rest: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the first item says: the entry as far as it is there, and how many items it lacks."""

    entry: CacheEntry
    put: str
    length: int
    check: int

    @property
    def missing(self) -> int:
        """How many further items there are."""
        return -(-(self.length - len(self.entry.body)) // PART_BYTES)

    def joined(self, rest: Sequence[bytes]) -> CacheEntry | None:
        """The whole entry; None where the parts are not those that were put."""
        body = b"".join((self.entry.body, *rest))
        if len(body) != self.length or zlib.crc32(body) != self.check:
            return None
        return CacheEntry(body=body, meta=self.entry.meta)


def pack(key: str, entry: CacheEntry) -> Packed | None:
    """The items of an entry; None for texts that are too long to be kept."""
    texts = json.dumps([key, dict(entry.meta)], separators=(",", ":")).encode()
    if len(texts) > _MOST_TEXTS:
        return None
    body, put = entry.body, secrets.token_bytes(8)
    is_whole = len(body) <= PART_BYTES
    # One item comes whole or not at all: only what is joined needs a checksum.
    check = 0 if is_whole else zlib.crc32(body)
    head = _HEAD.pack(_MAGIC, len(texts), len(body), check, put)
    rest = [body[start : start + PART_BYTES] for start in range(PART_BYTES, len(body), PART_BYTES)]
    return Packed(b"".join((head, texts, body if is_whole else body[:PART_BYTES])), put.hex(), rest)


def unpack(key: str, item: bytes | memoryview) -> Opened | None:
    """What a first item says; None where it is no entry of this key. Copies what it keeps."""
    try:
        magic, texts_length, length, check, put = _HEAD.unpack_from(item)
        if magic != _MAGIC:
            return None
        start = _HEAD.size + texts_length
        found, meta = json.loads(str(item[_HEAD.size : start], "utf-8"))
    except (struct.error, ValueError):
        return None
    body = bytes(item[start:])
    if found != key or len(body) != min(length, PART_BYTES):
        return None
    return Opened(CacheEntry(body=body, meta=meta), put.hex(), length, check)
