"""Where a request comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from qis_core.api import Identity

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class ProxyRules:
    """Which front servers are believed when they say for whom and how they were asked (``X-Forwarded-For``,
    ``X-Forwarded-Proto``).

    Anybody can send these headers, so that only what a trusted front server has appended counts.
    """

    trusted: Sequence[Network]

    @classmethod
    def of(cls, words: Sequence[str]) -> ProxyRules:
        """The rules of addresses and networks as texts. Raises ValueError."""
        return cls([ipaddress.ip_network(word, strict=False) for word in words])

    def client(self, request: Request) -> Address | None:
        """The client's address, None where it cannot be told (a Unix socket, a broken header)."""
        return self.address(request.environ)

    def address(self, environ: Mapping[str, Any]) -> Address | None:
        """The same, of a WSGI environment."""
        found = _address(environ.get("REMOTE_ADDR", ""))
        chain = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        while found is not None and chain and chain[-1].strip() and self._trusts(found):
            found = _address(chain.pop().strip())
        return found

    def is_https(self, environ: Mapping[str, Any]) -> bool:
        """Whether a front server says that it was asked by https."""
        said: str = environ.get("HTTP_X_FORWARDED_PROTO", "")
        found = _address(environ.get("REMOTE_ADDR", ""))
        return said.rpartition(",")[2].strip().lower() == "https" and found is not None and self._trusts(found)

    def counted_by(self, identity: Identity, environ: Mapping[str, Any]) -> str:
        """Whose share of threads and renderers a request takes: the user's, or the address's."""
        return throttle_key(self.address(environ)) if identity.is_public else f"user {identity.username}"

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def throttle_key(address: Address | None) -> str:
    """What a client is counted by: its address, and of IPv6 the network that one customer gets."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
