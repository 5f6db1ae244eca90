"""Style sheets and scripts under ``/static/``, kept by browsers for ever and named by their contents."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

FOLDER = Path(__file__).parent.parent / "static"
SPEC = "qis_core.web:static/"
A_YEAR = 365 * 24 * 3600

log = logging.getLogger("qis.web")


def includeme(config: Configurator) -> None:
    """Registers ``/static/`` and says so in the log where the browser code was never built."""
    if not (FOLDER / "dist" / "site.css").exists():
        log.warning("the pages have no style yet: run `npm ci && npm run build` in frontend/ (`make build` does)")
    config.add_static_view("static", SPEC, cache_max_age=A_YEAR)
    config.add_cache_buster(SPEC, ContentHash(FOLDER))


class ContentHash:
    """Adds ``?v=…`` to static URLs: another text whenever the file's bytes are others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, request: Request, subpath: str, kw: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Pyramid's protocol: the path and the arguments of the URL to be made."""
        version = self.version(subpath)
        if version:
            kw["_query"] = {"v": version}
        return subpath, kw

    def version(self, subpath: str) -> str:
        """Twelve hex digits of the file's SHA-256, '' where there is no such file."""
        try:
            key = subpath, (self._folder / subpath).stat().st_mtime_ns
        except OSError:
            return ""
        if key not in self._known:
            self._known[key] = hashlib.sha256((self._folder / subpath).read_bytes()).hexdigest()[:12]
        return self._known[key]
