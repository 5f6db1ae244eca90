"""A change of permissions, groups or accounts counts from the next request on; on every other node within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from qis_core.db.engine import Sessions, make_sessions, open_database, sqlite_url
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions
from qis_core.services.startup import password_keepers
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, MakeSite, Server, TestSite, serving
from qis_core.testing.raw_http import ask

URL = "/image?src=photos/wide.jpg&width=40"
SECRET = "the same secret on every node of this test"
SECOND = 1.0


@dataclass
class Change:
    """Changes records as somebody at the server does."""

    sessions: Sessions

    def permission(self, folder: str, group: str, level: int) -> None:
        """Gives a group a level."""
        with self.sessions.begin() as session:
            Permissions(session, OPERATOR).set(folder, Groups(session, OPERATOR).named(group).id, level)

    def membership(self, user: str, group: str, *, joins: bool) -> None:
        """Puts a user into a group, or takes them out."""
        with self.sessions.begin() as session:
            groups, number = Groups(session, OPERATOR), Accounts(session).get(user).id
            act = groups.add_member if joins else groups.remove_member
            act(groups.named(group).id, number)

    def rights(self, group: str, **rights: bool) -> None:
        """Gives and takes a group's rights."""
        with self.sessions.begin() as session:
            groups = Groups(session, OPERATOR)
            groups.set_rights(groups.named(group).id, rights)

    def undo(self) -> None:
        """Makes things as `populate` leaves them."""
        self.membership("ann", "Team", joins=True)
        self.rights("Team", admin_files=False)
        self.permission("photos", "Team", 20)
        self.permission("photos", "Normal users", 0)

    def remove_user(self, user: str) -> None:
        """Marks an account deleted."""
        with self.sessions.begin() as session:
            Accounts(session).remove(user)


def populate(sessions: Sessions, keepers: list[object]) -> int:
    """The user ann in the group Team, who alone may see the photos; answers ann's number."""
    with sessions.begin() as session:
        groups = Groups(session, OPERATOR)
        ann = Accounts(session, keepers).add("ann", "long enough", allow_api=True)  # type: ignore[arg-type]
        groups.add_member(groups.add("Team").id, ann.id)
        for group, level in (("Public", 0), ("Normal users", 0), ("Team", 20)):
            Permissions(session, OPERATOR).set("photos", groups.named(group).id, level)
        return ann.id


@pytest.fixture
def own(new_site: MakeSite) -> tuple[TestSite, dict[str, str], Change]:
    """A site of the test's own, what ann sends, and how records are changed in the server's own process."""
    made = new_site()
    ann = populate(made.site.writing, list(password_keepers(made.site.kernel)))
    return made, {"Authorization": f"Bearer {made.site.tokens.issue(ann)}"}, Change(made.site.writing)


