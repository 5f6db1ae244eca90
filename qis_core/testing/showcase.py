"""Every page of a site, with something on it: for tests that look at all of them, and for ``make screenshots``."""

from __future__ import annotations

import base64
import contextlib
import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server

if TYPE_CHECKING:
    from qis_core.testing.chromium import Chromium

PASSWORD = "a password of seven words"
"""The password of ``ada``, who may do little, and of everybody else who is added."""

PATIENCE = 120.0
"""Seconds: a machine that does much else besides is slow, and nothing else is told by it."""

LONG_NAME = (
    "An uncommonly long name as cameras, agencies and careful people like to give them, 2026-11-23 (final, 2).png"
)

READY = """(() => {
    const below = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []));
    const roots = (root) => [root, ...below(root)];
    const all = (selector) => roots(document).flatMap((root) => [...root.querySelectorAll(selector)]);
    const isInView = ({ top, bottom }) => top < innerHeight && bottom > 0;
    const isThere = (image) => image.complete && !image.matches(".waiting");
    return document.readyState === "complete" && !all(".busy, [aria-busy=true], :not(:defined)").length
        && all("img").every((image) => isThere(image) || !isInView(image.getBoundingClientRect()));
})()"""
"""True when all pictures in view are there, those of viewers too, and nothing is under way."""

PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
"""Waits until what is there has been drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page as somebody meets it.

    ``path`` may name records of ``furnish`` in braces. ``who`` looks at it: ``admin``, ``ada`` or '' (the public).
    ``does`` is JavaScript for what they do there first; ``shows`` an expression that is true once that has come
    about. ``away``: the library's folder is not there meanwhile. ``forgets``: the browser has lost its cookies by the
    time something is done. ``refused`` is in the URLs whose refusal is meant.
    """

    name: str
    path: str
    who: str = "admin"
    does: str = ""
    shows: str = "true"
    away: bool = False
    forgets: bool = False
    refused: str = ""


def _tick(count: int, then: str = "") -> str:
    return f"[...document.querySelectorAll('.tile > input')].slice(0, {count}).forEach((box) => box.click());" + (
        f"document.querySelector('[data-selection] button[value={then}]').click()" if then else ""
    )


def _send(field: str, text: str, button: str = "main form .button.primary") -> str:
    return (
        f"document.querySelector({json.dumps(field)}).value = {json.dumps(text)};"
        f"document.querySelector({json.dumps(button)}).click()"
    )


_UPLOAD = """
document.querySelector("[name=overwrite]").value = "yes";
const files = new DataTransfer();
const draw = document.createElement("canvas");
const paint = draw.getContext("2d");
paint.fillStyle = "#e8d9b8";
paint.fillRect(0, 0, draw.width, draw.height);
paint.fillStyle = "#2f5d9e";
paint.fillRect(60, 40, 180, 70);
draw.toBlob((blob) => {
    files.items.add(new File([blob], "from the form.png", { type: "image/png" }));
    files.items.add(new File(["Dear diary"], "a letter.jpg", { type: "image/jpeg" }));
    const field = document.querySelector("[name=files]");
    field.files = files.files;
    field.form.querySelector(".button.primary").click();
})
"""
_LOG_IN = (
    "document.querySelector('[name=username]').value = {name};"
    "document.querySelector('[name=password]').value = {password};"
    "document.querySelector('main form').requestSubmit()"
)
_PROBLEM = "!!document.querySelector('.notice.problem')"
_FACTS = "!!document.querySelector('[data-facts] b')"
_CROP = "document.querySelector('[data-crop-area]').offsetWidth > 50"
_COMPARED = "[...document.querySelectorAll('[data-side-facts]')].every((side) => Number(side.dataset.bytes) > 0)"
_LATE = _send("[name=title]", "Typed before the session was over", "form.about .button")
_PREVIEW = "document.querySelector('.tile a').focus(); dispatchEvent(new KeyboardEvent('keydown', { key: ' ' }))"
_CROPPED = "&width=800&left=0.2&top=0.1&right=0.9&bottom=0.8"
_OPEN_ALL = "document.querySelectorAll('.fold').forEach((fold) => (fold.open = true))"
_OPEN_CALL = "const call = document.querySelector('.api details'); call.open = true; call.scrollIntoView()"
_WRONG_PASSWORD = """
for (const name of ["old", "password", "again"]) document.querySelector(`[name=${name}]`).value = name + " and more";
document.querySelector("[value=password]").click()
"""
_NAME_TAKEN = "document.querySelector('#add ~ form [name=username]').value = 'ada';" + _send(
    "#add ~ form [name=password]", PASSWORD, "[value=add]"
)


