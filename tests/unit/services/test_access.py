"""Who may do what, and what plugins and refusals say."""

import pytest

from qis_core.api import PUBLIC, AccessQuestion, Identity, Level, Refusal, Refused, Right
from qis_core.db.folders import FolderPermission, FolderRecord, folder_key
from qis_core.domain.permissions import PermissionTable
from qis_core.services.access import AccessService, read_table

ANN = Identity(id=2, username="ann", groups=frozenset({"Normal users"}), group_ids=frozenset({2}))
ADMIN = Identity(id=1, username="admin", group_ids=frozenset({2, 3}), rights=frozenset(right.value for right in Right))


def no_opinion(question: AccessQuestion) -> Refusal | None:
    return None


def service(public: Level = Level.VIEW, decide=no_opinion) -> AccessService:
    return AccessService(table=lambda: PermissionTable({"": {1: public}}), decide=decide)


@pytest.mark.parametrize("public", list(Level))
@pytest.mark.parametrize("level", list(Level))
def test_everybody_has_the_level_of_the_public_and_administrators_have_all(public: Level, level: Level) -> None:
    access = service(public)
    assert access.allows(PUBLIC, level, "a.jpg") is (level <= public)
    assert access.allows(ANN, level, "a.jpg") is (level <= public)
    assert access.allows(ADMIN, level, "a.jpg")


def test_a_plugin_can_refuse_even_an_administrator() -> None:
    access = service(
        decide=lambda question: Refusal(reason="closed on Sundays") if question.path == "a.jpg" else None,
    )
    with pytest.raises(Refused, match="closed on Sundays"):
        access.require(ADMIN, Level.VIEW, "a.jpg")
    access.require(PUBLIC, Level.VIEW, "b.jpg")


def test_a_refusal_says_who_may_not_do_what() -> None:
    with pytest.raises(Refused, match=r"the public may not download the original of 'shoes/red.jpg'"):
        service().require(PUBLIC, Level.DOWNLOAD, "shoes/red.jpg")
    with pytest.raises(Refused, match=r"the user ann may not upload to 'shoes'"):
        service().require(ANN, Level.UPLOAD, "shoes")


def test_without_any_record_nobody_but_administrators_may_anything() -> None:
    access = AccessService(table=lambda: PermissionTable({}), decide=no_opinion)
    assert access.level(ANN, "a.jpg") is Level.NONE
    assert access.level(ADMIN, "a.jpg") is Level.DELETE_FOLDER


def test_the_table_is_what_the_records_say(sessions) -> None:
    with sessions.begin() as session:
        folder = FolderRecord(name="/shoes", key=folder_key("/shoes"), parent_id=1, status=0)
        session.add(folder)
        session.flush()
        session.add(FolderPermission(folder_id=folder.id, group_id=2, access=Level.UPLOAD))
    with sessions() as session:
        table = read_table(session, "7")
    assert table.rules == {"": {1: 10, 2: 10, 3: 70}, "shoes": {2: 40}}
    assert table.names == {1: "Public", 2: "Normal users", 3: "Administrators"}
    assert table.version == "7"
    assert table.level(frozenset({2}), "shoes/red.jpg") is Level.UPLOAD
