"""One person's way through QIS in a real browser: from the login to a picture on a page of their own, and back."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server, serving
from qis_core.testing.chromium import executable
from qis_core.testing.elsewhere import elsewhere
from qis_core.web.themes.static import FOLDER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not (FOLDER / "dist/library.js").exists(), reason="the browser code is not built"),
]

PATIENCE = 60_000
"""Milliseconds that a condition may take on a machine with other things to do."""

LISTENER = """
window.heard = [];
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const text = document.querySelector(".uploads h2")?.textContent;
    if (text && heard.at(-1) !== text) heard.push(text);
}).observe(document.body, { childList: true, subtree: true, characterData: true }));
"""
"""Takes down what the panel of uploads says, in the order in which it says it."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, {"qis.imaging.workers": "2"}) as made:
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of somebody who has come for the first time; nothing may go wrong on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LISTENER)
    problems: list[str] = []
    page = context.new_page()
    page.on(
        "console",
        lambda message: problems.append(f"{message.text} {message.location}") if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def test_from_the_login_to_a_picture_on_another_site(
    page: Page, browser: Browser, place: Server, tmp_path: Path
) -> None:
    log_in(page, place)
    make_folder(page, "harbour")
    upload(page, [draw(tmp_path, name) for name in ("boats.png", "crane.png", "pier.png")])
    describe(page, "boats.png", "Boats at noon", "summer, water")
    find(page, "noon", "Boats at noon")
    set_focal_point(page)
    embed(browser, place, publish(page))
    refuse_the_public(place, "harbour", "boats.png")
    expect_refusal(browser, place, "harbour", "boats.png")
    assert page.request.get(f"{place.url}/image?src=harbour/boats.png&width=50").ok


def log_in(page: Page, place: Server) -> None:
    page.goto(place.url + "/")
    page.get_by_role("link", name="Log in").first.click()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(ADMIN_PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(place.url + "/list/")


def make_folder(page: Page, name: str) -> None:
    page.get_by_role("link", name="Folder", exact=True).click()
    page.get_by_label("New folder in it").fill(name)
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(f"**/list/**path={name}**")
    page.get_by_text("There are no pictures in this folder yet").wait_for()


def upload(page: Page, files: list[Path]) -> None:
    """Picks the files, watches their progress, and looks at them in the folder."""
    with page.expect_file_chooser() as chooser:
        page.locator("main").get_by_role("link", name="Upload", exact=True).click()
    chooser.value.set_files([str(file) for file in files])
    page.get_by_role("heading", name=f"{len(files)} uploaded").wait_for()
    assert page.evaluate("heard.find(text => text.startsWith('Uploading'))") == f"Uploading, 0 of {len(files)} done"
    bars = page.locator(".uploads progress").evaluate_all("bars => bars.map(bar => [bar.ariaLabel, bar.value])")
    assert sorted(bars) == [[file.name, 1] for file in files]
    page.get_by_role("button", name="Show them").click()
    pictures = page.locator(".tile img")
    playwright.expect(pictures).to_have_count(len(files))
    for picture in pictures.all():
        playwright.expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=PATIENCE)


def describe(page: Page, name: str, title: str, tags: str) -> None:
    page.get_by_role("link", name=name).click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Tags").fill(tags)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name=title).wait_for()


def find(page: Page, words: str, title: str) -> None:
    """Searches by the keyboard, from wherever one is, and opens what was found."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    page.get_by_role("link", name=title).click()
    page.wait_for_url("**/details/**")


def set_focal_point(page: Page) -> None:
    page.get_by_text("Focal point", exact=True).click()
    field = page.get_by_role("button", name="Set the focal point by a click on the picture")
    field.wait_for()
    width, height = field.evaluate("field => [field.clientWidth, field.clientHeight]")
    field.click(position={"x": width / 4, "y": height / 2})
    page.wait_for_url("**said=focus*")
    share = page.locator(".focus circle").first.evaluate("c => c.cx.baseVal.value / c.ownerSVGElement.clientWidth")
    assert abs(share - 0.25) < 0.02


def publish(page: Page) -> str:
    """Opens the publisher, and gives the snippet with a srcset that it offers."""
    page.get_by_role("link", name="Publish", exact=True).click()
    page.locator("[data-facts] b").first.wait_for()
    page.locator("[data-outputs]").get_by_text("srcset", exact=True).click()
    snippet = page.locator('[data-snippet="srcset"]')
    snippet.wait_for()
    return snippet.input_value().strip()


def embed(browser: Browser, place: Server, snippet: str) -> None:
    """Puts the snippet into a page of another origin, which shows the picture in a width of its srcset."""
    assert " srcset=" in snippet
    with elsewhere(place.url) as site, browser.new_context(viewport={"width": 400, "height": 600}) as visitor:
        window = visitor.new_page()
        window.goto(site.put("page.html", f"<!doctype html><title>Mine</title>{snippet}"))
        picture = window.locator("img")
        playwright.expect(picture).to_have_js_property("naturalWidth", 400, timeout=PATIENCE)
        assert picture.evaluate("picture => picture.currentSrc").startswith(f"{place.url}/image?src=harbour/boats.png")


def refuse_the_public(place: Server, folder: str, name: str) -> None:
    """Takes the folder of a picture away from the public, as a script does it."""
    token = api(place, "POST", "token/", username="admin", password=ADMIN_PASSWORD)["token"]
    number = api(place, "GET", f"details/?src={folder}/{name}", token)["folder"]["id"]
    public = next(each["id"] for each in api(place, "GET", "admin/groups/", token) if each["name"] == "Public")
    api(place, "POST", "admin/permissions/", token, group_id=public, folder_id=number, access=0)


def expect_refusal(browser: Browser, place: Server, folder: str, name: str) -> None:
    """In a private window neither the folder's page nor a picture, which others were just shown, is given."""
    with browser.new_context() as private:
        window = private.new_page()
        window.set_default_timeout(PATIENCE)
        answer = window.goto(f"{place.url}/list/?path={folder}")
        assert answer is not None
        assert answer.status in (401, 403, 404)
        assert name not in window.content()
        assert window.get_by_role("link", name="Log in").count()
        assert private.request.get(f"{place.url}/image?src={folder}/{name}&width=50").status in (401, 403, 404)


def api(place: Server, method: str, path: str, token: str = "", **fields: object) -> Any:
    """What the REST API answers."""
    request = urllib.request.Request(f"{place.url}/api/v1/{path}", method=method)
    if token:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{token}:".encode()).decode())
    with urllib.request.urlopen(request, urlencode(fields).encode() if fields else None, timeout=60) as answer:
        return json.load(answer)["data"]


def draw(folder: Path, name: str) -> Path:
    Image.effect_noise((900, 600), 90).convert("RGB").save(folder / name)
    return folder / name
