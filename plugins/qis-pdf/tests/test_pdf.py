"""PDF pages as pictures."""

import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest
from PIL import Image
from qis_pdf import plugin
from qis_pdf.decoder import PdfDecoder
from qis_pdf.settings import PdfSettings

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    NotFound,
    NotThisFormat,
    PageHint,
    PluginContext,
    QisError,
    Size,
    TooLarge,
)
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite

RED, BLUE = (1, 0, 0), (0, 0, 1)


def drawn(pages: int = 1, width: float = 100, height: float = 200, rotation: int = 0) -> pymupdf.Document:
    """Pages with a red upper left and a blue lower right quarter."""
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page(width=width, height=height)
        page.draw_rect((0, 0, width / 2, height / 2), color=None, fill=RED)
        page.draw_rect((width / 2, height / 2, width, height), color=None, fill=BLUE)
        page.set_rotation(rotation)
    return document


def raw(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, the first of them its catalogue."""
    parts, places = [b"%PDF-1.7\n"], []
    position = len(parts[0])
    for number, body in enumerate(objects, 1):
        places.append(position)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        position += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table))
    parts.append(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, position))
    return b"".join(parts)


def one_page(page: bytes, *others: bytes, catalogue: bytes = b"") -> bytes:
    """A PDF file of one page (object 3) with these entries, and further objects from 4 on."""
    return raw([
        b"<</Type/Catalog/Pages 2 0 R %s>>" % catalogue, b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R %s>>" % page, *others,
    ])  # fmt: skip


def stream(entries: bytes, body: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(body), body)


def decode(data: bytes, width: int, height: int, decoder: PdfDecoder | None = None, **hint: object) -> Decoded:
    wanted = DecodeHint(minimum=Size(width=width, height=height), **hint)  # type: ignore[arg-type]
    return (decoder or PdfDecoder()).decode(MemorySource(data), wanted)


def colours(image: Image.Image) -> list[object]:
    """The colours in the middle of each quarter, row by row."""
    w, h = image.size
    return [image.getpixel((x, y)) for y in (h // 4, h * 3 // 4) for x in (w // 4, w * 3 // 4)]


def described() -> bytes:
    document = drawn(1)
    document.set_xml_metadata('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    data: bytes = document.tobytes()
    return data


class TestPdfDecoder(DecoderSuite):
    decoder = PdfDecoder()
    samples = {
        "three pages": drawn(3).tobytes(),
        "rotated": drawn(1, 50.4, 77.7, 90).tobytes(),
        "compressed": drawn(2, 33, 44).tobytes(garbage=4, deflate=True, use_objstms=1),
        "linear with junk before": b"junk\n" + drawn().tobytes(),
    }
    complete = False  # Pages are transparent without paper only.


class TestPdfWithoutPaper(DecoderSuite):
    decoder = PdfDecoder(PdfSettings(paper="none"))
    samples = {"three pages": drawn(3).tobytes(), "described": described()}


def test_a_page_is_measured_at_its_dpi() -> None:
    source = MemorySource(drawn(3, 595.276, 841.89).tobytes())
    for dpi, size in ((150, "1240x1754"), (72, "595x842"), (300, "2480x3508"), (0, "1240x1754")):
        info = PdfDecoder().probe(source, PageHint(page=2, dpi=dpi))
        assert (str(info.size), info.pages, info.vector, info.format) == (size, 3, True, "pdf")
        assert info.dpi == (dpi or 150, dpi or 150)


def test_a_page_is_drawn_with_the_pixels_that_are_needed_and_no_more() -> None:
    data = drawn(1, 595.276, 841.89).tobytes()
    for size in ((1000, 1414), (1, 1), (17, 1754), (1240, 1754), (333, 471)):
        decoded = decode(data, *size)
        assert decoded.image.size == size
        assert decoded.region is None
    assert decode(data, 99_999, 99_999).image.size == (1240, 1754)
    assert decode(data, 99_999, 99_999, dpi=300).image.size == (2480, 3508)


def test_what_is_on_the_page_is_in_the_picture() -> None:
    red, blue, white = (255, 0, 0), (0, 0, 255), (255, 255, 255)
    assert colours(decode(drawn().tobytes(), 100, 200).image) == [red, white, white, blue]
    turned = decode(drawn(rotation=90).tobytes(), 200, 100).image
    assert turned.size == (200, 100)
    assert colours(turned) == [white, red, blue, white]


def test_transparent_paper_and_grey() -> None:
    clear = PdfDecoder(PdfSettings(paper="none"))
    image = decode(drawn().tobytes(), 50, 100, clear).image
    assert colours(image) == [(255, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 255, 255)]
    assert decode(drawn().tobytes(), 50, 100, clear, grey=True).image.mode == "LA"
    grey = decode(drawn().tobytes(), 50, 100, grey=True).image
    assert grey.mode == "L"
    assert colours(grey)[1] == 255


def test_half_covered_colours_are_not_darkened() -> None:
    page = b"/MediaBox[0 0 10 10]/Contents 4 0 R/Resources<</ExtGState<</G<</ca 0.5>>>>>>"
    data = one_page(page, stream(b"", b"/G gs 1 0 0 rg 0 0 10 10 re f"))
    pixel = decode(data, 10, 10, PdfDecoder(PdfSettings(paper="none"))).image.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[:3] == (255, 0, 0)
    assert 126 <= pixel[3] <= 129


@pytest.mark.parametrize("size", [(208, 417), (104, 209), (50, 50)])
@pytest.mark.parametrize("region", [(0, 0, 104, 208), (50, 61, 53, 62), (104, 208, 208, 417), (207, 416, 208, 417)])
def test_a_region_is_the_same_part_of_the_whole(size: tuple[int, int], region: tuple[int, int, int, int]) -> None:
    data = drawn().tobytes()
    whole = decode(data, *size).image
    box = Box(left=region[0], top=region[1], right=region[2], bottom=region[3])
    part = decode(data, *size, region=box)
    assert part.region is not None
    x, y = size[0] / 208, size[1] / 417
    left, top, right, bottom = part.region.scaled(x, y).as_tuple()
    assert (left, top) <= (box.left * x + 1e-6, box.top * y + 1e-6)
    assert right >= box.right * x - 1e-6
    assert bottom >= box.bottom * y - 1e-6
    cut = whole.crop((round(left), round(top), round(right), round(bottom)))
    assert part.image.size == cut.size
    assert part.image.tobytes() == cut.tobytes()


def test_pages_that_are_not_there_are_not_found() -> None:
    source = MemorySource(drawn(3).tobytes())
    with pytest.raises(NotFound, match="no page 4: this file has 3 pages"):
        PdfDecoder().probe(source, PageHint(page=4))
    with pytest.raises(NotFound, match=r"no page 2: this file has 1 page$"):
        PdfDecoder().probe(MemorySource(drawn(1).tobytes()), PageHint(page=2))


def test_an_encrypted_file_says_so() -> None:
    locked = drawn().tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="user")
    with pytest.raises(BrokenImage, match="encrypted: it opens only with a password"):
        PdfDecoder().probe(MemorySource(locked), PageHint())
    with pytest.raises(BrokenImage, match="encrypted"):
        decode(locked, 10, 10)
    # Without a password to open it, everybody may look.
    restricted = drawn().tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="")
    assert colours(decode(restricted, 100, 200).image)[0] == (255, 0, 0)


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(9999), b"%PDF-1.7\n%%EOF", raw([b"<</Type/Catalog>>"]), raw([b"null"])],
)
def test_a_file_without_pages_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenImage):
        PdfDecoder().probe(MemorySource(data), PageHint())


def test_another_kind_of_document_is_not_opened_as_one() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><!-- %PDF-1.7 --><rect width="9"/></svg>'
    with pytest.raises((NotThisFormat, BrokenImage)):
        PdfDecoder().probe(MemorySource(svg, "a.svg"), PageHint())


def test_a_damaged_file_is_repaired_and_says_so() -> None:
    data = drawn().tobytes()
    decoded = decode(data[: data.rindex(b"xref")], 100, 200)
    assert decoded.notes == ("the file is damaged and was repaired",)
    assert colours(decoded.image)[0] == (255, 0, 0)
    assert decode(data, 100, 200).notes == ()


@pytest.mark.parametrize(
    "box", ["0 0 0 0", "0 0 -100 -200", "100 100 50 50", "0 0 1e30 1e30", "0 0 0.001 5", "0 0 612 0", "nan 0 5 5",
            "-5000 -5000 -4500 -4500", "0 0 1 100000", "1 2"],
)  # fmt: skip
def test_odd_page_sizes_are_handled(box: str) -> None:
    data = one_page(b"/MediaBox[%s]" % box.encode())
    info = PdfDecoder().probe(MemorySource(data), PageHint())
    assert info.size.width >= 1
    assert info.size.height >= 1
    assert decode(data, 20, 10).image.size == (min(20, info.size.width), min(10, info.size.height))


def test_a_giant_page_is_drawn_small_and_refused_large() -> None:
    data = one_page(b"/MediaBox[0 0 1000000 1000000]")
    info = PdfDecoder().probe(MemorySource(data), PageHint())
    assert str(info.size) == "2083333x2083333"
    assert decode(data, 100, 100).image.size == (100, 100)
    with pytest.raises(TooLarge, match=r"drawn at 2083333x2083333 .* limit is 300000000 pixels"):
        decode(data, info.size.width, info.size.height)
    corner = Box(left=2083233, top=2083233, right=2083333, bottom=2083333)
    assert decode(data, info.size.width, info.size.height, region=corner).image.size == (100, 100)


def test_a_hundred_thousand_pages_are_read_and_a_million_refused() -> None:
    def many(count: int) -> bytes:
        kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
        pages = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
        return raw([b"<</Type/Catalog/Pages 2 0 R>>", pages, *[b"<</Type/Page/Parent 2 0 R>>"] * count])

    info = PdfDecoder().probe(MemorySource(many(100_000)), PageHint(page=99_999))
    assert info.pages == 100_000
    with pytest.raises(TooLarge, match="number of pages is 100001; the limit is 100000"):
        PdfDecoder().probe(MemorySource(many(100_001)), PageHint())


@pytest.mark.slow
class TestLockedIn(LockedInSuite):
    plugin = "pdf"
    sample = raw([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 30]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length 43>>stream\n40 0 0 30 0 0 cm /I Do 1 0 0 rg 0 0 .5 1 re f\nendstream",
        b"<</Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 2>>stream\n"
        b"\0\xff\nendstream",
    ])  # fmt: skip
    huge = {
        "a wide page": sample.replace(b"0 0 40 30]", b"0 0 9999999 1]"),
        "a large page": sample.replace(b"0 0 40 30]", b"0 0 9999999 9999999]"),
        "a large picture": sample.replace(b"/Width 2/Height 1/", b"/Width 99999/Height 99999/"),
        "a page of itself": sample.replace(b"/I 5 0 R", b"/I 4 0 R"),
        "many pages": raw([
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 100000/Kids[%s]>>" % b" ".join([b"3 0 R"] * 100_000), b"<</Type/Page/Parent 2 0 R>>",
        ]),
    }  # fmt: skip


def test_page_trees_that_bite_their_tail_end() -> None:
    for pages in (b"<</Type/Pages/Count 1/Kids[2 0 R]>>", b"<</Type/Pages/Count 999999999/Kids[]>>"):
        with pytest.raises((BrokenImage, TooLarge, NotFound)):
            decode(raw([b"<</Type/Catalog/Pages 2 0 R>>", pages]), 10, 10)


def test_every_damage_ends_in_a_picture_or_an_error_of_ours() -> None:
    document = drawn(2)
    document[0].insert_text((10, 100), "Some text, and a picture:")
    image = pictures.encoded(Image.radial_gradient("L").resize((40, 40)), "JPEG")
    document[0].insert_image((10, 120, 50, 160), stream=image)
    for what, changed in pictures.damaged(document.tobytes(deflate=True), cuts=20, flips=200):
        try:
            assert decode(changed, 25, 50).image.size == (25, 50), what
        except QisError:
            continue


def test_javascript_is_not_run() -> None:
    script = b"<</S/JavaScript/JS(this.getField\\('a'\\).fillColor = color.red; app.alert\\(1\\);)>>"
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[0 0 10 10]/AA<</C %s/F %s/PO %s>>>>" % ((script,) * 3)
    data = one_page(
        b"/MediaBox[0 0 10 10]/Annots[4 0 R]/AA<</O %s>>" % script, field,
        catalogue=b"/OpenAction %s/AcroForm<</Fields[4 0 R]/CO[4 0 R]/NeedAppearances true>>" % script,
    )  # fmt: skip
    assert (255, 0, 0) not in [colour for _, colour in decode(data, 20, 20).image.getcolors() or []]


def test_no_other_file_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.raw"
    secret.write_bytes(bytes((255, 0, 0)) * 100)
    entries = b"/Type/XObject/Subtype/Image/Width 10/Height 10/BitsPerComponent 8/ColorSpace/DeviceRGB"
    image = stream(entries + b"/F<</Type/Filespec/F(%s)>>" % str(secret).encode(), b"")
    page = b"/MediaBox[0 0 10 10]/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>"
    data = one_page(page, image, stream(b"", b"10 0 0 10 0 0 cm /I Do"))
    found = decode(data, 10, 10).image.getcolors() or []
    assert (255, 0, 0) not in [colour for _, colour in found]


def test_annotations_are_drawn_where_wanted() -> None:
    document = drawn(1, 100, 100)
    note = document[0].add_rect_annot((60, 10, 90, 40))
    note.set_colors(stroke=(0, 1, 0), fill=(0, 1, 0))
    note.update()
    data = document.tobytes()
    assert decode(data, 100, 100).image.getpixel((75, 25)) == (0, 255, 0)
    without = PdfDecoder(PdfSettings(annotations=False))
    assert decode(data, 100, 100, without).image.getpixel((75, 25)) == (255, 255, 255)


def test_the_plugin_registers_the_decoder_with_its_settings(tmp_path: Path) -> None:
    class Settings:
        def __call__(self, kind: type[PdfSettings]) -> PdfSettings:
            return kind(paper="none")

    context = PluginContext(settings=Settings(), data=tmp_path)  # type: ignore[arg-type]
    (decoder,) = plugin.qis_register_decoders(context)
    assert (decoder.name, decoder.output, decoder.alpha) == ("pdf", "jpg", True)
    assert [group.name for group in plugin.qis_register_settings()] == ["pdf"]
    assert plugin.QIS_API == (1, 0)


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_pdf.plugin, sys; qis_pdf.plugin.PdfDecoder(); sys.exit('pymupdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
