"""The line under the publisher's preview for browsers without scripts: a small page that is shown within it.

It waits for the rendering, which the page itself must not: so it is a page of its own, asked for beside the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import QisError
from qis_core.services.images import ImageAsk
from qis_core.web.errors import status_of
from qis_core.web.images import counted_by
from qis_core.web.pages.frame import Frame, framed
from qis_core.web.pages.option_query import image_part
from qis_core.web.pages.tiles import size_text


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsPart:
    """``facts`` are pairs of a value and a word for it ('' where it needs none); ``problem`` is why there are none."""

    frame: Frame
    facts: Sequence[tuple[str, str]]
    problem: str


def includeme(config: Configurator) -> None:
    """Registers the route ``publish.facts``."""
    config.add_route("publish.facts", "/publish/facts/")
    config.add_view(facts, route_name="publish.facts", renderer="publish-facts.jinja2", request_method="GET")


def facts(request: Request) -> dict[str, FactsPart]:
    """The size in pixels and bytes, the format and the time of the rendering of the query."""
    frame = framed(request, "Size of the rendering")
    ask = ImageAsk(
        raw_query=image_part(request.environ["QUERY_STRING"]),
        identity=request.identity,
        accept=request.environ.get("HTTP_ACCEPT", ""),
        client=counted_by(request),
    )
    try:
        answer = request.qis.platform.images.rendition(ask)
    except QisError as error:
        if status_of(error) >= 500:
            raise
        return {"page": FactsPart(frame=frame, facts=(), problem=error.message)}
    assert answer.entry is not None
    meta = answer.entry.meta
    found = (
        (meta["size"].replace("x", " × "), "pixels"),
        (size_text(answer.size_bytes), share(answer.size_bytes, answer.source.size_bytes)),
        (meta["type"].partition("/")[2].upper(), ""),
        (f"{1000 * answer.seconds:.0f} ms", "made just now" if answer.origin == "rendered" else "from the cache"),
    )
    return {"page": FactsPart(frame=frame, facts=found, problem="")}


def share(size: int, original: int) -> str:
    """How much of the original's bytes that is; '' where it is no less."""
    percent = 100 * size / max(1, original)
    return "" if percent >= 100 else f"{'less than 1' if percent < 1 else round(percent)} % of the original"
