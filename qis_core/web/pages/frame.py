"""What all pages share: their frame, their security policy, and image URLs spelt right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pyramid.request import Request

from qis_core.domain.query import parse_query
from qis_core.services.browse import Browser, Picture
from qis_core.settings import WebSettings

POLICY = (
    "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Everything a page loads is ours and in files of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The bar and the head of a page."""

    site: str
    title: str
    style: str
    script: str
    path: str = ""


def framed(request: Request, title: str, path: str = "") -> Frame:
    """The frame of a page of this title; sets the headers that go with it. ``path``: the folder one is in."""
    request.response.headers["Content-Security-Policy"] = POLICY
    request.response.headers["Cache-Control"] = "private, no-cache"
    site = request.qis.settings(WebSettings).title
    return Frame(
        site=site,
        title=f"{title} · {site}" if title else site,
        style=request.static_path("qis_core.web:static/dist/site.css"),
        script=request.static_path("qis_core.web:static/dist/publish.js"),
        path=path,
    )


def browser(request: Request) -> Browser:
    """The library as this site's pages list it."""
    site = request.qis
    return Browser(
        library=site.platform.library, access=site.platform.access, decoders=site.kernel.registries.decoders.values()
    )


def query(options: Mapping[str, object]) -> str:
    """A query string in UTF-8; slashes, commas and colons stay readable, blanks are ``%20``.

    Names of files may hold bytes that are no UTF-8; they stay the bytes that they are.
    """
    texts = {name: str(value) for name, value in options.items()}
    return urlencode(texts, quote_via=quote, safe="/,:", errors="surrogateescape")


def asked(request: Request) -> Mapping[str, str]:
    """The query by name, read as image URLs are."""
    return dict(parse_query(request.environ["QUERY_STRING"]))


def url(place: str, /, **options: object) -> str:
    """A path of this server with a query; options that are '' are left out."""
    given = {name: value for name, value in options.items() if value != ""}
    return f"{place}?{query(given)}" if given else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A picture in a grid: our own renderings in one and two pixels per point, and where it leads."""

    name: str
    href: str
    src: str
    srcset: str


def thumbnail(picture: Picture, width: int = 390, height: int = 260) -> Thumbnail:
    """The picture fitted into ``width`` × ``height``."""

    def rendering(scale: int) -> str:
        # The version makes another URL of a replaced picture; the server ignores options that it does not know.
        return url(
            "/image",
            src=picture.path,
            width=width * scale,
            height=height * scale,
            autosizefit=1,
            format="auto",
            v=picture.version[:12],
        )

    return Thumbnail(
        name=picture.name,
        href=url("/publish/", src=picture.path),
        src=rendering(1),
        srcset=f"{rendering(1)} 1x, {rendering(2)} 2x",
    )
