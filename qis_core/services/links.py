"""The rules of public URLs as the settings say, and signing by them."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from qis_core.api import BadOption, Identity, NotFound, Unavailable
from qis_core.domain.links import OF_VIEWERS, LinkRules, Mode, Pairs, sign
from qis_core.domain.paths import clean_path
from qis_core.domain.query import parse_query
from qis_core.settings import LinksSettings

_KEY = re.compile("[A-Za-z0-9_-]{1,20}")
_SIZE = re.compile("[1-9][0-9]{0,5}")
_SHORTEST_SECRET = 16
_OWN_KEY = "site"
_DAY = 24 * 3600
_PURPOSES = {"image": "image", "original": "original", "erez": "image"}


def link_rules(settings: LinksSettings, secret: str) -> LinkRules:
    """The rules; ``secret`` is the server's, of which a key is made where the settings name none.

    Raises Unavailable with a text for the operator.
    """
    return LinkRules(
        mode=Mode(settings.mode),
        folders=_folders(settings.folders),
        ladder=_ladder(settings.ladder),
        snap=settings.off_ladder == "snap",
        keys=_keys(settings.keys) or {_OWN_KEY: _derived(secret)},
    )


def signed_url(url: str, rules: LinkRules, *, expires: int | None = None, key: str = "", any_size: bool = False) -> str:
    """The image URL (whole, or from its path on) with a signature in place of any that it has.

    ``expires`` is in seconds of the epoch; ``any_size`` leaves open what viewers decide by themselves. Raises
    BadOption for what is no image URL or no key.
    """
    parts = urlsplit(url)
    purpose = _PURPOSES.get(parts.path.rstrip("/").rpartition("/")[2])
    pairs = parse_query(parts.query)
    if purpose is None or not dict(pairs).get("src"):
        raise BadOption("url", url, "an address of this server with /image?src=… or /original?src=…")
    if key and key not in rules.keys:
        raise BadOption("key", key, f"one of {', '.join(rules.keys)}")
    signed = sign(pairs, purpose, rules, expires=expires, key=key, any_size=any_size)
    return urlunsplit(parts._replace(query=_query(signed)))


def own_url(url: str, rules: LinkRules | None, identity: Identity, *, any_size: bool = False) -> str:
    """A path of this site that one of its own pages shows to ``identity``: signed where that is needed.

    It holds until the end of the next day (UTC), so that a page has the same addresses all day and browsers keep what
    they have.
    """
    if rules is None or not identity.is_public:
        return url
    if rules.mode_of(dict(parse_query(urlsplit(url).query)).get("src", "").lstrip("/")) is Mode.FREE:
        return url
    return signed_url(url, rules, expires=_tomorrow(), any_size=any_size)


def listed_url(url: str, path: str, options: Iterable[str], rules: LinkRules | None, identity: Identity) -> str:
    """The URL of the picture ``path`` as lists give it to ``identity``, who may view it: for the public signed for any
    size where viewers need that, until the end of the next day (UTC).

    Whoever asks for a list chooses its ``options``: with one that the signature would fix the URL is left as it is, so
    that nobody has more signed than the plain picture.
    """
    if rules is None or not identity.is_public or not rules.lists_sign(path) or not OF_VIEWERS.issuperset(options):
        return url
    return signed_url(url, rules, expires=_tomorrow(), any_size=True)


def _tomorrow() -> int:
    return (int(time.time()) // _DAY + 2) * _DAY


def _query(pairs: Pairs) -> str:
    return "&".join(
        f"{quote(name)}={quote(text.encode('utf-8', 'surrogateescape'), safe='/:')}" for name, text in pairs
    )


def _ladder(words: Sequence[str]) -> Sequence[int]:
    if not words or not all(_SIZE.fullmatch(word) for word in words):
        raise Unavailable(f"qis.links.ladder is {' '.join(words)!r}: write one size or more, whole pixels from 1 on")
    return sorted({int(word) for word in words})


def _folders(words: Sequence[str]) -> Mapping[str, Mode]:
    found: dict[str, Mode] = {}
    for word in words:
        written, _, mode = word.rpartition("=")
        try:
            folder = clean_path(unquote(written).strip("/"))
        except NotFound:
            folder = ""
        if not folder or mode not in list(Mode):
            allowed = ", ".join(Mode)
            raise Unavailable(f"qis.links.folders, {word!r}: write a folder of the library, = and one of {allowed}")
        found[folder] = Mode(mode)
    return found


def _keys(words: Sequence[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for number, word in enumerate(words, 1):
        name, _, secret = word.partition(":")
        if not _KEY.fullmatch(name) or len(secret) < _SHORTEST_SECRET or name in found:
            raise Unavailable(
                f"qis.links.keys, number {number}: write a name that no other key has (letters, digits, _ and -), "
                f": and a secret of at least {_SHORTEST_SECRET} characters"
            )
        found[name] = secret.encode()
    return found


def _derived(secret: str) -> bytes:
    # A key of its own for each use, so that what one of them gives away is nothing to the others (RFC 5869, expand).
    return hmac.new(secret.encode(), b"qis image links\x01", hashlib.sha256).digest()
