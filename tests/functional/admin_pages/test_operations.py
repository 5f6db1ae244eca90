"""Tasks, audit log, plugins, cache and system, by the pages of the administration."""

from __future__ import annotations

import pytest

FOR_ADMINISTRATORS = ["/admin/audit/", "/admin/plugins/", "/admin/cache/", "/admin/system/", "/admin/system/?check=1"]


@pytest.mark.parametrize("path", FOR_ADMINISTRATORS)
def test_they_are_for_administrators(person, path):
    assert "/login/" in person("").sees(path, 303).location
    for name in ("ann", "uma", "percy"):
        assert not person(name).sees(path, 403).html.select("main table, main form")
    assert person("admin").sees(path).html.h1


def test_everybody_sees_their_own_tasks_and_administrators_all(person):
    ann, bob, admin = person("ann"), person("bob"), person("admin")
    tasks = ann.api.site.site.tasks
    made = tasks.start("sync", {"path": "/press"}, user_id=ann.api.ids["ann"])
    tasks.wait(made.id, 60)
    assert str(made.id) in ann.sees("/admin/tasks/").html.select_one("tbody").text
    assert not bob.sees("/admin/tasks/").html.select("tbody")
    row = admin.sees("/admin/tasks/?show=done").html.select_one("tbody tr")
    assert "ann" in row.text
    assert row.select_one(".badge").text == "done"


def test_a_task_is_cancelled_by_its_owner_alone(person, shared):
    ann, bob = person("ann"), person("bob")
    site = shared.site.site
    made = site.tasks.start("sync", {"path": "/press"}, user_id=shared.ids["ann"])
    page = ann.sees("/admin/tasks/?show=all")
    token = page.html.select_one("[name=csrf_token]")["value"]
    answer = ann.app.post("/admin/tasks/", {"do": "cancel", "task": str(made.id), "csrf_token": token}, status=303)
    assert "asked to stop" in answer.follow().text
    assert site.tasks.wait(made.id, 60).is_done
    theirs = bob.sees("/admin/tasks/").html.select_one("[name=csrf_token]")["value"]
    sent = {"do": "cancel", "task": str(made.id), "csrf_token": theirs}
    assert "somebody else" in bob.app.post("/admin/tasks/", sent, status=403).text
    assert "CSRF" in bob.app.post("/admin/tasks/", {"do": "cancel", "task": "1"}, status=403).text


def test_the_audit_log_is_filtered(person):
    admin = person("admin")
    admin.does(admin.sees("/admin/groups/"), "add", name="Watched")
    page = admin.sees("/admin/audit/?action=group added&subject=Watch")
    assert [each.text for each in page.html.select("tbody th")] == ["group added"]
    assert "Watched" in page.html.select_one("tbody").text
    assert page.html.select_one("[name=subject]")["value"] == "Watch"
    assert "Nothing fits" in admin.sees("/admin/audit/?until=2001-01-01").text
    assert "Watched" in admin.sees("/admin/audit/?username=admin&since=2001-01-01").text
    wrong = admin.sees("/admin/audit/?since=yesterday&subject=Watch", 400)
    assert "2030-01-31" in wrong.html.select_one("#field-since-problem").text
    assert wrong.html.select_one("[name=subject]")["value"] == "Watch"


def test_plugins_and_settings_are_listed_and_secrets_are_not(person):
    page = person("admin").sees("/admin/plugins/")
    states = {
        row.th.text: row.select_one(".badge").text for row in page.html.select("tbody tr") if row.select(".badge")
    }
    assert "loaded" in states.values()
    settings = {row.th.text: row.td.text for row in page.html.select("tbody tr") if row.th.code}
    assert settings["qis.web.title"] == "QIS"
    assert "qis.server.port" in settings


def test_renderings_are_made_anew(person):
    admin = person("admin")
    image = "/image?src=press/2030/red.png&width=7"
    admin.app.get(image)
    assert admin.app.get(image).headers.get("X-From-Cache") == "True"
    admin.sees("/admin/cache/").mustcontain("Have renderings made anew")
    wrong = admin.does(admin.sees("/admin/cache/purge/?what=images"), "purge", 400, what="images", name="")
    assert "the path" in wrong.html.select_one("#field-name-problem").text
    outside = admin.does(admin.sees("/admin/cache/purge/?what=folders&name=../etc"), "purge", 400)
    assert outside.html.select_one("main [name=name]")["value"] == "../etc"
    asked = admin.sees("/admin/cache/purge/?what=folders&name=press")
    assert "the folder /press and all below it" in asked.html.select_one("main form").text
    assert "under way" in admin.does(asked, "purge").follow().text
    task = admin.api.site.site.tasks.list(names=["purge_cache"])[0]
    assert admin.api.site.site.tasks.wait(task.id, 60).outcome == "succeeded"
    assert admin.app.get(image).headers["X-From-Cache"] == "False"
    assert "task started" in admin.sees("/admin/audit/?subject=purge_cache").text


def test_what_the_cache_holds_is_told_by_folder_picture_and_template(person):
    admin = person("admin")
    for width in (8, 9):
        admin.app.get(f"/image?src=press/2030/red.png&width={width}")
    admin.app.get("/image?src=desk/red.png&width=8")

    def held(query=""):
        rows = admin.sees("/admin/cache/" + query).html.select("#held ~ .table tbody tr")
        return {row.th.get_text(strip=True): int(row.td.text) for row in rows}

    everything = held()
    assert everything["press"] >= 2
    assert everything["desk"] >= 1
    assert held("?path=press") == {"2030": everything["press"]}
    assert held("?path=press/2030") == {"red.png": everything["press"]}
    page = admin.sees("/admin/cache/?path=press/2030")
    assert page.html.select_one("#held ~ .table .deeds a")["href"].endswith("?what=images&name=press/2030/red.png")
    assert "Default" in page.html.select_one("details .table").text
    admin.does(admin.sees("/admin/cache/purge/?what=images&name=press/2030/red.png"), "purge")
    tasks = admin.api.site.site.tasks
    assert tasks.wait(tasks.list(names=["purge_cache"])[0].id, 60).is_done
    assert held("?path=press/2030") == {}
    assert "were purged" in admin.sees("/admin/cache/?path=press").text
    assert "Nothing is held" in admin.sees("/admin/cache/?path=nowhere").text


def test_the_system_page_tells_versions_and_checks(person):
    admin = person("admin")
    page = admin.sees("/admin/system/")
    assert {"QIS", "Python", "Database", "Free there"} <= {term.text for term in page.html.select("dt")}
    assert not page.html.select("tbody")
    checks = admin.sees("/admin/system/?check=1")
    assert {"database", "disk space"} <= {each.text for each in checks.html.select("tbody th")}
