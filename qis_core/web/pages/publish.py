"""The publisher: a picture, a form for everything that can be done to it, and the URL that does it, to take along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from qis_core.api import BadOption, PublisherOutput, QisError, SourceInfo
from qis_core.db.images import ImageRecord, image_key
from qis_core.domain.query import parse_query, readable
from qis_core.domain.templates import Template, held_by
from qis_core.services.browse import Picture
from qis_core.services.facts import Facts
from qis_core.settings import ImagingSettings, PublicSettings, ServerSettings
from qis_core.web.errors import status_of
from qis_core.web.forms import form_field
from qis_core.web.pages import template_form
from qis_core.web.pages.facts import original_facts
from qis_core.web.pages.frame import POLICY, UNCOUNTED, Frame, Link, asked, browser, framed, query, url
from qis_core.web.pages.option_form import Control, ControlGroup, FormState, control_groups, template_only
from qis_core.web.pages.option_query import FORM, OWN, SIZES, form_options, image_part, own_fields
from qis_core.web.pages.options import OptionGroup, option_groups
from qis_core.web.pages.outputs import WIDTHS, Output, Published, outputs
from qis_core.web.pages.playground import ToTry, strip
from qis_core.web.pages.public_links import PublicLinks, notes, public_links
from qis_core.web.pages.recipes import GROUPS, SECOND_PAGE, Recipe, watermark
from qis_core.web.pages.template_form import TemplateForm

WATERMARKS = ("logos/watermark.png", "logos/logo.png", "watermark.png", "logo.png")
"""Where a picture to lay over others is looked for."""

BROWSER_FORMATS = frozenset({"jpg", "pjpg", "png", "gif", "webp", "avif"})
"""Output formats that every browser shows."""

SHAPES = (
    ("", "Free"), ("picture", "As it is"), ("1:1", "1:1"), ("3:2", "3:2"), ("4:3", "4:3"), ("16:9", "16:9"),
    ("2:3", "2:3"), ("3:4", "3:4"), ("9:16", "9:16"),
)  # fmt: skip
"""Shapes that a crop by hand can be held in: width by height, and the words for them."""

PREVIEW_WIDTH = 900
"""The width of the first rendering that the editor shows, where the URL has no options yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeLink:
    """A recipe as a link: ``href`` to this page with it, ``image`` the URL that it makes."""

    label: str
    href: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeLinks:
    """Recipes under one heading."""

    label: str
    links: Sequence[RecipeLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the library says of a picture: its title ('' without one), its width in pixels (0: not known), and the
    focal point as fractions (None: not set)."""

    title: str = ""
    width: int = 0
    focal: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTake:
    """The snippets, and sentences about what others get by them."""

    outputs: Sequence[Output]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPage:
    """What the template shows.

    ``image`` is the URL being edited and ``problem`` a sentence where it cannot work; ``preview``
    is what is shown at first: the same, uncounted, or the plain picture where there is a problem. ``query`` is that of
    ``image``, ``source`` the picture's path percent-encoded, ``focal`` its focal point, ``size`` its pixels (0, 0: not
    known), ``shapes`` those that a crop can be held in. ``templates`` are names to
    choose from, ``template`` the one that the URL names, ``applied`` the one that applies. ``form`` has the controls,
    ``saving`` is the form that makes a template (None for those who may not), ``said`` what was just done.
    ``to_try`` are the pictures of the playground, for visitors where there is one. ``outputs`` are snippets and
    ``notes`` sentences on them; ``signed`` tells that they may not be what is typed.
    """

    frame: Frame
    name: str
    path: str
    source: str
    image: str
    query: str
    host: str
    preview: str
    problem: str
    said: str
    bytes: int
    facts: Sequence[str]
    breadcrumbs: Sequence[Link]
    recipes: Sequence[RecipeLinks]
    groups: Sequence[OptionGroup]
    original: str
    formats: Sequence[str]
    details_href: str
    focal: tuple[float, float] | None
    size: tuple[int, int]
    shapes: Sequence[tuple[str, str]]
    templates: Sequence[str]
    template: str
    applied: str
    form: Sequence[ControlGroup]
    kept: Sequence[tuple[str, str]]
    to_try: Sequence[ToTry]
    outputs: Sequence[Output]
    notes: Sequence[str]
    signed: bool
    sizes: str
    saving: TemplateForm | None


def includeme(config: Configurator) -> None:
    """Registers the routes ``publish`` and ``publish.outputs``."""
    config.add_route("publish", "/publish/")
    config.add_route("publish.outputs", "/publish/outputs/")
    config.add_view(publish, route_name="publish", renderer="publish.jinja2", request_method="GET")
    config.add_view(save, route_name="publish", renderer="publish.jinja2", request_method="POST")
    config.add_view(parts, route_name="publish.outputs", renderer="publish-outputs.jinja2", request_method="GET")


def publish(request: Request) -> dict[str, PublishPage] | Response:
    """The publisher of ``?src=`` with the options in the query; a form or a typed ``?url=`` is brought to that."""
    given = asked(request)
    typed = given.get("url")
    if typed is not None:
        return HTTPSeeOther(location="/publish/?" + typed_query(typed))
    if FORM in given:
        return HTTPSeeOther(location=url("/publish/", **form_options(given.items()), **own_fields(given)))
    return {"page": publish_page(request)}


def parts(request: Request) -> dict[str, ToTake]:
    """The snippets alone, as the page fetches them when the URL is another. Raises NotFound, Refused."""
    picture = browser(request).picture(asked(request).get("src", ""), request.identity)
    request.response.headers["Cache-Control"] = "private, no-cache"
    return {"page": to_take(request, picture, public_links(request, picture))}


def save(request: Request) -> dict[str, PublishPage] | Response:
    """Makes a template of what is shown; where that cannot be, the form keeps what was typed and says why."""
    picture = browser(request).picture(asked(request).get("src", ""), request.identity)
    options = image_options(request)
    try:
        with request.dbsession.begin_nested():
            name = template_form.save(request, applying(request, picture), options)
    except QisError as error:
        request.response.status_int = status_of(error)
        return {"page": publish_page(request, problem=error)}
    return HTTPSeeOther(url("/publish/", src=picture.path, tmp=name, **{OWN + "said": "saved"}))


def publish_page(request: Request, *, problem: QisError | None = None) -> PublishPage:
    """The page for the query; ``problem`` tells why the template that was sent could not be saved."""
    given = asked(request)
    look = browser(request)
    picture = look.picture(given.get("src", ""), request.identity)
    raw = image_part(request.environ.get("QUERY_STRING", ""))
    mark = look.find(WATERMARKS, request.identity)
    vocabulary = request.qis.platform.composer.vocabulary
    known = {*vocabulary.by_name, *vocabulary.encoders}
    info = known_facts(request).of(picture.path)
    base = visible(picture.path, vocabulary.default_format(picture.path))
    plain = "/image?" + query({**base, "width": PREVIEW_WIDTH})
    image = "/image?" + raw if has_options(raw) else plain
    wrong = problem_with(request, raw)
    template = applying(request, picture)
    # The form shows what the URL in the field says, which has a width where the page's own address has none.
    options = dict(parse_query(image.partition("?")[2]))
    state = FormState(
        given={name: readable(text) for name, text in options.items()},
        template=template,
        suggestions=suggestions(request),
        longest=max(info.size.width, info.size.height) if info else 0,
        wrong=wrong.option if isinstance(wrong, BadOption) else "",
        problem=wrong.message if wrong else "",
    )
    document = vocabulary.document()
    form = control_groups(document, state)
    frame = framed(request, picture.name, picture.folder)
    # Without scripts, a frame tells the size of the rendering.
    request.response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    links = public_links(request, picture)
    taken = to_take(request, picture, links, image=image)
    with_control = {control.name for group in form for control in group.controls} | {"src", "tmp", "sig", "expires"}
    return PublishPage(
        frame=frame,
        name=picture.name,
        path=readable(picture.path),
        source=quote(picture.path, errors="surrogateescape"),
        image=image,
        query=image.partition("?")[2],
        preview=_uncounted(plain if wrong else image),
        host=host(request),
        problem=wrong.message if wrong else "",
        said=SAID.get(given.get(OWN + "said", ""), ""),
        bytes=picture.size_bytes,
        facts=original_facts(info, kilobytes(picture.size_bytes)),
        breadcrumbs=breadcrumbs(picture),
        recipes=recipe_links(base, known, mark, pages=info.pages if info else 1),
        groups=option_groups(document),
        original=url("/original", src=picture.path, attach=1) if look.may_download(picture, request.identity) else "",
        formats=list(vocabulary.encoders),
        details_href=url("/details/", src=picture.path),
        focal=recorded(request, picture.path).focal,
        size=upright_size(info) if info else (0, 0),
        shapes=SHAPES,
        templates=[known_one.name for known_one in request.qis.templates.table().templates],
        template=given.get("tmp", ""),
        applied=template.name,
        form=form,
        kept=[(name, text) for name, text in state.given.items() if name not in with_control],
        to_try=strip(request, picture.path, options),
        outputs=taken.outputs,
        notes=taken.notes,
        signed=links.signs,
        sizes=given.get(SIZES, "100vw"),
        saving=saving(request, template, options, template_only(document, state), problem),
    )


def _uncounted(image: str) -> str:
    """The URL for the page's own preview. A signature holds for what it was made for alone, and so is left alone."""
    return image if "sig=" in image else image.replace("?", f"?{UNCOUNTED}&", 1)


