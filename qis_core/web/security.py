"""Who asks: HTTP Basic with a token as user name, ``Authorization: Bearer``, or a session's cookie; else the public.

A bad or expired token counts as none, and so does what only a server in front wants to see.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request, RequestLocalCache
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from qis_core.api import PUBLIC, Identity, Right, Scope
from qis_core.services.known_logins import Login
from qis_core.services.named_tokens import PREFIX, NamedTokens
from qis_core.services.tokens import Tokens
from qis_core.services.web_sessions import WebSessions
from qis_core.web.cookies import SESSION, Cookies

ADMINISTER = "administer"
"""The permission of views that are for administrators only."""

LOGGED_IN = "logged-in"
"""The permission of views that need somebody, whoever it is."""


def includeme(config: Configurator) -> None:
    """Sets the policy, and gives requests ``session_login``."""
    policy = SecurityPolicy(config.registry["qis"].callers)
    config.set_security_policy(policy)
    config.add_request_method(lambda request: policy.caller(request)[1], "session_login", property=True)


Caller = tuple[Identity, Login | None]
_NOBODY: Caller = (PUBLIC, None)


class Callers:
    """Tells who asks by the WSGI environment alone, so that it can be told in front of Pyramid as well."""

    def __init__(self, *, tokens: Tokens, named: NamedTokens, sessions: WebSessions, cookies: Cookies) -> None:
        self._tokens = tokens.read
        self._named = named.read
        self._sessions = sessions.read
        self._cookies = cookies

    def identity(self, environ: Mapping[str, Any]) -> Identity:
        """Who asks; the public where nothing valid is brought. Raises Unavailable."""
        return self.caller(environ)[0] if brings_identity(environ) else PUBLIC

    def caller(self, environ: Mapping[str, Any]) -> Caller:
        """Who asks, and the session where it tells so. Raises Unavailable."""
        header = environ.get("HTTP_AUTHORIZATION")
        found = self._by_token(_token(header)) if header else None
        if found is not None:
            return found, None
        text = self._cookies.read(environ, SESSION)
        login = self._sessions(text) if text else None
        return _NOBODY if login is None else (login.identity, login)

    def _by_token(self, token: str) -> Identity | None:
        if token.startswith(PREFIX):
            login = self._named(token)
            return None if login is None else login.identity
        return self._tokens(token) if token else None


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Makes ``request.identity`` of what the request brings: always an Identity, never None."""

    def __init__(self, callers: Callers) -> None:
        self._callers = RequestLocalCache(lambda request: callers.caller(request.environ))

    def identity(self, request: Request) -> Identity:
        """Who asks."""
        return self.caller(request)[0]

    def caller(self, request: Request) -> Caller:
        """Who asks, and the session where it tells so."""
        # Nearly all image requests bring nothing; they are spared the cache as well.
        if not brings_identity(request.environ):
            return _NOBODY
        found: Caller = self._callers.get_or_create(request)
        return found

    def authenticated_userid(self, request: Request) -> int | None:
        """The account's id, None for the public."""
        return self.identity(request).id

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """Whether a view of ``permission`` may be used."""
        identity = self.identity(request)
        if permission == LOGGED_IN and not identity.is_public:
            # Endpoints ask for the scope that they take; pages show things.
            is_api = request.environ.get("PATH_INFO", "").startswith("/api/")
            if is_api or identity.scopes is None or Scope.READ in identity.scopes:
                return Allowed("somebody is logged in")
        if permission == ADMINISTER and Right.ADMIN_ALL in identity.rights:
            return Allowed("an administrator")
        return Denied(f"needs {permission}")

    def remember(self, request: Request, userid: int, **kw: Any) -> list[tuple[str, str]]:
        """Nothing: `qis_core.web.log_in` gives the cookie."""
        return []

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Nothing, as above."""
        return []


def brings_identity(environ: Mapping[str, Any]) -> bool:
    """Whether a request brings anything that could make it other than the public's."""
    return "HTTP_AUTHORIZATION" in environ or SESSION in environ.get("HTTP_COOKIE", "")


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User name and password of an ``Authorization: Basic`` header, or None."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def _token(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    credentials = basic_credentials(header)
    return credentials[0] if credentials else ""
