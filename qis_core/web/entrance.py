"""The parts by which people and programs come in: made once at start, found as ``request.qis.entrance``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from itsdangerous import URLSafeTimedSerializer

from qis_core.api import RedirectAuthenticator
from qis_core.db.engine import Sessions
from qis_core.db.properties import ACCESS_VERSION, LOGINS_VERSION
from qis_core.plugins import Kernel
from qis_core.services.following import Versions
from qis_core.services.forgery import FormTokens
from qis_core.services.mint import Mint
from qis_core.services.named_tokens import NamedTokens, token_mint
from qis_core.services.startup import read_secret
from qis_core.services.web_sessions import WebSessions
from qis_core.settings import LoginSettings, ServerSettings
from qis_core.web.cookies import Cookies


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Sessions, named tokens, and what keeps strangers from using other people's.

    ``guests`` makes the texts of browsers that have not logged in, ``states`` those that identity
    providers hand back, ``providers`` are these by name.
    """

    settings: LoginSettings
    cookies: Cookies
    sessions: WebSessions
    named_tokens: NamedTokens
    token_mint: Mint
    form_tokens: FormTokens
    guests: Mint
    states: URLSafeTimedSerializer
    providers: Mapping[str, RedirectAuthenticator]

    def close(self) -> None:
        """Writes what is left to write."""
        self.sessions.close()
        self.named_tokens.close()


def make_entrance(kernel: Kernel, *, reading: Sessions, writing: Sessions, versions: Versions) -> Entrance:
    """The parts of a site. Raises Unavailable where the site's secret cannot be read."""
    secret, settings = read_secret(kernel), kernel.settings.of(LoginSettings)

    def version() -> tuple[str, str]:
        return versions.of(ACCESS_VERSION), versions.of(LOGINS_VERSION)

    mint = token_mint(secret)
    ways = kernel.registries.authenticators.unique
    return Entrance(
        settings=settings,
        cookies=Cookies(settings, kernel.settings.of(ServerSettings)),
        sessions=WebSessions(
            secret=secret,
            reading=reading,
            writing=writing,
            version=version,
            seconds=settings.session_seconds,
            idle_seconds=settings.idle_seconds,
        ),
        named_tokens=NamedTokens(mint=mint, reading=reading, writing=writing, version=version),
        token_mint=mint,
        form_tokens=FormTokens(secret),
        guests=Mint(secret, "guest"),
        states=URLSafeTimedSerializer(secret, salt="qis-login-state"),
        providers={way.name: way for way in ways if isinstance(way, RedirectAuthenticator)},
    )
