"""Existing pages of other origins: scripts at the old addresses, with the functions, options and events they know."""

import pytest

from qis_core.testing.chromium import executable
from qis_core.testing.viewer_pages import colour_at, is_near, until, wait_for_colour

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
]

RED, LIME, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
TEAL, PURPLE, OLIVE = (0, 128, 128), (128, 0, 128), (128, 128, 0)
BOX = '<div id="box" class="box"></div>'
EVENTS = """
    const calls = window.calls = [];
    const note = name => (...given) => calls.push([name, ...given]);
    const names = ["onload", "oninfo", "ondownload", "onfullscreen", "onchange"];
    const events = Object.fromEntries(names.map(name => [name, note(name)]));
"""


def styles(embedding, *names: str) -> str:
    return "".join(f'<link rel="stylesheet" href="{embedding.server.url}/static/styles/{name}">' for name in names)


def calls(page, name: str) -> list:
    return page.evaluate("name => calls.filter(([each]) => each === name).map(([, ...given]) => given)", name)


def zoom_scale(page) -> float:
    return page.evaluate("document.querySelector('qis-zoom').scale")


def test_canvas_view_with_its_options_events_and_functions(embedding):
    url = embedding.image("zoom/quarters.jpg", width=120, height=90)
    page = embedding.open(
        BOX,
        "canvas_view.min.js",
        head=styles(embedding, "canvas_view.css"),
        own=EVENTS
        + f"""canvas_view_init("box", "{url}", {{
            title: "Mine", description: "My words", showcontrols: "yes", quality: false, animation: "linear",
            maxtiles: 4, controls: {{ download: true, help: false }}, doubleclickreset: false,
        }}, events);""",
    )
    wait_for_colour(page, 150, 200, RED)
    assert calls(page, "onload") == [[url]]
    box = page.locator("#box")
    names = {button.get_attribute("data-name") for button in box.get_by_role("button").all()}
    assert names == {"title", "download", "reset", "fullscreen", "zoom-in", "zoom-out"}
    whole = zoom_scale(page)
    page.evaluate("canvas_view_zoom_in('box')")
    assert zoom_scale(page) > whole
    page.evaluate("canvas_view_zoom_out(document.getElementById('box'))")
    page.evaluate("canvas_view_zoom_in('box'); canvas_view_reset('box')")
    assert zoom_scale(page) == whole
    page.evaluate("canvas_view_toggle_image_info('box')")
    assert box.get_by_role("heading", name="Mine").is_visible()
    assert box.get_by_text("My words").is_visible()
    assert calls(page, "oninfo") == [[url]]
    page.evaluate("canvas_view_toggle_help('box')")
    assert box.get_by_text("full screen").is_visible()
    page.evaluate("canvas_view_toggle_help('box')")
    box.get_by_role("button", name="Full screen").click()
    until(page, "!!document.fullscreenElement")
    page.evaluate("canvas_view_toggle_fullscreen('box')")
    until(page, "calls.filter(([name]) => name === 'onfullscreen').length === 2")
    assert calls(page, "onfullscreen") == [[url, True], [url, False]]
    with page.expect_download() as download:
        box.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "quarters.jpg"
    assert calls(page, "ondownload") == [[url]]
    page.evaluate("document.getElementById('box').style.width = '300px'; canvas_view_resize('box')")
    until(page, "before => document.querySelector('qis-zoom').scale < before", whole)
    # In at most 2 × 2 tiles, however close one looks.
    for _ in range(9):
        page.evaluate("canvas_view_zoom_in('box')")
    until(page, "document.querySelector('qis-zoom').scale === 2")
    # Not smoothed, and a double click does not go back to the whole.
    canvas = "document.querySelector('qis-zoom').shadowRoot.querySelector('canvas')"
    assert page.evaluate(f"{canvas}.getContext('2d').imageSmoothingEnabled") is False
    page.mouse.dblclick(150, 200)
    assert zoom_scale(page) == 2
    page.wait_for_load_state("networkidle")
    assert embedding.asked("tile=")
    assert all(asked.split("tile=")[1].split("%3A")[-1].split(":")[-1] == "4" for asked in embedding.asked("tile="))


