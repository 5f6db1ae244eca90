"""The publisher as somebody with a browser uses it: sliders, the crop's handles, two formats, snippets that work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server, serving
from qis_core.testing.chromium import Chromium, executable
from qis_core.web.themes.static import FOLDER

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not (FOLDER / "dist/publish.js").exists(), reason="the browser code is not built"),
]

WATCH = """
window.problems = [];
addEventListener("error", (event) => problems.push(String(event.message)));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => problems.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
SHOWN = "document.querySelector('[data-facts] b')?.textContent"
PREVIEW = "document.querySelector('[data-preview]')"
SIDES = ("left", "top", "right", "bottom")
URL = "document.querySelector('[data-url]').value"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), {"qis.imaging.workers": "2"}) as made:
        Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(made.library / "sea.jpg")
        yield made


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory, place: Server) -> Iterator[Chromium]:
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


@pytest.fixture
def browser(chromium: Chromium, place: Server) -> Iterator[Chromium]:
    """The publisher with a picture of 1200 × 800 pixels at 600; afterwards nothing has gone wrong in the page."""
    chromium.go(place.url + "/publish/?src=sea.jpg&width=600")
    chromium.wait_for(f"{SHOWN} === '600 × 400'")
    yield chromium
    assert chromium.evaluate("problems") == []


