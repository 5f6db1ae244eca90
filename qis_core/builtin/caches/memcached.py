"""Opens caches on memcached servers: ``memcached://10.0.0.1:11211,10.0.0.2:11211/shop?timeout=0.3``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qis_core.api import Cache, CacheProvider, Location, Unavailable

DEFAULT_PORT = 11211
DEFAULT_PREFIX = "qis"
DEFAULT_SECONDS = "0.3"

_EXAMPLE = "memcached://10.0.0.1:11211,10.0.0.2:11211/qis?timeout=0.3"
_NODE = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?")


class MemcachedProvider(CacheProvider):
    """Opens ``memcached://HOST:PORT,HOST:PORT/NAMESPACE?timeout=SECONDS``.

    The namespace (``qis``) keeps sites apart that share servers; ``timeout`` (0.3) is how long a
    request waits at most for a server. All nodes of a site must name the same servers in the same
    way; the order does not matter. Servers that are away do not keep the site from starting.
    """

    scheme = "memcached"

    def open(self, url: str) -> Cache:
        location = Location.parse(url, allowed=("timeout",))
        addresses = _addresses(url, location.host)
        prefix = location.path.strip("/") or DEFAULT_PREFIX
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,20}", prefix):
            raise Unavailable(f"{url!r}: {prefix!r} is no namespace; it must be 1 to 20 ASCII letters, digits and ._-")
        seconds = _seconds(url, location.parameters.get("timeout", DEFAULT_SECONDS))
        try:
            # Imported here: who uses another cache need not have pymemcache.
            from qis_core.builtin.caches.memcached_cache import MemcachedCache  # noqa: PLC0415
            from qis_core.builtin.caches.memcached_node import Node  # noqa: PLC0415
        except ImportError as error:
            raise Unavailable(
                f"{url!r} needs pymemcache, which is not installed: pip install 'qis-core[memcached]' ({error})"
            ) from error
        return MemcachedCache([Node(host, port, seconds) for host, port in addresses], prefix)


def _addresses(url: str, hosts: str) -> Sequence[tuple[str, int]]:
    found = []
    for text in filter(None, hosts.split(",")):
        match = _NODE.fullmatch(text)
        port = int(match["port"] or DEFAULT_PORT) if match else 0
        if match is None or not 0 < port < 65536:
            raise Unavailable(f"{url!r}: {text!r} is no address; memcached servers are written {_EXAMPLE}")
        found.append((match["host"].strip("[]"), port))
    if not found or len(set(found)) != len(found):
        problem = "a server is named twice" if found else "no server is named"
        raise Unavailable(f"{url!r}: {problem}; memcached servers are written {_EXAMPLE}")
    return found


def _seconds(url: str, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text) or not 0.01 <= float(text) <= 60:
        raise Unavailable(f"{url!r}: timeout is {text!r}; it must be seconds from 0.01 to 60")
    return float(text)
