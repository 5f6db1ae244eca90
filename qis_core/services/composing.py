"""Composing with the site's vocabulary and templates, remembering what was composed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from qis_core.api import Identity, Refused
from qis_core.domain.compose import Delivery, ImageRequest, OriginalRequest, Policy, compose, compose_original
from qis_core.domain.links import LinkRules
from qis_core.domain.vocabulary import Vocabulary
from qis_core.services.remembering import Remembered
from qis_core.services.templates import TemplateTable

_LONGEST_KEY = 2048
"""Longer questions are composed anew each time: thousands of remembered ones would fill the memory."""


class Composer:
    """Turns query strings into requests. Equal questions are answered from memory.

    ``engine_choice`` says who may name an engine in a URL: nobody, users or everybody. ``links`` are the rules
    of public URLs, None where all are free.
    """

    def __init__(
        self,
        *,
        vocabulary: Vocabulary,
        templates: Callable[[], TemplateTable],
        max_width: int = 0,
        max_height: int = 0,
        engine_choice: str = "users",
        links: LinkRules | None = None,
        remembered: int = 2_000,
    ) -> None:
        self.vocabulary = vocabulary
        self.links = links
        self._templates = templates
        self._policies = {
            anonymous: Policy(
                max_width=max_width,
                max_height=max_height,
                anonymous=anonymous,
                engines=engine_choice == "everybody" or (engine_choice == "users" and not anonymous),
                links=links,
            )
            for anonymous in (True, False)
        }
        self._remembered: Remembered[tuple[str, str, bool, bool, str], ImageRequest] = Remembered(remembered)

    @property
    def version(self) -> str:
        """Another text whenever an earlier request may be composed in another way."""
        return self._templates().version

    def compose(self, raw_query: str, *, identity: Identity, accept: str = "", quick: bool = False) -> ImageRequest:
        """The request; with ``quick`` what stands in for it where its format is costly.

        Raises BadOption, NotFound, and Refused for a URL that this site does not answer, or no more.
        """
        templates = self._templates()
        key = raw_query, accept, quick, identity.is_public, templates.version
        found = self._remembered.get(key)
        if found is None:
            found = compose(
                raw_query,
                vocabulary=self.vocabulary,
                templates=templates.lookup,
                policy=self._policies[identity.is_public],
                accept=accept,
                quick=quick,
            )
            if len(raw_query) + len(accept) <= _LONGEST_KEY:
                self._remembered.keep(key, found)
        refuse_expired(found.delivery)
        return found

    def compose_original(self, raw_query: str, *, identity: Identity) -> OriginalRequest:
        """The request of an original's query string. Raises as ``compose`` does."""
        found = compose_original(
            raw_query,
            vocabulary=self.vocabulary,
            policy=self._policies[identity.is_public],
            templates=self._templates().lookup,
        )
        refuse_expired(found.delivery)
        return found


def refuse_expired(delivery: Delivery) -> None:
    """Raises Refused for a URL that was signed for a time that is over."""
    if delivery.until is not None and delivery.until <= time.time():
        when = datetime.fromtimestamp(delivery.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        raise Refused(f"this URL was to be answered until {when}; ask whoever gave it for another one")
