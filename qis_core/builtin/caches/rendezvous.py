"""Which node keeps a key: rendezvous hashing, by which only a lost node's keys move.

Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998): every node gets a
score from its own name and the key, and the highest score wins. All who know the same names agree,
whatever order they have them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b


class Rendezvous:
    """Orders the numbers of nodes by their claim to a key."""

    def __init__(self, names: Sequence[str]) -> None:
        self._seeds = [blake2b(name.encode(), digest_size=32).digest() for name in names]

    def order(self, key: str) -> Sequence[int]:
        """Numbers of the nodes as they were given, the key's own node first, then who stands in for it."""
        seeds = self._seeds
        if len(seeds) == 1:
            return (0,)
        text = key.encode()
        scores = [blake2b(text, digest_size=8, key=seed).digest() for seed in seeds]
        return sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
