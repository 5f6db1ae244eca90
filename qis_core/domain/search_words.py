"""What people type into a search field, as words to look for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MOST_WORDS = 12
LONGEST_WORD = 60


def search_words(text: str) -> Sequence[str]:
    """The words of a text: letters and digits of any script, small; the rest only keeps them apart.

    At most ``MOST_WORDS``; each is to be found at the beginning of a word.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    found = dict.fromkeys(word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", folded))
    return list(found)[:MOST_WORDS]
