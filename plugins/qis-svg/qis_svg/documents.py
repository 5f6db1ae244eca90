"""From a file to a tree of elements, without trusting it: SVG 1.1 and 2, plain or gzipped.

Expat is used bare: it opens no files, and a declaration of a type with anything inside (entities,
attribute defaults) ends the reading at once. What is built are elements of the SVG namespace with
local names; everything of other namespaces (XInclude, XHTML, what editors leave) is never built.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from qis_core.api import BrokenImage, NotThisFormat, QisError, Source, TooLarge

SVG = "http://www.w3.org/2000/svg"
MAX_DEPTH = 200
"""How deep elements may lie in each other. The renderer's stack overflows at some thousand."""

_GZIP = b"\x1f\x8b\x08"
_XLINK, _XML = "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
_KEPT = {f"{_XLINK} href": "href", f"{_XML} space": "xml:space", f"{_XML} lang": "xml:lang"}
_PROLOGUE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+(?:\w+:)?svg\b[^<>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?svg[\s/>]")
_UNFINISHED = (b"<?xml", b"<!--", b"<!DOCTYPE svg")


def looks_like_svg(head: bytes) -> bool:
    """Whether a file that begins with ``head`` may be a drawing, plain or packed."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 4096)
        except zlib.error:
            return False
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")[2:]
    head = head.removeprefix(b"\xef\xbb\xbf")
    place = 0
    while match := _PROLOGUE.match(head, place):
        place = match.end()
    # A long licence or declaration in front of the drawing may fill the head.
    return bool(_ROOT.match(head, place)) or (len(head) >= 4096 and head[place:].startswith(_UNFINISHED))


def content_of(source: Source, max_bytes: int) -> bytes:
    """The drawing's text, unpacked. Raises NotThisFormat, BrokenImage, TooLarge."""
    if not looks_like_svg(source.head(4096)):
        raise NotThisFormat("this is not an SVG file")
    if source.size_bytes > max_bytes:
        raise TooLarge("this SVG file", source.size_bytes, max_bytes, "bytes")
    with source.open() as stream:
        data = stream.read(max_bytes)
    return _unpacked(data, max_bytes) if data.startswith(_GZIP) else data


def read(data: bytes, max_elements: int) -> ElementTree.Element:
    """The root element, ``svg``, of a drawing's text. Raises NotThisFormat, BrokenImage, TooLarge."""
    return _Reader(max_elements).read(data)


def bare_parser(
    begin: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> expat.XMLParserType:
    """An expat parser that tells of elements (namespace, blank, local name) and texts, and opens nothing.

    Its ``Parse`` raises BrokenImage where entities or a type with anything inside are declared, else what expat does.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = _refuse_declarations, _refuse_entities
    return parser


def _refuse_declarations(name: str, system: str | None, public: str | None, has_inside: int) -> None:
    if has_inside:
        raise BrokenImage("this SVG file declares entities or a document type of its own, which is not read here")


def _refuse_entities(*declared: object) -> NoReturn:
    raise BrokenImage("this SVG file declares entities, which are not read here")


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise BrokenImage("this SVGZ file is damaged") from error
    if len(unpacked) > max_bytes:
        raise TooLarge("this SVGZ file, unpacked", f"more than {max_bytes}", max_bytes, "bytes")
    if not unpacker.eof:
        raise BrokenImage("this SVGZ file is cut off")
    return unpacked


class _Reader:
    """Builds the tree from what expat tells."""

    def __init__(self, max_elements: int) -> None:
        self._builder = ElementTree.TreeBuilder()
        self._max_elements = max_elements
        self._count = 0
        self._depth = 0
        # The depth at which an element that is left out began; 0 outside of such.
        self._skipped = 0

    def read(self, data: bytes) -> ElementTree.Element:
        """The root element. Raises NotThisFormat, BrokenImage, TooLarge."""
        try:
            bare_parser(self._start, self._end, self._text).Parse(data, True)
            return self._builder.close()
        except QisError:
            raise
        except Exception as error:
            # Expat's own error, and what unknown encodings raise.
            raise BrokenImage(f"this SVG file is no well-formed XML: {error}") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise TooLarge("the depth of this SVG file", f"more than {MAX_DEPTH}", MAX_DEPTH, "elements")
        if self._count > self._max_elements:
            raise TooLarge("the number of elements in this SVG file", self._count, self._max_elements)
        if self._skipped:
            return
        # Drawings that forget the namespace are drawn by nobody but by many tools.
        namespace, _, local = name.rpartition(" ")
        if self._depth == 1 and (local != "svg" or namespace not in (SVG, "")):
            raise NotThisFormat("this is not an SVG file")
        if namespace not in (SVG, ""):
            self._skipped = self._depth
            return
        own = {key: value for key, value in attributes.items() if " " not in key}
        others = {_KEPT[key]: value for key, value in attributes.items() if key in _KEPT}
        # Without a namespace it counts, and the older spelling does not.
        self._builder.start(local, {**others, **own})

    def _end(self, name: str) -> None:
        if not self._skipped:
            self._builder.end(name.rpartition(" ")[2])
        elif self._skipped == self._depth:
            self._skipped = 0
        self._depth -= 1

    def _text(self, text: str) -> None:
        if not self._skipped:
            self._builder.data(text)
