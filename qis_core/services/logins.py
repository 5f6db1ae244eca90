"""Logging in with a name and a password: who is it, and how is guessing made useless."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from qis_core.api import ExternalUser, Identity, PasswordAuthenticator, Refused, Unavailable, UserLoggedIn
from qis_core.db.engine import Sessions
from qis_core.services.accounts import Accounts
from qis_core.services.audit import AuditLog
from qis_core.services.throttle import Throttle

REFUSAL = "the user name or password is wrong, or the account may not do this"
"""The one text of every refusal, so that it tells nothing about the account."""


class LoginRefused(Refused):
    """The name, the password or the account is wrong."""


class Logins:
    """Checks logins.

    A refusal comes ``delay`` seconds after the question whatever its reason was, and keeps a
    server thread for so long: only ``at_once`` are looked at together, further ones are
    Unavailable at once, so that a flood of wrong passwords never takes all threads. Whoever fails
    repeatedly waits: a client up to a minute, and a user name, which a stranger could block for
    its owner, a few seconds.
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
    ) -> None:
        self._sessions = sessions
        self._authenticators = authenticators
        self._notify = notify
        self._audit = audit
        self._places = threading.BoundedSemaphore(at_once)
        self._delay = delay
        self._clients = Throttle(free=5, longest=60.0)
        self._names = Throttle(free=10, longest=5.0)

    def login(self, username: str, password: str, *, client: str, scope: str = "") -> Identity:
        """Whose name and password it is; with ``scope``, only where the account has it.

        ``client`` is where the question comes from. Raises Refused, and Unavailable where too
        many ask, or this one has failed too often to be heard now.
        """
        name = username.strip().lower()
        wait = max(self._clients.wait(client), self._names.wait(name))
        if wait > 0:
            raise Unavailable("there were too many failed logins; wait a little", retry_after=math.ceil(wait))
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many people are logging in at the moment")
        started = time.monotonic()
        try:
            recognised = self._recognise(name, password)
            identity = self._account(recognised[0]) if recognised else None
            if recognised is None or identity is None or (scope and scope not in identity.scopes):
                self._clients.failed(client)
                self._names.failed(name)
                if self._audit is not None:
                    self._audit.login_refused(name, client)
                time.sleep(max(0.0, started + self._delay - time.monotonic()))
                raise LoginRefused(REFUSAL)
        finally:
            self._places.release()
        self._clients.succeeded(client)
        self._names.succeeded(name)
        if self._audit is not None:
            self._audit.login(identity, client)
        self._notify(UserLoggedIn(identity=identity, method=recognised[1]))
        return identity

    def _recognise(self, name: str, password: str) -> tuple[ExternalUser, str] | None:
        with self._sessions() as session:
            stored = Accounts(session).stored_password(name)
        # The session is closed again: hashing takes long, and a connection must not wait for it.
        for authenticator in self._authenticators:
            found = authenticator.check(name, password, stored)
            if found is not None:
                return found, authenticator.name
        return None

    def _account(self, found: ExternalUser) -> Identity | None:
        with self._sessions.begin() as session:
            accounts = Accounts(session)
            user = accounts.welcome(found)
            return None if user is None else accounts.identity(user)
