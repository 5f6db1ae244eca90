"""The cookies of logins: their names, and what browsers may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.response import Response

from qis_core.settings import LoginSettings, ServerSettings

SESSION = "qis-session"
"""Holds the text of a web session."""

GUEST = "qis-guest"
"""Holds a random text for a browser that has not logged in, so that the login form is known to be its own."""

_LOCKED = "__Host-"
Environ = Mapping[str, Any]


class Cookies:
    """Reads and sets them: for https alone with the prefix ``__Host-``, which no other host can set.

    By plain http, as on a developer's own machine, that is impossible, and they have plain names.
    """

    def __init__(self, logins: LoginSettings, server: ServerSettings) -> None:
        self._always = logins.secure_cookies == "yes" or (
            logins.secure_cookies == "auto" and server.public_url.lower().startswith("https:")
        )
        self._never = logins.secure_cookies == "no"

    def read(self, environ: Environ, name: str) -> str:
        """The text of a cookie, '' without it."""
        header: str = environ.get("HTTP_COOKIE", "")
        if name not in header:
            return ""
        start = self._name(environ, name) + "="
        for part in header.split(";"):
            pair = part.strip()
            if pair.startswith(start):
                return pair[len(start) :]
        return ""

    def set(self, environ: Environ, response: Response, name: str, text: str, seconds: int) -> None:
        """Gives the browser a cookie that scripts cannot read and other sites' forms do not send."""
        self._set(environ, response, name, text, seconds)

    def drop(self, environ: Environ, response: Response, name: str) -> None:
        """Takes a cookie away."""
        self._set(environ, response, name, "", 0)

    def _set(self, environ: Environ, response: Response, name: str, text: str, seconds: int) -> None:
        response.set_cookie(
            self._name(environ, name),
            text,
            max_age=seconds,
            path="/",
            secure=self._is_secure(environ),
            httponly=True,
            samesite="Lax",
        )

    def _name(self, environ: Environ, name: str) -> str:
        return _LOCKED + name if self._is_secure(environ) else name

    def _is_secure(self, environ: Environ) -> bool:
        return self._always or (not self._never and environ.get("wsgi.url_scheme") == "https")
