"""Which addresses are this site's own, and where a login may lead back to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pyramid.request import Request

from qis_core.settings import LoginSettings, ServerSettings

_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def origins(request: Request) -> frozenset[str]:
    """The origins of this site's own pages, as browsers write them.

    A front server that speaks https may ask us by http: the same host by https is ours as well.
    """
    here = request.host_url.lower()
    found = {here, here.replace("http://", "https://", 1)}
    public = urlsplit(request.qis.settings(ServerSettings).public_url.lower())
    if public.netloc:
        found.add(f"{public.scheme}://{public.netloc}")
    return frozenset(found)


def place(request: Request, asked: str) -> str:
    """``asked`` where a browser may be sent there: a path of this site, or a URL of an allowed host; else ''."""
    if _PATH.fullmatch(asked):
        return asked
    if not asked.isascii() or re.search(r"[\x00-\x20\x7f\\]", asked):
        return ""
    try:
        parts = urlsplit(asked)
        name = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not name:
        return ""
    origin, netloc = f"{parts.scheme}://{parts.netloc}".lower(), parts.netloc.lower()
    allowed = {host.lower() for host in request.qis.settings(LoginSettings).return_to}
    return asked if origin in origins(request) or netloc in allowed else ""
