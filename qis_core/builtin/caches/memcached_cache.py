"""A cache on memcached servers, shared by all nodes of a site."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial

from qis_core.api import Cache, CacheEntry, CacheStatus, check_key
from qis_core.builtin.caches.generation import Generation
from qis_core.builtin.caches.memcached_items import Packed, pack, unpack
from qis_core.builtin.caches.memcached_node import Away, Node
from qis_core.builtin.caches.rendezvous import Rendezvous

LARGEST_BYTES = 64 * 1024**2
"""An entry over this is not kept: it would push out too much of everything else."""

STAND_IN_SECONDS = 300
"""How long a node keeps what it was given for one that is away."""

_LONGEST_RELATIVE = 30 * 24 * 3600


class MemcachedCache(Cache):
    """Entries on the node that rendezvous hashing gives their key; while it is away, on the next in line.

    A node that comes back is made to forget what this process wrote elsewhere meanwhile; another
    process may be given it for a moment longer, so keys should name their content, as fingerprints
    do. ``clear`` gives the namespace ``prefix`` another generation.
    """

    def __init__(self, nodes: Sequence[Node], prefix: str) -> None:
        self._nodes = nodes
        self._prefix = prefix
        self._rendezvous = Rendezvous([node.name for node in nodes])
        self._generation = Generation(nodes, f"{prefix}:generation")

    def get(self, key: str) -> CacheEntry | None:
        if not _is_key(key) or (generation := self._generation.current()) == 0:
            return None
        node = self._at_hand(self._line(key))
        if node is None:
            return None
        with suppress(Away):
            opened = node.read(self._name(generation, key), partial(unpack, key))
            if opened is not None and opened.missing:
                names = self._part_names(opened.put, opened.missing)
                return opened.joined([part for name in names if (part := node.get(name)) is not None])
            return None if opened is None else opened.entry
        return None

    def put(self, key: str, entry: CacheEntry, ttl: float | None = None) -> None:
        check_key(key)
        packed = pack(key, entry)
        if packed is None or entry.size_bytes > LARGEST_BYTES or (ttl is not None and ttl <= 0):
            self.delete([key])
            return
        if (generation := self._generation.current()) == 0:
            return
        name, line = self._name(generation, key), self._line(key)
        node = self._at_hand(line)
        for each in line:
            if each is node:
                break
            each.note_missed(name)
        if node is None:
            return
        if node is not line[0]:
            ttl = STAND_IN_SECONDS if ttl is None else min(ttl, STAND_IN_SECONDS)
        try:
            if not self._store(node, name, packed, _expire(ttl)):
                # Neither this entry nor the one before it.
                node.delete(name)
        except Away:
            node.note_missed(name)

    def add(self, key: str, token: str, ttl: float) -> bool:
        node = self._at_hand(self._line(check_key(key)))
        if node is not None:
            try:
                return node.add(self._lease(key), token.encode(), _expire(max(ttl, 1)))
            except Away:
                # A slow node may take it yet: nobody would hold that lease, and all would wait for its end.
                node.note_missed(self._lease(key))
        # Rendering twice is better than not at all.
        return True

    def release(self, key: str, token: str) -> None:
        if _is_key(key) and (node := self._at_hand(self._line(key))) is not None:
            try:
                node.delete_if(self._lease(key), token.encode())
            except Away:
                node.note_missed(self._lease(key))

    def delete(self, keys: Iterable[str]) -> None:
        generation = self._generation.current()
        for key in filter(_is_key, keys):
            # Everywhere: a stand-in may have it, too.
            for node in self._nodes:
                try:
                    node.delete(self._name(generation, key))
                except Away:
                    node.note_missed(self._name(generation, key))

    def clear(self) -> None:
        self._generation.raise_()

    def status(self) -> CacheStatus:
        """Sums over the nodes that answer, of everything that they hold, for others too."""
        found = []
        for node in self._nodes:
            with suppress(Away):
                found.append(node.statistics())
        entries, used, limit = (
            sum(int(counts.get(name, 0)) for counts in found) for name in (b"curr_items", b"bytes", b"limit_maxbytes")
        )
        healthy = len(found) == len(self._nodes)
        return CacheStatus(entries=entries, used_bytes=used, limit_bytes=limit, healthy=healthy)

    def close(self) -> None:
        for node in self._nodes:
            node.close()

    def _store(self, node: Node, name: str, packed: Packed, expire: int) -> bool:
        names = self._part_names(packed.put, len(packed.rest))
        # The first item last: with it the entry is there.
        rest = all(node.set(*named, expire) for named in zip(names, packed.rest, strict=True))
        return rest and node.set(name, packed.first, expire)

    def _line(self, key: str) -> Sequence[Node]:
        return [self._nodes[number] for number in self._rendezvous.order(key)]

    def _at_hand(self, line: Sequence[Node]) -> Node | None:
        # Only one node is asked: a request waits for a failing one, not for one after the other.
        return next((node for node in line if not node.is_away), None)

    def _name(self, generation: int, key: str) -> str:
        return f"{self._prefix}:{generation}:{key}"

    def _lease(self, key: str) -> str:
        return f"{self._prefix}:lease:{key}"

    def _part_names(self, put: str, count: int) -> Sequence[str]:
        return [f"{self._prefix}:part:{put}:{number}" for number in range(count)]


def _is_key(key: str) -> bool:
    try:
        return bool(check_key(key))
    except ValueError:
        return False


def _expire(ttl: float | None) -> int:
    """Seconds as memcached takes them: whole, 0 for ever, and over 30 days as a date."""
    if ttl is None:
        return 0
    return math.ceil(ttl) if ttl <= _LONGEST_RELATIVE else math.ceil(time.time() + ttl)
