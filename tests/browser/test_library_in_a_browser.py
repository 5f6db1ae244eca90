"""The library, a picture, the search and the list of tasks as somebody with a browser uses them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server, serving
from qis_core.testing.chromium import Chromium, executable
from qis_core.web.themes.static import FOLDER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not (FOLDER / "dist/library.js").exists(), reason="the browser code is not built"),
]

WATCH = """
window.problems = [];
addEventListener("error", (event) => problems.push(String(event.message)));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => problems.push(`${event.violatedDirective} ${event.blockedURI}`));
const told = console.error;
console.error = (...words) => { problems.push(words.join(" ")); told(...words); };
"""

DROP = """(async () => {
    const transfer = new DataTransfer();
    for (const name of %s) {
        const canvas = document.createElement("canvas");
        canvas.width = 60; canvas.height = 40;
        canvas.getContext("2d").fillText(name, 5, 20);
        const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
        transfer.items.add(new File([blob], name, { type: "image/png" }));
    }
    dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true, bubbles: true }));
})()"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), {"qis.imaging.workers": "2"}) as made:
        (made.library / "many").mkdir()
        for number in range(200):
            Image.new("RGB", (30, 20), (number, 80, 160)).save(made.library / f"many/{number:03}.png")
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, place: Server) -> Iterator[Chromium]:
    """A browser in which the administrator has logged in by the form."""
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        browser.send("Page.enable")
        browser.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        browser.go(place.url + "/login/?next=/list/")
        browser.evaluate(
            "document.querySelector('[name=username]').value = 'admin';"
            f"document.querySelector('[name=password]').value = {json.dumps(ADMIN_PASSWORD)};"
            "document.querySelector('main form').requestSubmit()"
        )
        browser.wait_for("location.pathname === '/list/' && document.readyState === 'complete'")
        yield browser


def calm(browser: Chromium) -> None:
    """No error was told, and nothing was against the page's policy."""
    assert browser.evaluate("problems") == []


def test_a_folder_is_made_and_three_files_are_dropped_into_it(browser: Chromium, place: Server) -> None:
    browser.go(place.url + "/folder/")
    browser.evaluate(
        "document.querySelector('[name=name]').value = 'new'; document.querySelector('[value=make]').click()"
    )
    browser.wait_for("location.search.includes('path=new') && !!document.querySelector('[data-upload]')")
    browser.wait_for("document.readyState === 'complete'")
    browser.evaluate(DROP % '["one.png", "two.png", "three.png"]')
    browser.wait_for("document.querySelector('.uploads h2')?.textContent === '3 uploaded'", 60)
    assert sorted(os.listdir(place.library / "new")) == ["one.png", "three.png", "two.png"]
    browser.evaluate(DROP % '["one.png"]')
    browser.wait_for("[...document.querySelectorAll('.uploads button')].some(b => b.textContent === 'Keep both')", 60)
    browser.evaluate(
        "[...document.querySelectorAll('.uploads button')].find(b => b.textContent === 'Keep both').click()"
    )
    browser.wait_for("document.querySelector('.uploads h2')?.textContent === '4 uploaded'", 60)
    assert "one-001.png" in os.listdir(place.library / "new")
    calm(browser)


def test_a_folder_is_chosen_and_comes_with_what_is_in_it(browser: Chromium, place: Server, tmp_path: Path) -> None:
    (tmp_path / "season/winter").mkdir(parents=True)
    for name in ("boots.png", "winter/coat.png", "winter/scarf.png"):
        Image.new("RGB", (30, 20), "blue").save(tmp_path / "season" / name)
    (tmp_path / "season/.hidden").write_bytes(b"the system's own")
    browser.go(place.url + "/list/?path=")
    browser.wait_for("document.querySelector('[data-pick=folder]')?.checkVisibility()")
    browser.evaluate("document.querySelector('[data-pick=folder]').click()")
    field = browser.send("Runtime.evaluate", expression="document.querySelector('input[data-picker]')")["result"]
    browser.send("DOM.setFileInputFiles", objectId=field["objectId"], files=[str(tmp_path / "season")])
    browser.wait_for("document.querySelector('.uploads h2')?.textContent === '3 uploaded'", 60)
    assert sorted(os.listdir(place.library / "season")) == ["boots.png", "winter"]
    assert sorted(os.listdir(place.library / "season/winter")) == ["coat.png", "scarf.png"]
    calm(browser)


