"""PDF out: at the right physical size, one page or several; the pages' folder and panel."""

from __future__ import annotations

import base64
import html
import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pymupdf
import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from qis_pdf.encoder import PdfEncoder, page_numbers

from qis_core.api import BadOption, Metadata, NotFound, Options
from qis_core.services.tasks import TaskView
from qis_core.testing import chromium, pictures
from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import TestSite, site_in
from qis_core.testing.chromium import Chromium
from qis_core.testing.records import record_of
from qis_core.testing.suites.encoders import EncoderSuite


class TestConformance(EncoderSuite):
    encoder = PdfEncoder()

    def read(self, data: bytes) -> Image.Image:
        with pymupdf.open(stream=data, filetype="pdf") as document:
            drawn = document[0].get_pixmap(dpi=150)
            return Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)


def encoded(image: Image.Image, dpi: tuple[float, float] | None = None, profile: bytes | None = None) -> Any:
    out = io.BytesIO()
    PdfEncoder().encode(image, Options({"quality": 95}), Metadata(dpi=dpi, icc_profile=profile), out)
    return pymupdf.open(stream=out.getvalue(), filetype="pdf")


@pytest.mark.parametrize(
    ("dpi", "inches"), [((300, 300), (2, 1)), ((72, 72), (600 / 72, 300 / 72)), ((300, 100), (2, 3)), (None, (4, 2))]
)
def test_a_page_is_as_large_as_its_resolution_says(
    dpi: tuple[float, float] | None, inches: tuple[float, float]
) -> None:
    page = encoded(Image.new("RGB", (600, 300), "red"), dpi)[0]
    assert (page.rect.width / 72, page.rect.height / 72) == pytest.approx(inches, abs=0.01)
    assert page.get_pixmap(dpi=36).pixel(3, 3) == pytest.approx((254, 0, 0), abs=3)


def test_a_page_is_no_larger_than_readers_show() -> None:
    page = encoded(Image.new("L", (5000, 500)), (10, 10))[0]
    assert (page.rect.width, page.rect.height) == (14_400, 1_440)


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [("L", 90, (90, 90, 90)), ("CMYK", (0, 255, 255, 0), (237, 28, 36)), ("RGBA", (255, 0, 0, 128), (255, 127, 127))],
)
def test_other_colours(mode: str, colour: object, shown: Sequence[int]) -> None:
    page = encoded(Image.new(mode, (100, 100), colour), (72, 72))[0]  # type: ignore[arg-type]
    assert page.get_pixmap(dpi=72).pixel(50, 50) == pytest.approx(shown, abs=6)


def test_the_icc_profile_goes_along() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    document = encoded(Image.new("RGB", (10, 10)), profile=profile)
    streams = [document.xref_stream(number) for number in range(1, document.xref_length())]
    assert profile in streams


def test_whose_it_is_goes_along() -> None:
    out, several = io.BytesIO(), io.BytesIO()
    PdfEncoder().encode(Image.new("RGB", (9, 9)), Options({}), Metadata(xmp=pictures.XMP_PACKET), out)
    PdfEncoder().join([out.getvalue()] * 2, several)
    for data in (out, several):
        assert record_of(data.getvalue())["xmp"] == pictures.XMP_SAYS


def test_what_a_document_says_of_itself() -> None:
    document = pymupdf.open()
    document.new_page()
    document.set_metadata({
        "title": "Höhen", "author": "Eva", "subject": "Of mountains", "keywords": "alps, snow", "creator": "Writer",
        "producer": "Printer", "creationDate": "D:20240506070809+02'00'",
    })  # fmt: skip
    assert record_of(document.tobytes())["xmp"] == {
        "dc:title": "Höhen", "dc:creator": ["Eva"], "dc:description": "Of mountains", "pdf:Keywords": "alps, snow",
        "xmp:CreatorTool": "Writer", "pdf:Producer": "Printer", "xmp:CreateDate": "2024-05-06T07:08:09+02:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("all", (1, 2, 3, 4, 5)), ("3", (3,)), ("2-4", (2, 3, 4)), ("4-", (4, 5)), ("1, 3-4,2", (1, 3, 4, 2))],
)
def test_pages_are_named_singly_and_in_ranges(text: str, numbers: tuple[int, ...]) -> None:
    assert page_numbers(text, 5) == numbers


@pytest.mark.parametrize("text", ["0", "4-2", "x", "1-2-3", "-", "1,,2", "9" * 7])
def test_what_names_no_pages_is_refused(text: str) -> None:
    with pytest.raises(BadOption, match="pages"):
        page_numbers(text, 5)


def test_there_is_no_page_beyond_the_last() -> None:
    with pytest.raises(NotFound, match="no page 6"):
        page_numbers("4-6", 5)


