"""The viewers as custom elements, on a page of another origin with a strict policy."""

import io

import pytest
from PIL import Image

from qis_core.testing.chromium import executable
from qis_core.testing.viewer_pages import colour_at, is_near, until, wait_for_colour

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
]

ZOOM = '<qis-zoom src="zoom/quarters.jpg" controls="yes"></qis-zoom>'
SHOW = '<qis-gallery folder="show"></qis-gallery>'


def shown(page, tag: str = "qis-zoom"):
    """The element, once its picture is there."""
    until(
        page,
        "tag => document.querySelector(tag).shadowRoot.querySelector('.stage:not([aria-busy])[aria-label]')",
        arg=tag,
    )
    return page.locator(tag)


def scale(page) -> float:
    return page.evaluate("document.querySelector('qis-zoom').scale")


def told(page, name: str) -> list:
    return page.evaluate(
        "name => (window.told ?? []).filter(([type]) => type === name).map(([, detail]) => detail)", f"qis-{name}"
    )


def swipe(page, x: float, y: float, dx: float, dy: float = 0) -> None:
    """A finger moves, sideways as a rule."""
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        place = {"x": x + dx * step / 5, "y": y + dy * step / 5}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    # It rests before it is lifted: after a push the browser takes the next tap for a stop.
    page.wait_for_timeout(150)
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


# <qis-image>


def test_an_image_comes_in_the_size_of_its_place(embedding):
    page = embedding.open(
        '<div class="box"><qis-image src="zoom/quarters.jpg"></qis-image></div>', device_scale_factor=2
    )
    until(page, "document.querySelector('qis-image').shadowRoot.querySelector('img').naturalWidth")
    image = page.locator("qis-image").locator("img")
    assert "width=1280" in image.evaluate("image => image.currentSrc")
    until(
        page,
        "title => document.querySelector('qis-image').shadowRoot.querySelector('img').alt === title",
        arg="Four quarters",
    )
    assert image.bounding_box()["height"] == pytest.approx(400, abs=1)


def test_an_image_below_the_page_waits(embedding):
    page = embedding.open(
        '<div class="far"></div><qis-image src="show/1 one.png" ratio="3/2"></qis-image>',
    )
    until(page, "!!customElements.get('qis-image')")
    height = page.locator("qis-image").bounding_box()["height"]
    assert height == pytest.approx(1000 / 1.5, abs=1)
    assert embedding.asked("show/1") == []
    page.evaluate("document.querySelector('qis-image').scrollIntoView()")
    until(page, "document.querySelector('qis-image').shadowRoot.querySelector('img').naturalWidth")
    assert page.locator("qis-image").bounding_box()["height"] == height
    assert embedding.asked("fit=cover", "gravity=focal")


# <qis-zoom>


def test_the_whole_picture_comes_first_and_says_what_it_is(embedding):
    page = embedding.open(ZOOM, events="load")
    zoom = shown(page)
    wait_for_colour(page, 450, 200, (255, 0, 0))
    wait_for_colour(page, 550, 400, (255, 255, 0))
    assert zoom.locator("[role=img]").get_attribute("aria-label") == "Four quarters"
    assert told(page, "load")[0]["url"] == embedding.image("zoom/quarters.jpg")
    assert embedding.asked("/image", "width=300")


def test_the_wheel_zooms_around_the_pointer(embedding):
    page = embedding.open(ZOOM)
    shown(page)
    before = scale(page)
    wait_for_colour(page, 480, 270, (255, 0, 0))
    page.mouse.move(470, 270)
    for _ in range(6):
        page.mouse.wheel(0, -240)
    until(page, "before => document.querySelector('qis-zoom').scale > before * 3", before)
    wait_for_colour(page, 470, 270, (255, 0, 0))
    until(page, "document.querySelector('qis-zoom').shadowRoot.querySelector('.zoomed')")
    assert embedding.asked("tile=", "width=2400", "format=jpg")


