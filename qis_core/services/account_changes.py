"""Changing accounts on somebody's behalf: who may change which, and what of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, BadOption, ExternalUser, NotFound, PasswordAuthenticator, Refused, Right
from qis_core.db.users import AuthType, Status, User
from qis_core.services import audit, web_sessions
from qis_core.services.accounts import Accounts, clean_username
from qis_core.services.actors import Actor

OWN = frozenset({"first_name", "last_name", "email", "password"})
"""What everybody may change of their own account."""

_STRONG = frozenset(right.value for right in Right if right.name.startswith("ADMIN_"))


class AccountChanges:
    """The accounts within one session, as ``actor`` may see and change them; whoever opened the session commits it.

    Needs user administration, but for one's own account. Nobody changes the account of somebody
    who administers what they themselves do not: with its password they would have it. Changes
    are logged, and are all as before where they are refused.
    """

    def __init__(self, session: Session, actor: Actor, authenticators: Sequence[PasswordAuthenticator] = ()) -> None:
        self._session = session
        self._actor = actor
        self._accounts = Accounts(session, authenticators)

    def all(self, statuses: Sequence[int] = (Status.ACTIVE,)) -> Sequence[User]:
        """The accounts of these statuses, by name."""
        self._actor.require(Right.ADMIN_USERS)
        return [user for user in self._accounts.all(deleted=True) if user.status in statuses]

    def get(self, user_id: int) -> User:
        """One account. Raises Refused, NotFound."""
        if not self._is_self(user_id):
            self._actor.require(Right.ADMIN_USERS)
        user = self._session.get(User, user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id}")
        return user

    def add(
        self, username: str, password: str = "", *, auth_type: int = AuthType.PASSWORD, **values: str | bool
    ) -> User:
        """A new account without groups. Raises Refused, BadOption, AlreadyExists."""
        self._actor.require(Right.ADMIN_USERS)
        if auth_type == AuthType.LDAP:
            user = self._add_external(clean_username(username), password)
        else:
            user = self._accounts.add(username, password)
        for name, value in values.items():
            setattr(user, name, value)
        self._log(audit.Action.USER_ADDED, user)
        self._session.flush()
        return user

    def change(self, user_id: int, values: Mapping[str, object]) -> User:
        """Sets fields by their names. Raises Refused, NotFound, BadOption, AlreadyExists."""
        user = self.get(user_id)
        self._refuse_own_by_token(user_id)
        changed = {name: value for name, value in values.items() if value != getattr(user, name, None)}
        if changed.keys() - OWN:
            self._actor.require(Right.ADMIN_USERS)
        if not self._is_self(user_id):
            self._require_reach(user)
        with self._session.begin_nested():
            was_administrator = self._is_administrator(user)
            self._set(user, changed)
            self._log(audit.Action.USER_CHANGED, user, changed=sorted(changed))
            if was_administrator and user.status != Status.ACTIVE:
                self._accounts.require_administrator()
        return user

    def remove(self, user_id: int) -> None:
        """Marks an account deleted. Raises NotFound, and Refused also for the last administrator."""
        self._actor.require(Right.ADMIN_USERS)
        user = self.get(user_id)
        self._require_reach(user)
        with self._session.begin_nested():
            self._accounts.remove(user.username)
            self._log(audit.Action.USER_REMOVED, user)

    def end_logins(self, user_id: int) -> None:
        """Ends all sessions of an account and the tokens of its logins. Raises Refused, NotFound."""
        user = self._reached(user_id)
        self._accounts.end_logins(user)
        self._log(audit.Action.SESSION_ENDED, user, which="all")

    def end_sessions(self, user_id: int, *, but: int = 0) -> None:
        """Ends all sessions of an account, but one. Raises Refused, NotFound."""
        user = self._reached(user_id)
        if web_sessions.end_sessions(self._session, user.id, but=but):
            self._log(audit.Action.SESSION_ENDED, user, which="all others" if but else "all")

    def end_session(self, user_id: int, number: int) -> None:
        """Ends one session of an account. Raises Refused, NotFound."""
        user = self._reached(user_id)
        web_sessions.end_session(self._session, user.id, number)
        self._log(audit.Action.SESSION_ENDED, user, which=number)

    def _reached(self, user_id: int) -> User:
        user = self.get(user_id)
        if not self._is_self(user_id):
            self._require_reach(user)
        return user

    def _set(self, user: User, changed: Mapping[str, object]) -> None:
        rest = dict(changed)
        password = rest.pop("password", None)
        if "username" in rest:
            rest["username"] = self._free_name(str(rest["username"]), user)
        if rest.get("auth_type") == AuthType.LDAP:
            if self._is_administrator(user):
                raise Refused("an administrator's password stays here, so that somebody can always log in")
            user.password_hash = ""
            self._accounts.end_logins(user)
        if rest.get("status") == Status.DELETED:
            self._accounts.end_logins(user, named_tokens=True)
        for name, value in rest.items():
            setattr(user, name, value)
        if user.auth_type == AuthType.LDAP and password is not None:
            raise BadOption("password", "(a password)", "left out: the directory keeps this account's")
        if rest.get("auth_type") == AuthType.PASSWORD and password is None:
            raise BadOption("password", "", "the new password: it is missing")
        if password is not None:
            self._session.flush()
            self._accounts.set_password(user.username, str(password))

    def _add_external(self, name: str, password: str) -> User:
        if password:
            raise BadOption("password", "(a password)", "left out: the directory keeps this account's")
        known = self._session.scalars(select(User).where(User.username == name)).first()
        if known is not None and known.status == Status.ACTIVE:
            raise AlreadyExists(f"there is a user {name!r} already")
        if known is not None:
            known.status, known.auth_type, known.password_hash, known.groups = Status.ACTIVE, AuthType.LDAP, "", []
            return known
        made = self._accounts.welcome(ExternalUser(username=name))
        assert made is not None
        return made

    def _free_name(self, username: str, user: User) -> str:
        name = clean_username(username)
        other = self._session.scalars(select(User).where(User.username == name)).first()
        if other is not None and other is not user:
            raise AlreadyExists(f"there is a user {name!r} already")
        return name

    def _require_reach(self, user: User) -> None:
        rights = self._accounts.identity(user).rights & _STRONG
        if self._actor.identity is not None and rights - self._actor.identity.rights:
            raise Refused("this account has rights that you do not have")

    def _refuse_own_by_token(self, user_id: int) -> None:
        who = self._actor.identity
        if who is not None and who.id == user_id and who.scopes is not None:
            raise Refused("a named token cannot change its own account; log in with the password")

    def _is_self(self, user_id: int) -> bool:
        return self._actor.identity is not None and self._actor.identity.id == user_id

    def _is_administrator(self, user: User) -> bool:
        return Right.ADMIN_ALL in self._accounts.identity(user).rights

    def _log(self, action: audit.Action, user: User, **details: object) -> None:
        audit.record(self._session, self._actor, action, user.username, user_id=user.id, **details)
