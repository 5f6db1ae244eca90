"""What all pages share: their frame, their security policy, and image URLs spelt right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from qis_core.api import PUBLIC, Identity, MenuItem, QisError, Right
from qis_core.domain.query import parse_query
from qis_core.services.browse import Browser, Picture
from qis_core.services.links import own_url
from qis_core.settings import WebSettings
from qis_core.web.themes.chain import Chain
from qis_core.web.themes.static import static_url, styles

POLICY = (
    "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Everything a page loads is ours and in files of its own."""

SCHEME_COOKIE = "qis_scheme"
"""The cookie with ``light`` or ``dark`` of somebody who wants other than the system's."""

MENU = (
    MenuItem(label="Library", route="library", order=10),
    MenuItem(label="Upload", route="upload", audience="user", order=20),
    MenuItem(label="Portfolios", route="portfolios", order=30),
    MenuItem(label="Reports", route="reports", audience="admin", order=40),
    MenuItem(label="Administration", route="admin", audience="admin", order=80),
    MenuItem(label="Help", route="help", order=90),
)
"""The places of the site's menu; one whose route is not there is left out. Plugins add theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A text and where it leads; '' for the page one is on."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuLink:
    """A place in the menu; ``current`` where one is in it."""

    text: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The bar and the head of a page.

    ``styles`` are URLs of style sheets in their order, ``logo`` that of the site's logo ('': the
    theme's own mark). ``scheme`` is ``light``, ``dark`` or '' (as the system likes it), ``schemes``
    what the theme can show. ``user`` is the name of who is logged in, '' for the public, ``login``
    and ``logout`` where to go for that ('' where this site has no such page). ``here`` is this page's
    own address, ``path`` the folder one is in, ``q`` what was searched for. Every form that changes
    something carries ``csrf`` as its field ``csrf_token``.
    """

    site: str
    title: str
    styles: Sequence[str]
    script: str
    logo: str = ""
    scheme: str = ""
    schemes: Sequence[str] = ("light", "dark")
    menu: Sequence[MenuLink] = ()
    user: str = ""
    login: str = ""
    logout: str = ""
    account: str = ""
    csrf: str = ""
    here: str = "/"
    path: str = ""
    q: str = ""


def framed(request: Request, title: str, path: str = "", *, q: str = "") -> Frame:
    """The frame of a page of this title; sets the headers that go with it. ``path``: the folder one is in."""
    request.response.headers["Content-Security-Policy"] = POLICY
    request.response.headers["Cache-Control"] = "private, no-cache"
    request.response.vary = ["Cookie"]
    return make_frame(request, title, path, q=q, identity=request.identity or PUBLIC)


def make_frame(request: Request, title: str, path: str = "", *, q: str = "", identity: Identity = PUBLIC) -> Frame:
    """The frame of a page for ``identity``; asks neither records nor session where that is the public."""
    chain: Chain = request.registry["qis.themes"]
    look = request.registry["qis.look"]
    site = request.qis.settings(WebSettings).title
    scheme = request.cookies.get(SCHEME_COOKIE, "")
    here = address(request) if request.method in ("GET", "HEAD") else "/"
    return Frame(
        site=site,
        title=f"{title} · {site}" if title else site,
        styles=[*styles(chain), *([look.style_url] if look.style_url else [])],
        script=static_url(chain, "dist/site.js"),
        logo=look.logo_url,
        scheme=scheme if scheme in chain[0].schemes else "" if len(chain[0].schemes) > 1 else chain[0].schemes[0],
        schemes=chain[0].schemes,
        menu=list(_menu(request, identity)),
        user="" if identity.is_public else identity.username,
        login=_path(request, "login"),
        logout=_path(request, "logout"),
        account=_path(request, "account"),
        csrf="" if identity.is_public else _csrf(request),
        here=here,
        path=path,
        q=q,
    )


def address(request: Request) -> str:
    """The path and query that were asked for; whatever bytes they are, what comes out is plain ASCII."""
    path = quote(request.environ.get("PATH_INFO", "").encode("latin-1", "replace")) or "/"
    raw = request.environ.get("QUERY_STRING", "")
    query = quote(raw.encode("latin-1", "replace"), safe="%&=+/,:;@!$'()*?-._~")
    return f"{path}?{query}" if query else path


def _menu(request: Request, identity: Identity) -> Iterator[MenuLink]:
    added = [item for extension in request.qis.kernel.registries.web.values() for item in extension.menu]
    here = request.environ.get("PATH_INFO", "/")
    for item in sorted((*MENU, *added), key=lambda item: (item.order, item.label)):
        href = _path(request, item.route)
        if href and _is_for(item.audience, identity):
            yield MenuLink(text=item.label, href=href, current=here == href or (href != "/" and here.startswith(href)))


def _is_for(audience: str, identity: Identity) -> bool:
    if audience == "admin":
        return bool(identity.rights & ADMINISTRATION)
    return not audience or not identity.is_public


ADMINISTRATION = frozenset(right for right in Right if right.value.startswith("admin_"))
"""Whoever has one of these finds something to do in the administration."""


def _path(request: Request, route: str) -> str:
    """The path of a route without parts that vary; '' where there is no such route."""
    found = request.registry.queryUtility(IRoutesMapper).get_route(route)
    return found.generate({}) if found is not None and "{" not in found.pattern else ""


def _csrf(request: Request) -> str:
    token = getattr(request, "csrf_token", None)
    try:
        return token() if token is not None else ""
    except QisError:
        return ""


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


UNCOUNTED = "stats=0"
"""What the pictures of our own pages say: whoever looks around here is no use of a picture."""


def allowed_url(request: Request, place: str, /, **options: object) -> str:
    """A path of ``place`` for who asks: signed where it may not make it up."""
    return own_url(url(place, **options), request.qis.platform.composer.links, request.identity)


def picture_url(request: Request, /, **options: object) -> str:
    """The path of a rendering that a page of ours shows: not counted as the picture's use."""
    return allowed_url(request, "/image", **options, stats=0)


def viewer_url(request: Request, /, **options: object) -> str:
    """The same for a viewer, which asks for it in other sizes."""
    asked = url("/image", **options, stats=0)
    return own_url(asked, request.qis.platform.composer.links, request.identity, any_size=True)


def viewer_src(request: Request, path: str, **options: object) -> str:
    """What a viewer on a page of ours is told to show: a library path, or a signed URL where that is needed.

    Its options are `UNCOUNTED` besides.
    """
    own = viewer_url(request, src=path, **options)
    return path if own == url("/image", src=path, **options, stats=0) else own


def thumbnail(request: Request, picture: Picture, width: int = 390, height: int = 260) -> Thumbnail:
    """The picture fitted into ``width`` × ``height``."""
    src, srcset = thumbnail_urls(request, picture.path, picture.version, width, height)
    return Thumbnail(name=picture.name, href=url("/details/", src=picture.path), src=src, srcset=srcset)


def thumbnail_urls(request: Request, path: str, version: str, width: int = 390, height: int = 260) -> tuple[str, str]:
    """``src`` and ``srcset`` of a picture fitted into ``width`` × ``height`` points."""

    def rendering(scale: int) -> str:
        # The version makes another URL of a replaced picture; the server ignores options that it does not know.
        box: dict[str, object] = {"width": width * scale, "height": height * scale, "autosizefit": 1, "format": "auto"}
        return picture_url(request, src=path, **box, v=version[:12])

    return rendering(1), f"{rendering(1)} 1x, {rendering(2)} 2x"