def test_nothing_flashes_between_the_levels(embedding):
    page = embedding.open(ZOOM)
    shown(page)
    wait_for_colour(page, 470, 250, (255, 0, 0))
    page.mouse.move(470, 250)
    for way in (-240, 240):
        for _ in range(8):
            page.mouse.wheel(0, way)
            assert is_near(colour_at(page, 470, 250), (255, 0, 0))


def test_the_picture_before_stays_until_the_next_is_there(embedding):
    page = embedding.open('<div class="box"><qis-gallery folder="show" strip="no" fill></qis-gallery></div>')
    wait_for_colour(page, 300, 250, (0, 128, 128))
    held = []

    def hold(route) -> None:
        held.append(route)

    page.route("**/image?src=show/2_two.png*", hold)
    page.evaluate("document.querySelector('qis-gallery').select(1)")
    until(page, "document.querySelector('qis-gallery').zoom.url.includes('2_two')")
    while not held:
        page.wait_for_timeout(20)
    assert is_near(colour_at(page, 300, 250), (0, 128, 128))
    for route in held:
        route.continue_()
    page.unroute("**/image?src=show/2_two.png*")
    wait_for_colour(page, 300, 250, (128, 0, 128))


def test_tiles_meet_without_a_seam_at_the_right_place(embedding):
    page = embedding.open(ZOOM.replace("controls", "duration=0 controls"))
    shown(page)
    for _ in range(12):
        page.evaluate("document.querySelector('qis-zoom').zoomIn()")
    until(page, "document.querySelector('qis-zoom').scale === 2")
    box = page.locator("qis-zoom").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy, wanted in [(-9, -9, "red"), (9, -9, "lime"), (-9, 9, "blue"), (9, 9, "yellow")]:
        colours = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
        wait_for_colour(page, x + dx, y + dy, colours[wanted])
    # Well within one colour no line of another may show.
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    patch = shot.crop((round(box["x"]) + 10, round(box["y"]) + 10, round(x) - 20, round(y) - 20))
    assert max(high - low for low, high in patch.getextrema()) < 12


def test_the_nearest_tiles_come_first_and_those_out_of_view_not_at_all(embedding):
    page = embedding.open(ZOOM.replace("controls", "duration=0 controls"))
    shown(page)
    embedding.requests.clear()
    page.evaluate("for (let step = 0; step < 12; step++) document.querySelector('qis-zoom').zoomIn()")
    wait_for_colour(page, 480, 250, (255, 0, 0))
    tiles = [url.split("tile=")[1].split("&")[0] for url in embedding.asked("tile=", "width=2400")]
    page.wait_for_load_state("networkidle")
    middle = {"28:64", "29:64", "36:64", "37:64"}
    assert set(tiles[:4]) == middle
    assert "1:64" not in tiles
    assert len(embedding.asked("tile=")) <= 8


def test_drag_keys_and_double_click_move(embedding):
    page = embedding.open(ZOOM.replace("controls", "duration=0 controls"), events="view")
    zoom = shown(page)
    whole = scale(page)
    page.mouse.dblclick(470, 250)
    until(page, "whole => document.querySelector('qis-zoom').scale > whole * 2", whole)
    before = told(page, "view")[-1]
    page.mouse.move(500, 300)
    page.mouse.down()
    page.mouse.move(400, 300, steps=4)
    page.mouse.move(400, 300)
    page.mouse.up()
    after = told(page, "view")[-1]
    assert after["x"] > before["x"]
    zoom.locator("[role=img]").focus()
    page.keyboard.press("ArrowLeft")
    assert told(page, "view")[-1]["x"] < after["x"]
    here = scale(page)
    page.keyboard.press("+")
    assert scale(page) > here
    page.keyboard.press("0")
    assert scale(page) == whole
    page.mouse.dblclick(470, 250)
    page.mouse.dblclick(470, 250, delay=10)
    until(page, "whole => document.querySelector('qis-zoom').scale === whole", whole)