def handle(browser: Chromium, name: str) -> tuple[float, float]:
    """The middle of a handle of the crop, in the window."""
    x, y = browser.evaluate(
        f"(() => {{ const box = document.querySelector('[data-handle={name}]').getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    return x, y


def test_a_moved_slider_changes_preview_url_and_address(browser: Chromium) -> None:
    browser.evaluate(
        "(() => { const slider = document.querySelector('[data-slides=option-width]');"
        "for (const width of [500, 400, 300]) {"
        "slider.value = width; slider.dispatchEvent(new Event('input', { bubbles: true })); } })()"
    )
    browser.wait_for(f"{SHOWN} === '300 × 200' && {PREVIEW}.naturalWidth === 300")
    assert browser.evaluate(URL) == "/image?src=sea.jpg&width=300"
    browser.wait_for("location.search === '?src=sea.jpg&width=300'")
    browser.wait_for("document.querySelector('[data-snippet=img]').value.includes('width=\"300\" height=\"200\"')")


def test_what_is_typed_in_the_url_stands_in_the_form(browser: Chromium) -> None:
    browser.evaluate(
        "(() => { const field = document.querySelector('[data-url]');"
        "field.value = '/image?src=sea.jpg&width=90&gravity=ne&strip=0';"
        "field.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    assert browser.evaluate("document.querySelector('#option-width').value") == "90"
    assert browser.evaluate("document.querySelector('#option-strip').checked") is False
    assert browser.evaluate("document.querySelector('[data-compass=option-gravity] [aria-pressed=true]').dataset.place")
    browser.wait_for(f"{SHOWN} === '90 × 60'")


def test_a_wrong_value_is_explained_beside_it_and_mended(browser: Chromium) -> None:
    typed = (
        "(() => { const field = document.querySelector('#option-angle'); field.value = '%s';"
        "field.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    browser.evaluate(typed % "much")
    text = browser.wait_for(
        "(place => !place.hidden && place.textContent)(document.querySelector('[data-wrong=angle]'))"
    )
    assert "number from -360 to 360" in text
    browser.evaluate(typed % "")
    browser.wait_for("document.querySelector('[data-wrong=angle]').hidden")


def test_a_crop_is_dragged_and_nudged_by_arrow_keys(browser: Chromium) -> None:
    browser.evaluate("document.querySelector('[data-mode=crop]').click()")
    browser.wait_for("document.querySelector('[data-crop-picture]').naturalWidth > 0")
    browser.wait_for("document.querySelector('[data-crop-area]').offsetWidth > 100")
    x, y = handle(browser, "w")
    width = browser.evaluate("document.querySelector('[data-crop-area]').offsetWidth")
    browser.send("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=x + width / 2, y=y, button="left")
    browser.send("Input.dispatchMouseEvent", type="mouseReleased", x=x + width / 2, y=y, button="left", clickCount=1)
    left = float(browser.wait_for("document.querySelector('#option-left').value"))
    assert left == pytest.approx(0.5, abs=0.02)
    assert f"left={left:g}" in browser.evaluate(URL)
    browser.send("Input.dispatchKeyEvent", type="keyDown", key="ArrowLeft", code="ArrowLeft", windowsVirtualKeyCode=37)
    browser.send("Input.dispatchKeyEvent", type="keyUp", key="ArrowLeft", code="ArrowLeft", windowsVirtualKeyCode=37)
    assert float(browser.evaluate("document.querySelector('#option-left').value")) == pytest.approx(left - 0.01)
    browser.evaluate("document.querySelector('[data-mode=preview]').click()")
    browser.wait_for(f"{PREVIEW}.naturalWidth < {PREVIEW}.naturalHeight * 1.2 && !{PREVIEW}.hidden")


def test_a_crop_keeps_its_shape_under_a_finger(browser: Chromium) -> None:
    browser.evaluate("document.querySelector('[data-mode=crop]').click()")
    browser.wait_for("document.querySelector('[data-crop-area]').offsetWidth > 100")
    browser.evaluate("document.querySelector('[data-shape][value=\"1:1\"]').click()")
    browser.wait_for(f"{SHOWN} === '600 × 600'")
    x, y = handle(browser, "nw")
    touch = [{"x": x + 0.4 * step, "y": y + step} for step in (0, 20, 40, 60)]
    browser.send("Emulation.setTouchEmulationEnabled", enabled=True)
    try:
        browser.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=touch[:1])
        for place in touch[1:]:
            browser.send("Input.dispatchTouchEvent", type="touchMove", touchPoints=[place])
        browser.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    finally:
        browser.send("Emulation.setTouchEmulationEnabled", enabled=False)
    browser.wait_for("!!document.querySelector('#option-top').value")
    edges = [browser.evaluate(f"document.querySelector('#option-{side}').value") or "1" for side in SIDES]
    left, top, right, bottom = map(float, edges)
    # The corner that was not touched has stayed, and what is cut out is square.
    assert (right, bottom) == (pytest.approx(1000 / 1200, abs=0.001), 1)
    assert (right - left) * 1200 == pytest.approx((bottom - top) * 800, abs=1.1)
    assert (right - left) * 1200 < 790
    browser.wait_for(f"{SHOWN} === '600 × 600'")
    browser.evaluate("document.querySelector('[data-crop-whole]').click()")
    browser.wait_for(f"{SHOWN} === '600 × 400'")


def test_two_formats_are_compared_by_their_bytes(browser: Chromium) -> None:
    browser.evaluate("document.querySelector('[data-mode=compare]').click()")
    browser.wait_for(
        "[...document.querySelectorAll('[data-side-facts]')].every(side => Number(side.dataset.bytes) > 0)"
    )
    browser.evaluate(
        "(() => { const divider = document.querySelector('[data-divider]'); divider.value = 20;"
        "divider.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    assert "20%" in browser.evaluate(
        "getComputedStyle(document.querySelector('[data-compare-pictures]')).getPropertyValue('--at')"
    )


def test_a_copied_srcset_works_in_a_page(browser: Chromium, place: Server) -> None:
    browser.wait_for("document.querySelector('[data-snippet=srcset]').value.includes('width=\"600\"')")
    copied = browser.evaluate("document.querySelector('[data-snippet=srcset] ~ [data-copies]').dataset.copies")
    assert not browser.evaluate("document.querySelector('[data-snippet=srcset] ~ [data-copies]').hidden")
    browser.evaluate(
        f"(() => {{ const main = document.querySelector('main'); main.innerHTML = {json.dumps(copied)}; }})()"
    )
    browser.wait_for("document.querySelector('main img').naturalWidth > 0")
    assert "width=" in browser.evaluate("document.querySelector('main img').currentSrc")


def test_a_template_is_saved_and_locks(browser: Chromium) -> None:
    browser.evaluate(
        "document.querySelector('#template-name').value = 'From the publisher';"
        "document.querySelector('[name=locked][value=width]').checked = true;"
        "document.querySelector('#save-form').requestSubmit()"
    )
    browser.wait_for("new URLSearchParams(location.search).get('tmp') === 'From the publisher'")
    browser.wait_for("document.readyState === 'complete' && !!document.querySelector('#option-width')?.disabled")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/")
def test_axe_finds_nothing(browser: Chromium) -> None:
    browser.evaluate(AXE.read_text(encoding="utf-8"))
    found = "axe.run().then(result => result.violations.map(each => [each.id, each.nodes.map(node => node.html)]))"
    assert browser.evaluate(found) == []
    for mode in ("crop", "compare"):
        browser.evaluate(f"document.querySelector('[data-mode={mode}]').click()")
        assert browser.evaluate(found) == [], mode
