"""In front of Pyramid: image requests that a cache can answer, and nothing else.

Routing, request object and view cost a multiple of what a hit itself does. All that a hit needs
is in the WSGI environment, so it is answered before Pyramid makes a request of it. Whatever is
no hit goes on unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from pyramid.router import Router

from qis_core.services.usage import is_use
from qis_core.web.hits import Found
from qis_core.web.images import PATHS
from qis_core.web.slow_clients import AT_ONCE
from qis_core.web.underway import Underway
from qis_core.web.wiring import Site

_METHODS = frozenset({"GET", "HEAD"})
_PATHS = frozenset(PATHS.values())


class StartResponse(Protocol):
    """WSGI's own (PEP 3333)."""

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Sends status and headers."""


class Front:
    """A WSGI application: hits of ``site`` at once, everything else by ``app``."""

    def __init__(self, app: Router, site: Site) -> None:
        self.registry = app.registry
        self._app = app
        self._hits = site.hits
        self._find = site.hits.find
        self._served = site.metrics.hit
        self._announcer = site.platform.announcer
        self._usage = site.usage
        self._identity = site.callers.identity
        self._proxies = site.proxies
        self._few = site.platform.images.few
        self._underway = Underway(site.platform.images.places)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_X_FORWARDED_PROTO" in environ and self._proxies.is_https(environ):
            # Redirections, addresses in pages and the names of cookies follow it.
            environ["wsgi.url_scheme"] = "https"
        if environ["PATH_INFO"] in _PATHS and environ["REQUEST_METHOD"] in _METHODS:
            known = self._known(environ, start_response)
            return self._new(environ, start_response) if known is None else known
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _new(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """What is no hit yet: it may become one while it waits for somebody who asks for the same."""
        identity = self._identity(environ)
        key, client = self._hits.key(environ, identity), self._proxies.counted_by(identity, environ)
        with self._underway.first(key, client) as is_first:
            answer = None if is_first else self._known(environ, start_response)
            if answer is None:
                with self._few.at_work():
                    answer = self._app(environ, start_response)
        return answer

    def _known(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
        """The answer of a hit."""
        found = self._find(environ)
        # What is long is sent by the view, which sees to it that slow clients do not keep all threads.
        if found is None or (found.entry is not None and len(found.entry.body) > AT_ONCE):
            return None
        return self._answer(found, environ["REQUEST_METHOD"], start_response)

    def _answer(self, found: Found, method: str, start_response: StartResponse) -> Iterable[bytes]:
        hit, identity, entry, origin = found
        if self._announcer.wanted:
            self._announcer.rendition(hit.request, identity, 0 if entry is None else len(entry.body), origin, 0.0)
        self._served(origin)
        if is_use(hit.request.delivery, method):
            self._usage.rendering(hit.request.recipe.source, 0 if entry is None else len(entry.body))
        if entry is None:
            start_response("304 Not Modified", hit.headers.not_modified)
            return []
        start_response("200 OK", hit.headers.cached[origin])
        # A list is handed over whole; anything else would keep this thread until the client has it.
        return [] if method == "HEAD" else [entry.body]