def test_buttons_panels_and_full_screen(embedding):
    page = embedding.open(ZOOM, events="info fullscreen")
    zoom = shown(page)
    whole = scale(page)
    zoom.get_by_role("button", name="Zoom in").click()
    until(page, "whole => document.querySelector('qis-zoom').scale > whole", whole)
    zoom.get_by_role("button", name="Show the whole picture").click()
    until(page, "whole => document.querySelector('qis-zoom').scale === whole", whole)
    zoom.get_by_role("button", name="About the picture").click()
    assert zoom.get_by_role("heading", name="Four quarters").is_visible()
    assert zoom.get_by_text("Red, green, blue and yellow.").is_visible()
    assert len(told(page, "info")) == 1
    page.keyboard.press("Escape")
    assert zoom.locator(".panel").is_hidden()
    page.keyboard.press("?")
    assert zoom.get_by_text("full screen").is_visible()
    zoom.get_by_role("button", name="Full screen").click()
    until(page, "document.fullscreenElement?.matches('qis-zoom')")
    zoom.get_by_role("button", name="Leave full screen").click()
    until(page, "told.filter(([name]) => name === 'qis-fullscreen').length === 2")
    assert [each["on"] for each in told(page, "fullscreen")] == [True, False]


def test_two_fingers_zoom_and_one_moves(embedding):
    page = embedding.open(ZOOM, events="view", width=390, has_touch=True, device_scale_factor=2)
    shown(page)
    whole = scale(page)
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]},
        )

    fingers("touchStart", (180, 300), (210, 300))
    for step in range(1, 6):
        fingers("touchMove", (180 - 20 * step, 300), (210 + 20 * step, 300))
    fingers("touchEnd")
    until(page, "whole => document.querySelector('qis-zoom').scale > whole * 3", whole)
    before = told(page, "view")[-1]
    swipe(page, 200, 300, 100)
    until(page, "x => told[told.length - 1][1].x < x", before["x"])
    # The screen's own pixels are used, twice as many as the page's.
    assert page.evaluate("document.querySelector('qis-zoom').shadowRoot.querySelector('canvas').width") == 780


def test_a_picture_that_is_not_there_says_so(embedding, expecting):
    with expecting(embedding, "404"):
        page = embedding.open('<qis-zoom src="zoom/nothing.jpg"></qis-zoom>', events="error")
        page.locator("qis-zoom").get_by_role("alert").get_by_text("cannot be shown").wait_for()
        page.locator("qis-zoom").get_by_role("button", name="Try again").wait_for()
        assert told(page, "error")


def test_options_of_the_picture_hold_for_its_tiles(embedding):
    src = embedding.image("zoom/quarters.jpg", left=0.5, bottom=0.5, width=50).replace("&", "&amp;")
    page = embedding.open(f'<qis-zoom src="{src}"></qis-zoom>')
    shown(page)
    wait_for_colour(page, 300, 250, (0, 255, 0))
    assert page.evaluate("document.querySelector('qis-zoom').url").endswith("left=0.5&bottom=0.5")


# <qis-gallery>


def test_a_folder_is_a_gallery(embedding):
    page = embedding.open(SHOW, events="change load")
    gallery = page.locator("qis-gallery")
    gallery.get_by_role("button", name="1 one").wait_for()
    assert gallery.locator(".strip button").count() == 3
    wait_for_colour(page, 500, 250, (0, 128, 128))
    assert gallery.locator("[aria-current]").get_attribute("aria-label") == "1 one"
    gallery.get_by_role("button", name="2 two").click()
    wait_for_colour(page, 500, 250, (128, 0, 128))
    gallery.get_by_role("button", name="Next picture").click()
    wait_for_colour(page, 500, 250, (128, 128, 0))
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('qis-gallery').index === 0")
    gallery.locator("[aria-current]").focus()
    page.keyboard.press("ArrowLeft")
    until(page, "document.querySelector('qis-gallery').index === 2")
    assert (
        page.evaluate("document.querySelector('qis-gallery').shadowRoot.activeElement.getAttribute('aria-current')")
        == "true"
    )
    assert [each["index"] for each in told(page, "change")] == [0, 1, 2, 0, 2]