def _click(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)}).click()"


def _there(selector: str) -> str:
    return f"!!document.querySelector({json.dumps(selector)})"


def _here(name: str, path: str, **more: Any) -> Place:
    return Place(name=name, path=path, **more)


_FOLDER = "/list/?path={folder}"
_PUBLISH = "/publish/?src={picture}"
PLACES = (
    _here("start-public", "/", who=""),
    _here("library-public", "/list/", who=""),
    _here("picture-public", "/details/?src={picture}", who=""),
    _here("login", "/login/", who=""),
    _here("login-refused", "/login/", who="", does=_LOG_IN.format(name="'ada'", password="'wrong'"), shows=_PROBLEM),
    _here("error-not-public", "/list/?path={private}", who=""),
    _here("start", "/"),
    _here("library", "/list/"),
    _here("folder", _FOLDER),
    _here("folder-as-list", _FOLDER + "&view=list"),
    _here("folder-empty", "/list/?path={empty}"),
    _here("folder-of-long-names", "/list/?path={long}"),
    _here("folder-of-long-names-as-list", "/list/?path={long}&view=list"),
    _here("folder-filtered", _FOLDER + "&filter=zebra"),
    _here("folder-selection", _FOLDER, does=_tick(3)),
    _here("folder-preview", _FOLDER, does=_PREVIEW, shows=_there("dialog.preview[open]")),
    _here("selection-move", _FOLDER, does=_tick(3, "move"), shows=_there("[name=to]")),
    _here("selection-rename", _FOLDER, does=_tick(2, "rename"), shows=_there("main [name=name]")),
    _here("selection-tags", _FOLDER, does=_tick(3, "tag"), shows=_there("[name=add]")),
    _here("keys", "/list/", does=_click("[data-keys]"), shows=_there("dialog[open] kbd")),
    _here("menu", "/list/", does=_click(".person > summary")),
    _here("search", "/search/"),
    _here("search-found", "/search/?q={word}"),
    _here("search-none", "/search/?q=zebra"),
    _here("picture", "/details/?src={picture}"),
    _here("picture-unfolded", "/details/?src={picture}", does=_OPEN_ALL),
    _here("picture-long-name", "/details/?src={long_picture}"),
    _here("upload", "/upload/?path={folder}"),
    _here("upload-refused", "/upload/?path=incoming", does=_UPLOAD, shows=_there("td .badge.bad")),
    _here("folder-change", "/folder/?path={folder}"),
    _here("publish", _PUBLISH + "&width=800&height=600&fit=cover", shows=_FACTS),
    _here("publish-crop", _PUBLISH + _CROPPED, does=_click("[data-mode=crop]"), shows=_CROP),
    _here("publish-compare", _PUBLISH + "&width=800", does=_click("[data-mode=compare]"), shows=_COMPARED),
    _here("publish-srcset", _PUBLISH + "&width=800", does=_click("#output-srcset"), shows=_FACTS),
    _here(
        "publish-wrong",
        _PUBLISH + "&width=wide",
        refused="width=wide",
        shows="!document.querySelector('[data-problem]').hidden",
    ),
    _here("trash", "/trash/"),
    _here("account", "/account/"),
    _here(
        "account-token",
        "/account/",
        does=_send("[name=name]", "Import", "[value=add_token]"),
        shows=_there("#new-token"),
    ),
    _here("account-wrong", "/account/", does=_WRONG_PASSWORD, shows=_PROBLEM),
    _here("admin", "/admin/"),
    _here("admin-users", "/admin/users/"),
    _here("admin-users-wrong", "/admin/users/", does=_NAME_TAKEN, shows=_PROBLEM),
    _here("admin-users-none", "/admin/users/?q=zebra"),
    _here("admin-user", "/admin/users/{ada}/"),
    _here("admin-groups", "/admin/groups/"),
    _here("admin-group", "/admin/groups/{editors}/"),
    _here("admin-permissions", "/admin/permissions/?path={folder}"),
    _here("admin-trace", "/admin/permissions/trace/?path={private}&user={ada}"),
    _here("admin-templates", "/admin/templates/"),
    _here("admin-template", "/admin/templates/{template}/"),
    _here("admin-tasks", "/admin/tasks/"),
    _here("admin-start", "/admin/tasks/start/"),
    _here("admin-start-form", "/admin/tasks/start/warm/"),
    _here("admin-audit", "/admin/audit/"),
    _here("admin-plugins", "/admin/plugins/"),
    _here("admin-cache", "/admin/cache/"),
    _here("admin-purge", "/admin/cache/purge/?what=everything"),
    _here("admin-system", "/admin/system/"),
    _here("admin-system-checked", "/admin/system/?check=1"),
    _here("help", "/help/"),
    _here("help-image", "/help/viewers/image/"),
    _here("help-zoom", "/help/viewers/zoom/"),
    _here("help-gallery", "/help/viewers/gallery/"),
    _here("help-slideshow", "/help/viewers/slideshow/"),
    _here("help-lightbox", "/help/viewers/lightbox/"),
    _here("api", "/api/docs/"),
    _here("api-call", "/api/docs/", does=_OPEN_CALL),
    _here("logout", "/logout/"),
    _here("error-missing-page", "/nowhere/"),
    _here("error-missing-picture", "/details/?src={folder}/nowhere.jpg"),
    _here("error-not-allowed", "/admin/users/", who="ada"),
    _here("error-session-over", "/details/?src={picture}", forgets=True, does=_LATE, shows="!window.before"),
    _here("error-busy", "/list/", away=True, refused="/list/"),
)
"""All places, in an order in which one might go through them."""


