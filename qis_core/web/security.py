"""Who asks: HTTP Basic with a token as user name, or ``Authorization: Bearer``; else the public.

A bad or expired token counts as anonymous. Sessions by cookie join here when there are pages to
log in to.
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

from qis_core.api import PUBLIC, Identity, Right
from qis_core.services.tokens import Tokens

ADMINISTER = "administer"
"""The permission of views that are for administrators only."""

LOGGED_IN = "logged-in"
"""The permission of views that need somebody, whoever it is."""


def includeme(config: Configurator) -> None:
    """Sets the policy."""
    config.set_security_policy(SecurityPolicy(config.registry["qis"].callers))


class Callers:
    """Tells who asks by the WSGI environment alone, so that it can be told in front of Pyramid as well."""

    def __init__(self, tokens: Tokens) -> None:
        self._read = tokens.read

    def identity(self, environ: Mapping[str, Any]) -> Identity:
        """Who asks; the public where nothing valid is brought."""
        header = environ.get("HTTP_AUTHORIZATION")
        token = _token(header) if header else ""
        return (self._read(token) if token else None) or PUBLIC


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Makes ``request.identity`` of what the request brings: always an Identity, never None."""

    def __init__(self, callers: Callers) -> None:
        self._identities = RequestLocalCache(lambda request: callers.identity(request.environ))

    def identity(self, request: Request) -> Identity:
        """Who asks."""
        # Nearly all image requests bring nothing; they are spared the cache as well.
        if not brings_identity(request.environ):
            return PUBLIC
        found: Identity = self._identities.get_or_create(request)
        return found

    def authenticated_userid(self, request: Request) -> int | None:
        """The account's id, None for the public."""
        return self.identity(request).id

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """Whether a view of ``permission`` may be used."""
        identity = self.identity(request)
        if permission == LOGGED_IN and not identity.is_public:
            return Allowed("somebody is logged in")
        if permission == ADMINISTER and Right.ADMIN_ALL in identity.rights:
            return Allowed("an administrator")
        return Denied(f"needs {permission}")

    def remember(self, request: Request, userid: int, **kw: Any) -> list[tuple[str, str]]:
        """Nothing: tokens are remembered by their owners."""
        return []

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Nothing, as above."""
        return []


def brings_identity(environ: Mapping[str, Any]) -> bool:
    """Whether a request brings anything that could make it other than the public's."""
    return "HTTP_AUTHORIZATION" in environ


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
