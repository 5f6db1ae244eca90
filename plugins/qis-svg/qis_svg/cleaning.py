"""A drawing without anything that acts, or that leads out of it.

Kept are the elements that make a static picture (SVG 1.1, and what SVG 2 added to them). Links
stay where they lead to an element of the same document, and where they hold a raster picture.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from qis_core.api import BrokenImage, TooLarge
from qis_svg.documents import MAX_DEPTH
from qis_svg.embedded import clean_picture
from qis_svg.styles import clean_style, clean_value, references

LINKS_LEFT_OUT = "links to other files were left out"
SCRIPTS_LEFT_OUT = "scripts were left out"

_DRAWN = frozenset({
    "svg", "g", "defs", "symbol", "use", "image", "switch", "a", "style", "path", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "pattern",
    "clipPath", "mask", "marker", "filter", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite",
    "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood",
    "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feImage", "feMerge", "feMergeNode", "feMorphology",
    "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence",
})  # fmt: skip
_PICTURES = ("image", "feImage")
_PIXELS_AN_ELEMENT = 1000
"""To draw so many pixels of a picture takes about as long as to draw an element."""


class Cleaner:
    """Cleans one drawing in place. ``notes`` tell what was left out, ``has_text`` whether fonts are needed."""

    def __init__(self, max_elements: int, max_pixels: int) -> None:
        self.notes: list[str] = []
        self.has_text = False
        self._max_elements = max_elements
        self._pixels_left = max_pixels
        self._pixels: dict[Element, int] = {}

    def clean(self, root: Element) -> None:
        """Removes what may not be there. Raises BrokenImage for endless references, TooLarge for too many."""
        self._clean(root)
        _Weights(root, self._pixels, self._max_elements).check()

    def _clean(self, element: Element) -> None:
        self._clean_attributes(element)
        if element.tag == "style":
            element.text = clean_style(element.text or "")
            for child in list(element):
                element.remove(child)
        self.has_text = self.has_text or element.tag == "text"
        for child in list(element):
            if child.tag not in _DRAWN:
                if child.tag in ("script", "handler", "foreignObject"):
                    self._note(SCRIPTS_LEFT_OUT)
                _remove(element, child)
                continue
            self._clean(child)
            if child.tag in ("image", "use") and "href" not in child.attrib:
                _remove(element, child)

    def _clean_attributes(self, element: Element) -> None:
        for name, value in list(element.attrib.items()):
            if name.lower().startswith("on"):
                self._note(SCRIPTS_LEFT_OUT)
                del element.attrib[name]
            elif name == "href":
                self._clean_link(element, value.strip())
            elif name == "style":
                element.set(name, clean_style(value))
            else:
                element.set(name, clean_value(value))

    def _clean_link(self, element: Element, url: str) -> None:
        del element.attrib["href"]
        if element.tag == "a":
            # Where a click would lead is not drawn.
            return
        if url.startswith("#"):
            if element.tag != "image":
                element.set("href", url)
            return
        found = clean_picture(url, self._pixels_left) if element.tag in _PICTURES else None
        if found is None:
            self._note(LINKS_LEFT_OUT)
            return
        element.set("href", found[0])
        self._pixels_left -= found[1]
        self._pixels[element] = found[1]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _remove(parent: Element, child: Element) -> None:
    """Removes an element and keeps the text behind it."""
    tail, place = child.tail, list(parent).index(child)
    parent.remove(child)
    if tail and tail.strip():
        if place:
            parent[place - 1].tail = (parent[place - 1].tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail


class _Weights:
    """How many elements are drawn when each is counted as often as others refer to it."""

    def __init__(self, root: Element, pixels: dict[Element, int], limit: int) -> None:
        self._root = root
        self._pixels = pixels
        self._limit = limit
        self._named = {element.get("id"): element for element in root.iter() if "id" in element.attrib}
        self._known: dict[Element, tuple[int, int]] = {}
        self._open: set[Element] = set()

    def check(self) -> None:
        """Raises BrokenImage where an element refers to itself, TooLarge beyond the limits."""
        self._weigh(self._root, 1)

    def _weigh(self, element: Element, depth: int) -> tuple[int, int]:
        """Elements, and how deep they lie in each other."""
        if element in self._known:
            return self._known[element]
        if element in self._open:
            raise BrokenImage("an element of this SVG file refers to itself")
        self._check_depth(depth)
        self._open.add(element)
        count, height = 1 + self._pixels.get(element, 0) // _PIXELS_AN_ELEMENT, 0
        for part in [*element, *self._referred(element)]:
            more, deeper = self._weigh(part, depth + 1)
            count, height = count + more, max(height, deeper)
        if count > self._limit:
            raise TooLarge("the number of elements to draw", f"more than {self._limit}", self._limit)
        self._check_depth(height + 1)
        self._open.discard(element)
        self._known[element] = count, height + 1
        return self._known[element]

    def _referred(self, element: Element) -> list[Element]:
        names = [name for value in element.attrib.values() for name in references(value)]
        if element.get("href", "").startswith("#"):
            names.append(element.get("href", "")[1:])
        return [self._named[name] for name in names if name in self._named]

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH * 2:
            raise TooLarge("the depth of the references", f"more than {MAX_DEPTH * 2}", MAX_DEPTH * 2, "elements")
