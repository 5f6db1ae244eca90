"""Deciding and notifying: any refusal wins, a failure refuses or is kept apart."""

from __future__ import annotations

import logging

import pytest

from qis_core.api import PUBLIC, AccessQuestion, ImageDeleted, Level, Refusal
from qis_core.plugins import PluginManager
from qis_core.plugins.hooks import SPECS, Implementation

QUESTION = AccessQuestion(identity=PUBLIC, level=Level.VIEW, path="photos")


def manager(hook, *functions):
    return PluginManager(
        [
            Implementation(plugin=f"p{number}", hook=hook, function=function, arguments=SPECS[hook].arguments)
            for number, function in enumerate(functions)
        ]
    )


def allow(question):
    return None


def refuse(question):
    return Refusal(reason=f"not {question.path}")


def fail(question):
    raise RuntimeError("boom")


def test_nobody_refuses_where_there_is_nobody():
    assert PluginManager().decide_access(QUESTION) is None


def test_any_refusal_wins():
    assert manager("qis_decide_access", allow, refuse, allow).decide_access(QUESTION) == Refusal(reason="not photos")


def test_all_allow():
    assert manager("qis_decide_access", allow, allow).decide_access(QUESTION) is None


def test_one_that_fails_refuses_without_telling_the_inside(caplog):
    refusal = manager("qis_decide_access", fail).decide_access(QUESTION)
    assert refusal is not None
    assert "boom" not in refusal.reason
    assert "boom" in caplog.text


@pytest.mark.parametrize("answer", [True, False, "yes", Level.VIEW])
def test_an_answer_that_is_no_refusal_refuses_too(answer):
    assert manager("qis_decide_access", lambda question: answer).decide_access(QUESTION) is not None


def test_a_listener_that_fails_does_not_keep_the_event_from_others(caplog):
    seen = []

    def listen(event):
        seen.append(event)

    event = ImageDeleted(path="a.jpg")
    with caplog.at_level(logging.ERROR, "qis.plugins"):
        manager("qis_notify_image_deleted", fail, listen).notify_image_deleted(event)
    assert seen == [event]
    assert "p0 failed in qis_notify_image_deleted" in caplog.text


def test_an_implementation_gets_only_the_arguments_that_it_asks_for():
    called = []
    implementation = Implementation(
        plugin="p", hook="qis_notify_image_deleted", function=lambda: called.append(1), arguments=()
    )
    PluginManager([implementation]).notify_image_deleted(ImageDeleted(path="a.jpg"))
    assert called == [1]


def test_it_tells_whether_anybody_listens():
    listening = manager("qis_notify_image_deleted", lambda event: None)
    assert listening.implements("qis_notify_image_deleted")
    assert not listening.implements("qis_notify_image_served")


@pytest.mark.parametrize("hook", [name for name, spec in SPECS.items() if spec.kind == "Notify"])
def test_every_notify_hook_has_a_method_that_reaches_it_and_no_other(hook):
    told = []
    others = [
        Implementation(plugin="other", hook=name, function=lambda event: told.append("other"), arguments=("event",))
        for name, spec in SPECS.items()
        if spec.kind == "Notify" and name != hook
    ]
    wanted = Implementation(plugin="p", hook=hook, function=told.append, arguments=("event",))
    event = object()
    getattr(PluginManager([*others, wanted]), hook.removeprefix("qis_"))(event)
    assert told == [event]