def test_a_list_is_a_gallery_with_its_own_words_and_start(embedding):
    entries = '[{"src": "show/1 one.png", "title": "First"}, {"src": "zoom/quarters.jpg", "left": 0.5, "top": 0.5}]'
    embedding.site.put(
        "mine.css", "main { --qis-ground: #010203; --qis-height: 500px } qis-gallery::part(count) { color: #040506 }"
    )
    page = embedding.open(
        f"<qis-gallery start=1 images='{entries}'></qis-gallery>", head='<link rel="stylesheet" href="/mine.css">'
    )
    wait_for_colour(page, 500, 250, (255, 255, 0))
    gallery = page.locator("qis-gallery")
    # The page's own variables and parts count.
    assert gallery.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(1, 2, 3)"
    assert gallery.bounding_box()["height"] == 500
    assert gallery.locator(".count").evaluate("each => getComputedStyle(each).color") == "rgb(4, 5, 6)"
    assert gallery.get_by_role("button", name="First").is_visible()
    # The library's title takes the place of the file name.
    gallery.get_by_role("button", name="Four quarters").wait_for()


def test_a_finger_turns_the_pictures_of_a_gallery_but_not_of_a_closer_look(embedding):
    page = embedding.open(SHOW, events="change", width=390, has_touch=True, is_mobile=True)
    until(page, "document.querySelector('qis-gallery').index === 0")
    shown_in_gallery(page)
    swipe(page, 300, 300, -200, 30)
    until(page, "document.querySelector('qis-gallery').index === 1")
    shown_in_gallery(page)
    swipe(page, 100, 300, 200)
    until(page, "document.querySelector('qis-gallery').index === 0")
    # Up and down is the page's, a little is nobody's.
    swipe(page, 200, 400, -20, -200)
    swipe(page, 200, 300, -30)
    shown_in_gallery(page)
    page.evaluate("document.querySelector('qis-gallery').zoom.zoomIn()")
    until(page, "document.querySelector('qis-gallery').zoom.isZoomed")
    swipe(page, 300, 300, -200)
    assert [each["index"] for each in told(page, "change")] == [0, 1, 0]


def shown_in_gallery(page) -> None:
    """Waits until the large picture is there."""
    until(
        page,
        "document.querySelector('qis-gallery').zoom.shadowRoot.querySelector('.stage:not([aria-busy])[aria-label]')",
    )


def test_a_folder_that_is_not_there_says_so(embedding, expecting):
    with expecting(embedding, "404"):
        page = embedding.open('<qis-gallery folder="nowhere"></qis-gallery>')
        page.locator("qis-gallery").get_by_text("cannot be listed").wait_for()


# <qis-slideshow>


def test_arrows_dots_and_keys_turn_the_slides(embedding):
    page = embedding.open(
        '<div class="box"><qis-slideshow folder="show" delay="0" duration="50"></qis-slideshow></div>',
        events="change",
    )
    slideshow = page.locator("qis-slideshow")
    wait_for_colour(page, 100, 200, (0, 128, 128))
    slideshow.get_by_role("button", name="Next picture").click()
    wait_for_colour(page, 100, 200, (128, 0, 128))
    slideshow.get_by_role("button", name="Picture 3").click()
    wait_for_colour(page, 100, 200, (128, 128, 0))
    page.keyboard.press("Home")
    wait_for_colour(page, 100, 200, (0, 128, 128))
    slideshow.get_by_role("button", name="Previous picture").click()
    until(page, "told.length === 4")
    assert [each["index"] for each in told(page, "change")] == [1, 2, 0, 2]
    assert slideshow.get_by_role("button", name="Pause").count() == 0


def test_it_goes_on_by_itself_and_can_be_stopped(embedding):
    page = embedding.open(
        '<qis-slideshow folder="show" delay="0.2" duration="60" mode="fade"></qis-slideshow>', events="change"
    )
    until(page, "window.told?.length >= 2")
    page.locator("qis-slideshow").get_by_role("button", name="Pause").click()
    assert page.evaluate("document.querySelector('qis-slideshow').isPlaying") is False
    assert page.locator("qis-slideshow").get_by_role("button", name="Play").is_visible()