def book(pages: int = 3) -> bytes:
    document = pymupdf.open()
    for number in range(pages):
        page = document.new_page(width=200, height=100 + 10 * number)
        page.draw_rect((0, 0, 200, 200), color=None, fill=(number % 10 / 10, 0.5, 0))
    data: bytes = document.tobytes()
    return data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    with site_in(tmp_path_factory.mktemp("pdf"), {"qis.pdf.burst": "yes", "qis.public.level": "download"}) as made:
        (made.library / "books").mkdir()
        (made.library / "books/book.pdf").write_bytes(book())
        (made.library / "books/atlas.pdf").write_bytes(book(70))
        pages = [Image.new("RGB", (60 + 20 * number, 40), (200, 50 * number, 0)) for number in range(3)]
        pages[0].save(made.library / "books/scan.tif", save_all=True, append_images=pages[1:], dpi=(100, 100))
        yield made


def opened(site: TestSite, query: str) -> Any:
    answer = site.testapp.get(f"/image?{query}")
    assert answer.content_type == "application/pdf"
    return pymupdf.open(stream=answer.body, filetype="pdf")


def test_a_picture_by_its_url_as_a_page(site: TestSite) -> None:
    page = opened(site, "src=books/scan.tif&page=2&format=pdf")[0]
    assert (page.rect.width, page.rect.height) == pytest.approx((80 * 0.72, 40 * 0.72), abs=0.1)
    page = opened(site, "src=books/scan.tif&format=pdf&dpi=300&width=30")[0]
    assert page.rect.width == pytest.approx(30 * 72 / 300, abs=0.1)


@pytest.mark.parametrize(("pages", "widths"), [("all", [60, 80, 100]), ("2-", [80, 100]), ("3,1", [100, 60])])
def test_several_pages_by_their_url_as_one_file(site: TestSite, pages: str, widths: list[int]) -> None:
    document = opened(site, f"src=books/scan.tif&format=pdf&pages={pages}")
    assert [round(page.rect.width / 0.72) for page in document] == widths
    red, green, _ = document[-1].get_pixmap(dpi=72).pixel(5, 5)
    assert (red, green) == pytest.approx((200, 50 * (widths[-1] - 60) / 20), abs=6)


@pytest.fixture(scope="module")
def address(site: TestSite) -> Iterator[str]:
    """Where the site can be reached by a browser."""
    with make_server("127.0.0.1", 0, site.testapp.app, Concurrent, Quiet) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


