"""XMP packets of a few properties, for formats that say such things in words of their own (ISO 16684-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

NAMESPACES: Mapping[str, str] = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
}
"""Of the properties that can be written, by prefix."""

LONGEST_TEXT = 4000
"""Characters of one value that are written."""

_CONTAINERS = {
    "dc:title": "Alt", "dc:description": "Alt", "dc:rights": "Alt", "dc:creator": "Seq", "dc:subject": "Bag",
}  # fmt: skip


def packet(properties: Mapping[str, str | Sequence[str]]) -> bytes | None:
    """The packet of properties such as ``dc:title``, each a text or several; None where none says anything.

    Characters that XML cannot hold become blanks. The same properties always make the same bytes.
    """
    said = {name: _texts(value) for name, value in properties.items()}
    body = "".join(_property(name, texts) for name, texts in said.items() if texts)
    if not body:
        return None
    prefixes = dict.fromkeys(name.partition(":")[0] for name, texts in said.items() if texts)
    spaces = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{spaces}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def _property(name: str, texts: Sequence[str]) -> str:
    container = _CONTAINERS.get(name)
    if container is None:
        return f"<{name}>{', '.join(texts)}</{name}>"
    language = ' xml:lang="x-default"' if container == "Alt" else ""
    listed = [", ".join(texts)] if container == "Alt" else texts
    items = "".join(f"<rdf:li{language}>{text}</rdf:li>" for text in listed)
    return f"<{name}><rdf:{container}>{items}</rdf:{container}></{name}>"


def _texts(value: str | Sequence[str]) -> Sequence[str]:
    texts = [" ".join(_printable(text).split()) for text in ([value] if isinstance(value, str) else value)]
    return [escape(text[:LONGEST_TEXT]) for text in texts if text]


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
