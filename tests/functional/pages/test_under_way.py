"""A folder's change that takes longer than its page waits."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select, update

from qis_core.db.tasks import Outcome, TaskRecord, TaskStatus
from qis_core.db.times import now
from qis_core.db.users import User


@pytest.fixture
def task(admin):
    """The number of a task of the administrator that somebody else's server has begun."""
    with admin.site.writing.begin() as session:
        owner = session.scalar(select(User.id).where(User.username == "admin"))
        record = TaskRecord(
            funcname="move_folder", user_id=owner, status=TaskStatus.RUNNING, lock_id="other", worker="elsewhere",
            done=40, total=160, heartbeat=now(), started=now(), keep_until=None,
        )  # fmt: skip
        session.add(record)
        session.flush()
        return record.id


def end(admin, task: int, **values: object) -> None:
    with admin.site.writing.begin() as session:
        session.execute(update(TaskRecord).where(TaskRecord.id == task).values(status=TaskStatus.DONE, **values))


def test_the_page_tells_how_far_it_is_and_then_that_it_is_done(admin, task):
    shown = admin.testapp.get(f"/list/?task={task}").html.select_one("[data-under-way]")
    assert shown.select_one("progress")["value"] == "0.250"
    assert shown.select_one(".progress-text").text == "40 of 160"
    assert shown.select_one("a")["href"] == f"/list/?task={task}"
    assert admin.testapp.get("/admin/tasks/").status_int == 200
    end(admin, task, outcome=Outcome.SUCCEEDED)
    page = admin.testapp.get(f"/list/?task={task}")
    assert "The folder is moved." in page.text
    assert not page.html.select("[data-under-way]")


def test_the_page_tells_why_it_has_failed(admin, task):
    end(admin, task, outcome=Outcome.FAILED, error="the disk is full")
    assert "the disk is full" in admin.testapp.get(f"/list/?task={task}").html.select_one(".notice.problem").text


def test_nobody_else_is_told(admin, browser, task):
    admin.testapp.reset()
    admin.testapp.authorization = None
    for asked in (str(task), "0", "x", "9" * 30):
        assert not browser.testapp.get(f"/list/?task={asked}").html.select("[data-under-way]")


def test_a_slow_move_leads_to_the_page_that_tells_of_it(admin, monkeypatch):
    monkeypatch.setattr("qis_core.web.pages.upload.TASK_SECONDS", 0)
    admin.testapp.post("/folder/", {"path": "shelf", "do": "make", "name": "slow"})
    answer = admin.testapp.post("/folder/", {"path": "shelf/slow", "do": "move", "to": "shelf/slowly"}, status=303)
    until = time.monotonic() + 60
    while "The folder is moved." not in (page := admin.testapp.get(answer.location)).text:
        assert page.html.select("[data-under-way]")
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (admin.library / "shelf/slowly").is_dir()
