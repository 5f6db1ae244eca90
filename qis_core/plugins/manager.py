"""Asks and tells the loaded plugins: one ordinary, typed method for each Decide and Notify hook.

Nothing else calls a hook. Immutable after start, so it is safe to use from many threads.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from qis_core.api import (
    AccessQuestion,
    ImageAdded,
    ImageDeleted,
    ImageMoved,
    ImageReplaced,
    ImageServed,
    Refusal,
    TaskFinished,
    UserLoggedIn,
)
from qis_core.plugins.hooks import SPECS, Implementation

log = logging.getLogger("qis.plugins")


class PluginManager:
    """The Decide and Notify hooks of the loaded plugins."""

    def __init__(self, implementations: Sequence[Implementation] = ()) -> None:
        self._by_hook = {hook: tuple(each for each in implementations if each.hook == hook) for hook in SPECS}

    def implements(self, hook: str) -> bool:
        """Whether any plugin implements ``hook``: where nobody listens, nothing need be prepared."""
        return bool(self._by_hook[hook])

    def decide_access(self, question: AccessQuestion) -> Refusal | None:
        """The first refusal, or None where nobody refuses; one that fails refuses."""
        for implementation in self._by_hook["qis_decide_access"]:
            try:
                answer = implementation.call(question=question)
            except Exception:
                log.exception("plugin %s failed to decide %s; refused", implementation.plugin, question)
                return _undecided(implementation)
            if isinstance(answer, Refusal):
                return answer
            if answer is not None:
                log.error(
                    "plugin %s answered %r to %s; only a Refusal or None is allowed; refused",
                    implementation.plugin, answer, question,
                )  # fmt: skip
                return _undecided(implementation)
        return None

    def notify_image_served(self, event: ImageServed) -> None:
        """Tells that a rendering or an original went out."""
        self._notify("qis_notify_image_served", event)

    def notify_image_added(self, event: ImageAdded) -> None:
        """Tells that a picture came into the library."""
        self._notify("qis_notify_image_added", event)

    def notify_image_replaced(self, event: ImageReplaced) -> None:
        """Tells that a picture's bytes are others now."""
        self._notify("qis_notify_image_replaced", event)

    def notify_image_moved(self, event: ImageMoved) -> None:
        """Tells that a picture was moved or renamed."""
        self._notify("qis_notify_image_moved", event)

    def notify_image_deleted(self, event: ImageDeleted) -> None:
        """Tells that a picture left the library."""
        self._notify("qis_notify_image_deleted", event)

    def notify_user_logged_in(self, event: UserLoggedIn) -> None:
        """Tells that somebody logged in."""
        self._notify("qis_notify_user_logged_in", event)

    def notify_task_finished(self, event: TaskFinished) -> None:
        """Tells that a background task ended, well or not."""
        self._notify("qis_notify_task_finished", event)

    def _notify(self, hook: str, event: object) -> None:
        for implementation in self._by_hook[hook]:
            try:
                implementation.call(event=event)
            except Exception:
                log.exception("plugin %s failed in %s", implementation.plugin, hook)


def _undecided(implementation: Implementation) -> Refusal:
    return Refusal(reason=f"The plugin {implementation.plugin} could not decide whether this is allowed")
