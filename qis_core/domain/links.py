"""What URLs the public may make up itself: any, sizes of a ladder, or none that the site has not signed.

Where anybody may ask for any size, anybody can have a server make a million renderings of one
picture. A ladder bounds how many there can be; a signature leaves the choice to the site alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from qis_core.api import BadOption, Refused

Pairs = Sequence[tuple[str, str]]

SIGNATURE = "sig"
EXPIRES = "expires"
SIZES = frozenset({"width", "height"})
OF_VIEWERS = SIZES | {"tile", "autosizefit", "format", "stats"}
"""What a signature for any size leaves open: what viewers decide by themselves, and whether it counts."""

ANY_SIZE = "sizes"
"""The kind of such a signature, between the key's name and the signature itself."""

ON_LADDER = SIZES | {"src", "tmp", "page", "format", "tile", "autosizefit", "attach", "xref", "stats"}
"""What a URL may say in the ladder mode: which picture, by which template, in a size of the ladder. All that changes
pixels has few values."""

_WHOLE = re.compile("[0-9]{1,9}")
_MOMENT = re.compile("[0-9]{1,12}")


class Mode(StrEnum):
    """What the public may ask for: everything, sizes of the ladder, or what the site has signed."""

    FREE = "free"
    LADDER = "ladder"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """The modes of a site and of its folders, and what they need.

    ``ladder`` has pixels in rising order; ``snap`` takes another size up to the next step (the
    largest for all beyond it), else it is refused. The first of ``keys`` (name → secret) signs,
    all of them verify.
    """

    mode: Mode = Mode.FREE
    folders: Mapping[str, Mode]
    ladder: Sequence[int]
    snap: bool = True
    keys: Mapping[str, bytes]

    def mode_of(self, path: str) -> Mode:
        """The mode of the nearest folder that has one, else the site's."""
        folder = path
        while self.folders and folder:
            folder = folder.rpartition("/")[0]
            if folder in self.folders:
                return self.folders[folder]
        return self.mode

    def lists_sign(self, path: str) -> bool:
        """Whether lists of pictures sign for the public: where viewers could show nothing of what they find."""
        mode = self.mode_of(path)
        return mode is Mode.SIGNED or (mode is Mode.LADDER and not self.snap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A URL that may be asked for: what it says, and until when (seconds of the epoch; None: for ever)."""

    pairs: Pairs
    until: float | None = None


def admit(pairs: Pairs, purpose: str, path: str, rules: LinkRules, known: Container[str]) -> Admitted:
    """What a URL of the public says in the end, for the picture ``path``.

    ``purpose`` is ``image`` or ``original``: a signature for one is none for the other. ``known`` has
    the names of options that mean something. A good signature frees from the ladder; one for any size does not, and
    takes sizes up to its steps. Whether ``until`` has passed is for the caller to see, at each request. Raises Refused
    for a missing or wrong signature, BadOption for what the ladder leaves out.
    """
    given = dict(pairs)
    if SIGNATURE in given:
        until = _verified(pairs, purpose, rules)
        if _parts(given[SIGNATURE])[1] == ANY_SIZE:
            stepping = replace(rules, snap=True)
            pairs = tuple((name, _on_step(name, text, stepping)) for name, text in pairs)
        return Admitted(pairs=pairs, until=until)
    mode = rules.mode_of(path)
    if mode is Mode.SIGNED:
        raise Refused(f"URLs of this picture have to be signed by this site, and this one has no {SIGNATURE}")
    if mode is Mode.LADDER and purpose == "image":
        # What nobody installed knows changes nothing, and is left for the vocabulary to ignore.
        kept = ((name, _on_ladder(name, text, rules) if name in known else text) for name, text in pairs)
        return Admitted(pairs=tuple(kept))
    return Admitted(pairs=pairs)


def sign(
    pairs: Pairs, purpose: str, rules: LinkRules, *, expires: int | None = None, key: str = "", any_size: bool = False
) -> Pairs:
    """The same with a signature, by the key of that name or the first; ``expires`` is in seconds of the epoch.

    ``any_size`` leaves the options of viewers open. Raises KeyError for a name that no key has.
    """
    name = key or next(iter(rules.keys))
    left = [pair for pair in pairs if pair[0] not in (SIGNATURE, EXPIRES)]
    if expires is not None:
        left.append((EXPIRES, str(expires)))
    kind = ANY_SIZE if any_size else ""
    found = ".".join(filter(None, (name, kind, _mac(left, purpose, kind, rules.keys[name]))))
    return [*left, (SIGNATURE, found)]


def _verified(pairs: Pairs, purpose: str, rules: LinkRules) -> float | None:
    given = dict(pairs)
    name, kind, mac = _parts(given[SIGNATURE])
    left = [pair for pair in pairs if pair[0] != SIGNATURE]
    # An unknown key costs as much as a known one, and says no more.
    secret = rules.keys.get(name, b"\0" * 32)
    expected = _mac(left, purpose, kind, secret)
    is_good = hmac.compare_digest(mac.encode("utf-8", "surrogateescape"), expected.encode("ascii"))
    if not is_good or name not in rules.keys or kind not in ("", ANY_SIZE):
        raise Refused(f"the {SIGNATURE} of this URL is not right: it was changed, or signed for something else")
    if EXPIRES not in given:
        return None
    if not _MOMENT.fullmatch(given[EXPIRES]):
        raise BadOption(EXPIRES, given[EXPIRES], "seconds since 1970 as a whole number")
    return float(given[EXPIRES])


def _parts(signature: str) -> tuple[str, str, str]:
    """The key's name, the kind ('' where all options are signed) and the signature itself."""
    name, _, rest = signature.partition(".")
    kind, _, mac = rest.rpartition(".")
    return name, kind, mac


def _mac(pairs: Pairs, purpose: str, kind: str, secret: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) over the purpose and the options in the order of their names, as base64url (RFC 4648)."""
    signed = sorted(pair for pair in pairs if kind != ANY_SIZE or pair[0] not in OF_VIEWERS)
    options = "&".join(f"{quote(name, safe='')}={_quoted(text)}" for name, text in signed)
    text = f"{purpose}.{kind}?{options}" if kind else f"{purpose}?{options}"
    found = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(found).decode("ascii").rstrip("=")


def _quoted(text: str) -> str:
    # Names of files may have bytes that are no UTF-8.
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def _on_ladder(name: str, text: str, rules: LinkRules) -> str:
    if name not in ON_LADDER:
        allowed = ", ".join(sorted(ON_LADDER))
        raise BadOption(name, text, f"left out on this site, or given by a template; URLs here may say {allowed}")
    return _on_step(name, text, rules)


def _on_step(name: str, text: str, rules: LinkRules) -> str:
    if name not in SIZES or not _WHOLE.fullmatch(text) or int(text) == 0:
        return text
    return str(_step(name, int(text), rules))


def _step(name: str, size: int, rules: LinkRules) -> int:
    index = bisect_left(rules.ladder, size)
    if index < len(rules.ladder) and rules.ladder[index] == size:
        return size
    if not rules.snap:
        steps = ", ".join(map(str, rules.ladder))
        raise BadOption(name, size, f"one of the sizes of this site: {steps}")
    return rules.ladder[min(index, len(rules.ladder) - 1)]