class Concurrent(ThreadingMixIn, WSGIServer):
    """Browsers keep connections open that they do not use yet."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *told: object) -> None:
        return


def test_a_browser_shows_pdf_in_its_viewer(site: TestSite, address: str, tmp_path: Path) -> None:
    if chromium.executable() is None:
        pytest.skip("there is no chromium on this machine")
    red = pymupdf.open()
    red.new_page(width=400, height=300).draw_rect((0, 0, 400, 300), color=None, fill=(1, 0, 0))
    (site.library / "red.pdf").write_bytes(red.tobytes())
    Image.new("RGB", (400, 300), "red").save(site.library / "red.png")
    for path in ("/original?src=red.pdf", "/image?src=red.png&format=pdf"):
        headers = site.testapp.get(path).headers
        # Safari, and Chrome of earlier years, show nothing in a sandbox; nothing else may come of it either.
        assert "sandbox" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
        with Chromium(tmp_path / path[1:6], width=600, height=500) as browser:
            browser.send("Page.navigate", url=address + path)
            until = time.monotonic() + 60
            while not (seen := is_red(browser)) and time.monotonic() < until:
                time.sleep(0.2)
            assert seen, path


def is_red(browser: Chromium) -> bool:
    """Whether a good part of what the browser shows is."""
    try:
        shot = Image.open(io.BytesIO(base64.b64decode(browser.send("Page.captureScreenshot")["data"])))
    except RuntimeError:
        # One page goes and the next is not there yet.
        return False
    small = shot.convert("RGB").resize((60, 50))
    red, green, _ = (channel.point(lambda level: 255 * (level > 200)) for channel in small.split())
    return ImageStat.Stat(ImageChops.subtract(red, green)).mean[0] > 50


def test_pages_that_are_not_there(site: TestSite) -> None:
    assert "no page 4" in site.testapp.get("/image?src=books/scan.tif&format=pdf&pages=2-4", status=404).text
    assert "pages" in site.testapp.get("/image?src=books/scan.tif&format=pdf&pages=x", status=400).text


def test_a_pdf_becomes_a_folder_of_pictures(site: TestSite) -> None:
    done = site.site.tasks.run("pdf_burst", {"src": "books/book.pdf", "dpi": 72}, wait_seconds=60)
    assert (done.status, done.error) == (2, "")
    assert done.result == {"folder": "books/book", "pages": 3, "removed": 0}
    assert (done.done, done.total) == (3, 3)
    files = sorted((site.library / "books/book").iterdir())
    assert [file.name for file in files] == ["page-0001.png", "page-0002.png", "page-0003.png"]
    assert [Image.open(file).size for file in files] == [(200, 100), (200, 110), (200, 120)]
    # A second run finds all of them.
    again = site.site.tasks.run("pdf_burst", {"src": "books/book.pdf", "dpi": 144}, wait_seconds=60)
    assert again.error == ""
    assert Image.open(files[0]).size == (200, 100)


def test_only_a_pdf_does(site: TestSite) -> None:
    done = site.site.tasks.run("pdf_burst", {"src": "books/scan.tif"}, wait_seconds=60)
    assert "no PDF" in done.error


def test_a_pdf_that_is_uploaded_is_taken_apart_by_itself(site: TestSite) -> None:
    api = Api(site=site).add_people()

    def sent(name: str, body: bytes, overwrite: str = "no") -> None:
        files = [("files", name, body)]
        fields = {"path": "sent", "overwrite": overwrite}
        site.testapp.post("/api/v1/upload/", fields, upload_files=files, headers=api.headers("admin"), status=200)

    def finished(count: int) -> list[TaskView]:
        tasks = [task for task in site.site.tasks.list(names=["pdf_burst"]) if task.params["src"].startswith("sent/")]
        assert len(tasks) == count
        return [site.site.tasks.wait(task.id, 60) for task in tasks]

    sent("plain.png", pictures.encoded(pictures.photo((40, 30)), "PNG"))
    finished(0)
    sent("new.pdf", book(2))
    (done,) = finished(1)
    assert (done.error, done.result) == ("", {"folder": "sent/new", "pages": 2, "removed": 0})
    # With the rights of whoever has sent it.
    assert done.user_id == api.ids["admin"]
    pages = [site.library / f"sent/new/page-000{number}.png" for number in (1, 2)]
    assert [Image.open(page).size for page in pages] == [(417, 208), (417, 229)]
    # One that takes the place of another has its pictures replaced.
    pages[0].write_bytes(pages[1].read_bytes())
    sent("new.pdf", book(12), "yes")
    assert finished(2)[0].result == {"folder": "sent/new", "pages": 12, "removed": 0}
    assert Image.open(pages[0]).size == (417, 208)
    assert len(list((site.library / "sent/new").iterdir())) == 12
    # A shorter one leaves no pages of the longer, and what others have put beside them.
    (site.library / "sent/new/page-0012.jpg").write_bytes(pictures.encoded(pictures.photo((40, 30)), "JPEG"))
    sent("new.pdf", book(1), "yes")
    assert finished(3)[0].result == {"folder": "sent/new", "pages": 1, "removed": 11}
    assert sorted(file.name for file in (site.library / "sent/new").iterdir()) == ["page-0001.png", "page-0012.jpg"]
    listed = site.testapp.get("/api/v1/list/?path=sent/new", headers=api.headers("admin")).text
    assert "page-0001.png" in listed
    assert "page-0012.png" not in listed


def test_what_is_uploaded_is_left_alone_where_nobody_asked_for_that(tmp_path: Path) -> None:
    with site_in(tmp_path, {}) as site:
        api = Api(site=site).add_people()
        files = [("files", "new.pdf", book(2))]
        site.testapp.post("/api/v1/upload/", {"path": "x"}, upload_files=files, headers=api.headers("admin"))
        assert list(site.site.tasks.list()) == []


def test_the_panel_shows_the_pages(site: TestSite) -> None:
    answer = site.testapp.get("/pdf/pages?src=books/book.pdf")
    assert answer.text.count("<img") == 3
    for number in (1, 2, 3):
        assert f"page={number}&amp;width=140" in answer.text
    first = html.unescape(answer.text.split('src="')[1].split('"')[0])
    assert site.testapp.get(first).content_type == "image/jpeg"


def test_the_panel_of_a_long_one_ends_somewhere(site: TestSite) -> None:
    answer = site.testapp.get("/pdf/pages?src=books/atlas.pdf")
    assert answer.text.count("<img") == 60
    assert "and 10 more" in answer.text


def test_pictures_with_one_page_have_no_panel_of_pages(site: TestSite) -> None:
    Image.new("RGB", (20, 10)).save(site.library / "books/one.jpg")
    (site.library / "books/leaf.pdf").write_bytes(book(1))
    for name, panels in (("book.pdf", ["Pages"]), ("leaf.pdf", []), ("one.jpg", [])):
        html = site.testapp.get(f"/details/?src=books/{name}").html
        assert [panel.summary.text for panel in html.select("[data-panel]")] == panels


@pytest.mark.parametrize("src", ["books/scan.tif", "books/none.pdf", "", "<script>.pdf"])
def test_the_panel_is_empty_for_what_is_no_pdf(site: TestSite, src: str) -> None:
    assert site.testapp.get("/pdf/pages", {"src": src}, status=204).body == b""


def test_the_panel_is_empty_for_whoever_may_not_see_the_file(tmp_path: Path) -> None:
    with site_in(tmp_path, {"qis.public.level": "none"}) as site:
        (site.library / "book.pdf").write_bytes(book())
        assert site.testapp.get("/pdf/pages?src=book.pdf", status=204).body == b""