SAID = {"saved": "The template is saved; the URL names it now."}
"""What the page says after something was done."""


def host(request: Request) -> str:
    """The address of this server in snippets."""
    return (request.qis.settings(ServerSettings).public_url or str(request.host_url)).rstrip("/")


def image_options(request: Request) -> dict[str, str]:
    """The options of the image URL that the page's address holds."""
    return dict(parse_query(image_part(request.environ.get("QUERY_STRING", ""))))


def applying(request: Request, picture: Picture) -> Template:
    """The template that applies to the picture: the one that the URL names, or the default of its folder."""
    table, vocabulary = request.qis.templates.table(), request.qis.platform.composer.vocabulary
    default = table.lookup.default_for(picture.path)
    return held_by(default, table.lookup.named(asked(request).get("tmp", "")) or default, vocabulary)


def suggestions(request: Request) -> Mapping[str, Sequence[str]]:
    """Names of what is installed here, by the option that they may stand in."""
    profiles = [profile.name for profile in request.qis.platform.profiles.all()]
    return {"icc": profiles, "engine": list(request.qis.kernel.registries.engines)}


def recorded(request: Request, path: str) -> Recorded:
    """What is recorded of a picture that its asker may see."""
    wanted = select(ImageRecord.title, ImageRecord.width, ImageRecord.focal_x, ImageRecord.focal_y)
    try:
        key = image_key(path)
    except UnicodeEncodeError:
        return Recorded()
    with request.qis.reading() as session:
        row = session.execute(wanted.where(ImageRecord.key == key)).first()
    if row is None:
        return Recorded()
    is_set = row.focal_x is not None and row.focal_y is not None
    return Recorded(title=row.title, width=row.width or 0, focal=(row.focal_x, row.focal_y) if is_set else None)


