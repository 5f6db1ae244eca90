"""The table of templates follows the records."""

from __future__ import annotations

import pytest

from qis_core.db.properties import DEFAULT_TEMPLATE, Property
from qis_core.db.templates import TemplateRecord
from qis_core.domain.templates import STOCK, Template
from qis_core.services.templates import Templates, as_record, as_template, touch


@pytest.fixture
def filled(sessions):
    with sessions.begin() as session:
        session.add_all(as_record(template) for template in STOCK)
        session.add(Property(name=DEFAULT_TEMPLATE, value="default"))
        touch(session)
    return sessions


@pytest.mark.parametrize("template", STOCK, ids=lambda template: template.name)
def test_a_template_survives_its_record(template):
    assert as_template(as_record(template)) == template


def test_what_is_null_is_not_set():
    record = TemplateRecord(name="x", template={"width": {"value": 5}, "height": {"value": None}, "flip": None})
    assert as_template(record) == Template(name="x", values={"width": 5})


def test_templates_are_found_in_any_case(filled):
    table = Templates(filled).table()
    assert table.lookup.named("sMALLjPEG").values["width"] == 200
    assert table.lookup.default_for("any/picture.jpg").name == "Default"
    assert [template.name for template in table.templates] == ["Default", "Precache", "SmallJpeg"]


def test_a_change_shows_after_a_second_at_most_and_changes_the_version(filled):
    now = [0.0]
    templates = Templates(filled, clock=lambda: now[0])
    before = templates.table()
    with filled.begin() as session:
        session.add(as_record(Template(name="Card", values={"width": 300})))
        touch(session)
    assert templates.table() is before
    now[0] = 1.0
    after = templates.table()
    assert after.lookup.named("card") is not None
    assert after.version != before.version


def test_nothing_is_read_again_while_nothing_has_changed(filled):
    now = [0.0]
    templates = Templates(filled, clock=lambda: now[0])
    before = templates.table()
    now[0] = 10.0
    assert templates.table() is before


def test_the_old_table_stays_where_the_database_is_away(filled, tmp_path):
    now = [0.0]
    templates = Templates(filled, clock=lambda: now[0])
    before = templates.table()
    filled.kw["bind"].dispose()
    (tmp_path / "qis.db").unlink()
    now[0] = 10.0
    assert templates.table() is before
