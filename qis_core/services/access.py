"""May somebody do this here? Asked before any cache and any byte."""

from __future__ import annotations

from collections.abc import Callable

from qis_core.api import AccessQuestion, Identity, Level, Refusal, Refused

Decider = Callable[[AccessQuestion], Refusal | None]

ADMINISTRATORS = "Administrators"
"""The system group whose members may do everything."""


class AccessService:
    """Works out levels of access and lets plugins refuse.

    ``public_level`` is what everybody has everywhere, members of Administrators have all.
    ``version`` grows whenever an earlier answer may be wrong, so that remembered ones are dropped.
    """

    def __init__(self, *, public_level: Level, decide: Decider) -> None:
        self._public_level = public_level
        self._decide = decide
        self.version = 1

    def level(self, identity: Identity, path: str) -> Level:
        """The level that the permissions give on ``path``, before plugins are asked."""
        return Level.DELETE_FOLDER if ADMINISTRATORS in identity.groups else self._public_level

    def refusal(self, identity: Identity, level: Level, path: str) -> Refusal | None:
        """Why ``identity`` may not use ``level`` on ``path``, or None where it may."""
        if self.level(identity, path) < level:
            who = "the public" if identity.is_public else f"the user {identity.username}"
            return Refusal(reason=f"{who} may not {_VERBS[level]} {path!r}")
        return self._decide(AccessQuestion(identity=identity, level=level, path=path))

    def allows(self, identity: Identity, level: Level, path: str) -> bool:
        """Whether ``identity`` may use ``level`` on ``path``."""
        return self.refusal(identity, level, path) is None

    def require(self, identity: Identity, level: Level, path: str) -> None:
        """Raises Refused, with the reason, unless ``identity`` may use ``level`` on ``path``."""
        refusal = self.refusal(identity, level, path)
        if refusal is not None:
            raise Refused(refusal.reason)


_VERBS = {
    Level.NONE: "know of",
    Level.VIEW: "view",
    Level.DOWNLOAD: "download the original of",
    Level.EDIT: "edit",
    Level.UPLOAD: "upload to",
    Level.DELETE: "delete",
    Level.CREATE_FOLDER: "create a folder in",
    Level.DELETE_FOLDER: "delete the folder",
}
