"""A picture's own page: large, with what is known and said of it, its focal point, its history and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from qis_core.api import BadOption, ImagePanel, QisError
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord
from qis_core.db.users import User
from qis_core.domain.query import readable
from qis_core.services.tagging import Tagging, split_tags
from qis_core.web.forms import form_field
from qis_core.web.pages.doing import sentence
from qis_core.web.pages.facts import MODES, may_be_see_through
from qis_core.web.pages.frame import (
    UNCOUNTED,
    Frame,
    Link,
    allowed_url,
    asked,
    framed,
    picture_url,
    thumbnail_urls,
    url,
    viewer_src,
)
from qis_core.web.pages.library import Abilities, abilities
from qis_core.web.pages.tiles import fitted, size_text
from qis_core.web.pages.usage import UsageView, usage_view

FOCUS_BOX = 288, 288
"""The largest picture to click the focal point on, in points: shown just so large, so that a click tells where."""

MOST_HISTORY = 50
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 255, 65_535

ACTIONS = {
    ImageAction.DELETED: "deleted",
    ImageAction.CREATED: "came into the library",
    ImageAction.REPLACED: "replaced",
    ImageAction.EDITED: "edited",
    ImageAction.MOVED: "moved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and a value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactGroup:
    """Facts under a heading, such as EXIF."""

    label: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the picture: when, what, more of it, and by whom ('': by itself)."""

    when: datetime
    what: str
    more: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusView:
    """The picture to click on, in points, and where the point is in it (None: not set)."""

    src: str
    srcset: str
    width: int
    height: int
    x: int | None
    y: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A plugin's panel: ``href`` answers its HTML."""

    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsPage:
    """What the template shows.

    ``heading`` is the title or else the name; ``title``, ``description`` and ``tags`` are as they stand in the form,
    ``problem`` is what is wrong with them. ``pages`` are links to the pages of a document (none for a single
    page). ``zoomed`` is what the viewer shows with ``options``, ``see_through`` whether one looks through the picture
    in places. ``map_href`` leads to a map where the picture tells its place.
    ``usage`` is None for the public, and where nothing is counted.
    """

    frame: Frame
    id: int
    src: str
    name: str
    heading: str
    title: str
    description: str
    tags: str
    problem: str
    said: str
    breadcrumbs: Sequence[Link]
    image: str
    image_set: str
    zoomed: str
    options: str
    see_through: bool
    width: int
    height: int
    number: int
    pages: Sequence[Link]
    facts: Sequence[Fact]
    metadata: Sequence[FactGroup]
    map_href: str
    history: Sequence[Event]
    focus: FocusView | None
    usage: UsageView | None
    panels: Sequence[Panel]
    previous_href: str
    next_href: str
    publish_href: str
    download_href: str
    here: str
    move_href: str
    path: str
    may: Abilities


def includeme(config: Configurator) -> None:
    """Registers the route ``details``."""
    config.add_route("details", "/details/")
    config.add_view(details, route_name="details", renderer="details.jinja2", request_method="GET")
    config.add_view(change, route_name="details", renderer="details.jinja2", request_method="POST")


def details(request: Request) -> dict[str, DetailsPage]:
    """The picture ``?src=``, of a document its ``page``."""
    given = asked(request)
    picture = request.qis.catalogue.picture(given.get("src", ""), request.identity)
    record = request.dbsession.get(ImageRecord, picture.id)
    said = {"saved": "It is saved.", "focus": "The focal point is set."}.get(given.get("said", ""), "")
    return {"page": details_page(request, record, {}, number=_number(given.get("page", "")), said=said)}


def change(request: Request) -> Response | dict[str, DetailsPage]:
    """Saves what was written, or the focal point that was clicked; with a problem the page keeps what was typed."""
    picture = request.qis.catalogue.picture(asked(request).get("src", ""), request.identity)
    try:
        with request.dbsession.begin_nested():
            said = _saved_focus(request, picture.id, picture.width, picture.height) or _saved_words(request, picture.id)
    except BadOption as error:
        record = request.dbsession.get(ImageRecord, picture.id)
        typed = {name: form_field(request, name) for name in ("title", "description", "tags")}
        request.response.status_int = 400
        return {"page": details_page(request, record, typed, problem=sentence(error))}
    return HTTPSeeOther(url("/details/", src=picture.src, said=said))