def to_take(request: Request, picture: Picture, links: PublicLinks, *, image: str = "") -> ToTake:
    """What can be copied, of the URL ``image`` or else of the page's own query."""
    given = asked(request)
    image = image or "/image?" + image_part(request.environ.get("QUERY_STRING", ""))
    across, _, down = given.get(OWN + "size", "").partition("x")
    known = across.isdigit() and down.isdigit() and len(across) < 7 and len(down) < 7
    told = recorded(request, picture.path)
    added: Sequence[PublisherOutput] = [
        output for extension in request.qis.kernel.registries.web.values() for output in extension.outputs
    ]
    published = Published(
        host=host(request),
        image=image,
        options=dict(parse_query(image.partition("?")[2])),
        title=told.title or picture.name.rpartition(".")[0] or picture.name,
        folder=picture.folder,
        width=int(across) if known else 0,
        height=int(down) if known else 0,
        widest=told.width,
        sizes=given.get(SIZES, "").strip() or "100vw",
        formats=list(request.qis.platform.composer.vocabulary.encoders),
        width_locked="width" in applying(request, picture).locked,
        widths=links.steps or WIDTHS,
        public=links.url,
        zoomed=links.zoomed,
        most=request.qis.settings(PublicSettings).max_width,
    )
    offered = replace(published, viewers=links.viewers(published.for_viewers))
    problem = links.viewers_problem(published.for_viewers)
    return ToTake(
        outputs=outputs(offered, added), notes=notes(request, picture, links, published.host + image, problem)
    )


