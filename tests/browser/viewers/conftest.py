"""A server with pictures, a site of another origin that embeds them, and a browser that looks at it."""

import base64
import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image, ImageDraw

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server, serving
from qis_core.testing.chromium import executable
from qis_core.testing.elsewhere import Elsewhere, elsewhere
from qis_core.web.viewers import FOLDER

playwright = pytest.importorskip("playwright.sync_api")

AXE = Path(__file__).parents[3] / "frontend/node_modules/axe-core/axe.min.js"
STYLE = """:root { color-scheme: light dark } body { margin: 0; font: 16px/1.5 sans-serif }
.box { width: 600px; height: 400px } .far { height: 4000px }"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Somebody's page</title><link rel="stylesheet" href="/page.css">
<script src="/listen.js"></script>{head}</head>
<body><main><h1>Pictures</h1>{body}</main>{scripts}</body></html>"""
LISTEN = "addEventListener('qis-%s', event => (window.told ??= []).push([event.type, event.detail]));"
TITLE = "Four quarters"


@dataclass
class Embedding:
    """Opens pages of another site in the browser, and takes down what goes wrong there."""

    server: Server
    site: Elsewhere
    browser: "playwright.Browser"
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _opened: list["playwright.BrowserContext"] = field(default_factory=list)

    def image(self, src: str, **options: object) -> str:
        """An image URL of the server."""
        return f"{self.server.url}/image?" + urlencode({"src": src, **options}, safe="/")

    def open(
        self, body: str, *scripts: str, own: str = "", head: str = "", events: str = "", width: int = 1000, **context
    ) -> "playwright.Page":
        """A page with ``body``, the server's ``scripts`` by name, and a script of its own.

        It takes down the elements' ``events`` (words) in ``told``.
        """
        self.site.put("listen.js", "".join(LISTEN % name for name in events.split()))
        self.site.put("page.css", STYLE)
        self.site.put("own.js", own)
        sources = [f"{self.server.url}/static/js/{name}" for name in scripts or ("qis-viewers.js",)] + ["/own.js"]
        tags = "".join(f'<script src="{source}"></script>' for source in sources)
        url = self.site.put("page.html", PAGE.format(head=head, body=body, scripts=tags))
        self._opened.append(self.browser.new_context(viewport={"width": width, "height": 800}, **context))
        page = self._opened[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)
        return page

    def asked(self, *parts: str) -> list[str]:
        """The requests so far with all these parts in their URLs."""
        return [url for url in self.requests if all(part in url for part in parts)]

    def close(self) -> None:
        """Closes the pages."""
        for context in self._opened:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"{kind}: {text}")


@pytest.fixture(scope="session")
def image_server(tmp_path_factory):
    settings = {"qis.public.level": "download", "qis.links.folders": "signed=signed steps=ladder"}
    with serving(tmp_path_factory.mktemp("embedded"), settings) as server:
        _draw(server.library)
        _describe(server.url)
        yield server


@pytest.fixture(scope="session")
def other_site(image_server):
    with elsewhere(image_server.url) as site:
        yield site


@pytest.fixture(scope="module")
def browser():
    # Not for the session: its event loop would be in the way of other tests' own.
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def embedding(image_server, other_site, browser):
    if not (FOLDER / "qis-viewers.js").exists():
        pytest.skip("the browser code is not built: npm run build in frontend/")
    made = Embedding(server=image_server, site=other_site, browser=browser)
    yield made
    made.close()
    assert made.problems == []


@contextmanager
def told(embedding: Embedding, text: str):
    """Takes out of the problems those with ``text``, of which there must be one."""
    yield
    found = [problem for problem in embedding.problems if text in problem]
    assert found
    embedding.problems[:] = [problem for problem in embedding.problems if text not in problem]


@pytest.fixture
def expecting():
    return told


@pytest.fixture
def violations():
    """What axe-core finds wrong on a page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in frontend/")

    def find(page) -> list[str]:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        return page.evaluate(
            "axe.run().then(found => found.violations.map("
            "each => `${each.id}: ${each.help}: ${each.nodes.map(node => node.html).join(' | ')}`))"
        )

    return find


def _draw(library: Path) -> None:
    quarters = Image.new("RGB", (2400, 1600), "red")
    pen = ImageDraw.Draw(quarters)
    pen.rectangle((1200, 0, 2399, 799), fill="lime")
    pen.rectangle((0, 800, 1199, 1599), fill="blue")
    pen.rectangle((1200, 800, 2399, 1599), fill="yellow")
    (library / "zoom").mkdir()
    quarters.save(library / "zoom/quarters.jpg", quality=95)
    (library / "show").mkdir()
    for name, colour in {"1 one": "teal", "2_two": "purple", "3-three": "olive"}.items():
        Image.new("RGB", (900, 600), colour).save(library / f"show/{name}.png")
    for folder in ("shut", "signed", "steps"):
        (library / folder).mkdir()
        Image.new("RGB", (900, 600), "purple").save(library / folder / "one.png")


def _describe(url: str) -> None:
    """Gives a picture a title and a description, and takes a folder away from the public."""

    def call(method: str, path: str, token: str = "", **fields: object) -> Any:
        request = urllib.request.Request(f"{url}/api/v1/{path}", method=method)
        if token:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{token}:".encode()).decode())
        with urllib.request.urlopen(request, urlencode(fields).encode() if fields else None, timeout=30) as answer:
            return json.load(answer)["data"]

    token = call("POST", "token/", username="admin", password=ADMIN_PASSWORD)["token"]
    number = call("GET", "details/?src=zoom/quarters.jpg")["id"]
    call("PUT", f"admin/images/{number}/", token, title=TITLE, description="Red, green, blue and yellow.")
    folder = call("GET", "details/?src=shut/one.png", token)["folder"]["id"]
    public = next(each["id"] for each in call("GET", "admin/groups/", token) if each["name"] == "Public")
    call("POST", "admin/permissions/", token, group_id=public, folder_id=folder, access=0)
