"""PostScript: pictures as sharp as they are wanted, pages as a printer has them, and programs that get nowhere."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from qis_postscript import plugin
from qis_postscript.decoder import EpsDecoder, PsDecoder
from qis_postscript.documents import Bounds, bounds, is_eps, is_postscript, packet, program
from qis_postscript.ghostscript import library_name
from qis_postscript.settings import PostscriptSettings

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    NotFound,
    NotThisFormat,
    PageHint,
    PluginContext,
    Size,
    SourceInfo,
    TooLarge,
    Unavailable,
)
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite

pytestmark = pytest.mark.skipif(library_name() is None, reason="needs Ghostscript's library: libgs10")

XMP = '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>'
HALVES = "1 0 0 setrgbcolor 10 20 50 75 rectfill 0 0 1 setrgbcolor 60 20 50 75 rectfill"


def eps(body: str = HALVES, box: str = "10 20 110 95", more: str = "", end: str = "showpage") -> bytes:
    """A picture of 100 × 75 points whose origin lies outside it; the left half red, the right one blue."""
    lines = ("%!PS-Adobe-3.0 EPSF-3.0", f"%%BoundingBox: {box}", more, "%%EndComments", body, end, "%%EOF")
    return "\n".join(line for line in lines if line).encode() + b"\n"


def dos(data: bytes) -> bytes:
    """As Windows keeps an EPS: behind a header, with a preview that nobody reads."""
    preview = b"II*\0 a TIFF"
    return struct.pack("<4s6IH", b"\xc5\xd0\xd3\xc6", 30, len(data), 0, 0, 30 + len(data), len(preview), 0xFFFF) + (
        data + preview
    )


def document(*pages: str, sizes: Sequence[str] = ("300 200", "200 400")) -> bytes:
    """A PS document of such pages, whose sizes take turns."""
    drawn = [f"<</PageSize [{sizes[n % len(sizes)]}]>> setpagedevice {page} showpage" for n, page in enumerate(pages)]
    return "\n".join(["%!PS-Adobe-3.0", *drawn, "%%EOF", ""]).encode()


RED_CORNER = "1 0 0 setrgbcolor 0 0 100 50 rectfill"
GREEN_CORNER = "0 1 0 setrgbcolor 0 0 100 50 rectfill"
TWO_PAGES = document(RED_CORNER, GREEN_CORNER)


class TestEps(DecoderSuite):
    decoder = EpsDecoder()
    samples = {
        "plain": eps(more=f"% {XMP}"),
        "dos": dos(eps()),
    }


class TestPs(DecoderSuite):
    decoder = PsDecoder()
    samples = {"two pages": document(RED_CORNER, GREEN_CORNER, sizes=["30 20"]) + f"% {XMP}\n".encode()}


def info(data: bytes, decoder: Decoder | None = None, **hint: int) -> SourceInfo:
    return (decoder or EpsDecoder()).probe(MemorySource(data), PageHint(**hint))


def drawn(
    data: bytes, size: tuple[int, int], decoder: Decoder | None = None, *, region: Box | None = None, page: int = 1
) -> Decoded:
    hint = DecodeHint(minimum=Size(width=size[0], height=size[1]), region=region, page=page, dpi=72)
    return (decoder or EpsDecoder()).decode(MemorySource(data), hint)


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


# EPS


def test_an_eps_is_what_lies_in_its_box() -> None:
    image = drawn(eps(), (100, 75)).image
    assert (image.mode, image.size) == ("RGBA", (100, 75))
    assert [pixel(image, *at) for at in ((0, 0), (49, 74), (50, 0), (99, 74))] == [
        (255, 0, 0, 255), (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 255, 255)
    ]  # fmt: skip
    assert drawn(dos(eps()), (100, 75)).image.tobytes() == image.tobytes()


@pytest.mark.parametrize("end", ["", "showpage", "showpage showpage", "gsave showpage grestore"])
def test_it_needs_no_page_of_its_own_and_has_one(end: str) -> None:
    assert drawn(eps(end=end), (20, 15)).image.tobytes() == drawn(eps(), (20, 15)).image.tobytes()


def test_where_nothing_is_painted_it_is_transparent_and_edges_are_smooth() -> None:
    image = drawn(eps("60 57.5 20 0 360 arc 1 0 0 setrgbcolor fill"), (100, 75)).image
    assert pixel(image, 0, 0)[3] == 0
    assert pixel(image, 50, 37) == (255, 0, 0, 255)
    assert len({pixel(image, x, 25)[3] for x in range(100)}) > 2


def test_it_is_measured_at_its_dpi_and_sharp_beyond() -> None:
    assert info(eps()).size == Size(width=208, height=156)
    assert info(eps(), dpi=72).size == Size(width=100, height=75)
    lines = "".join(f"{10 + x} 20 .05 75 rectfill " for x in range(100))
    row = drawn(eps(lines), (2000, 15)).image.getchannel("A").crop((0, 7, 2000, 8))
    assert ImageStat.Stat(row).extrema == [(0, 255)]
    assert sum(level > 128 for level in row.tobytes()) == 100


def test_the_finer_box_counts_and_one_may_stand_at_the_end() -> None:
    assert info(eps(more="%%HiResBoundingBox: 10.5 20 60.5 95"), dpi=72).size == Size(width=50, height=75)
    late = eps(box="(atend)", end="showpage\n%%Trailer\n%%BoundingBox: 10 20 60 95")
    assert info(late, dpi=72).size == Size(width=50, height=75)
    assert pixel(drawn(late, (50, 75)).image, 49, 0) == (255, 0, 0, 255)


@pytest.mark.parametrize(
    "box", ["", "0 0 0 0", "10 10 5 20", "1 2 3", "a b c d", "0 0 1e9 1e9", "0 0 nan inf", "e e e e"]
)
def test_without_a_sane_box_it_is_a_document(box: str) -> None:
    assert bounds(eps(box=box)) is None
    with pytest.raises(NotThisFormat):
        info(eps(box=box))
    assert info(eps(box=box), PsDecoder(), dpi=72).size == Size(width=595, height=842)


@pytest.mark.parametrize("size", [(100, 75), (333, 250)])
@pytest.mark.parametrize("region", [(40, 30, 70, 60), (0, 0, 10, 75), (99, 74, 100, 75)])
def test_a_region_is_the_same_part_of_the_whole(size: tuple[int, int], region: tuple[int, int, int, int]) -> None:
    data = eps(HALVES + " 0 setgray 1 setlinewidth 10 20 moveto 110 95 lineto stroke")
    whole = drawn(data, size).image
    part = drawn(data, size, region=Box(left=region[0], top=region[1], right=region[2], bottom=region[3]))
    assert part.region is not None
    across, down = size[0] / 100, size[1] / 75
    cut = whole.crop((round(part.region.left * across), round(part.region.top * down),
                      round(part.region.right * across), round(part.region.bottom * down)))  # fmt: skip
    assert part.image.size == cut.size
    assert max(ImageStat.Stat(ImageChops.difference(part.image, cut)).mean) < 12


def test_inks_come_out_as_colours() -> None:
    image = drawn(eps("0 1 1 0 setcmykcolor 10 20 100 75 rectfill"), (10, 8)).image
    red, green, blue, alpha = pixel(image, 5, 4)
    assert red > 200
    assert max(green, blue) < 90
    assert alpha == 255


def test_text_is_drawn_with_the_fonts_of_postscript() -> None:
    shown = drawn(eps("/Times-Roman findfont 40 scalefont setfont 20 40 moveto (Qis) show"), (100, 75)).image
    ink = shown.getchannel("A").point(lambda alpha: 255 * (alpha > 128)).getbbox()
    assert ink is not None
    assert ink[2] - ink[0] > 40


# Documents


def test_pages_have_the_sizes_that_the_program_gives_them() -> None:
    first, second = (info(TWO_PAGES, PsDecoder(), page=page, dpi=72) for page in (1, 2))
    assert (first.size, second.size) == (Size(width=300, height=200), Size(width=200, height=400))
    assert (first.pages, first.mode, first.vector) == (2, "RGB", True)
    with pytest.raises(NotFound, match="this picture has 2"):
        info(TWO_PAGES, PsDecoder(), page=3)


@pytest.mark.parametrize(("page", "size", "colour"), [(1, (300, 200), (255, 0, 0)), (2, (200, 400), (0, 255, 0))])
def test_a_page_is_drawn_on_white_paper(page: int, size: tuple[int, int], colour: tuple[int, ...]) -> None:
    for scale in (1, 3):
        image = drawn(TWO_PAGES, (size[0] * scale, size[1] * scale), PsDecoder(), page=page).image
        assert (image.mode, image.size) == ("RGB", (size[0] * scale, size[1] * scale))
        assert pixel(image, 0, 0) == (255, 255, 255)
        assert pixel(image, 99 * scale, (size[1] - 49) * scale) == colour
        assert pixel(image, 101 * scale, (size[1] - 49) * scale) == (255, 255, 255)
    region = Box(left=0, top=size[1] - 50, right=100, bottom=size[1])
    assert drawn(TWO_PAGES, size, PsDecoder(), page=page, region=region).image.getcolors() == [(5000, colour)]


@pytest.mark.parametrize(
    ("paper", "size"), [("a4", Size(width=595, height=842)), ("letter", Size(width=612, height=792))]
)
def test_pages_that_name_no_size_have_that_of_the_setting(paper: str, size: Size) -> None:
    decoder = PsDecoder(PostscriptSettings(paper=paper))
    assert info(b"%!PS\nshowpage\n", decoder, dpi=72).size == size


def test_of_a_program_that_fails_there_are_the_pages_before() -> None:
    broken = TWO_PAGES.replace(b"%%EOF", b"showpage this is no word showpage")
    assert info(broken, PsDecoder()).pages == 3
    assert drawn(broken, (200, 400), PsDecoder(), page=2).image.size == (200, 400)


def test_a_document_of_a_thousand_pages_is_too_long() -> None:
    with pytest.raises(TooLarge, match="number of pages is over 5"):
        info(document(*[""] * 6), PsDecoder(PostscriptSettings(max_pages=5)))


# Files


def test_what_is_postscript_is_told_by_its_first_line() -> None:
    assert is_eps(eps())
    assert is_eps(dos(eps()))
    assert not is_eps(TWO_PAGES)
    assert is_postscript(b"\x04%!PS-Adobe-3.0\n")
    assert not is_postscript(b"%!FontType1-1.0: a font")
    assert not is_eps(b"%!PS-Adobe-3.0\n% not EPSF-3.0\n")
    assert bounds(eps()) == Bounds(left=10, bottom=20, width=100, height=75)


@pytest.mark.parametrize("length", range(0, 34, 3))
def test_a_preview_without_a_program_is_broken(length: int) -> None:
    with pytest.raises((BrokenImage, NotThisFormat)):
        info(dos(eps())[:length])
    with pytest.raises(BrokenImage):
        info(b"\xc5\xd0\xd3\xc6" + b"\xff" * 26 + eps())


def test_a_packet_of_xmp_is_found() -> None:
    assert packet(eps(more=f"% {XMP}")) == XMP.encode()
    for cut in (XMP[:-2], XMP[20:], "?>", '<?xpacket end="w"?>' + XMP[:50]):
        assert packet(cut.encode()) is None
    assert program(b"\x04" + TWO_PAGES) == TWO_PAGES


def test_files_and_drawings_that_are_too_large_are_refused() -> None:
    with pytest.raises(TooLarge, match="this PostScript file"):
        info(eps(), EpsDecoder(PostscriptSettings(max_bytes=100)))
    for decoder, data in ((EpsDecoder, eps()), (PsDecoder, TWO_PAGES)):
        with pytest.raises(TooLarge, match="the page drawn at 200x200"):
            drawn(data, (200, 200), decoder(PostscriptSettings(max_pixels=39_999)))


# Programs that want more than to draw


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that stays as it is."""
    path = tmp_path / "secret"
    path.write_bytes(b"%!PS\n(QIS) = showpage")
    return path