def test_a_picture_is_edited_found_and_given_a_focal_point(browser: Chromium, place: Server) -> None:
    browser.go(place.url + "/details/?src=photos/wide.jpg")
    browser.evaluate(
        "document.querySelector('[name=title]').value = 'A wide view';"
        "document.querySelector('[name=tags]').value = 'holiday, sea';"
        "document.querySelector('form.about').requestSubmit()"
    )
    browser.wait_for(
        "location.search.includes('said=saved') && document.readyState === 'complete'"
        " && !!document.querySelector('[name=focus]')"
    )
    browser.evaluate("document.querySelector('.fold').open = true")
    browser.evaluate(
        "(() => { const field = document.querySelector('[name=focus]'), box = field.getBoundingClientRect();"
        " field.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true,"
        " clientX: box.left + box.width / 4, clientY: box.top + box.height / 2 })); })()"
    )
    browser.wait_for("location.search.includes('said=focus') && !!document.querySelector('.focus circle')")
    share = browser.evaluate(
        "document.querySelector('.focus circle').cx.baseVal.value / document.querySelector('.focus svg').clientWidth"
    )
    assert abs(share - 0.25) < 0.02
    browser.go(place.url + "/search/?q=holid")
    assert browser.evaluate("document.querySelector('.tile img').alt") == "A wide view"
    calm(browser)


def test_keys_go_from_picture_to_picture_and_tick_them(browser: Chromium, place: Server) -> None:
    browser.go(place.url + "/list/?path=many")

    def press(key: str, code: int = 0) -> None:
        browser.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) == 1 else "")
        browser.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    browser.wait_for("!document.querySelector('[data-size]').hidden")
    press("ArrowRight")
    press("ArrowRight")
    browser.wait_for("document.activeElement.closest('.tile')?.querySelector('img').alt === '001.png'")
    press("x")
    browser.wait_for("document.querySelector('[data-count]').textContent === '1 selected'")
    assert browser.evaluate("getComputedStyle(document.querySelector('.selection-bar')).display") == "flex"
    press(" ")
    browser.wait_for("!!document.querySelector('dialog.preview[open]')")
    press(" ")
    browser.wait_for("!document.querySelector('dialog.preview')")
    press("?")
    browser.wait_for("!!document.querySelector('dialog[open] kbd')")
    calm(browser)


def test_the_next_pictures_come_as_one_scrolls(browser: Chromium, place: Server) -> None:
    browser.go(place.url + "/list/?path=many")
    browser.wait_for("scrollTo(0, document.body.scrollHeight) || document.querySelectorAll('.tile').length === 200")
    calm(browser)


def test_a_page_of_many_pictures_is_small_before_its_pictures(browser: Chromium, place: Server) -> None:
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", cacheDisabled=True)
    try:
        browser.go(place.url + "/list/?path=many")
        size = browser.evaluate(
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
            ".filter(e => !e.name.includes('/image?')).reduce((sum, e) => sum + e.transferSize, 0)"
        )
    finally:
        browser.send("Network.setCacheDisabled", cacheDisabled=False)
    assert 10_000 < size < 300_000


def test_the_list_of_tasks_follows_them(browser: Chromium, place: Server) -> None:
    browser.go(place.url + "/admin/tasks/?show=all")
    browser.evaluate(
        "fetch('/api/v1/admin/tasks/sync/', { method: 'POST', body: new URLSearchParams({ path: '/' }),"
        " headers: { 'X-CSRF-Token': document.querySelector('[name=csrf_token]').value } }).then(a => a.status)"
    )
    browser.go(place.url + "/admin/tasks/?show=all")
    browser.wait_for("[...document.querySelectorAll('tbody .badge')].some(e => e.textContent === 'done')", 120)
    calm(browser)
