"""Starting tasks by their forms."""

from __future__ import annotations


def test_everybody_finds_what_they_may_start(person):
    offered = {name: person(name).sees("/admin/tasks/start/").html.select("tbody th") for name in ("ann", "admin")}
    titles = {name: [each.text for each in rows] for name, rows in offered.items()}
    assert {"Purge renderings", "Make renderings in advance"} <= set(titles["admin"])
    assert "Purge renderings" not in titles["ann"]
    assert "Delete a folder" not in titles["admin"], "its own page does that"
    assert "admin_all" in person("ann").sees("/admin/tasks/start/sync/", 403).text
    person("admin").sees("/admin/tasks/start/nothing/", 404)


def test_a_form_is_made_of_what_the_task_declares(person, shared):
    admin = person("admin")
    page = admin.sees("/admin/tasks/start/warm/?path=press")
    assert page.html.select_one("[name=path]")["value"] == "press"
    assert page.html.select_one("[name=path]").has_attr("required")
    assert page.html.select_one("[name=below] [selected]").text == "Yes"
    wrong = admin.does(page, "start", 400, widths="100, wide")
    assert "whole numbers" in wrong.html.select_one("#field-widths-problem").text
    assert wrong.html.select_one("[name=widths]")["value"] == "100, wide"
    said = admin.does(wrong, "start", widths="30, 20", below="0").follow()
    assert "The task is started" in said.text
    tasks = shared.site.site.tasks
    task = tasks.list(names=["warm"])[0]
    assert task.params == {"path": "press", "templates": [], "widths": ["30", "20"], "formats": [], "below": False}
    assert tasks.wait(task.id, 60).outcome == "succeeded"
    assert "task started" in admin.sees("/admin/audit/?subject=warm").text
