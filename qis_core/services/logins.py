"""Logging in: who is it, and how is guessing made useless?"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import update

from qis_core.api import (
    ExternalUser,
    Identity,
    PasswordAuthenticator,
    Refused,
    StoredPassword,
    Unavailable,
    UserLoggedIn,
)
from qis_core.db.engine import Sessions
from qis_core.db.users import AuthType, User
from qis_core.services.accounts import Accounts
from qis_core.services.audit import AuditLog
from qis_core.services.throttle import Throttle

REFUSAL = "the user name or password is wrong, or the account may not do this"
"""The one text of every refusal, so that it tells nothing about the account."""


class LoginRefused(Refused):
    """The name, the password or the account is wrong."""


class _Recognised(NamedTuple):
    user: ExternalUser
    by: PasswordAuthenticator


class Logins:
    """Checks logins.

    A refusal comes ``delay`` seconds after the question whatever its reason was, and keeps a
    server thread for so long: only ``at_once`` are looked at together, further ones are
    Unavailable at once, so that a flood of wrong passwords never takes all threads. Whoever fails
    repeatedly waits, on every node: a client up to a minute, and a user name, which a stranger
    could block for its owner, a few seconds.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        authenticators: Sequence[PasswordAuthenticator],
        notify: Callable[[UserLoggedIn], None],
        at_once: int,
        audit: AuditLog | None = None,
        delay: float = 1.0,
        reading: Sessions | None = None,
    ) -> None:
        self._sessions = sessions
        self._reading = reading or sessions
        self._authenticators = authenticators
        self._notify = notify
        self._audit = audit
        self._places = threading.BoundedSemaphore(at_once)
        self._delay = delay
        self._clients = Throttle(self._reading, sessions, purpose="client", free=5, longest=60.0)
        self._names = Throttle(self._reading, sessions, purpose="name", free=10, longest=5.0)

    def login(self, username: str, password: str, *, client: str, for_api: bool = False) -> UserLoggedIn:
        """Whose name and password it is; ``for_api``: only where the account may use the API.

        ``client`` is where the question comes from. Raises Refused, and Unavailable where too
        many ask, or this one has failed too often to be heard now.
        """
        name = username.strip().lower()
        with self._guarded(name, client):
            found = self._recognise(name, password)
            identity = found and self._enter(found.user, keeps=found.by.keeps_passwords, for_api=for_api)
            if found is None or identity is None:
                raise LoginRefused(REFUSAL)
        return self._welcome(identity, found.by.name, client)

    def enter(self, found: ExternalUser, method: str, *, client: str) -> UserLoggedIn:
        """The account of somebody whom an identity provider has recognised. Raises Refused."""
        identity = self._enter(found, keeps=False, for_api=False)
        if identity is None:
            if self._audit is not None:
                self._audit.login_refused(found.username, client)
            raise LoginRefused("this account is closed here, or its password is kept here: log in with that")
        return self._welcome(identity, method, client)

    def confirm(self, username: str, password: str, *, client: str) -> None:
        """Raises Refused and Unavailable as `login` where it is not the password; nobody is logged in by it."""
        with self._guarded(username, client):
            if self._recognise(username, password) is None:
                raise LoginRefused(REFUSAL)

    @contextlib.contextmanager
    def _guarded(self, name: str, client: str) -> Iterator[None]:
        wait = max(self._clients.wait(client), self._names.wait(name))
        if wait > 0:
            raise Unavailable("there were too many failed logins; wait a little", retry_after=math.ceil(wait))
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many people are logging in at the moment")
        started = time.monotonic()
        try:
            yield
        except LoginRefused:
            self._clients.failed(client)
            self._names.failed(name)
            if self._audit is not None:
                self._audit.login_refused(name, client)
            time.sleep(max(0.0, started + self._delay - time.monotonic()))
            raise
        finally:
            self._places.release()
        self._clients.succeeded(client)
        self._names.succeeded(name)

    def _recognise(self, name: str, password: str) -> _Recognised | None:
        with self._reading() as session:
            stored = Accounts(session).stored_password(name)
        # The session is closed again: hashing takes long, and a connection must not wait for it.
        for authenticator in self._authenticators:
            if stored is not None and not authenticator.keeps_passwords:
                continue
            found = authenticator.check(name, password, stored)
            if found is not None:
                if stored is not None and authenticator.is_outdated(stored):
                    self._renew(authenticator, stored, password)
                return _Recognised(found, authenticator)
        return None

    def _renew(self, authenticator: PasswordAuthenticator, stored: StoredPassword, password: str) -> None:
        """Makes the hash again with the parameters of now, unless the password was changed meanwhile."""
        try:
            renewed = authenticator.hash(password)
        except Unavailable:
            return
        same = (User.username == stored.username, User.password_hash == stored.password_hash)
        with self._sessions.begin() as session:
            session.execute(update(User).where(*same).values(password_hash=renewed))

    def _enter(self, found: ExternalUser, *, keeps: bool, for_api: bool) -> Identity | None:
        with self._sessions.begin() as session:
            accounts = Accounts(session)
            user = accounts.welcome(found)
            if user is None or (for_api and not user.allow_api):
                return None
            if user.auth_type == AuthType.PASSWORD and not keeps:
                return None
            return accounts.identity(user)

    def _welcome(self, identity: Identity, method: str, client: str) -> UserLoggedIn:
        if self._audit is not None:
            self._audit.login(identity, client, method)
        event = UserLoggedIn(identity=identity, method=method)
        self._notify(event)
        return event
