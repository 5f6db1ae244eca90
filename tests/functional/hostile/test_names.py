"""Files of any name that the file system takes are served under it, and can put nothing into a header."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import Server
from qis_core.testing.raw_http import Answer

Get = Callable[..., Answer]

NAMES: list[bytes] = [
    name if isinstance(name, bytes) else name.encode()
    for name in (
        " leading and trailing .jpg",
        "two  blanks.jpg",
        "new\nline.jpg",
        "carriage\r\nSet-Cookie: a=b.jpg",
        "tab\t.jpg",
        "escape\x1b[31m.jpg",
        "delete\x7f.jpg",
        "next\x85line.jpg",
        "'single'.jpg",
        '"double".jpg',
        'inline"; filename="evil.html.jpg',
        "<script>alert(1)</script>.jpg".replace("/", "\u2215"),
        "emoji-🦊👩‍👩‍👧‍👦.jpg",
        "right-\u202egnp.jpg",
        "\u200fmark.jpg",
        "\ufeffbom.jpg",
        "zero\u200bwidth.jpg",
        "caf\u00e9.jpg",
        "cafe\u0301.jpg",
        "größe 日本語 العربية.jpg",
        "x" * 251 + ".jpg",
        "ä" * 125 + "x.jpg",
        b"latin-\xe9.jpg",
        b"\xff\xfe.jpg",
        b"half-\xc3.jpg",
        b"\xed\xa0\x80surrogate.jpg",
        b"overlong-\xc0\xae.jpg",
        "%41.jpg",
        "A.jpg",
        "%2e%2e.jpg",
        "%00.jpg",
        "%.jpg",
        "a&b.jpg",
        "a&amp;b.jpg",
        "a+b.jpg",
        "a b.jpg",
        "a=b.jpg",
        "semi;colon.jpg",
        "hash#.jpg",
        "question?.jpg",
        "star*.jpg",
        "pipe|.jpg",
        "$(id).jpg",
        "`id`.jpg",
        "{0}{__class__}%s%d.jpg",
        "-rf.jpg",
        "--help.jpg",
        "dots...jpg",
        "dot..dot.jpg",
        "CON.jpg",
        "upper.JPG",
        "comma, colon: at@.jpg",
        "no-ending.jpg.jpg",
        "[1].jpg",
        "msl:photo.jpg",
        "http:photo.jpg",
        "~.jpg",
    )
]
"""Names of files as bytes; no two are the same file."""


@pytest.fixture(scope="module")
def pictures(fort: Server) -> dict[bytes, tuple[bytes, tuple[int, int]]]:
    """File and size in pixels by name: each is another, so that none can stand for another."""
    folder = os.fsencode(fort.library / "names")
    os.mkdir(folder)
    found = {}
    for number, name in enumerate(NAMES):
        out, size = io.BytesIO(), (20 + number, 30)
        Image.new("RGB", size, "teal").save(out, "JPEG")
        with open(os.path.join(folder, name), "xb") as file:
            file.write(out.getvalue())
        found[name] = out.getvalue(), size
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_is_served_by_its_percent_encoded_name(
    get: Get, pictures: dict[bytes, tuple[bytes, tuple[int, int]]], name: bytes
) -> None:
    data, size = pictures[name]
    for safe in ("", "'();:@$,!*[]"):
        src = quote(b"names/" + name, safe=safe)
        answer = get(f"/image?src={src}&format=png")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png"), answer
        assert Image.open(io.BytesIO(answer.body)).size == size
        original = get(f"/original?src={src}")
        assert (original.status, original.body) == (200, data)
        check_disposition(original, "inline", name)
        check_disposition(get(f"/original?src={src}&attach=1"), "attachment", name)
        made = get(f"/image?src={src}&width=7&format=webp&attach=1")
        check_disposition(made, "attachment", name[: -len(b".jpg")] + b".webp")
    laid = get(f"/image?src=photos/wide.jpg&width=60&format=png&overlay={quote(b'names/' + name)}")
    assert laid.status == 200
    assert laid.body != get("/image?src=photos/wide.jpg&width=60&format=png").body


def check_disposition(answer: Answer, kind: str, name: bytes) -> None:
    """The header is one line of plain letters that names the file exactly, in one way or the other."""
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    value = answer.headers["content-disposition"]
    assert value.isascii()
    assert value.isprintable()
    assert value.startswith(f'{kind}; filename="')
    plain, _, rest = value.removeprefix(f'{kind}; filename="').partition('"')
    if rest:
        assert rest.startswith("; filename*=UTF-8''")
        exact = rest.removeprefix("; filename*=UTF-8''")
        assert not set(exact) & set('";, \\')
        assert unquote_to_bytes(exact) == name
    else:
        assert plain.encode() == name


def test_composed_and_decomposed_letters_are_two_files(
    get: Get, pictures: dict[bytes, tuple[bytes, tuple[int, int]]]
) -> None:
    composed, decomposed = (get(f"/original?src=names/{quote(name)}") for name in ("caf\u00e9.jpg", "cafe\u0301.jpg"))
    assert composed.status == decomposed.status == 200
    assert composed.body != decomposed.body


def test_a_letter_and_its_percent_sign_are_two_files(
    get: Get, pictures: dict[bytes, tuple[bytes, tuple[int, int]]]
) -> None:
    assert get("/original?src=names/%2541.jpg").body == pictures[b"%41.jpg"][0]
    assert get("/original?src=names/%41.jpg").body == pictures[b"A.jpg"][0]


def test_a_name_that_is_not_quoted_well_is_answered_all_the_same(
    fort: Server, get: Get, pictures: dict[bytes, tuple[bytes, tuple[int, int]]]
) -> None:
    # What a browser sends for a name that a page has not quoted: the bytes of UTF-8 themselves.
    for name in ("größe 日本語 العربية.jpg", "café.jpg"):
        answer = get("/image?format=png&src=names/" + name.replace(" ", "+"))
        assert answer.status in {200, 400, 404}
        assert answer.status != 200 or Image.open(io.BytesIO(answer.body)).size == pictures[name.encode()][1]


def test_the_pages_that_list_and_show_them_are_pages(
    get: Get, pictures: dict[bytes, tuple[bytes, tuple[int, int]]]
) -> None:
    listing = get("/list/?path=names")
    assert listing.status == 200, listing
    assert "<script>alert(1)" not in listing.text
    assert "caf%C3%A9.jpg" in listing.text
    assert "latin-%E9.jpg" in listing.text
    for name in pictures:
        page = get(f"/details/?src=names/{quote(name)}")
        # Records, which the page is made of, hold text: a name that is none gives renderings only.
        is_text = name.decode("utf-8", "replace").encode() == name
        assert page.status == (200 if is_text else 415), name
        if not is_text:
            assert "is not written in UTF-8" in page.text, name
            assert "Rename it" in page.text, name
            told = json.loads(get(f"/api/v1/details/?src=names/{quote(name)}").text)
            assert (told["status"], "is not written in UTF-8" in told["message"]) == (415, True), name
        assert "<script>alert(1)" not in page.text
        page = get(f"/publish/?src=names/{quote(name)}")
        assert page.status == 200, (name, page)
        assert "<script>alert(1)" not in page.text