def test_who_wants_no_motion_gets_none(embedding):
    page = embedding.open('<qis-slideshow folder="show" delay="0.1"></qis-slideshow>', reduced_motion="reduce")
    until(page, "document.querySelector('qis-slideshow').length === 3")
    assert page.evaluate("document.querySelector('qis-slideshow').isPlaying") is False
    page.locator("qis-slideshow").get_by_role("button", name="Play").click()
    assert page.evaluate("document.querySelector('qis-slideshow').isPlaying") is True


def test_it_waits_below_the_pointer(embedding):
    page = embedding.open('<qis-slideshow folder="show" delay="0.1" duration="0"></qis-slideshow>', events="change")
    until(page, "window.told?.length >= 1")
    page.mouse.move(300, 300)
    until(
        page,
        """() => new Promise(done => {
            const before = told.length;
            setTimeout(() => done(told.length === before), 500);
        })""",
    )
    page.mouse.move(300, 790)
    before = len(told(page, "change"))
    until(page, "before => told.length > before", before)


def test_a_swipe_turns_the_slide(embedding):
    page = embedding.open(
        '<qis-slideshow folder="show" delay="0" duration="50"></qis-slideshow>', width=390, has_touch=True
    )
    until(page, "document.querySelector('qis-slideshow').index === 0")
    swipe(page, 300, 200, -200)
    until(page, "document.querySelector('qis-slideshow').index === 1")
    swipe(page, 100, 200, 200)
    until(page, "document.querySelector('qis-slideshow').index === 0")
    # A touch that hardly moves is no swipe.
    swipe(page, 100, 200, 20)
    assert page.evaluate("document.querySelector('qis-slideshow').index") == 0


# <qis-lightbox>


def test_pictures_of_the_page_open_large(embedding):
    images = "".join(f'<img src="{embedding.image(src, width=100)}" alt="{alt}">'.replace("&", "&amp;")
                     for src, alt in [("zoom/quarters.jpg", "Quarters"), ("show/1 one.png", "One")])  # fmt: skip
    page = embedding.open(f"<qis-lightbox>{images}</qis-lightbox>", events="open close")
    picture = page.get_by_role("button", name="One")
    picture.focus()
    page.keyboard.press("Enter")
    wait_for_colour(page, 500, 400, (0, 128, 128))
    page.keyboard.press("ArrowRight")
    wait_for_colour(page, 480, 340, (255, 0, 0))
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('qis-lightbox').isOpen")
    assert page.evaluate("document.activeElement.alt") == "One"
    page.get_by_role("button", name="Quarters").click()
    page.get_by_role("button", name="Close").click()
    until(page, "told.filter(([name]) => name === 'qis-close').length === 2")
    assert told(page, "open") == [{"index": 1}, {"index": 0}]


def test_a_tap_opens_a_picture_and_a_swipe_goes_to_the_next(embedding):
    images = "".join(
        f'<img src="{embedding.image(f"show/{name}.png", width=100)}" alt="{name}">'.replace("&", "&amp;")
        for name in ("1 one", "2_two")
    )
    page = embedding.open(f"<qis-lightbox>{images}</qis-lightbox>", width=390, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="1 one").tap()
    wait_for_colour(page, 200, 400, (0, 128, 128))
    swipe(page, 300, 400, -200)
    wait_for_colour(page, 200, 400, (128, 0, 128))
    page.get_by_role("button", name="Close").tap()
    until(page, "!document.querySelector('qis-lightbox').isOpen")


# What is not for everybody


def test_what_is_not_open_to_the_visitor_says_so(embedding, expecting):
    one = '<qis-zoom src="{0}/one.png"></qis-zoom><qis-image src="{0}/one.png" loading="eager"></qis-image>'
    folder = '<qis-gallery folder="{0}"></qis-gallery><qis-slideshow folder="{0}"></qis-slideshow>'
    for body in ((one + folder).format("shut"), one.format("signed")):
        with expecting(embedding, "403"):
            page = embedding.open(body, events="error")
            for tag in ("qis-zoom", "qis-gallery", "qis-slideshow"):
                if tag in body:
                    place = page.locator(tag).first
                    place.get_by_text("not open to you").first.wait_for()
                    place.get_by_role("button", name="Try again").first.wait_for()
                    # Nobody can log in on a page of another origin.
                    assert place.get_by_role("link", name="Log in").count() == 0
            until(page, f"told.length >= {body.count('</')}")
    assert "have to be signed" in str(told(page, "error"))


