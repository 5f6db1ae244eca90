"""What becomes of a published URL where everybody asks for it: the site's rules of URLs, its limits and permissions.

People who have logged in are free in what they ask for, so that the publisher shows them more than the public would
get. What it gives them to take along is made to work for everybody: signed where it has to be, or explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pyramid.request import Request

from qis_core.api import PUBLIC, Level, QisError
from qis_core.domain.links import EXPIRES, OF_VIEWERS, ON_LADDER, SIGNATURE, LinkRules, Mode, admit
from qis_core.domain.query import parse_query
from qis_core.services.browse import Picture
from qis_core.services.composing import Composer
from qis_core.services.links import signed_url

_SIGNED = "The public gets pictures of this folder by signed URLs alone"
_VIEWERS = "Galleries and slideshows show the pictures of this folder as they are, so none is offered here"
_TEMPLATE = "The folder's default template may"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLinks:
    """The rules for the URLs of one picture; ``rules`` is None where all are free.

    ``may_sign`` tells whether who publishes may have URLs signed.
    """

    composer: Composer
    path: str
    mode: Mode
    rules: LinkRules | None
    may_sign: bool

    @property
    def signs(self) -> bool:
        """Whether URLs to take along may differ from those that are typed."""
        return self.may_sign and self.mode is not Mode.FREE

    @property
    def steps(self) -> Sequence[int]:
        """The widths that the public may ask for without a signature; none where that says nothing."""
        return self.rules.ladder if self.rules and self.mode is Mode.LADDER else ()

    def url(self, url: str) -> str:
        """The image URL as everybody may ask for it and gets what it says."""
        if self.rules is None or not self.signs:
            return url
        pairs = [pair for pair in parse_query(urlsplit(url).query) if pair[0] not in (SIGNATURE, EXPIRES)]
        if self.mode is Mode.LADDER and self._is_answered_as_it_is(pairs, self.rules):
            return url
        return signed_url(url, self.rules)

    def zoomed(self, url: str) -> str:
        """The image URL for a viewer, which asks for it in sizes and tiles of its own."""
        if self.rules is None or not self.signs or not self._zoom_needs_signing(dict(parse_query(urlsplit(url).query))):
            return url
        return signed_url(url, self.rules, any_size=True)

    def viewers(self, options: Mapping[str, str]) -> Sequence[str]:
        """The viewers that get what they ask for with these options besides their own."""
        zoom = ("zoom",) if self.signs or not self._zoom_needs_signing(options) else ()
        return zoom if self.viewers_problem(options) else (*zoom, "gallery", "slideshow")

    def viewers_problem(self, options: Mapping[str, str]) -> str:
        """Why viewers of folders would show the public nothing with these options besides their own; '' where they
        work."""
        if self.rules is None or self.mode is Mode.FREE:
            return ""
        beyond = sorted(options.keys() - (OF_VIEWERS if self.rules.lists_sign(self.path) else ON_LADDER))
        return f"{_VIEWERS}: the public may not say {', '.join(beyond)}. {_TEMPLATE}." if beyond else ""

    def refusal(self, raw_query: str) -> str:
        """What the public is told instead of the picture; '' where it gets that."""
        try:
            self.composer.compose(raw_query, identity=PUBLIC)
        except QisError as error:
            return error.message
        return ""

    def _zoom_needs_signing(self, options: Mapping[str, str]) -> bool:
        if self.rules is None or self.mode is Mode.FREE:
            return False
        return self.rules.lists_sign(self.path) or not ON_LADDER.issuperset(options)

    def _is_answered_as_it_is(self, pairs: Sequence[tuple[str, str]], rules: LinkRules) -> bool:
        vocabulary = self.composer.vocabulary
        known = vocabulary.by_name.keys() | vocabulary.encoder_keys.keys()
        try:
            return list(admit(pairs, "image", self.path, rules, known).pairs) == list(pairs)
        except QisError:
            return False


def public_links(request: Request, picture: Picture) -> PublicLinks:
    """The rules of a picture for who asks: those may sign who may edit it."""
    platform = request.qis.platform
    rules = platform.composer.links
    return PublicLinks(
        composer=platform.composer,
        path=picture.path,
        mode=rules.mode_of(picture.path) if rules else Mode.FREE,
        rules=rules,
        may_sign=not request.identity.is_public and platform.access.allows(request.identity, Level.EDIT, picture.path),
    )


def notes(request: Request, picture: Picture, links: PublicLinks, url: str, viewers_problem: str) -> list[str]:
    """What whoever takes the URL along should know of what others get by it."""
    if not request.qis.platform.access.allows(PUBLIC, Level.VIEW, picture.path):
        return ["Only people who log in, and may view this folder, see this picture: the public may not."]
    found = []
    if links.mode is Mode.SIGNED and links.may_sign:
        found.append(f"{_SIGNED}. Those below are signed: whoever changes an option has to have it signed again.")
    elif links.mode is Mode.SIGNED:
        found.append(f"{_SIGNED}. Somebody who may edit this picture gets them here.")
    elif links.signs and links.url(url) != url:
        found.append("The public may not ask for these sizes and options by itself, so the URL is signed.")
    if viewers_problem:
        found.append(viewers_problem)
    refused = links.refusal(urlsplit(links.url(url)).query)
    if refused and not (links.mode is Mode.SIGNED and not links.may_sign):
        found.append(f"The public does not get this picture: {refused}.")
    return found