DEEDS = {
    "read": "({0}) (r) file 9 string readstring", "read a system file": "(/etc/passwd) (r) file",
    "run": "({0}) run", "write": "({0}) (w) file", "write anew": "({1}/new) (w) file", "delete": "({0}) deletefile",
    "rename": "({0}) ({1}/new) renamefile", "write to the folder for such": "(/tmp/qis-new) (w) file",
    "run a command": "(%pipe%touch {1}/new) (w) file", "by the device": "<</OutputFile ({1}/new)>> setpagedevice",
    "by a device of pipes": "<</OutputFile (%pipe%touch {1}/new)>> setpagedevice",
    "another device": "<</OutputDevice /pdfwrite /OutputFile ({1}/new)>> setpagedevice",
    "by another name": "(%os%{0}) (r) file",
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("decoder", [EpsDecoder(), PsDecoder()], ids=["eps", "ps"])
def test_a_program_touches_no_file(secret: Path, deed: str, decoder: Decoder) -> None:
    # Here without the render process's locks: Ghostscript's own have to hold by themselves.
    body = DEEDS[deed].format(secret, secret.parent)
    if isinstance(decoder, EpsDecoder) and "setpagedevice" in body:
        body = body.replace("setpagedevice", "systemdict /setpagedevice get exec")
    data = eps(body) if isinstance(decoder, EpsDecoder) else f"%!PS\n{body}\nshowpage\n".encode()
    with pytest.raises(BrokenImage, match=r"opens files, which it may not|ioerror|rangecheck"):
        drawn(data, (20, 15), decoder)
    assert secret.read_bytes() == b"%!PS\n(QIS) = showpage"
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]
    assert not Path("/tmp/qis-new").exists()