def furnish(server: Server, picture: str) -> Mapping[str, object]:
    """Brings what pages have to show into a server: people, groups, levels, a template, a task, pictures with words and
    with long names. ``picture`` is one in a folder of its library. Gives what the paths of ``PLACES`` name.
    """
    folder, _, name = picture.rpartition("/")
    empty, private, long = "drafts", "private", "winter catalogue 2026 and 2027, second edition, proofs"
    for each in (empty, private, long):
        (server.library / each).mkdir()
    original = (server.library / picture).read_bytes()
    suffix = picture[picture.rindex(".") :]
    for target in (f"{private}/{name}", f"{long}/{LONG_NAME}{suffix}", f"{long}/2{suffix}", f"deleted{suffix}"):
        (server.library / target).write_bytes(original)

    call = _Caller(server.url)
    ada = call("POST", "admin/users/", username="ada", password=PASSWORD, first_name="Ada", last_name="Lovelace",
               email="ada@example.org", allow_api=1)["id"]  # fmt: skip
    call("POST", "admin/users/", username="wilhelmina.featherstonehaugh-cholmondeley", password=PASSWORD,
         first_name="Wilhelmina Alexandra", last_name="Featherstonehaugh-Cholmondeley",
         email="wilhelmina.featherstonehaugh-cholmondeley@communications.example.org")  # fmt: skip
    editors = call("POST", "admin/groups/", name="Editors", description="Write the pages of the web site.", reports=1)[
        "id"
    ]
    call("POST", f"admin/groups/{editors}/members/", user_id=ada)
    public = next(group["id"] for group in call("GET", "admin/groups/") if group["name"] == "Public")
    for path, group, access in ((private, public, 0), (folder, editors, 30)):
        number = call("GET", "admin/filesystem/folders/?path=" + quote(path))["id"]
        call("POST", "admin/permissions/", group_id=group, folder_id=number, access=access)
    values = {"width": {"value": 800}, "height": {"value": 450}, "align_h": {"value": "C0.5"}, "quality": {"value": 80}}
    template = call(
        "POST", "admin/templates/", name="Article", description="Pictures in articles", template=json.dumps(values)
    )["id"]
    image = call("GET", "details/?src=" + quote(picture))["id"]
    call(
        "PUT",
        f"admin/images/{image}/",
        title="The picture of the season",
        description="For the front page, until the end of the year.\nPlease ask before you use it in print.",
    )
    call("POST", f"admin/images/{image}/tags/", tags="season, front page")
    call("PUT", f"admin/images/{image}/focal/", x=3800, y=4200)
    deleted = call("GET", "details/?src=" + quote(f"deleted{suffix}"))["id"]
    call("DELETE", f"admin/filesystem/images/{deleted}/")
    call("POST", "admin/tasks/sync/", path="/")
    return {
        "picture": quote(picture), "folder": quote(folder), "word": quote(name.partition(".")[0]),
        "empty": quote(empty), "private": quote(private), "long": quote(long),
        "long_picture": quote(f"{long}/{LONG_NAME}{suffix}"),
        "ada": ada, "editors": editors, "template": template,
    }  # fmt: skip


