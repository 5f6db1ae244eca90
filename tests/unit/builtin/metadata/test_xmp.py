"""XMP packets: their values by the usual names, and nothing of packets that mean harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.builtin.metadata import xmp

HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:my="http://example.org/mine/" '
    'xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" '
    'xmlns:mm="http://ns.adobe.com/xap/1.0/mm/">'
)


def packet(inside: str, attributes: str = "") -> bytes:
    return f'{HEAD}<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description></rdf:RDF>'.encode()


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<xmp:Label> Red </xmp:Label>", {"xmp:Label": "Red"}),
        ("<d:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></d:subject>", {"dc:subject": ["a", "b"]}),
        ("<d:creator><rdf:Seq><rdf:li>one</rdf:li></rdf:Seq></d:creator>", {"dc:creator": ["one"]}),
        (
            '<d:title><rdf:Alt><rdf:li xml:lang="de">See</rdf:li>'
            '<rdf:li xml:lang="x-default">Lake</rdf:li></rdf:Alt></d:title>',
            {"dc:title": "Lake"},
        ),
        ('<d:title><rdf:Alt><rdf:li xml:lang="de">See</rdf:li></rdf:Alt></d:title>', {"dc:title": "See"}),
        (
            '<core:Contact rdf:parseType="Resource"><core:City>Bern</core:City></core:Contact>',
            {"Iptc4xmpCore:Contact/Iptc4xmpCore:City": "Bern"},
        ),
        ('<core:Contact core:City="Bern"/>', {"Iptc4xmpCore:Contact/Iptc4xmpCore:City": "Bern"}),
        ('<my:page rdf:resource="http://example.org/"/>', {"my:page": "http://example.org/"}),
        ("<my:a>&lt;b&gt; &amp; &#233;</my:a>", {"my:a": "<b> & é"}),
        ("<crs:Exposure>1</crs:Exposure><mm:History><rdf:Seq><rdf:li>saved</rdf:li></rdf:Seq></mm:History>", {}),
        ("<xmp:Label> </xmp:Label>", {}),
    ],
)  # fmt: skip
def test_values_have_their_names(inside: str, expected: dict[str, object]) -> None:
    assert xmp.values(packet(inside)) == expected


def test_properties_may_be_attributes() -> None:
    assert xmp.values(packet("", 'xmp:Rating="5" d:format="image/jpeg"')) == {
        "xmp:Rating": "5",
        "dc:format": "image/jpeg",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_packet_may_be_in_any_encoding_of_unicode(encoding: str) -> None:
    assert xmp.values(packet("<xmp:Label>Grün</xmp:Label>").decode().encode(encoding)) == {"xmp:Label": "Grün"}


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 100}">' for n in range(10))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        f"<!DOCTYPE x [{BOMB}]>",
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    ],
)
def test_nothing_is_read_of_a_packet_with_a_document_type(doctype: str) -> None:
    assert xmp.values(doctype.encode() + packet("<xmp:Label>Red</xmp:Label>")) == {}
    assert xmp.values(doctype.encode() + packet("<xmp:Label>&f;&a9;</xmp:Label>")) == {}


def test_nothing_is_read_of_a_packet_that_is_too_deep_too_large_or_not_whole() -> None:
    assert xmp.values(packet("<my:a>" * 100 + "x" + "</my:a>" * 100)) == {}
    assert xmp.values(packet("<my:a>" + "x" * xmp.LONGEST_PACKET + "</my:a>")) == {}
    assert xmp.values(packet("<my:a>x</my:a>")[:-3]) == {}
    assert xmp.values(b"") == xmp.values(b"\0\0 \n") == {}


def test_there_is_an_end_to_the_number_of_values() -> None:
    many = "".join(f"<my:a{number}>x</my:a{number}>" for number in range(3000))
    assert len(xmp.values(packet(many))) == 1000


PIECES = ["<rdf:li>", "</rdf:li>", "<rdf:Bag>", "</rdf:Bag>", "<rdf:Alt>", "</rdf:Alt>", "<my:a>", "</my:a>", "x"]
PACKETS = st.lists(st.sampled_from(PIECES)).map(lambda parts: packet("".join(parts)))


@given(st.binary() | st.text().map(str.encode) | PACKETS)
def test_nothing_is_raised(raw: bytes) -> None:
    assert isinstance(xmp.values(raw), dict)
