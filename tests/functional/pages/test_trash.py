"""The page of what was deleted."""

from __future__ import annotations

from PIL import Image


def delete(admin, *names):
    for name in names:
        Image.new("RGB", (8, 6), "blue").save(admin.library / name)
        admin.testapp.get("/details/", {"src": name})
        assert admin.site.noticer.settle(60)
        admin.testapp.post("/selection/", {"do": "delete", "src": name, "back": "/list/"}, status=303)


def row_of(page, path):
    rows = [row for row in page.html.select("tbody tr") if row.th.bdi.text == path]
    assert len(rows) == 1
    return rows[0]


def does(admin, deed, row, status=303):
    entry = row.select_one("[name=entry]")["value"]
    return admin.testapp.post("/trash/", {"do": deed, "entry": entry}, status=status, headers={"Accept": "text/html"})


def ended(admin, name):
    """Waits for the latest task of a name: a page waits for it a little while only."""
    tasks = admin.site.tasks
    assert tasks.wait(tasks.list(names=[name])[0].id, 120).outcome == "succeeded"


def test_pictures_and_folders_come_back(admin):
    delete(admin, "shelf/trash 1.png")
    (admin.library / "old").mkdir()
    Image.new("RGB", (8, 6), "blue").save(admin.library / "old/x.png")
    admin.testapp.get("/list/?path=old")
    admin.testapp.post("/folder/", {"do": "delete", "path": "old"}, status=303)
    ended(admin, "delete_folder")
    page = admin.testapp.get("/trash/")
    row = row_of(page, "/shelf/trash 1.png")
    assert "admin" in row.text
    # What is in the trash has no rendering; its colours are known.
    assert (row.th.img["width"], row.th.img["height"]) == ("8", "6")
    assert "1 file" in row_of(page, "/old").text
    assert does(admin, "restore", row).location.partition("?")[0].endswith(("/list/", "/trash/"))
    ended(admin, "restore")
    assert (admin.library / "shelf/trash 1.png").is_file()
    assert "trash 1.png" in admin.testapp.get("/list/?path=shelf").text
    does(admin, "restore", row_of(page, "/old"))
    ended(admin, "restore")
    assert (admin.library / "old/x.png").is_file()


def test_what_is_removed_for_good_is_asked_about_first(admin):
    delete(admin, "shelf/trash 2.png")
    row = row_of(admin.testapp.get("/trash/"), "/shelf/trash 2.png")
    asked = admin.testapp.get(row.select_one(".deeds a")["href"])
    assert "Remove /shelf/trash 2.png for good?" in asked.html.select_one("main .panel").text
    assert "gone for good" in does(admin, "remove", asked.html.select_one("main .panel")).follow().text
    assert "trash 2.png" not in admin.testapp.get("/trash/").text


def test_what_stands_in_the_way_is_told(admin):
    delete(admin, "shelf/trash 3.png")
    Image.new("RGB", (8, 6), "red").save(admin.library / "shelf/trash 3.png")
    row = row_of(admin.testapp.get("/trash/"), "/shelf/trash 3.png")
    page = does(admin, "restore", row, 409)
    assert "is there already" in page.html.select_one(".notice.problem").text


def test_it_is_for_who_is_logged_in(browser):
    assert "/login/" in browser.testapp.get("/trash/", status=303, headers={"Accept": "text/html"}).location


def test_a_change_that_is_just_beginning_is_left_to_who_makes_it(admin, monkeypatch, caplog):
    runner = admin.site.files.runner
    begin = runner._journal.begin

    def and_look(*arguments, **others):
        number = begin(*arguments, **others)
        runner.look()
        return number

    monkeypatch.setattr(runner._journal, "begin", and_look)
    delete(admin, "shelf/trash 4.png")
    does(admin, "restore", row_of(admin.testapp.get("/trash/"), "/shelf/trash 4.png"))
    ended(admin, "restore")
    assert (admin.library / "shelf/trash 4.png").is_file()
    assert "left unfinished" not in caplog.text
