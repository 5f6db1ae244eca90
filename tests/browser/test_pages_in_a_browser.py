"""What somebody with a browser sees and does: a real server, a real Chromium."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from qis_core.testing.chromium import Chromium, executable
from qis_core.web.themes.static import FOLDER

pytestmark = [
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(
        not (FOLDER / "dist/publish.js").exists(), reason="the browser code is not built: npm run build in frontend/"
    ),
]

SHOWN = "document.querySelector('[data-facts] b')?.textContent"
PROBLEM = "document.querySelector('[data-problem]')"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a server with a few pictures of its own."""
    place = tmp_path_factory.mktemp("server")
    (place / "library/folder").mkdir(parents=True)
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(place / "library/folder/ä b.jpg")
    Image.radial_gradient("L").resize((800, 800)).save(place / "library/top.png")
    (place / "library/broken.jpg").write_bytes(b"this is no picture")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QIS_")}
    process = subprocess.Popen(
        [sys.executable, "-c", "from qis_core.cli import main; main()", "serve", "--port", "0"],
        cwd=place, env=environ, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        told = ""
        for line in process.stdout:
            told += line
            if " serves at " in line:
                yield line.split(" serves at ")[1].split()[0].rstrip("/")
                break
        else:
            pytest.fail(f"the server has not started: {told}")
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def type_url(browser: Chromium, text: str) -> None:
    """As if somebody had replaced the text of the field."""
    browser.evaluate(
        f"(() => {{ const field = document.querySelector('[data-url]'); field.value = {text!r};"
        "field.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )


def test_the_start_page_shows_pictures(address, browser):
    browser.go(address + "/list/?path=folder")
    browser.wait_for("document.querySelector('.tile img')?.naturalWidth > 100")
    assert browser.evaluate("document.querySelector('.tile img').alt") == "ä b.jpg"


def test_no_box_moves_when_its_picture_comes(address, browser):
    browser.go(address + "/list/")
    browser.wait_for("document.images.length && [...document.images].every(image => image.complete)")
    moved = browser.evaluate(
        """new Promise(done => {
            let sum = 0;
            const add = list => list.getEntries().forEach(entry => (sum += entry.value));
            new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 200);
        })"""
    )
    assert moved == 0
    boxes = browser.evaluate("[...document.querySelectorAll('.box')].map(box => box.clientWidth / box.clientHeight)")
    assert boxes
    assert all(abs(ratio - 1.5) < 0.02 for ratio in boxes)


def test_editing_the_url_changes_the_preview_and_the_address(address, browser):
    browser.go(address + "/publish/?src=folder/%C3%A4%20b.jpg&width=300")
    browser.wait_for(f"{SHOWN} === '300 × 200'")
    type_url(browser, "/image?src=folder/%C3%A4%20b.jpg&width=120&format=png")
    browser.wait_for(f"{SHOWN} === '120 × 80'")
    assert browser.evaluate("document.querySelector('[data-preview]').naturalWidth") == 120
    assert "PNG" in browser.evaluate("document.querySelector('[data-facts]').textContent")
    assert browser.evaluate("location.search").endswith("width=120&format=png")


def test_a_broken_url_shows_the_sentence_and_a_mended_one_takes_it_away(address, browser):
    browser.go(address + "/publish/?src=top.png&width=200")
    browser.wait_for(f"{SHOWN} === '200 × 200'")
    type_url(browser, "/image?src=top.png&width=wide")
    sentence = browser.wait_for(f"!{PROBLEM}.hidden && {PROBLEM}.textContent")
    assert "width" in sentence
    assert "whole number" in sentence
    type_url(browser, "/image?src=top.png&width=100")
    browser.wait_for(f"{PROBLEM}.hidden && {SHOWN} === '100 × 100'")


def test_a_file_that_is_no_picture_says_so(address, browser):
    browser.go(address + "/publish/?src=broken.jpg")
    assert browser.wait_for(f"!{PROBLEM}.hidden && {PROBLEM}.textContent")


def test_a_recipe_is_one_click(address, browser):
    browser.go(address + "/publish/?src=top.png")
    browser.evaluate("[...document.querySelectorAll('[data-image]')].find(a => a.textContent === 'WebP').click()")
    browser.wait_for("document.querySelector('[data-facts]').textContent.includes('WEBP')")
    assert "format=webp" in browser.evaluate("document.querySelector('[data-url]').value")


def test_an_unknown_option_is_named(address, browser):
    browser.go(address + "/publish/?src=top.png&width=100&colour=red")
    text = browser.wait_for(
        "!document.querySelector('[data-notice]').hidden && document.querySelector('[data-notice]').textContent"
    )
    assert "colour" in text
