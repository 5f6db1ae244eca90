"""The table of templates follows the records."""

from __future__ import annotations

import pytest

from qis_core.db.properties import TEMPLATES_VERSION
from qis_core.db.templates import TemplateRecord
from qis_core.domain.templates import STOCK, Template
from qis_core.services.following import Follower, Versions
from qis_core.services.templates import as_record, as_template, read_table, set_default


@pytest.fixture
def filled(sessions):
    with sessions.begin() as session:
        session.add_all(as_record(template) for template in STOCK)
        set_default(session, "default")
    return sessions


@pytest.mark.parametrize("template", STOCK, ids=lambda template: template.name)
def test_a_template_survives_its_record(template):
    assert as_template(as_record(template)) == template


def test_what_is_null_is_not_set():
    record = TemplateRecord(name="x", template={"width": {"value": 5}, "height": {"value": None}, "flip": None})
    assert as_template(record) == Template(name="x", values={"width": 5})


def test_templates_are_found_in_any_case(filled):
    table = Follower(TEMPLATES_VERSION, sessions=filled, versions=Versions(filled), read=read_table).table()
    assert table.lookup.named("sMALLjPEG").values["width"] == 200
    assert table.lookup.default_for("any/picture.jpg").name == "Default"
    assert [template.name for template in table.templates] == ["Default", "Precache", "SmallJpeg"]
