"""XMP packets as names and values (ISO 16684-1, the RDF/XML subset of its chapter 7).

The packet is XML from strangers: a document type, which alone can declare entities or name outside
things, ends the reading, and so does a packet that is too large or too deep.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

LONGEST_PACKET = 2 * 1024**2
"""Bytes beyond which a packet is not read."""

_DEEPEST = 40
_MOST_VALUES = 1000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_LISTS = frozenset({f"{_RDF} Bag", f"{_RDF} Seq"})
_ALTERNATIVES = f"{_RDF} Alt"
_ITEM = f"{_RDF} li"

_PREFIXES: Mapping[str, str] = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
}
# How an edit came about, and what a raw converter did: long, and of no use to whoever looks for a picture.
_PASSED_OVER = frozenset({"xmpMM:History", "xmpMM:Ingredients", "xmpMM:Pantry", "photoshop:DocumentAncestors"})
_PASSED_OVER_PREFIXES = ("crs:",)


class _Refused(Exception):
    """The packet is not read any further, and nothing of it is kept."""


def values(packet: bytes) -> Mapping[str, object]:
    """Values by ``prefix:Name`` with the usual prefixes: texts, lists of texts, and of alternatives in
    several languages the default one; fields of structures as ``prefix:Name/prefix:Field``.

    Empty for what is no well-formed packet, or declares a document type.
    """
    if not packet.startswith((b"\xff\xfe", b"\xfe\xff")):
        # Editors leave room after the packet; in UTF-16 the same bytes are halves of characters.
        packet = packet.strip(b"\0 \t\r\n")
    if not packet or len(packet) > LONGEST_PACKET:
        return {}
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.EntityDeclHandler = reading.refuse
    parser.ExternalEntityRefHandler = reading.refuse
    parser.StartNamespaceDeclHandler = reading.namespace
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    try:
        parser.Parse(packet, True)
    except (_Refused, expat.ExpatError, ValueError, LookupError):
        return {}
    return {
        name: value
        for name, value in reading.found.items()
        if name.partition("/")[0] not in _PASSED_OVER and not name.startswith(_PASSED_OVER_PREFIXES)
    }


class _Reading:
    """Follows the elements down and up; ``_names`` is the way of property names to where it is."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}
        self._declared: dict[str, str] = {}
        self._elements: list[str] = []
        self._names: list[str] = []
        self._languages: list[str] = []
        self._words: list[str] = []

    def refuse(self, *_: object) -> int:
        """For whatever no honest packet has."""
        raise _Refused

    def namespace(self, prefix: str | None, uri: str) -> None:
        """Remembers the document's own prefix, for names that are not among the usual ones."""
        self._declared.setdefault(uri, prefix or "")

    def begin(self, element: str, attributes: Mapping[str, str]) -> None:
        """A start tag: a property, or one of RDF's own elements."""
        if len(self._elements) > _DEEPEST:
            raise _Refused
        self._elements.append(element)
        self._words.clear()
        if element == _ITEM:
            self._languages.append(attributes.get(f"{_XML} lang", ""))
        elif self._is_property(element):
            self._names.append(self._name(element))
        # Properties may be written as attributes, and a reference as the attribute rdf:resource.
        for name, value in attributes.items():
            if name == f"{_RDF} resource" and self._names:
                self._keep(value)
            elif self._is_property(name):
                self._names.append(self._name(name))
                self._keep(value)
                self._names.pop()

    def end(self, element: str) -> None:
        """An end tag: what was said in between is a value, unless there were elements in it."""
        self._elements.pop()
        text = "".join(self._words).strip()
        self._words.clear()
        if text and self._names:
            self._keep(text)
        if element == _ITEM:
            self._languages.pop()
        elif self._is_property(element) and self._names:
            self._names.pop()

    def text(self, words: str) -> None:
        """Characters between tags."""
        self._words.append(words)

    def _is_property(self, name: str) -> bool:
        uri = name.partition(" ")[0]
        return " " in name and uri not in (_RDF, _XML, "adobe:ns:meta/")

    def _name(self, name: str) -> str:
        uri, _, local = name.partition(" ")
        prefix = _PREFIXES.get(uri) or self._declared.get(uri, "")
        return f"{prefix}:{local}" if prefix else local

    def _keep(self, value: str) -> None:
        value = value.strip()
        name = "/".join(self._names)
        if not value:
            return
        container = next((element for element in reversed(self._elements) if element != _ITEM), "")
        if container in _LISTS:
            self._add(name, value)
        elif container == _ALTERNATIVES and self._languages:
            if self._languages[-1] == "x-default" or name not in self.found:
                self._set(name, value)
        else:
            self._set(name, value)

    def _add(self, name: str, value: str) -> None:
        several = self.found.setdefault(name, [])
        if isinstance(several, list) and len(several) < _MOST_VALUES:
            several.append(value)

    def _set(self, name: str, value: str) -> None:
        if len(self.found) < _MOST_VALUES:
            self.found[name] = value
