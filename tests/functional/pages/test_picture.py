"""A picture's page as a browser without scripts gets it, and what its forms do."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

URL = "/details/?src=shelf/red.png"


def facts(page):
    names = [term.text for term in page.select(".facts-list dt")]
    return dict(zip(names, [value.text for value in page.select(".facts-list dd")], strict=True))


def test_everybody_sees_the_picture_and_what_is_known_of_it(browser):
    browser.testapp.get("/list/?path=shelf")
    page = browser.testapp.get(URL).html
    assert page.h1.text == "red.png"
    assert page.select_one("qis-zoom")["src"] == "shelf/red.png"
    assert page.select_one("qis-zoom img")["src"].startswith("/image?src=shelf/red.png&")
    told = facts(page)
    assert told["File"] == "/shelf/red.png"
    assert told["Size"].startswith("40 × 30 pixels")
    assert not page.select("textarea, input[type=image]")
    assert page.select_one("a[rel=prev]")["href"] == "/details/?src=shelf/a%20%26%20b%20%22c%22.png"


def test_the_place_of_a_picture_is_a_link_to_a_map(admin):
    exif = Image.Exif()
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    exif[0x8825] = gps
    Image.new("RGB", (20, 10)).save(admin.library / "shelf/placed.jpg", exif=exif)
    page = admin.testapp.get("/details/?src=shelf/placed.jpg").html
    assert "mlat=48.2" in page.select_one('a[href*="openstreetmap"]')["href"]


def test_what_is_transparent_has_a_ground_behind_it_and_what_is_not_has_none(admin):
    Image.new("RGBA", (20, 10)).save(admin.library / "shelf/window.png")
    assert "on-ground" in admin.testapp.get("/details/?src=shelf/window.png").html.select_one("qis-zoom")["class"]
    assert not admin.testapp.get(URL).html.select_one("qis-zoom.on-ground")
    Image.new("P", (20, 10)).save(admin.library / "shelf/opaque.gif")
    assert not admin.testapp.get("/details/?src=shelf/opaque.gif").html.select_one("qis-zoom.on-ground")
    for name in ("cut.gif", "cut.png"):
        Image.new("P", (20, 10)).save(admin.library / "shelf" / name, transparency=0)
        assert admin.testapp.get(f"/details/?src=shelf/{name}").html.select_one("qis-zoom.on-ground")


def test_title_description_and_tags_are_saved_and_shown(admin):
    page = admin.testapp.get(URL)
    form = page.forms[next(n for n, form in page.forms.items() if "title" in form.fields)]
    form["title"], form["description"], form["tags"] = "A red field", "Nothing\nbut red", "Red, colour"
    after = form.submit().follow()
    assert "It is saved." in after.text
    assert after.html.h1.text == "A red field"
    assert after.html.select_one("textarea").text.strip() == "Nothing\nbut red"
    assert after.html.select_one("[name=tags]")["value"] == "colour, Red"
    assert (
        "description" in after.html.select_one(".history li").text
        or "tags" in after.html.select_one(".history li").text
    )
    admin.testapp.authorization = None
    public = admin.testapp.get(URL).html
    assert [chip.get_text(strip=True) for chip in public.select(".tags .chip")] == ["colour", "Red"]
    assert admin.testapp.get("/search/?q=nothing+red").html.select_one(".tile img")["alt"] == "A red field"


def test_a_mistake_keeps_what_was_typed_and_changes_nothing(admin):
    page = admin.testapp.get("/details/?src=shelf/deep/er/x.png")
    form = page.forms[next(n for n, form in page.forms.items() if "title" in form.fields)]
    form["title"], form["tags"] = "Kept", "x" * 101
    answer = form.submit(status=400)
    assert answer.html.select_one("[name=title]")["value"] == "Kept"
    assert "tags must be" in answer.html.select_one("[role=alert]").text
    assert admin.testapp.get("/details/?src=shelf/deep/er/x.png").html.h1.text == "x.png"


def test_a_click_on_the_picture_sets_the_focal_point(admin):
    answer = admin.testapp.post(URL, {"focus.x": "10", "focus.y": "15"}).follow()
    circle = answer.html.select_one(".focus circle")
    assert (circle["cx"], circle["cy"]) == ("10", "15")
    with admin.site.reading() as session:
        record = admin.site.catalogue.picture_numbered(session, 1, admin.site.callers.identity({}), 0)
        assert record is not None
    admin.testapp.post(URL, {"do": "unfocus"})
    assert not admin.testapp.get(URL).html.select(".focus circle")


@pytest.mark.parametrize("fields", [{"title": "mine"}, {"focus.x": "1", "focus.y": "1"}, {"do": "unfocus"}])
def test_who_may_not_edit_changes_nothing(browser, fields):
    browser.testapp.post(URL, fields, status=403)


def test_a_picture_that_is_not_there_says_what_to_do(browser):
    answer = browser.testapp.get("/details/?src=shelf/none.png", status=404)
    assert "There is nothing here" in answer.text


class TestSelection:
    """Forms for the ticked pictures."""

    def put(self, site, name):
        Image.new("RGB", (8, 6), "blue").save(site.library / name)
        site.testapp.get("/details/", {"src": name})

    def test_pictures_are_moved(self, admin):
        self.put(admin, "shelf/moving.png")
        asked = admin.testapp.post(
            "/selection/", {"do": "move", "src": "shelf/moving.png", "back": "/list/?path=shelf"}
        )
        form = next(form for form in asked.forms.values() if "to" in form.fields)
        form["to"] = "empty"
        after = form.submit("do").follow()
        assert "They are moved." in after.text
        assert (admin.library / "empty/moving.png").is_file()

    def test_pictures_are_renamed(self, admin):
        self.put(admin, "shelf/old name.png")
        asked = admin.testapp.post("/selection/", {"do": "rename", "src": "shelf/old%20name.png"})
        form = next(form for form in asked.forms.values() if "name" in form.fields)
        form["name"] = "new name.png"
        form.submit("do").follow()
        assert (admin.library / "shelf/new name.png").is_file()

    def test_what_is_deleted_can_be_brought_back(self, admin):
        self.put(admin, "shelf/gone.png")
        after = admin.testapp.post(
            "/selection/", {"do": "delete", "src": "shelf/gone.png", "back": "/list/?path=shelf"}
        ).follow()
        assert not (admin.library / "shelf/gone.png").exists()
        assert "1 deleted" in after.text
        back = next(form for form in after.forms.values() if "deleted" in form.fields).submit().follow()
        assert "back where they were" in back.text
        assert (admin.library / "shelf/gone.png").is_file()

    def test_tags_are_given_to_many(self, admin):
        self.put(admin, "shelf/many1.png")
        self.put(admin, "shelf/many2.png")
        asked = admin.testapp.post(
            "/selection/", [("do", "tag"), ("src", "shelf/many1.png"), ("src", "shelf/many2.png")]
        )
        form = next(form for form in asked.forms.values() if "add" in form.fields)
        form["add"] = "together"
        form.submit("do")
        assert len(admin.testapp.get("/search/?tag=together").html.select(".tile")) == 2

    def test_a_zip_holds_what_may_be_downloaded_and_names_the_rest(self, admin):
        answer = admin.testapp.post("/selection/", [("do", "zip"), ("src", "shelf/red.png"), ("src", "shelf/none.png")])
        archive = zipfile.ZipFile(io.BytesIO(answer.body))
        assert archive.testzip() is None
        assert archive.read("shelf/red.png") == (admin.library / "shelf/red.png").read_bytes()
        assert "shelf/none.png" in archive.read("not-included.txt").decode()

    def test_the_public_gets_no_original_in_a_zip(self, browser):
        answer = browser.testapp.post("/selection/", {"do": "zip", "src": "shelf/red.png"})
        assert zipfile.ZipFile(io.BytesIO(answer.body)).namelist() == ["not-included.txt"]

    @pytest.mark.parametrize("do", ["move", "rename", "delete", "tag"])
    def test_the_public_changes_nothing(self, browser, do):
        fields = {"do": do, "src": "shelf/red.png", "to": "empty", "name": "x.png", "add": "mine"}
        answer = browser.testapp.post("/selection/", fields, status="*")
        assert answer.status_int in (403, 409), answer
        assert (browser.library / "shelf/red.png").is_file()
        assert browser.testapp.get("/search/?tag=mine").html.select(".tile") == []

    def test_what_fails_is_told_and_can_be_mended(self, admin):
        self.put(admin, "shelf/stays.png")
        answer = admin.testapp.post(
            "/selection/", {"do": "move", "src": "shelf/stays.png", "to": "nowhere/at all"}, status=409
        )
        assert "shelf/stays.png" in answer.html.select_one("[role=alert]").text
        assert answer.html.select_one("[name=to]")["value"] == "nowhere/at all"

    @pytest.mark.parametrize("fields", [{"do": "paint", "src": "a.png"}, {}])
    def test_what_cannot_be_done_is_named(self, admin, fields):
        assert "do" in admin.testapp.post("/selection/", fields, status=400).text


class TestUploads:
    """The plain form, and folders."""

    def body(self):
        made = io.BytesIO()
        Image.new("RGB", (30, 20), "green").save(made, "PNG")
        return made.getvalue()

    def test_files_are_taken_and_told_one_by_one(self, admin):
        form = admin.testapp.get("/upload/?path=empty").forms
        form = next(each for each in form.values() if "files" in each.fields)
        answer = admin.testapp.post(
            "/upload/",
            {"path": "empty", "overwrite": "no"},
            upload_files=[("files", "sent.png", self.body()), ("files", "words.png", b"no picture at all")],
        )
        told = {row.th.text: row.td.get_text(" ", strip=True) for row in answer.html.select("tbody tr")}
        assert told["sent.png"].startswith("uploaded")
        assert told["words.png"].startswith("not uploaded")
        assert (admin.library / "empty/sent.png").is_file()

    def test_nothing_chosen_says_so(self, admin):
        assert "Choose at least one file" in admin.testapp.post("/upload/", {"path": "empty"}).text

    def test_the_public_is_shown_the_way_to_log_in(self, browser):
        for path in ("/upload/", "/folder/?path=shelf"):
            assert browser.testapp.get(path, status="*").status_int in (303, 401)

    def test_a_folder_is_made_moved_and_deleted(self, admin):
        admin.testapp.post("/folder/", {"path": "shelf", "do": "make", "name": "made"}).follow()
        assert (admin.library / "shelf/made").is_dir()
        moved = admin.testapp.post("/folder/", {"path": "shelf/made", "do": "move", "to": "shelf/called"})
        assert "The folder is moved." in moved.follow().text
        assert (admin.library / "shelf/called").is_dir()
        admin.testapp.post("/folder/", {"path": "shelf/called", "do": "delete"})
        assert not (admin.library / "shelf/called").exists()

    @pytest.mark.parametrize(
        "fields",
        [{"do": "make", "name": ""}, {"do": "make", "name": "deep"}, {"do": "move", "to": "日本"}, {"do": "x"}],
    )
    def test_what_cannot_be_is_told_on_the_page(self, admin, fields):
        answer = admin.testapp.post("/folder/", {"path": "shelf", **fields}, status=400)
        assert answer.html.select_one("[role=alert]")