def test_canvas_view_without_options(embedding):
    page = embedding.open(
        BOX, "canvas_view.js", own=f"canvas_view_init('box', '{embedding.image('zoom/quarters.jpg')}')"
    )
    wait_for_colour(page, 450, 400, YELLOW)
    assert page.locator("#box").get_by_role("button", name="Download").count() == 0
    # The controls come with the pointer, and a double click zooms in, or shows the whole again.
    bar = "document.querySelector('qis-zoom').shadowRoot.querySelector('[role=toolbar]')"
    opacity = f"getComputedStyle({bar}).opacity"
    assert page.evaluate(opacity) == "0"
    whole = zoom_scale(page)
    page.mouse.dblclick(450, 300)
    until(page, f"{opacity} === '1'")
    until(page, "whole => document.querySelector('qis-zoom').scale > whole", whole)
    page.wait_for_timeout(400)
    page.mouse.dblclick(450, 300)
    until(page, "whole => document.querySelector('qis-zoom').scale === whole", whole)
    page.evaluate("canvas_view_toggle_image_info('box')")
    page.locator("#box").get_by_role("heading", name="Four quarters").wait_for()


def test_a_click_on_a_picture_opens_it_large(embedding):
    picture = embedding.image("zoom/quarters.jpg", width=90).replace("&", "&amp;")
    embedding.site.put(
        "back.css",
        f".back {{ width: 90px; height: 60px; background: url('{embedding.image('show/1 one.png', width=90)}') }}",
    )
    page = embedding.open(
        f'<img id="one" class="large" src="{picture}" alt="Quarters"><div class="back large" aria-label="Back"></div>',
        "canvas_view.min.js",
        head='<link rel="stylesheet" href="/back.css">',
        own=EVENTS + "canvas_view_init_all_images('large', null, events);",
    )
    page.get_by_role("button", name="Quarters").click()
    wait_for_colour(page, 400, 300, RED)
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('qis-lightbox')")
    page.locator(".back").click()
    wait_for_colour(page, 500, 400, TEAL)
    page.get_by_role("button", name="Close").click()
    until(page, "calls.filter(([name]) => name === 'onfullscreen').length === 4")
    assert [on for _, on in calls(page, "onfullscreen")] == [True, False, True, False]
    assert len(calls(page, "onload")) == 2


def test_canvas_view_of_one_image(embedding):
    picture = embedding.image("show/1 one.png", width=90).replace("&", "&amp;")
    page = embedding.open(
        f'<img id="one" src="{picture}" alt="One">',
        "canvas_view.js",
        own="canvas_view_init_image('one', { title: 'Said', showcontrols: 'no' })",
    )
    page.get_by_role("button", name="One").focus()
    page.keyboard.press("Enter")
    wait_for_colour(page, 500, 400, TEAL)
    page.keyboard.press("Tab")
    page.locator("qis-zoom [role=img]").focus()
    assert page.locator("qis-zoom").get_by_role("toolbar").count() == 0
    page.keyboard.press("i")
    page.get_by_role("heading", name="Said").wait_for()


def test_gallery_view_with_its_options_events_and_functions(embedding):
    page = embedding.open(
        BOX,
        "canvas_view.min.js",
        "gallery_view.min.js",
        head=styles(embedding, "canvas_view.css", "gallery_view.min.css"),
        own=EVENTS
        + f"""gallery_view_init("box", {{
            server: "{embedding.server.url}/", startImage: 1, thumbsize: {{ width: 60, height: 40 }},
            params: {{ flip: "h" }}, images: [
                {{ src: "show/1 one.png", title: "First" }},
                {{ src: "zoom/quarters.jpg", left: 0.5, server: "{embedding.server.url}" }},
            ],
            viewer: {{ showcontrols: "yes", controls: {{ help: false }} }},
        }}, events);""",
    )
    # Mirrored, then the right half: red above blue.
    wait_for_colour(page, 300, 140, RED)
    assert page.locator("#box .strip img").first.bounding_box()["width"] == 60
    assert page.locator("#box").get_by_role("button", name="Help").count() == 0
    page.locator("#box").get_by_role("button", name="First").click()
    wait_for_colour(page, 300, 200, TEAL)
    page.locator("#box").get_by_role("button", name="About the picture").click()
    first = embedding.image("show/1 one.png", flip="h").replace("+", "%20")
    assert calls(page, "onchange")[-1] == [first]
    assert calls(page, "onload")[-1] == [first]
    assert calls(page, "oninfo") == [[first]]
    page.evaluate("document.getElementById('box').style.width = '300px'; gallery_view_resize('box')")
    until(page, "document.querySelector('qis-gallery').clientWidth === 300")


