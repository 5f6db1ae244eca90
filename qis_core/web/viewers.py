"""The viewers' scripts and styles at the addresses that pages elsewhere include.

``/static/js/qis-viewers.js`` (and ``.mjs``), and the names that existing pages know, with and without
``.min``. A page of another origin may load them whatever its policy for embedded files is; they are
fresh for five minutes and then compared by ``ETag``. With ``?v=`` and the file's own version, as
`script_url` makes it, they are kept for a year.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from qis_core.web.conditions import matches
from qis_core.web.ready import NOSNIFF, SHARED

FOLDER = Path(__file__).parent / "static/dist/viewers"
FRESH_SECONDS = 300
A_YEAR = 365 * 24 * 3600

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
PLACES = {"js": (".js", ".mjs"), "styles": (".css",)}
"""What lies below ``/static/``, by folder."""


@dataclass(frozen=True)
class Bundle:
    """One file as it is sent."""

    body: bytes
    media_type: str

    @cached_property
    def version(self) -> str:
        """Sixteen hex digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:16]


class Bundles:
    """The built files of a folder by name; those that were built anew meanwhile are read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, Bundle]] = {}

    def find(self, name: str, endings: tuple[str, ...]) -> Bundle | None:
        """The file of a name, with or without ``.min``; None where there is none with one of the endings."""
        name = re.sub(r"\.min(?=\.[a-z]+$)", "", name)
        file = self._folder / name
        if not re.fullmatch(r"[a-z_-]+\.[a-z]+", name) or file.suffix not in endings:
            return None
        try:
            changed = file.stat().st_mtime_ns
            if self._known.get(name, (0,))[0] != changed:
                self._known[name] = changed, Bundle(file.read_bytes(), TYPES[file.suffix])
        except OSError:
            return None
        return self._known[name][1]


BUNDLES = Bundles(FOLDER)


def includeme(config: Configurator) -> None:
    """Adds the routes. They must come before the static files of the pages, which lie around them."""
    for place in PLACES:
        config.add_route(f"viewers-{place}", f"/static/{place}/{{name}}")
        config.add_view(bundle, route_name=f"viewers-{place}", request_method=("GET", "HEAD"))


def bundle(request: Request) -> Response:
    """A script or a style sheet, or 304 where the client has it."""
    place = request.matched_route.name.removeprefix("viewers-")
    found = BUNDLES.find(request.matchdict["name"], PLACES[place])
    if found is None:
        raise HTTPNotFound
    is_versioned = request.GET.get("v") == found.version
    caching = f"public, max-age={A_YEAR}, immutable" if is_versioned else f"public, max-age={FRESH_SECONDS}"
    headers = [("Cache-Control", caching), ("ETag", f'"{found.version}"'), NOSNIFF, *SHARED]
    if matches(request.headers.get("If-None-Match"), found.version):
        return Response(status=304, headerlist=headers)
    headers += [("Content-Type", f"{found.media_type}; charset=utf-8"), ("Content-Length", str(len(found.body)))]
    return Response(body=found.body, headerlist=headers)


def script_url(name: str = "qis-viewers.js") -> str:
    """The path of a script under the version that it has now, for the server's own pages."""
    found = BUNDLES.find(name, PLACES["js"])
    return f"/static/js/{name}" + (f"?v={found.version}" if found else "")