class _Caller:
    """The REST API as the administrator calls it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""
        self._token = self("POST", "token/", username="admin", password=ADMIN_PASSWORD)["token"]

    def __call__(self, method: str, path: str, /, **fields: object) -> Any:
        """What the answer holds."""
        request = urllib.request.Request(f"{self._url}/api/v1/{path}", method=method)
        if self._token:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{self._token}:".encode()).decode())
        with urllib.request.urlopen(
            request, urlencode(fields).encode() if fields else None, timeout=PATIENCE
        ) as answer:
            return json.load(answer)["data"]


class Tour:
    """A browser that goes to the places of a furnished server, as whoever looks at each."""

    def __init__(self, browser: Chromium, server: Server, records: Mapping[str, object]) -> None:
        self._browser, self._server, self._records = browser, server, records
        self._who = ""
        self._cookies: dict[str, list[Any]] = {}
        self._meant = ""

    def visit(self, place: Place) -> None:
        """Goes there, does what is done there, and waits until all is there to be seen."""
        self._be(place.who)
        self._browser.told.clear()
        self._meant = place.refused
        with self._away() if place.away else contextlib.nullcontext():
            self._go(place.path.format_map(self._records))
        if place.forgets:
            self._browser.send("Network.clearBrowserCookies")
            self._who = "nobody"
        if place.does:
            self._browser.evaluate(f"{{ window.before = true; {place.does} }} 0")
        self._browser.wait_for(f"{READY} && {place.shows}", PATIENCE)
        self._browser.evaluate(PAINTED)

    def faults(self) -> list[str]:
        """What the browser told of the page: errors of scripts, what its policy forbids, what cannot be loaded; and
        whether the page is wider than the window. That the page itself is an error is none."""
        here = self._browser.evaluate("location.href")
        found = [words for words in self._browser.told if not words.endswith(f"({here})")]
        found = [words for words in found if not self._meant or self._meant not in words]
        wide, window = self._browser.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return found + [f"it is {wide} wide in a window of {window}"] * (wide > window)

    @contextlib.contextmanager
    def _away(self) -> Iterator[None]:
        """Puts the library's folder elsewhere; afterwards waits until the server has found it again."""
        elsewhere = self._server.library.with_name("elsewhere")
        self._server.library.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(self._server.library)
            self._browser.wait_for("fetch('/list/').then((answer) => answer.ok)", PATIENCE)

    def _go(self, path: str) -> None:
        self._browser.evaluate("window.before = true")
        self._browser.send("Page.navigate", url=self._server.url + path)
        self._browser.wait_for(f"!window.before && {READY}", PATIENCE)

    def _be(self, who: str) -> None:
        if who == self._who:
            return
        self._browser.send("Network.clearBrowserCookies")
        self._who = who
        if self._cookies.get(who):
            self._browser.send("Network.setCookies", cookies=self._cookies[who])
        elif who:
            password = ADMIN_PASSWORD if who == "admin" else PASSWORD
            self._go("/login/?next=/help/")
            self._browser.evaluate(_LOG_IN.format(name=json.dumps(who), password=json.dumps(password)))
            self._browser.wait_for("location.pathname === '/help/'", PATIENCE)
            self._cookies[who] = self._browser.send("Network.getCookies")["cookies"]
