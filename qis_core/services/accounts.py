"""Accounts: who there is, which groups they are in, and how they are added, changed and removed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from qis_core.api import (
    AlreadyExists,
    BadOption,
    ExternalUser,
    Identity,
    NotFound,
    PasswordAuthenticator,
    Refused,
    Right,
    StoredPassword,
    UnsupportedFeature,
)
from qis_core.db.logins import ApiToken, WebSession
from qis_core.db.users import AuthType, Group, GroupRights, Status, SystemGroup, User
from qis_core.domain.permissions import effective_rights

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024


class Accounts:
    """The accounts within one ``session``; whoever opened the session commits it.

    ``authenticators`` are asked in their order for the hash of a new password.
    """

    def __init__(self, session: Session, authenticators: Sequence[PasswordAuthenticator] = ()) -> None:
        self.session = session
        self.authenticators = authenticators

    def get(self, username: str) -> User:
        """The account, active or not. Raises NotFound."""
        user = self._find(username)
        if user is None:
            raise NotFound(f"there is no user {username!r}")
        return user

    def active(self, user_id: int) -> User | None:
        """The account of this id, unless it is marked deleted."""
        user = self.session.get(User, user_id)
        return user if user is not None and user.status == Status.ACTIVE else None

    def stored_password(self, username: str) -> StoredPassword | None:
        """What authenticators may know of an active account whose password is kept here."""
        user = self._find(username)
        if user is None or user.status != Status.ACTIVE or user.auth_type != AuthType.PASSWORD:
            return None
        return StoredPassword(username=user.username, password_hash=user.password_hash)

    def all(self, *, deleted: bool = False) -> Sequence[User]:
        """Accounts by name, those marked deleted only where asked for."""
        query = select(User).order_by(User.username)
        return self.session.scalars(query if deleted else query.where(User.status == Status.ACTIVE)).all()

    def add(
        self,
        username: str,
        password: str,
        *,
        administrator: bool = False,
        allow_api: bool = False,
        first_name: str = "",
        last_name: str = "",
        email: str = "",
    ) -> User:
        """A new account, or one marked deleted brought back as a new one. Raises BadOption, AlreadyExists."""
        name = clean_username(username)
        hashed = self._hash(password)
        user = self._find(name)
        if user is not None and user.status == Status.ACTIVE:
            raise AlreadyExists(f"there is a user {name!r} already")
        if user is None:
            user = User(username=name)
            self.session.add(user)
        user.status = Status.ACTIVE
        user.login_stamp = _new_stamp()
        user.auth_type = AuthType.PASSWORD
        user.password_hash = hashed
        user.allow_api = allow_api
        user.first_name, user.last_name, user.email = first_name, last_name, email
        user.groups = [self._administrators()] if administrator else []
        self.session.flush()
        return user

    def welcome(self, found: ExternalUser) -> User | None:
        """The account of somebody whom an authenticator has recognised, made where there is none.

        None where the account is marked deleted: what was removed here stays out.
        """
        user = self._find(found.username)
        if user is None:
            user = User(
                username=clean_username(found.username),
                first_name=found.first_name,
                last_name=found.last_name,
                email=found.email,
                auth_type=AuthType.LDAP,
            )
            self.session.add(user)
            self.session.flush()
        return user if user.status == Status.ACTIVE else None

    def identity(self, user: User) -> Identity:
        """The identity that permissions are decided for: the groups of the account, with Normal users."""
        groups = [*user.groups, self.session.get_one(Group, SystemGroup.NORMAL_USERS)]
        return Identity(
            id=user.id,
            username=user.username,
            groups=frozenset(group.name for group in groups),
            group_ids=frozenset(group.id for group in groups),
            rights=effective_rights(right for group in groups for right in group.rights),
        )

    def set_password(self, username: str, password: str) -> None:
        """A new password; logins end with the old one, named tokens do not. Raises NotFound, BadOption."""
        user = self.get(username)
        user.password_hash = self._hash(password)
        user.auth_type = AuthType.PASSWORD
        self.end_logins(user)

    def end_logins(self, user: User, *, named_tokens: bool = False) -> None:
        """Ends an account's sessions and the tokens of its logins, and its named tokens where asked for."""
        user.login_stamp = _new_stamp()
        self.session.execute(delete(WebSession).where(WebSession.user_id == user.id))
        if named_tokens:
            self.session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))

    def remove(self, username: str) -> None:
        """Marks the account deleted. Raises NotFound, and Refused for the last administrator."""
        user = self.get(username)
        if user.status == Status.DELETED:
            raise NotFound(f"the user {user.username!r} is deleted already")
        with self.session.begin_nested():
            was_administrator = Right.ADMIN_ALL in self.identity(user).rights
            user.status = Status.DELETED
            self.end_logins(user, named_tokens=True)
            if was_administrator:
                self.require_administrator()

    def require_administrator(self) -> None:
        """Raises Refused where nobody is left who may do everything: asked within a change, before it is kept.

        Only who has a password here counts: a directory or provider that is away must lock nobody out.
        """
        self.session.flush()
        if not self.session.scalar(select(func.count()).select_from(User).where(*_IS_ADMINISTRATOR)):
            raise Refused(
                "this would leave nobody who may do everything, and somebody with a password kept here has to be "
                "administrator"
            )

    def _find(self, username: str) -> User | None:
        if "\0" in username:
            # No such name can exist, and PostgreSQL refuses even to be asked.
            return None
        return self.session.scalars(select(User).where(User.username == username.strip().lower())).first()

    def _administrators(self) -> Group:
        return self.session.get_one(Group, SystemGroup.ADMINISTRATORS)

    def _hash(self, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            # The text must not repeat the password, so it tells its length.
            allowed = f"a text of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
            raise BadOption("password", f"({len(password)} characters)", allowed)
        for authenticator in self.authenticators:
            hashed = authenticator.hash(password)
            if hashed is not None:
                return hashed
        raise UnsupportedFeature("no installed authenticator keeps passwords here, so none can be set")


def clean_username(username: str) -> str:
    """The name as it is kept: lower case, without blanks around it. Raises BadOption."""
    name = username.strip().lower()
    # A colon would end the name in HTTP Basic.
    if not re.fullmatch(r"[^\s:/\\\x00-\x1f\x7f]{1,120}", name):
        raise BadOption("username", username, "1 to 120 characters without blanks, colons and slashes")
    return name


_ALL = GroupRights.admin_all.is_(True)
_IS_ADMINISTRATOR = (
    User.status == Status.ACTIVE,
    User.auth_type == AuthType.PASSWORD,
    User.password_hash != "",
    or_(
        User.groups.any(Group.permissions.has(_ALL)),
        exists().where(GroupRights.group_id == SystemGroup.NORMAL_USERS, _ALL),
    ),
)


def _new_stamp() -> str:
    return secrets.token_hex(8)
