"""Names for files that people send: cleaned of what could lead elsewhere or deceive, with their letters kept."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_BYTES = 240
"""Of 255 that file systems take, some are left for a number."""

_RESERVED = re.compile(r'[<>:"|?*]')
_JOINERS = frozenset("\u200c\u200d")
"""Format characters that words of some scripts, and emoji, are written with."""


def clean_file_name(sent: str) -> str:
    """The last part of what was sent as a file's name, as it may be stored; '' where nothing is left of it.

    Letters of any script stay, in Unicode's composed form (NFC). Folders in front of the name go, and so do
    control and direction characters, halves of surrogate pairs, leading dots and blanks at either end;
    characters that some systems reserve become ``_``. At most 240 bytes of UTF-8, the ending kept.
    """
    name = re.split(r"[/\\]", sent)[-1]
    name = unicodedata.normalize("NFC", "".join(letter for letter in name if _is_visible(letter)))
    name = _RESERVED.sub("_", re.sub(r"\s+", " ", name)).lstrip(". ").rstrip(". ")
    stem, ending = split_name(name)
    return _cut(stem, _LONGEST_BYTES - len(ending.encode())).rstrip(". ") + ending if stem else ""


def numbered_name(name: str, number: int) -> str:
    """``name-001.ext`` for ``name.ext`` and 1."""
    stem, ending = split_name(name)
    return f"{stem}-{number:03d}{ending}"


def split_name(name: str) -> tuple[str, str]:
    """A file name without its ending, and the ending with its dot (at most 20 characters, or there is none)."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and len(ending) < 20 else (name, "")


def _is_visible(letter: str) -> bool:
    return letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")


def _cut(text: str, length: int) -> str:
    return text.encode()[:length].decode("utf-8", "ignore")
