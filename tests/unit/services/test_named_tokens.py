"""Named tokens do what their scopes say, for as long as they should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qis_core.api import BadOption, Level, NotFound, Refused, Right
from qis_core.db.logins import ApiToken
from qis_core.db.properties import ACCESS_VERSION, LOGINS_VERSION
from qis_core.domain.permissions import PermissionTable
from qis_core.services import named_tokens
from qis_core.services.access import AccessService
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR, Actor
from qis_core.services.following import Versions
from qis_core.services.mint import digest
from qis_core.services.named_tokens import NamedTokens, TokenChanges, token_mint

MINT = token_mint("a secret")


@pytest.fixture
def ann(someone):
    return someone("ann")


@pytest.fixture
def tokens(sessions, changes, ann):
    versions = Versions(sessions)
    changes.listen(versions.outdate)
    made = NamedTokens(
        mint=MINT,
        reading=sessions,
        writing=sessions,
        version=lambda: (versions.of(ACCESS_VERSION), versions.of(LOGINS_VERSION)),
    )
    yield made
    made.close()


def add(sessions, actor, *scopes, days=30, name="a script"):
    with sessions.begin() as session:
        made, text = TokenChanges(session, actor, MINT).add(actor.identity.id, name, scopes, days)
        return made.id, text


def test_a_token_stands_for_its_account_and_only_a_digest_is_kept(sessions, tokens, ann):
    number, text = add(sessions, ann, "read", "upload")
    found = tokens.read(text).identity
    assert (found.username, found.scopes) == ("ann", {"read", "upload"})
    assert text.startswith("qis_")
    with sessions() as session:
        kept = session.get(ApiToken, number)
        assert kept.digest == digest(text)
        assert text not in repr(vars(kept))


@pytest.mark.parametrize("change", ["remove", "api", "revoke", "expire"])
def test_a_token_ends_with_its_account_its_right_its_time_and_by_hand(sessions, tokens, keepers, ann, change):
    number, text = add(sessions, ann, "read")
    assert tokens.read(text)
    with sessions.begin() as session:
        accounts = Accounts(session, keepers)
        accounts.add("chief", "long enough", administrator=True)
        if change == "remove":
            accounts.remove("ann")
            accounts.add("ann", "long enough", allow_api=True)
        elif change == "api":
            accounts.get("ann").allow_api = False
        elif change == "revoke":
            TokenChanges(session, ann, MINT).revoke(ann.identity.id, number)
        else:
            kept = session.get(ApiToken, number)
            kept.expires = kept.created
            accounts.get("ann").first_name = "touched"
    assert tokens.read(text) is None


def test_a_new_password_leaves_named_tokens(sessions, tokens, keepers, ann):
    _, text = add(sessions, ann, "read")
    with sessions.begin() as session:
        Accounts(session, keepers).set_password("ann", "another password")
    assert tokens.read(text)


def test_when_it_was_last_used_is_kept(sessions, tokens, ann):
    number, text = add(sessions, ann, "read")
    tokens.read(text)
    tokens.close()
    with sessions() as session:
        assert session.get(ApiToken, number).used is not None


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [("", ["read"], 1), ("x" * 121, ["read"], 1), ("a\nb", ["read"], 1), ("x", [], 1), ("x", ["all"], 1),
     ("x", ["read", "'; --"], 1), ("x", ["read"], 0), ("x", ["read"], 4000)],
)  # fmt: skip
def test_what_cannot_be_is_refused(sessions, ann, name, scopes, days):
    with pytest.raises(BadOption):
        add(sessions, ann, *scopes, days=days, name=name)


def test_an_account_has_only_so_many(sessions, ann, monkeypatch):
    monkeypatch.setattr(named_tokens, "MOST", 3)
    for _ in range(3):
        add(sessions, ann, "read")
    with pytest.raises(BadOption, match="at most"):
        add(sessions, ann, "read")


def test_nobody_makes_or_revokes_tokens_of_others_or_by_a_token(sessions, tokens, someone, ann):
    bob, (number, text) = someone("bob", "admin_all"), add(sessions, ann, "read", "admin")
    by_token = Actor(identity=tokens.read(text).identity)
    with sessions.begin() as session:
        for actor in (bob, by_token):
            changes = TokenChanges(session, actor, MINT)
            with pytest.raises(Refused):
                changes.all(ann.identity.id)
            with pytest.raises(Refused):
                changes.add(ann.identity.id, "x", ["read"], 1)
            with pytest.raises(Refused):
                changes.revoke(ann.identity.id, number)
        with pytest.raises(NotFound):
            TokenChanges(session, bob, MINT).revoke(bob.identity.id, number)
    with sessions.begin() as session:
        assert len(TokenChanges(session, OPERATOR, MINT).all(ann.identity.id)) == 1


def test_who_may_not_use_the_api_gets_none(sessions, keepers):
    with sessions.begin() as session:
        user = Accounts(session, keepers).add("bob", "long enough")
        with pytest.raises(Refused, match="may not use the API"):
            TokenChanges(session, OPERATOR, MINT).add(user.id, "x", ["read"], 1)


@pytest.mark.parametrize(
    ("scopes", "levels"),
    [
        (["read"], {10, 20}),
        (["upload"], {40}),
        (["files"], {30, 50, 60, 70}),
        (["admin"], set()),
        (["folios"], set()),
        (["read", "upload", "files", "folios", "admin"], {10, 20, 30, 40, 50, 60, 70}),
    ],
)
def test_a_token_of_an_administrator_has_the_levels_of_its_scopes(sessions, tokens, someone, scopes, levels):
    _, text = add(sessions, someone("chief", "admin_all"), *scopes)
    identity = tokens.read(text).identity
    access = AccessService(table=lambda: PermissionTable(rules={}), decide=lambda question: None)
    assert {int(level) for level in Level if level and access.allows(identity, level, "any/a.jpg")} == levels
    assert (Right.ADMIN_ALL in identity.rights) == ("admin" in scopes)
    assert (Right.ADMIN_USERS in identity.rights) == ("admin" in scopes)
    assert (Right.FOLIOS in identity.rights) == ("folios" in scopes)
    assert access.allows(replace(identity, scopes=None), Level.DELETE_FOLDER, "any/a.jpg")