def test_a_folder_whose_pictures_have_signed_urls_is_shown_by_these(embedding):
    page = embedding.open('<qis-gallery folder="signed"></qis-gallery>')
    shown_in_gallery(page)
    page.wait_for_load_state("networkidle")
    assert embedding.asked("one.png", "sig=")


def test_where_the_public_gets_a_ladder_of_sizes_viewers_do_with_these(embedding):
    page = embedding.open(
        '<qis-image src="steps/one.png" ratio="3/1"></qis-image><qis-zoom src="steps/one.png"></qis-zoom>'
    )
    shown(page)
    wait_for_colour(page, 500, 200, (128, 0, 128))
    wait_for_colour(page, 500, 600, (128, 0, 128))
    # What is cut to a ratio is none of them: it is asked for once, and then left to the browser.
    assert len(embedding.asked("steps/one.png", "fit=cover")) == 1
    embedding.problems[:] = [problem for problem in embedding.problems if "400" not in problem]


# All of them


ALL = (
    '<qis-image src="zoom/quarters.jpg" ratio="3/1"></qis-image>'
    + ZOOM
    + '<qis-gallery folder="show"></qis-gallery><qis-slideshow folder="show"></qis-slideshow>'
)


def test_axe_finds_nothing_wrong(embedding, violations):
    image = embedding.image("show/1 one.png", width=100).replace("&", "&amp;")
    page = embedding.open(f'{ALL}<qis-lightbox><img src="{image}" alt="One"></qis-lightbox>', reduced_motion="reduce")
    shown(page)
    page.locator("qis-gallery").get_by_role("button", name="1 one").wait_for()
    until(page, "document.querySelector('qis-slideshow').index === 0")
    page.locator("qis-zoom").first.get_by_role("button", name="Help").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == []
    page.get_by_role("button", name="One", exact=True).click()
    page.get_by_role("button", name="Close").wait_for()
    assert violations(page) == []


def test_nothing_jumps_while_it_comes(embedding):
    body = ALL.replace("<qis-slideshow", "<p>Between</p><qis-slideshow")
    page = embedding.open(body, head=f'<script src="{embedding.server.url}/static/js/qis-viewers.js"></script>')
    shown(page)
    page.wait_for_load_state("networkidle")
    moved = page.evaluate(
        """new Promise(done => {
            const observer = new PerformanceObserver(list => done(list.getEntries().map(entry => entry.value)));
            observer.observe({ type: "layout-shift", buffered: true });
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done([]))));
        })"""
    )
    assert sum(moved) < 0.01


def test_functions_do_the_same(embedding):
    page = embedding.open(
        '<div id="here" class="box"></div><div class="there"></div>',
        own="""
            QIS.zoom("here", "zoom/quarters.jpg", { fill: true, controls: "yes", maxTiles: 16 });
            const images = ["show/1 one.png", { src: "show/2_two.png" }];
            QIS.gallery(document.querySelector(".there"), { images, thumbWidth: 50 });
        """,
    )
    shown(page)
    assert page.locator("#here qis-zoom").get_attribute("max-tiles") == "16"
    wait_for_colour(page, 100, 150, (255, 0, 0))
    page.locator("qis-gallery").get_by_role("button", name="2 two").wait_for()


def test_the_module_does_the_same(embedding):
    module = embedding.site.put(
        "module.js",
        f"import {{ image }} from '{embedding.server.url}/static/js/qis-viewers.mjs'; image('here', 'show/1 one.png');",
    )
    page = embedding.open(
        f'<div id="here" class="box"></div><script type="module" src="{module}"></script>', "image-defer.js"
    )
    until(page, "document.querySelector('qis-image')?.shadowRoot?.querySelector('img').naturalWidth")
