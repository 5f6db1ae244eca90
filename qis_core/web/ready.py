"""Answers whose headers are made once and sent many times."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from pyramid.response import Response

from qis_core.api import CacheEntry
from qis_core.domain.compose import Delivery, ImageRequest
from qis_core.domain.core_options import DEFAULT_EXPIRY_SECONDS
from qis_core.services.images import ImageAnswer
from qis_core.services.originals import SAFE_INLINE
from qis_core.web.dispositions import disposition, with_extension

Headers = list[tuple[str, str]]

NOSNIFF = ("X-Content-Type-Options", "nosniff")
SHARED = [("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin")]
"""For what everybody may see: pages of any origin may embed it and read it by script."""

SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
"""For what a browser could run: it is shown, and can do nothing."""

_PDF = "application/pdf"
_VIEWED = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'")
"""For PDF, which browsers give to a viewer apart from all pages; sandboxed, Safari and older Chromes show nothing."""

_LONGEST_IGNORED = 1000
_STATUS = {200: "200 OK", 304: "304 Not Modified"}


class ReadyResponse(Response):  # type: ignore[misc]
    """A response of ready parts; its list of headers may be shared and is never changed.

    WebOb's own constructor works out charset, type and length from its arguments. Here they are
    known, and an answer from memory would spend most of its time there.
    """

    def __init__(self, status: int, headers: Headers, blocks: Iterable[bytes] = ()) -> None:
        self._status = _STATUS[status]
        self._headerlist = headers
        self._headers = None
        self._app_iter = blocks
        self.request = None
        self.environ = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(self._status, self._headerlist)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else self._app_iter


@dataclass(frozen=True, slots=True)
class ReadyHeaders:
    """The headers of one rendering: those of every answer with a body, the same with the word
    which cache it came from, and those of 304."""

    full: Headers
    cached: Mapping[str, Headers]
    not_modified: Headers


def ready_headers(answer: ImageAnswer) -> ReadyHeaders:
    """The headers that the contract gives a rendering."""
    caching = caching_headers(
        answer.fingerprint, answer.request.delivery, answer.source.modified, is_public=answer.is_public
    )
    caching += extra_headers(answer.request)
    if answer.is_public:
        caching += SHARED
    full = [] if answer.entry is None else _body_headers(answer, answer.entry)
    return ReadyHeaders(
        full=[*full, *caching, NOSNIFF],
        cached={
            origin: [*full, *caching, NOSNIFF, ("X-From-Cache", "True"), ("Server-Timing", origin)]
            for origin in ("memory", "shared")
        },
        not_modified=[*caching, NOSNIFF],
    )


def guarding(media_type: str) -> Headers:
    """What keeps a file of that type from acting in a browser; nothing for what is only ever shown as a picture."""
    if media_type in SAFE_INLINE:
        return []
    return [_VIEWED if media_type == _PDF else SANDBOX]


def caching_headers(tag: str, delivery: Delivery, modified: float, *, is_public: bool) -> Headers:
    """``ETag``, ``Last-Modified``, ``Cache-Control`` and ``Expires``.

    ``expiry_seconds`` > 0 lets clients keep it that long, but no longer than the URL is answered;
    0 says nothing, −1 makes them ask each time. What not everybody may see is ``private``, so that no
    shared cache gives it away.
    """
    whose = "public" if is_public else "private"
    expiry_seconds = delivery.expiry_seconds
    if delivery.until is not None and expiry_seconds >= 0:
        expiry_seconds = max(1, min(expiry_seconds or DEFAULT_EXPIRY_SECONDS, int(delivery.until - time.time())))
    headers = [("Last-Modified", _date(int(modified)))]
    if expiry_seconds > 0:
        headers.append(("Cache-Control", f"{whose}, max-age={expiry_seconds}"))
        headers.append(("Expires", _date(int(time.time()) + expiry_seconds)))
    elif expiry_seconds < 0:
        headers.append(("Cache-Control", f"{whose}, no-cache"))
    if expiry_seconds >= 0:
        headers.append(("ETag", f'"{tag}"'))
    return headers


@lru_cache(maxsize=1000)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def extra_headers(request: ImageRequest) -> Headers:
    """What the options themselves add to every answer: ``Vary`` and ``X-Ignored-Options``."""
    vary = [("Vary", "Accept")] if request.delivery.vary_accept else []
    return [*vary, *ignored_header(request.ignored)]


def ignored_header(names: Sequence[str]) -> Headers:
    """``X-Ignored-Options`` with the names of options that counted for nothing, where there are any."""
    return [("X-Ignored-Options", ", ".join(names)[:_LONGEST_IGNORED])] if names else []


def _body_headers(answer: ImageAnswer, entry: CacheEntry) -> Headers:
    media_type = entry.meta["type"]
    headers = [("Content-Type", media_type), ("Content-Length", str(len(entry.body)))]
    if answer.request.delivery.attach:
        name = with_extension(answer.request.recipe.source.rsplit("/", 1)[-1], entry.meta["extension"])
        headers.append(("Content-Disposition", disposition("attachment", name)))
    headers += guarding(media_type)
    if notes := entry.meta.get("notes"):
        headers.append(("X-Image-Notes", notes))
    if dropped := entry.meta.get("dropped"):
        headers.append(("X-Frames-Dropped", dropped))
    headers.append(("X-Image-Size", entry.meta["size"]))
    return headers