@pytest.mark.parametrize(
    "body",
    ["({0}) cvn findfont pop", "({0}) /Font findresource pop", "({0}) {{/ProcSet findresource}} stopped",
     "({1}/*) {{quit}} 99 string filenameforall", "(/etc/pass*) {{quit}} 99 string filenameforall",
     "({1}/secret) status {{quit}} if", "({0}) {{.runlibfile}} stopped",
     "({1}/secret) .libfile {{quit}} if"],
)  # fmt: skip
def test_names_of_fonts_resources_and_patterns_lead_nowhere(secret: Path, body: str) -> None:
    asked = body.format("../" * 20 + str(secret), secret.parent)
    # What is found would quit, and the page would not come.
    shown = drawn(f"%!PS\n{{{asked}}} stopped clear showpage\n".encode(), (59, 84), PsDecoder()).image
    assert shown.getextrema() == ((255, 255),) * 3


def test_what_it_prints_is_no_picture() -> None:
    shown = drawn(
        b"%!PS\n(P6\n1 1\n255\nabc) print (%stdout) (w) file (P4\n9 9\n) writestring showpage", (59, 84), PsDecoder()
    )
    assert shown.image.size == (59, 84)


@pytest.mark.parametrize("change", ["/HWResolution [9 9]", "/PageSize [9 9]", "/PageOffset [50 50]"])
def test_a_picture_that_changes_the_page_still_has_the_size_it_should(change: str) -> None:
    body = f"<<{change}>> systemdict /setpagedevice get exec {HALVES}"
    with contextlib.suppress(BrokenImage):
        assert drawn(eps(body), (100, 75)).image.size == (100, 75)
    assert (
        drawn(eps(f"<<{change}>> setpagedevice {HALVES}"), (20, 15)).image.tobytes()
        == drawn(eps(), (20, 15)).image.tobytes()
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [("nonsense", "undefined"), ("(cut off", "syntaxerror"), ("{1} loop", "stackoverflow"),
     ("1 0 div", "undefinedresult"), ("quit", "draws nothing")],
)  # fmt: skip
def test_the_errors_of_a_program_are_told_by_their_names(body: str, said: str) -> None:
    with pytest.raises(BrokenImage, match=said):
        drawn(eps(body), (20, 15))


