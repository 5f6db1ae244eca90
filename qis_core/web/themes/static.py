"""Style sheets, scripts and pictures of pages: kept by browsers for ever, and named by their contents."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from pyramid.config import Configurator

from qis_core.api import Theme
from qis_core.web.themes.chain import CORE, Chain

FOLDER = CORE.path / "static"
A_YEAR = 365 * 24 * 3600
STYLE = "theme.css"

log = logging.getLogger("qis.web")


def add_to(config: Configurator, chain: Chain) -> None:
    """Serves ``/static/`` and each theme's files; says in the log where the browser code was never built."""
    if not (FOLDER / "dist" / "site.css").exists():
        log.warning("the pages have no style yet: run `npm ci && npm run build` in frontend/ (`make serve` does)")
    # By their folder: whoever looks files up by package needs a loader that knows how, which not every one does.
    config.add_static_view("static", str(FOLDER), cache_max_age=A_YEAR)
    for theme in chain:
        if theme is not CORE and (theme.path / "static").is_dir():
            config.add_static_view(f"themes/{theme.name}", str(theme.path / "static"), cache_max_age=A_YEAR)


def static_url(chain: Chain, name: str) -> str:
    """The URL of a static file, from the first theme that has it; its last part changes with the file's bytes."""
    for theme in chain:
        file = theme.path / "static" / name
        if file.is_file():
            return _url(theme, name)
    return f"/static/{name}"


def styles(chain: Chain) -> list[str]:
    """The style sheets of a page: those in the box, then each theme's own from the parents on."""
    themes = [theme for theme in reversed(chain) if theme is not CORE and (theme.path / "static" / STYLE).is_file()]
    return [_url(CORE, "dist/site.css"), *(_url(theme, STYLE) for theme in themes)]


def _url(theme: Theme, name: str) -> str:
    version = hashed(theme.path / "static" / name).get("v", "")
    place = "/static" if theme is CORE else f"/themes/{theme.name}"
    return f"{place}/{name}?v={version}" if version else f"{place}/{name}"


_known: dict[tuple[Path, int], str] = {}


def hashed(file: Path) -> dict[str, Any]:
    """``{"v": twelve hex digits of the file's SHA-256}``, empty where there is no such file."""
    try:
        key = file, file.stat().st_mtime_ns
    except OSError:
        return {}
    if key not in _known:
        _known[key] = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return {"v": _known[key]}
