"""What is done with many pictures at once: as a task, which is waited for a little while."""

from __future__ import annotations

import pytest

from qis_core.web.pages import selection

NAMES = [f"long/{number:04}.png" for number in range(125)]


def does(admin, deed, paths, back="/list/?path=long", status=303, **fields):
    sent = [("do", deed), ("back", back), *(("src", path) for path in paths), *fields.items()]
    return admin.testapp.post("/selection/", sent, status=status, headers={"Accept": "text/html"})


@pytest.fixture(autouse=True)
def recorded(admin, monkeypatch):
    # On a slow machine too, these are waited for.
    monkeypatch.setattr(selection, "TASK_SECONDS", 120)
    for path in ("/list/?path=long", "/list/?path=long&after=0100.png"):
        admin.testapp.get(path)


def test_tags_of_more_than_are_changed_at_once(admin):
    said = does(admin, "tag", NAMES[:60], add="winter, boots", remove="").follow()
    assert "The tags are changed" in said.text
    found = admin.testapp.get("/search/?tag=winter").html
    assert found.select_one(".count").text.strip() == "60 pictures"
    task = admin.site.tasks.list(names=["change_pictures"])[0]
    assert (task.outcome, task.result["done"]) == ("succeeded", 60)


def test_many_are_moved_and_what_cannot_be_is_told_by_name(admin):
    (admin.library / "empty/0003.png").write_bytes((admin.library / "shelf/red.png").read_bytes())
    page = does(admin, "move", [*NAMES[:50], "long/nowhere.png"], to="empty", status=409)
    told = [notice.text for notice in page.html.select(".notice.problem")]
    assert any("long/nowhere.png" in text and "no such image" in text for text in told)
    assert any("long/0003.png" in text for text in told)
    assert [field["value"] for field in page.html.select("[name=src]")] == ["long/nowhere.png", "long/0003.png"]
    assert page.html.select_one("[name=to]")["value"] == "empty"
    assert len(list((admin.library / "empty").iterdir())) == 50
    does(admin, "move", [path.replace("long", "empty") for path in NAMES[:50] if "0003" not in path], to="long")
    (admin.library / "empty/0003.png").unlink()


def test_many_are_deleted_and_come_back(admin):
    page = does(admin, "delete", NAMES[60:110]).follow()
    assert "50 deleted" in page.text
    assert not (admin.library / "long/0070.png").exists()
    form = next(form for form in page.forms.values() if form.action == "/selection/undo/")
    assert "They are back" in form.submit(status=303).follow().text
    assert (admin.library / "long/0070.png").exists()


def test_what_takes_longer_is_followed_on_the_page(admin, monkeypatch):
    monkeypatch.setattr(selection, "TASK_SECONDS", 0)
    place = does(admin, "tag", NAMES[:60], add="slow", remove="").location
    assert "task=" in place
    task = admin.site.tasks.list(names=["change_pictures"])[0]
    assert admin.site.tasks.wait(task.id, 60).outcome == "succeeded"
    assert "60 pictures are tagged." in admin.testapp.get(place).text
    elsewhere = does(admin, "tag", NAMES[:60], back="/search/?q=0001", add="slow", remove="").location
    assert elsewhere.endswith("/admin/tasks/")


def test_the_public_never_does_anything_as_the_site_itself(browser):
    sent = [("do", "delete"), *(("src", path) for path in NAMES)]
    page = browser.testapp.post("/selection/", sent, status=409, headers={"Accept": "text/html"})
    assert page.html.select(".notice.problem")
    assert (browser.library / "long/0000.png").exists()


def test_more_than_a_form_holds_are_refused(admin):
    answer = does(admin, "tag", [f"long/{n}.png" for n in range(selection.MOST + 1)], add="a", remove="", status=400)
    assert f"at most {selection.MOST} pictures" in answer.text