def test_nothing_of_one_program_is_left_for_the_next() -> None:
    before = drawn(eps(), (20, 15)).image.tobytes()
    nothing = "{4 {pop} repeat} put"
    drawn(eps(f"userdict /rectfill {nothing} true setglobal globaldict /rectfill {nothing}"), (20, 15))
    assert drawn(eps(), (20, 15)).image.tobytes() == before


# The plugin


@pytest.mark.slow
class TestLockedIn(LockedInSuite):
    plugin = "postscript"
    sample = eps()
    huge = {
        "endless": b"%!PS\n<</PageSize [1e7 1e7]>> setpagedevice showpage",
        "large": b"%!PS\n<</PageSize [99999 99999]>> setpagedevice showpage",
        "a wide box": eps(box="-99999 -99999 99999 99999"),
        "a thin box": eps(box="0 0 99999 0.001"),
        "memory": eps("/a 5000 array def 0 1 4999 {a exch 60000 string put} for"),
        "depth": eps("{" * 100_000 + "}" * 100_000),
        "recursion": eps("/a {a a} def a"),
        "a huge picture": eps("<</ImageType 1 /Width 2000000000 /Height 2000000000 /BitsPerComponent 8 /Decode [0 1]"
                              " /ImageMatrix [1 0 0 1 0 0] /DataSource {(a)}>> image"),
        "dashes": eps("[0.0000001] 0 setdash 10 20 moveto 110 95 lineto stroke"),
    }  # fmt: skip