def _saved_words(request: Request, number: int) -> str:
    title, description = form_field(request, "title").strip(), form_field(request, "description").replace("\r\n", "\n")
    for name, text, most in (("title", title, _LONGEST_TITLE), ("description", description, _LONGEST_DESCRIPTION)):
        if len(text) > most:
            raise BadOption(name, f"({len(text)} characters)", f"at most {most} characters")
    site, session = request.qis, request.dbsession
    site.catalogue.edit(session, number, request.identity, title=title, description=description)
    Tagging(session, site.platform.access, request.identity).put(number, split_tags(form_field(request, "tags")))
    return "saved"


def _saved_focus(request: Request, number: int, width: int, height: int) -> str:
    """'' where the form is the other one. A click on the picture comes as its point in it."""
    edit = request.qis.catalogue.edit
    if form_field(request, "do") == "unfocus":
        edit(request.dbsession, number, request.identity, focal=(None,))
        return "saved"
    across, down = form_field(request, "focus.x"), form_field(request, "focus.y")
    shown = fitted(width, height, FOCUS_BOX)
    if not across.isdigit() or not down.isdigit() or not all(shown):
        return ""
    point = min(1.0, int(across[:6]) / shown[0]), min(1.0, int(down[:6]) / shown[1])
    edit(request.dbsession, number, request.identity, focal=(point,))
    return "focus"


def details_page(
    request: Request,
    record: ImageRecord,
    typed: Mapping[str, str],
    *,
    number: int = 1,
    problem: str = "",
    said: str = "",
) -> DetailsPage:
    """The page of a record; ``typed`` stands in the form instead of what is recorded."""
    site, session, src = request.qis, request.dbsession, record.src
    folder, _, name = src.rpartition("/")
    before, behind = site.lister.neighbours(src, record.folder_id)
    may = abilities(request, folder)
    pages = int(record.facts.get("pages") or 1)
    shown = min(number, pages)
    sized: dict[str, object] = {"src": src, "autosizefit": 1, "format": "auto", "v": record.version[:12]}
    if shown > 1:
        sized["page"] = shown
    return DetailsPage(
        frame=framed(request, record.title or readable(name), folder),
        id=record.id,
        src=src,
        name=readable(name),
        heading=record.title or readable(name),
        title=typed.get("title", record.title),
        description=typed.get("description", record.description),
        tags=typed.get("tags", ", ".join(Tagging(session, site.platform.access, request.identity).of(record.id))),
        problem=problem,
        said=said,
        breadcrumbs=list(_above(folder)),
        image=picture_url(request, **sized, width=1200, height=1200),
        image_set=f"{picture_url(request, **sized, width=2400, height=2400)} 2x",
        zoomed=viewer_src(request, src, **({"page": shown} if shown > 1 else {})),
        options=UNCOUNTED + (f"&page={shown}" if shown > 1 else ""),
        width=fitted(record.width, record.height, (1200, 1200))[0],
        height=fitted(record.width, record.height, (1200, 1200))[1],
        see_through=may_be_see_through(record.facts),
        number=shown,
        pages=[Link(text=str(n), href=url("/details/", src=src, page=n)) for n in range(1, min(pages, 200) + 1)]
        if pages > 1
        else (),
        facts=list(_facts(record)),
        metadata=[
            FactGroup(label=group.upper(), facts=[Fact(name=key, value=_text(value)) for key, value in told.items()])
            for group, told in record.embedded.items()
        ],
        map_href=_map(record.embedded),
        history=list(_history(request, record.id)),
        focus=_focus(request, record) if may.edit else None,
        usage=usage_view(request, record.id),
        panels=list(_panels(request, record, pages)),
        previous_href=url("/details/", src=before) if before else "",
        next_href=url("/details/", src=behind) if behind else "",
        publish_href=url("/publish/", src=src),
        download_href=allowed_url(request, "/original", src=src, attach=1) if may.download else "",
        here=url("/details/", src=src),
        move_href=url("/selection/", src=src),
        path=folder,
        may=may,
    )


