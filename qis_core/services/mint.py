"""Random secrets: made once, given away, and kept as a digest only."""

from __future__ import annotations

import hashlib
import hmac
import secrets


class Mint:
    """Makes texts of 256 random bits, and tells its own from invented ones without asking the records.

    The end of a text is a short mark made with the server's ``secret``: whoever sends invented
    texts costs no query. It guards nothing else; only the records tell what a text is good for.
    """

    def __init__(self, secret: str, purpose: str, prefix: str = "") -> None:
        self.prefix = prefix
        self._key = hashlib.sha256(f"{purpose}\0{secret}".encode()).digest()

    def make(self) -> str:
        """A new text of letters, digits, ``-`` and ``_``."""
        text = self.prefix + secrets.token_urlsafe(32)
        return text + self._mark(text)

    def is_ours(self, text: str) -> bool:
        """Whether ``text`` was made with this secret."""
        if not text.startswith(self.prefix) or not text.isascii():
            return False
        return hmac.compare_digest(self._mark(text[:-_MARK]), text[-_MARK:])

    def _mark(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:_MARK]


def digest(text: str) -> str:
    """What is kept of a text: its SHA-256. With 256 random bits in it, that needs no slowness."""
    return hashlib.sha256(text.encode()).hexdigest()


_MARK = 10