def saving(
    request: Request,
    template: Template,
    options: Mapping[str, str],
    controls: Sequence[Control],
    problem: QisError | None,
) -> TemplateForm | None:
    """The form that makes a template, with what was typed where that was refused; None for those who may not."""
    if not template_form.may_save(request):
        return None
    vocabulary = request.qis.platform.composer.vocabulary
    typed = template_form.typed_values(request) if problem else {}
    locked = template_form.locked_keys(request) if problem else template.locked
    return TemplateForm(
        name=form_field(request, "name") if problem else "",
        description=form_field(request, "description") if problem else "",
        problem=problem.message if problem else "",
        keys=[(key, key in locked) for key in template_form.keys_of(vocabulary, template, options)],
        controls=[replace(control, value=str(typed.get(control.name, ""))) for control in controls],
    )


def known_facts(request: Request) -> Facts:
    """Reads facts with this site's render workers."""
    platform, limits = request.qis.platform, request.qis.settings(ImagingSettings).limits
    return Facts(library=platform.library, probe=platform.pool.probe, limits=limits)


def upright_size(info: SourceInfo) -> tuple[int, int]:
    """The pixels of the picture as it is shown; (0, 0) for one that has none of its own."""
    if info.vector:
        return 0, 0
    width, height = info.size.width, info.size.height
    return (height, width) if info.orientation >= 5 else (width, height)


def typed_query(typed: str) -> str:
    """The query of a URL as somebody typed or pasted it: whole, from ``/image?``, or the query alone."""
    text = re.sub(r"\s*[\r\n]\s*", "", typed.strip())
    parts = urlsplit(text) if "?" in text else None
    found = parts.query if parts else text
    # What is no ASCII is percent-encoded, what is encoded stays as it is.
    return "".join(c if " " < c < "\x7f" else "".join(f"%{byte:02X}" for byte in readable(c).encode()) for c in found)


def has_options(raw: str) -> bool:
    """Whether a query has anything besides ``src``."""
    return any(part and not part.startswith("src=") for part in raw.split("&"))


def problem_with(request: Request, raw: str) -> QisError | None:
    """Why the URL cannot work, as far as can be told without making the picture; else None."""
    try:
        request.qis.platform.composer.compose(raw, identity=request.identity)
    except QisError as error:
        return error
    return None


def kilobytes(size: int) -> str:
    """A file size for people: ``312 kB``, ``1.4 MB``."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1000))} kB"


def breadcrumbs(picture: Picture) -> list[Link]:
    """The way from the library to the picture's folder."""
    parts = picture.folder.split("/") if picture.folder else []
    links = [Link(text="Library", href="/list/")]
    return links + [Link(text=part, href=url("/list/", path="/".join(parts[: n + 1]))) for n, part in enumerate(parts)]


def visible(path: str, default_format: str) -> dict[str, Any]:
    """The options with which every browser can show the picture: none, unless its own format is one it cannot."""
    return {"src": path} if default_format in BROWSER_FORMATS else {"src": path, "format": "auto"}


def recipe_links(base: Mapping[str, Any], known: set[str], mark: Picture | None, *, pages: int) -> list[RecipeLinks]:
    """The recipes that the installed operations and formats can do, each on top of the options ``base``."""
    groups = []
    for group in GROUPS:
        recipes: list[Recipe] = [recipe for recipe in group.recipes if recipe.needs in known]
        if group.label == "Look" and mark and mark.path != base["src"] and "overlay" in known:
            recipes.append(watermark(mark.path))
        if group.label == "Format" and pages > 1:
            recipes.append(SECOND_PAGE)
        if recipes:
            links = [_recipe_link({**base, **recipe.options}, recipe.label) for recipe in recipes]
            groups.append(RecipeLinks(label=group.label, links=links))
    return groups


def _recipe_link(options: Mapping[str, Any], label: str) -> RecipeLink:
    return RecipeLink(label=label, href=url("/publish/", **options), image=url("/image", **options))