CHANGES: dict[str, tuple[Callable[[Change], None], Callable[[Change], None]]] = {
    "permission": (
        lambda change: change.permission("photos", "Team", 0),
        lambda change: change.permission("photos", "Team", 10),
    ),
    "permission of another group": (
        lambda change: change.permission("photos", "Team", 0),
        lambda change: change.permission("photos", "Normal users", 10),
    ),
    "membership": (
        lambda change: change.membership("ann", "Team", joins=False),
        lambda change: change.membership("ann", "Team", joins=True),
    ),
    "right": (
        lambda change: change.permission("photos", "Team", 0),
        lambda change: change.rights("Team", admin_files=True),
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_counts_on_the_very_next_request_of_its_process(own, kind: str) -> None:
    made, ann, change = own
    refuse, allow = CHANGES[kind]
    for _ in range(3):
        made.testapp.get(URL, status=403)
        made.testapp.get(URL, headers=ann, status=200)
    refuse(change)
    made.testapp.get(URL, headers=ann, status=403)
    made.testapp.head(URL, headers=ann, status=403)
    allow(change)
    made.testapp.get(URL, headers=ann, status=200)
    assert made.testapp.get(URL, headers=ann).headers["X-From-Cache"] == "True"


def test_a_removed_account_is_nobody_on_the_next_request(own) -> None:
    made, ann, change = own
    for _ in range(3):
        made.testapp.get(URL, headers=ann, status=200)
    change.remove_user("ann")
    made.testapp.get(URL, headers=ann, status=403)


def test_what_a_member_was_given_from_memory_is_not_given_to_others(own) -> None:
    made, ann, change = own
    for _ in range(3):
        assert made.testapp.get(URL, headers=ann).headers["Cache-Control"].startswith("private")
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic bm9ib2R5Og=="}):
        made.testapp.get(URL, headers=headers, status=403)
        made.testapp.get(URL, headers={**headers, "If-None-Match": "*"}, status=403)
    change.permission("photos", "Public", 10)
    assert made.testapp.get(URL).headers["Cache-Control"].startswith("public")
    assert made.testapp.get(URL, headers=ann).headers["Cache-Control"].startswith("public")


def test_refusals_and_logins_are_in_the_audit_log(own) -> None:
    from qis_core.db.audit import AuditEntry

    made, ann, _ = own
    here = "203.0.113.9"
    made.testapp.extra_environ["REMOTE_ADDR"] = here
    made.testapp.get(URL, status=403)
    made.testapp.get("/original?src=art/poster.tif", headers=ann, status=403)
    made.testapp.post("/api/token", {"username": "admin", "password": ADMIN_PASSWORD})
    made.testapp.post("/api/token", {"username": "ann", "password": "a wrong one"}, status=403)
    made.site.audit.flush()
    with made.site.reading() as session:
        entries = session.query(AuditEntry).filter(AuditEntry.action.in_(["refused", "login", "login refused"])).all()
        found = {(entry.action, entry.username, entry.address, entry.subject) for entry in entries}
    assert found == {
        ("refused", "", here, "GET /image: the public may not view 'photos/wide.jpg'"),
        ("refused", "ann", here, "GET /original: the user ann may not download the original of 'art/poster.tif'"),
        ("login", "admin", here, ""),
        ("login refused", "ann", here, ""),
    }


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server, str]]:
    """Two servers, each with a data folder of its own, on one database and one library; and the database's URL."""
    folder = tmp_path_factory.mktemp("nodes")
    is_sqlite = request.param == "sqlite"
    url = sqlite_url(folder / "qis.db") if is_sqlite else request.getfixturevalue("postgres").make_database()
    common = {
        "qis.database.url": url,
        "qis.server.secret": SECRET,
        "qis.library.url": (folder / "one/library").as_uri(),
    }
    for name in ("one", "two"):
        (folder / name).mkdir()
    with serving(folder / "one", common) as one, serving(folder / "two", common) as two:
        yield one, two, url


@pytest.mark.slow
def test_a_change_counts_on_every_node_within_a_second(nodes: tuple[Server, Server, str]) -> None:
    from qis_core.plugins import load
    from qis_core.services.tokens import Tokens

    *servers, url = nodes
    engine = open_database(url)
    sessions = make_sessions(engine)
    ann = populate(sessions, list(password_keepers(load({}, environ={}))))
    token = Tokens(secret=SECRET, seconds=600, sessions=sessions, version=lambda: "").issue(ann)
    change, headers = Change(sessions), [("Authorization", f"Bearer {token}")]

    def statuses() -> list[int]:
        return [ask(server.url, URL, headers=headers).status for server in servers]

    def seconds_until(expected: int) -> float:
        """How long after the change the last of the servers that still answered otherwise was asked."""
        began, last = time.monotonic(), 0.0
        while time.monotonic() - began < 5 * SECOND:
            asked = time.monotonic() - began
            if any(status != expected for status in statuses()):
                last = asked
            elif asked - last > SECOND:
                return last
        return last

    for kind, (refuse, allow) in CHANGES.items():
        change.undo()
        time.sleep(SECOND)
        assert statuses() == [200, 200]
        refuse(change)
        assert seconds_until(403) < SECOND, kind
        allow(change)
        assert seconds_until(200) < SECOND, kind
    change.remove_user("ann")
    assert seconds_until(403) < SECOND
    engine.dispose()