def test_gallery_view_of_a_folder_over_the_page(embedding):
    page = embedding.open(
        '<img id="door" src="/door.png" alt="Door">',
        "gallery_view.js",
        own=EVENTS
        + """gallery_view_init_fullscreen("door", {
            images: [{ src: "zoom/quarters.jpg" }], folder: "show", startImage: "2_two.png",
        }, events)""",
    )
    page.get_by_role("button", name="Door").click()
    wait_for_colour(page, 500, 300, PURPLE)
    page.keyboard.press("ArrowRight")
    wait_for_colour(page, 500, 300, OLIVE)
    # The pictures that were listed come before those of the folder.
    page.keyboard.press("ArrowRight")
    wait_for_colour(page, 300, 150, RED)
    page.get_by_role("button", name="Close").click()
    until(page, "!document.querySelector('qis-lightbox')")
    assert [on for _, on in calls(page, "onfullscreen")] == [True, False]
    assert calls(page, "onchange")


def test_gallery_view_of_all_pictures_of_a_class(embedding):
    images = "".join(
        f'<img class="mine" src="{embedding.image(src, width=90)}" alt="{alt}">'.replace("&", "&amp;")
        for src, alt in [("show/1 one.png", "One"), ("show/2_two.png", "Two")]
    )
    page = embedding.open(
        images,
        "gallery_view.js",
        own="gallery_view_init_all_fullscreen('mine', { thumbsize: { width: 80, height: 60 } })",
    )
    page.get_by_role("button", name="Two").click()
    wait_for_colour(page, 500, 300, PURPLE)
    page.locator("qis-gallery").get_by_role("button", name="One").click()
    wait_for_colour(page, 500, 300, TEAL)


@pytest.mark.parametrize("mode", ["slide", "stack", "fade"])
def test_slideshow_view_with_its_options_and_functions(embedding, mode):
    page = embedding.open(
        BOX,
        "slideshow_view.min.js",
        own=f"""slideshow_view_init("box", {{
            mode: "{mode}", server: "{embedding.server.url}", params: {{ quality: 70 }},
            delay: 0.3, duration: 20, pauseOnHover: false, dotColor: "#ff0000",
            dotSelectedColor: "#00ff00", bgColor: "#0000ff",
            images: [
                {{ src: "show/1 one.png", url: "/one.html" }}, {{ src: "show/2_two.png", height: 100 }},
                {{ src: "show/3-three.png" }},
            ],
        }})""",
    )
    slideshow = page.locator("qis-slideshow")
    until(page, "document.querySelector('qis-slideshow').index > 0")
    page.evaluate("slideshow_view_stop('box'); slideshow_view_index('box', 0)")
    wait_for_colour(page, 20, 250, TEAL)
    assert slideshow.locator("a.slide").get_attribute("href") == "/one.html"
    page.evaluate("slideshow_view_next('box')")
    wait_for_colour(page, 300, 250, PURPLE)
    assert embedding.asked("quality=70", "height=100")
    page.evaluate("slideshow_view_prev('box'); slideshow_view_prev('box')")
    wait_for_colour(page, 20, 250, OLIVE)
    dots = slideshow.locator(".dots button").evaluate_all(
        "dots => dots.map(dot => getComputedStyle(dot, '::before').backgroundColor)"
    )
    assert dots == ["rgb(255, 0, 0)", "rgb(255, 0, 0)", "rgb(0, 255, 0)"]
    assert (
        slideshow.locator(".slide").first.evaluate("slide => getComputedStyle(slide).backgroundColor")
        == "rgb(0, 0, 255)"
    )
    page.evaluate("slideshow_view_start('box')")
    until(page, "document.querySelector('qis-slideshow').index !== 2")


