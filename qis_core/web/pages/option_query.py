"""From the fields of the publisher's form to the query of an image URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

OWN = "publish."
"""How the names of fields begin that are the page's own and never stand in an image URL."""

BASE = "base."
"""``base.strip`` tells that a box was ticked before: without ``strip`` it was taken away."""

FORM = OWN + "form"
SOURCE = OWN + "src"
SIZES = OWN + "sizes"
"""Fields of the form: that it was sent at all, the picture's percent-encoded path, and the ``sizes`` of a srcset."""


def image_part(raw: str) -> str:
    """The raw query without the page's own fields: what stands in the image URL."""
    return "&".join(part for part in raw.split("&") if part and not part.startswith(OWN))


def form_options(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The options of the fields, those left empty left out; ``src`` and ``tmp`` come first.

    An empty box sends nothing. So ``base.strip`` without ``strip`` is ``strip=0``, and both are no
    option, since nothing was changed.
    """
    sent = dict(fields)
    found = {"src": unquote(sent.get(SOURCE, ""), errors="surrogateescape"), "tmp": sent.get("tmp", "")}
    for name, text in sent.items():
        ticked_before = BASE + name in sent
        if not name.startswith((OWN, BASE)) and name not in ("src", "tmp") and not ticked_before:
            found[name] = text
    emptied = {name.removeprefix(BASE) for name in sent if name.startswith(BASE)} - sent.keys()
    return {name: text for name, text in {**found, **dict.fromkeys(emptied, "0")}.items() if text.strip()}


def own_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """The page's own fields that belong into its address."""
    return {SIZES: fields[SIZES]} if fields.get(SIZES) else {}
