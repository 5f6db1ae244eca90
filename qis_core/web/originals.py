"""``/original``: the stored bytes, whole or a range of them, streamed."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.domain.compose import Delivery
from qis_core.services.originals import Original
from qis_core.services.usage import is_use
from qis_core.settings import WebSettings
from qis_core.web.conditions import ByteRange, Unsatisfiable, byte_range, matches
from qis_core.web.dispositions import disposition
from qis_core.web.ready import NOSNIFF, SHARED, caching_headers, guarding, ignored_header
from qis_core.web.replaced import asked_again


def includeme(config: Configurator) -> None:
    """Adds the routes and the view."""
    for name, path in {"original": "/original", "original/": "/original/"}.items():
        config.add_route(name, path)
        config.add_view(original, route_name=name, request_method=("GET", "HEAD"))


@asked_again
def original(request: Request) -> Response:
    """The original's own bytes, for those who may download."""
    platform = request.qis.platform
    asked = platform.composer.compose_original(request.environ["QUERY_STRING"], identity=request.identity)
    found = platform.originals.find(asked.source, request.identity)
    response = stored_file(request, found, asked.delivery, is_public=platform.originals.is_public(asked.source))
    response.headerlist.extend(ignored_header(asked.ignored))
    platform.announcer.original(found.path, asked.delivery, request.identity, found.size_bytes)
    if response.status_int != 416 and is_use(asked.delivery, request.method):
        request.qis.usage.original(found.path, _sent_bytes(response, found))
    return response


def stored_file(request: Request, found: Original, delivery: Delivery, *, is_public: bool) -> Response:
    """The file as an answer: 200, 206 for a range, 304 where the client has it, 416 for a range outside it."""
    headers = caching_headers(found.tag, delivery, found.modified, is_public=is_public)
    headers += [NOSNIFF, ("Accept-Ranges", "bytes"), ("X-From-Cache", "False"), *(SHARED if is_public else ())]
    if delivery.etag and matches(request.headers.get("If-None-Match"), found.tag):
        return Response(status=304, headerlist=headers)
    headers += guarding(found.media_type)
    kind = "attachment" if delivery.attach else "inline"
    headers += [("Content-Type", found.media_type), ("Content-Disposition", disposition(kind, found.name))]
    front = request.qis.settings(WebSettings).accel_redirect
    if front and request.qis.platform.originals.is_local_file(found):
        return _left_to_front(front, found, headers)
    try:
        part = _wanted_range(request, found)
    except Unsatisfiable:
        sizes = [("Content-Range", f"bytes */{found.size_bytes}"), ("Content-Length", "0")]
        return Response(status=416, headerlist=[*headers, *sizes])
    return _file_response(request, found, headers, part)


def _sent_bytes(response: Response, found: Original) -> int:
    """What goes out with the answer: nothing where the client has it, a part, or the whole file."""
    if response.status_int == 304:
        return 0
    return response.content_length if response.status_int == 206 else found.size_bytes


def _left_to_front(place: str, found: Original, headers: list[tuple[str, str]]) -> Response:
    """The answer's headers only: nginx opens the file and sends it, or the range that was asked for."""
    path = quote(found.path.encode("utf-8", "surrogateescape"))
    return Response(status=200, headerlist=[*headers, ("X-Accel-Redirect", f"/{place.strip('/')}/{path}")], app_iter=[])


def _wanted_range(request: Request, found: Original) -> ByteRange | None:
    condition = request.headers.get("If-Range")
    if condition and not _is_unchanged(condition, found):
        return None
    return byte_range(request.headers.get("Range"), found.size_bytes)


def _is_unchanged(condition: str, found: Original) -> bool:
    # A weak tag never allows a range (RFC 9110, 13.1.5); a date must be the very one that was sent.
    if condition.startswith(('"', "W/")):
        return condition == f'"{found.tag}"'
    return condition.strip() == formatdate(found.modified, usegmt=True)


def _file_response(
    request: Request, found: Original, headers: list[tuple[str, str]], part: ByteRange | None
) -> Response:
    status, length, first = 200, found.size_bytes, 0
    if part is not None:
        status, length, first = 206, part.length, part.first
        headers.append(("Content-Range", f"bytes {part.first}-{part.last}/{found.size_bytes}"))
    headers.append(("Content-Length", str(length)))
    if request.method == "HEAD":
        return Response(status=status, headerlist=headers, app_iter=[])
    stream = request.qis.platform.originals.open(found)
    stream.seek(first)
    return Response(status=status, headerlist=headers, app_iter=request.qis.slow_clients.sending(stream, length))