def _above(folder: str) -> Iterator[Link]:
    yield Link(text="Library", href="/list/")
    parts = folder.split("/") if folder else []
    for count, part in enumerate(parts, start=1):
        yield Link(text=readable(part), href=url("/list/", path="/".join(parts[:count])))


def _facts(record: ImageRecord) -> Iterator[Fact]:
    known = record.facts
    yield Fact(name="File", value="/" + record.src)
    if record.width:
        megapixels = record.width * record.height / 1e6
        yield Fact(name="Size", value=f"{record.width} × {record.height} pixels, {megapixels:.1f} megapixels")
    yield Fact(name="Bytes", value=f"{size_text(record.size_bytes)} ({record.size_bytes:,})")
    if known.get("format"):
        yield Fact(name="Format", value=str(known["format"]).upper())
    if known.get("mode"):
        bits = int(known.get("bits") or 8)
        yield Fact(
            name="Colour", value=MODES.get(known["mode"], known["mode"]) + (f", {bits} bits" if bits > 8 else "")
        )
    if known.get("dpi"):
        yield Fact(name="Resolution", value=" × ".join(f"{float(each):g}" for each in known["dpi"]) + " dpi")
    for key, label in (("pages", "Pages"), ("frames", "Frames")):
        if int(known.get(key) or 1) > 1:
            yield Fact(name=label, value=str(known[key]))
    if known.get("has_icc_profile"):
        yield Fact(name="Profile", value="ICC profile embedded")
    if int(known.get("orientation") or 1) != 1:
        yield Fact(name="Stored", value=f"turned (EXIF orientation {known['orientation']})")
    yield Fact(name="Recorded", value=f"{record.created:%Y-%m-%d %H:%M} UTC")


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(each)}" for key, each in value.items())
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


def _map(embedded: Mapping[str, Mapping[str, Any]]) -> str:
    told = embedded.get("gps", {})
    try:
        north, east = float(told["latitude"]), float(told["longitude"])
    except (KeyError, TypeError, ValueError):
        return ""
    return f"https://www.openstreetmap.org/?mlat={north:.6f}&mlon={east:.6f}#map=14/{north:.6f}/{east:.6f}"


def _history(request: Request, number: int) -> Iterator[Event]:
    query = (
        select(ImageHistory, User.username)
        .outerjoin(User, User.id == ImageHistory.user_id)
        .where(ImageHistory.image_id == number)
        .order_by(ImageHistory.id.desc())
        .limit(MOST_HISTORY)
    )
    for event, username in request.dbsession.execute(query):
        # Who did it is for those who work here.
        who = "" if request.identity.is_public else username or ""
        what = ACTIONS.get(ImageAction(event.action), "changed")
        yield Event(when=event.action_time, what=what, more=event.action_info, who=who)


def _focus(request: Request, record: ImageRecord) -> FocusView | None:
    width, height = fitted(record.width, record.height, FOCUS_BOX)
    if not width:
        return None
    src, srcset = thumbnail_urls(request, record.src, record.version, *FOCUS_BOX)
    is_set = record.focal_x is not None and record.focal_y is not None
    return FocusView(
        src=src,
        srcset=srcset,
        width=width,
        height=height,
        x=round((record.focal_x or 0) * width) if is_set else None,
        y=round((record.focal_y or 0) * height) if is_set else None,
    )


def _panels(request: Request, record: ImageRecord, pages: int) -> Iterator[Panel]:
    added: list[ImagePanel] = [panel for web in request.qis.kernel.registries.web.values() for panel in web.panels]
    for panel in sorted(added, key=lambda panel: (panel.order, panel.label)):
        if pages < panel.least_pages or (panel.formats and record.facts.get("format") not in panel.formats):
            continue
        try:
            yield Panel(label=panel.label, href=url(request.route_path(panel.route), src=record.src))
        except (KeyError, QisError):
            continue


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) > 0 else 1
