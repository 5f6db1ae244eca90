"""The panel of pages on the picture page: small pictures of a PDF's pages, each a link to it."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import QisError

MOST_SHOWN = 60
_WIDTH = 140


def includeme(config: Configurator) -> None:
    """Adds the route that the panel is fetched from."""
    config.add_route("pdf.pages", "/pdf/pages")
    config.add_view(pages, route_name="pdf.pages", request_method="GET")


def pages(request: Request) -> Response:
    """An HTML fragment for ``?src=``; nothing for files that are no PDF, and for whoever may not see them."""
    src = request.params.get("src", "")
    try:
        facts = request.picture_facts(src)
    except QisError:
        return Response(status=204)
    if facts["format"] != "pdf":
        return Response(status=204)
    count = int(facts["pages"])
    items = Markup("").join(_item(request, src, page) for page in range(1, min(count, MOST_SHOWN) + 1))
    more = Markup("<p>… and {} more</p>").format(count - MOST_SHOWN) if count > MOST_SHOWN else Markup("")
    body = Markup('<section class="pages"><ol class="thumbnails">{}</ol>{}</section>').format(items, more)
    return Response(str(body), content_type="text/html", cache_control="private, max-age=60")


def _item(request: Request, src: str, page: int) -> Markup:
    shown = {"format": "jpg", "stats": 0}
    small = f"{request.script_name}/image?" + urlencode({"src": src, "page": page, "width": _WIDTH, **shown})
    large = f"{request.script_name}/image?" + urlencode({"src": src, "page": page, "width": 1600, **shown})
    return Markup('<li><a href="{}"><img src="{}" width="{}" loading="lazy" alt="Page {}"></a></li>').format(
        large, small, _WIDTH, page
    )
