"""Who makes a change, from where, and whether they may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qis_core.api import Identity, Refused, Right
from qis_core.domain.permissions import effective_rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who changes records. ``identity`` None is whoever works on the server itself, who may everything.

    ``address`` is where the request came from, for the audit log.
    """

    identity: Identity | None
    address: str = ""

    @property
    def groups(self) -> frozenset[int]:
        """The groups whose members have what the actor has."""
        return frozenset() if self.identity is None else self.identity.group_ids

    def has(self, right: Right) -> bool:
        """Whether the actor has a right."""
        return self.identity is None or right in self.identity.rights

    def require(self, right: Right) -> None:
        """Raises Refused without the right."""
        if not self.has(right):
            raise Refused(f"this needs the right {right.value}, which none of your groups has")

    def require_reach(self, rights: Iterable[str]) -> None:
        """Raises Refused where ``rights`` are those of administrators and the actor is none.

        Only who may everything can give, take or change what gives everything: this holds for
        rights, memberships, and accounts (a new password for an administrator's account).
        """
        if Right.ADMIN_ALL in rights:
            self.require(Right.ADMIN_ALL)

    def require_no_rise(self, rights: Iterable[str]) -> None:
        """Raises Refused where having ``rights`` would raise the actor."""
        if self.identity is not None and effective_rights(rights) - self.identity.rights:
            raise Refused("nobody can give themselves rights that they do not have")


OPERATOR = Actor(identity=None)
"""Whoever works on the server itself, by the command line."""
