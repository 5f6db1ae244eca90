"""The pages as a browser without scripts gets them."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from pyramid.config import Configurator
from pyramid.interfaces import ISecurityPolicy
from pyramid.response import Response
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from webtest import TestApp
from zope.interface import implementer

from qis_core.api import PUBLIC, Level, QisError
from qis_core.builtin.storage.files import FileStorage
from qis_core.db.base import Base
from qis_core.domain.permissions import PermissionTable
from qis_core.domain.templates import STOCK, TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.profiles import ProfileFolder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import Kernel, load
from qis_core.services.access import AccessService
from qis_core.services.composing import Composer
from qis_core.services.templates import TemplateTable
from qis_core.storage.library import Library
from qis_core.web.pages.publish import typed_query


@dataclass
class FixedTable:
    """The templates of a site where they never change."""

    templates: TemplateTable

    def table(self):
        return self.templates


@dataclass
class Parts:
    """As much of a site as the pages need, of the real parts and without a database."""

    kernel: Kernel
    root: Path
    level: Level = Level.DOWNLOAD
    platform: "Parts" = field(init=False)

    def __post_init__(self):
        registries = self.kernel.registries
        self.platform = self
        self.settings = self.kernel.settings.of
        self.library = Library({"": FileStorage(self.root)}, freshness_seconds=0)
        self.access = AccessService(table=lambda: PermissionTable({"": {1: self.level}}), decide=lambda question: None)
        table = TemplateTable(version="1", lookup=TemplateSet(STOCK, default="Default"), templates=STOCK)
        self.templates = FixedTable(table)
        self.profiles = ProfileFolder()
        engine = create_engine("sqlite://", poolclass=StaticPool)
        Base.metadata.create_all(engine)
        self.reading = sessionmaker(engine)
        vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
        self.pool = self
        self._workshop = Workshop(
            decoders=registries.decoders,
            encoders=registries.encoders,
            engines=registries.engines,
            operations=registries.operations,
        )
        self.composer = Composer(vocabulary=vocabulary, templates=lambda: table)

    def probe(self, order, files):
        """In this process: a pool of workers would have to be started for every test."""
        return self._workshop.probe(order, FileSource(order.source_name, Path(f"/dev/fd/{files[0].fileno()}")))


@implementer(ISecurityPolicy)
class Everybody:
    def identity(self, request):
        return PUBLIC


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    return load({}, environ={}, data=tmp_path_factory.mktemp("data"))


@pytest.fixture
def root(tmp_path):
    for path in ("shoes/red.jpg", 'shoes/a & b "c".jpg', "日本/富士山.png", "top.png", "logos/watermark.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 3), "red").save(tmp_path / path)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def make_app(kernel, root, **more):
    site = Parts(kernel, root, **more)
    config = Configurator()
    config.registry["qis"] = site
    config.add_request_method(lambda request: site, "qis", property=True)
    config.set_security_policy(Everybody())
    config.add_exception_view(lambda error, request: Response(error.message, status=404), context=QisError)
    config.include("qis_core.web.pages")
    return TestApp(config.make_wsgi_app())


@pytest.fixture
def app(kernel, root):
    return make_app(kernel, root)


class TestTheEditor:
    def test_the_url_of_the_page_is_the_url_of_the_image(self, app):
        page = app.get("/publish/?src=shoes/red.jpg&width=200&fill=%23f00").html
        assert page.select_one("[data-url]").text == "/image?src=shoes/red.jpg&width=200&fill=%23f00"
        assert page.select_one("[data-preview]")["src"] == "/image?stats=0&src=shoes/red.jpg&width=200&fill=%23f00"

    @pytest.mark.parametrize(
        "typed",
        [
            "/image?src=shoes/red.jpg&width=300",
            "https://pictures.example/image?src=shoes/red.jpg&width=300",
            "src=shoes/red.jpg&width=300",
        ],
    )
    def test_without_scripts_the_typed_url_is_shown(self, app, typed):
        page = app.get("/publish/", {"url": typed}).follow().html
        assert page.select_one("[data-url]").text == "/image?src=shoes/red.jpg&width=300"

    def test_a_wrong_url_keeps_what_was_typed_and_says_what_to_change(self, app):
        page = app.get("/publish/?src=shoes/red.jpg&width=wide").html
        assert page.select_one("[data-url]").text.endswith("width=wide")
        problem = page.select_one("[role=alert]")
        assert "width: 'wide' is not allowed here; it must be a whole number" in problem.text
        assert not problem.has_attr("hidden")
        assert page.select_one("[data-preview]")["src"] == "/image?stats=0&src=shoes/red.jpg&width=900"

    def test_recipes_are_links_to_this_page(self, app):
        page = app.get("/publish/?src=shoes/red.jpg").html
        links = {chip.text: chip["href"] for chip in page.select(".recipes a")}
        assert links["WebP"] == "/publish/?src=shoes/red.jpg&width=800&format=webp&quality=75"
        assert "overlay=logos/watermark.png" in links["Watermark"]
        for href in links.values():
            assert app.get(href).html.select_one("[role=alert]").has_attr("hidden"), href

    def test_all_options_of_what_is_installed_are_listed_with_examples_that_work(self, app, kernel):
        page = app.get("/publish/?src=shoes/red.jpg").html
        rows = {code["data-option"]: code["data-example"] for code in page.select("[data-option]")}
        declared = {o.name for operation in kernel.registries.operations.values() for o in operation.options if o.name}
        assert declared <= rows.keys()
        for name, example in rows.items():
            if example:
                shown = app.get("/publish/", {"src": "shoes/red.jpg", name: example}).html
                assert shown.select_one("[role=alert]").has_attr("hidden"), name

    def test_the_facts_of_the_original(self, kernel, root):
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("L", (40, 30)).save(root / "turned.jpg", exif=exif)
        pages = [Image.new("CMYK", (20, 10)) for _ in range(3)]
        pages[0].save(root / "pages.tif", save_all=True, append_images=pages[1:])
        (root / "broken.png").write_bytes(b"nothing")
        app = make_app(kernel, root)

        def facts(path):
            return app.get("/publish/", {"src": path}).html.select_one(".original").text.removeprefix("The original: ")

        assert facts("turned.jpg") == "30 × 40 pixels · 1 kB · JPG · grey · stored turned, EXIF 6"
        assert facts("pages.tif") == "20 × 10 pixels · 3 kB · TIF · CMYK · 3 pages"
        assert facts("broken.png") == "1 kB"

    def test_a_second_page_is_offered_where_there_is_one(self, kernel, root):
        page = Image.new("RGB", (20, 10))
        page.save(root / "two.tif", save_all=True, append_images=[page])
        app = make_app(kernel, root)
        assert "Page 2" in app.get("/publish/?src=two.tif").text
        assert "Page 2" not in app.get("/publish/?src=top.png").text

    def test_the_original_is_offered_to_those_who_may_have_it(self, app, kernel, root):
        assert "/original?" in app.get("/publish/?src=top.png").text
        assert "/original?" not in make_app(kernel, root, level=Level.VIEW).get("/publish/?src=top.png").text

    @pytest.mark.parametrize("path", ["", "nowhere.jpg", "shoes", "../etc/passwd"])
    def test_what_is_not_there_is_not_found(self, app, path):
        app.get("/publish/", {"src": path}, status=404)

    def test_a_line_break_in_the_url_does_not_reach_a_header(self):
        assert typed_query("/image?src=a.jpg\r\nSet-Cookie: x") == "src=a.jpgSet-Cookie:%20x"
        assert typed_query("/image?src=ü.jpg") == "src=%C3%BC.jpg"


class TestEveryPage:
    @pytest.mark.parametrize("path", ["/", "/publish/?src=shoes/red.jpg"])
    def test_nothing_inline_and_nothing_from_elsewhere(self, app, path):
        answer = app.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        page = answer.html
        assert not page.select("[style], style, [onclick], script:not([src])")
        for tag in page.select("[src], link[href]"):
            assert tag.get("src", tag.get("href")).startswith("/")

    def test_the_title_of_the_site_and_the_page(self, app):
        assert app.get("/publish/?src=shoes/red.jpg").html.title.text == "red.jpg · QIS"