def test_slideshow_view_of_a_folder_without_controls_and_dots(embedding):
    page = embedding.open(
        BOX,
        "slideshow_view.js",
        own="slideshow_view_init('box', { folder: 'show', controls: false, dots: false, delay: 9 })",
    )
    wait_for_colour(page, 20, 250, TEAL)
    visible = [
        button.get_attribute("data-name") for button in page.locator("qis-slideshow").get_by_role("button").all()
    ]
    assert visible == ["pause"]


def test_simple_view_zooms_by_clicks(embedding):
    page = embedding.open(
        BOX, "simple_view.min.js", head=styles(embedding, "simple_view.css"), events="view",
        own=f"simple_view_init('box', '{embedding.image('zoom/quarters.jpg', width=50)}')",
    )  # fmt: skip
    wait_for_colour(page, 250, 200, RED)
    whole = zoom_scale(page)
    steps = [whole]
    for step in range(9):
        page.mouse.click(120 + 40 * step, 200)
        until(page, "before => document.querySelector('qis-zoom').scale > before", steps[-1])
        steps.append(zoom_scale(page))
    assert steps[-1] == pytest.approx(2)
    page.keyboard.down("Shift")
    page.mouse.click(100, 200)
    page.keyboard.up("Shift")
    until(page, "before => document.querySelector('qis-zoom').scale < before", steps[-1])
    # With Alt, what was clicked comes to the middle.
    seen = page.evaluate("window.told.at(-1)[1]")
    page.keyboard.down("Alt")
    page.mouse.click(400, 200)
    page.keyboard.up("Alt")
    until(page, "x => told.at(-1)[1].x > x", seen["x"])
    assert page.evaluate("told.at(-1)[1].scale") == seen["scale"]
    page.evaluate("simple_view_reset('box')")
    until(page, "whole => document.querySelector('qis-zoom').scale === whole", whole)


def test_simple_view_on_a_picture_of_the_page(embedding):
    picture = embedding.image("zoom/quarters.jpg", width=300).replace("&", "&amp;")
    page = embedding.open(
        f'<p>Before <img id="one" src="{picture}" alt="Quarters"> after</p>',
        "simple_view.js",
        own="simple_view_init_image('one')",
    )
    until(page, "document.images[0].complete")
    box = page.locator("#one").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    page.locator("qis-zoom").wait_for(state="visible")
    for _ in range(4):
        page.mouse.click(box["x"] + 20, box["y"] + 20)
    wait_for_colour(page, box["x"] + 290, box["y"] + 190, RED)
    cover = page.locator("qis-zoom").bounding_box()
    assert cover == pytest.approx(box, abs=1)
    assert page.locator("#one").bounding_box() == box
    page.evaluate("simple_view_reset_image('one')")
    assert page.locator("qis-zoom").count() == 0
    assert is_near(colour_at(page, box["x"] + 290, box["y"] + 190), YELLOW)


def test_deferred_pictures_come_into_view_first(embedding):
    near, far = (embedding.image("zoom/quarters.jpg", width=width).replace("&", "&amp;") for width in (40, 41))
    page = embedding.open(
        f'<img id="near" data-defer-src="{near}" alt=""><div class="far"></div>'
        f'<img id="far" data-defer-src="{far}" alt="">',
        "image-defer.min.js",
    )
    until(page, "document.getElementById('near').naturalWidth === 40")
    assert embedding.asked("width=41") == []
    page.evaluate("document.getElementById('far').scrollIntoView()")
    until(page, "document.getElementById('far').naturalWidth === 41")
    page.evaluate(
        """url => {
            const image = new Image();
            image.dataset.deferSrc = url;
            document.getElementById("far").after(image);
            image.scrollIntoView();
        }""",
        embedding.image("show/1 one.png", width=42),
    )
    until(page, "document.images[2].naturalWidth === 42")
