"""CSRF tokens: proof that a form or script was given out to the very browser that sends it."""

from __future__ import annotations

import hashlib
import hmac
import secrets


class FormTokens:
    """Makes and checks tokens for an ``anchor``: the text of a browser's cookie, which no other site can know.

    Each is another text, so that compressed pages give nothing away; all count as long as the anchor does.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"form tokens\0{secret}".encode()).digest()

    def make(self, anchor: str) -> str:
        """A token."""
        nonce = secrets.token_hex(8)
        return nonce + self._proof(nonce, anchor)

    def fits(self, token: str, anchor: str) -> bool:
        """Whether the token was made for the anchor."""
        nonce, proof = token[:16], token[16:]
        return token.isascii() and hmac.compare_digest(proof, self._proof(nonce, anchor))

    def _proof(self, nonce: str, anchor: str) -> str:
        return hmac.new(self._key, f"{nonce}\0{anchor}".encode(), hashlib.sha256).hexdigest()[:40]
