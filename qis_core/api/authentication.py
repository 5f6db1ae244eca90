"""Authenticators: who is it? Permissions are not their business."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUser:
    """Somebody whom an authenticator has recognised; the core finds or makes the account."""

    username: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassword:
    """What the account records hold of a user for authenticators that check a stored hash."""

    username: str
    password_hash: str


class PasswordAuthenticator(ABC):
    """Checks a user name and password. Asked in order of ``priority``, highest first."""

    name: str
    priority: int = 0
    keeps_passwords: bool = False
    """Whether it checks the hashes that accounts hold here. Accounts that hold one are left to such authenticators,
    and entered by no other: whoever runs a directory cannot become somebody here by using their name."""

    @abstractmethod
    def check(self, username: str, password: str, stored: StoredPassword | None) -> ExternalUser | None:
        """The user, or None. ``stored`` is the account as it is here, if any.

        Takes the same time for an unknown user as for a wrong password. Raises Unavailable.
        """

    def hash(self, password: str) -> str | None:
        """The hash to store for a new password, or None where passwords are not kept here."""
        return None

    def is_outdated(self, stored: StoredPassword) -> bool:
        """Whether the hash should be made again, which is done when its owner has logged in with it."""
        return False


class RedirectAuthenticator(ABC):
    """Sends the browser to an identity provider and reads what it brings back.

    ``state`` is a text of ours that the provider hands back in its parameter ``state``; the core
    checks that it comes back to the browser that it was made for, within ten minutes. Whatever an
    authenticator needs to know again (a nonce, a PKCE verifier) it derives from it.
    """

    name: str
    label: str

    @abstractmethod
    def begin(self, callback_url: str, state: str) -> str:
        """The URL to send the browser to. Raises Unavailable."""

    @abstractmethod
    def finish(self, callback_url: str, parameters: Mapping[str, str], state: str) -> ExternalUser:
        """The user of a provider's answer. Raises Refused."""