def test_the_plugin_registers_both_with_its_settings(tmp_path: Path) -> None:
    settings = PostscriptSettings(max_bytes=7)
    context = PluginContext(settings=lambda _: settings, data=tmp_path)  # type: ignore[arg-type]
    found = plugin.qis_register_decoders(context)
    assert [decoder.name for decoder in found] == ["eps", "ps"]
    with pytest.raises(TooLarge):
        found[0].probe(MemorySource(eps()), PageHint())
    assert [group.name for group in plugin.qis_register_settings()] == ["postscript"]


def test_without_ghostscript_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "library_name", lambda: None)
    context = PluginContext(settings=lambda _: PostscriptSettings(), data=tmp_path)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="apt-get install libgs10"):
        plugin.qis_register_decoders(context)


def test_registering_does_not_load_ghostscript() -> None:
    code = "import qis_postscript.plugin as p; p.library_name(); print('libgs' in open('/proc/self/maps').read())"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "False"


def test_a_site_shows_pictures_pages_and_why_not(new_site: MakeSite) -> None:
    site = new_site({"qis.imaging.max_seconds": "4"})
    files = {
        "a.eps": eps(), "b.ps": TWO_PAGES, "old.ai": eps(), "loop.eps": eps("{} loop"),
        "read.ps": b"%!PS\n(/etc/passwd) (r) file showpage",
    }  # fmt: skip
    for name, data in files.items():
        (site.library / name).write_bytes(data)
    for name, media_type in (("a.eps", "image/png"), ("old.ai&format=png", "image/png"), ("old.ai", "image/jpeg")):
        answer = site.testapp.get(f"/image?src={name}&width=500&enlarge=1")
        assert answer.content_type == media_type
        image = Image.open(io.BytesIO(answer.body))
        assert (image.mode, image.size) == ("RGBA" if media_type == "image/png" else "RGB", (500, 375))
    answer = site.testapp.get("/image?src=b.ps&page=2&width=100")
    assert answer.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(answer.body)).size == (100, 200)
    assert site.testapp.get("/image?src=b.ps&page=3", status=404)
    assert "opens files" in site.testapp.get("/image?src=read.ps", status=415).text
    assert "4 seconds" in site.testapp.get("/image?src=loop.eps", status=503).text
    assert site.testapp.get("/image?src=a.eps&width=40").status_code == 200
