"""What a drawing says of itself: its title and description, and what editors write into ``metadata`` as RDF.

Editors have Dublin Core there, in a shape of their own: a work, whose creator is an agent, whose
name is the title of that. SVG 1.1, 5.4 and 21.
"""

from __future__ import annotations

from qis_core.api.xmp import packet
from qis_svg.documents import bare_parser

_DC = "http://purl.org/dc/elements/1.1/"
_WANTED = {"title": "dc:title", "description": "dc:description", "creator": "dc:creator", "rights": "dc:rights",
           "subject": "dc:subject", "date": "dc:date"}  # fmt: skip
_MOST = 50
_AT_THE_TOP = 2


def packet_of(data: bytes) -> bytes | None:
    """XMP of the texts in the unpacked, well-formed drawing; None where there are none."""
    reading = _Reading()
    bare_parser(reading.begin, reading.end, reading.text).Parse(data, True)
    return packet(reading.found)


class _Reading:
    """Follows the elements; ``_name`` is the property that texts belong to."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._depth = 0
        self._since = 0
        self._name = ""
        self._words: list[str] = []

    def begin(self, element: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        namespace, _, local = element.rpartition(" ")
        is_own = self._depth == _AT_THE_TOP and local in ("title", "desc") and namespace != _DC
        if not self._name and (is_own or (namespace == _DC and local in _WANTED)):
            self._name, self._since = "dc:description" if local == "desc" else _WANTED[local], self._depth

    def end(self, element: str) -> None:
        text = "".join(self._words).strip()
        self._words.clear()
        if self._name and text:
            values = self.found.setdefault(self._name, [])
            if text not in values and len(values) < _MOST:
                values.append(text)
        if self._since == self._depth:
            self._name, self._since = "", 0
        self._depth -= 1

    def text(self, words: str) -> None:
        if self._name:
            self._words.append(words)
