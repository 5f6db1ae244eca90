"""SVG drawings as pictures: the right pixels at every size, and nothing that leads out of the file."""

import base64
import contextlib
import gzip
import io
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image
from qis_svg import plugin
from qis_svg.decoder import NO_FONTS, SvgDecoder
from qis_svg.settings import SvgSettings

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
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 128, 0, 255), (0, 0, 255, 255)
CLEAR = (0, 0, 0, 0)


def svg(body: str, attributes: str = 'width="100" height="50"', before: str = "") -> bytes:
    """A drawing with this within, and this in front of its root."""
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {links} {attributes}>{body}</svg>".encode()


def decode(data: bytes, width: int, height: int, settings: SvgSettings | None = None, **hint: object) -> Decoded:
    wanted = DecodeHint(minimum=Size(width=width, height=height), **{"dpi": 96, **hint})  # type: ignore[arg-type]
    return SvgDecoder(settings).decode(MemorySource(data), wanted)


def measured(data: bytes, dpi: int = 96) -> str:
    return str(SvgDecoder().probe(MemorySource(data), PageHint(dpi=dpi)).size)


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


HALVES = '<rect width="50%" height="100%" fill="red"/><rect x="50%" width="50%" height="100%" fill="blue"/>'
RED_PNG = pictures.encoded(Image.new("RGB", (4, 4), "red"), "PNG")
IMAGE = '<image width="100" height="50" preserveAspectRatio="none" {}href="{}"/>'


EDITORS = """<title>Halves</title><desc>Red and <tspan>blue</tspan></desc><metadata>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cc="http://creativecommons.org/ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><cc:Work rdf:about=""><dc:format>image/svg+xml</dc:format>
<dc:title>Halves</dc:title><dc:date>2024-05-06</dc:date>
<dc:creator><cc:Agent><dc:title>Eva &amp; Ida</dc:title></cc:Agent></dc:creator>
<dc:rights><cc:Agent><dc:title>© 2024 Eva</dc:title></cc:Agent></dc:rights>
<dc:subject><rdf:Bag><rdf:li>flag</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dc:subject></cc:Work></rdf:RDF></metadata>
"""
"""As Inkscape writes it."""


class TestSvgDecoder(DecoderSuite):
    decoder = SvgDecoder()
    samples = {
        "halves": svg(HALVES),
        "fractions": svg(HALVES, 'viewBox="0 0 33.3 77.7"', '<?xml version="1.0"?>\n<!-- a licence -->\n'),
        "packed": gzip.compress(svg(HALVES), mtime=0),
        "gradient and blur": svg(
            '<defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/>'
            '</linearGradient><filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>'
            '<rect x="10" y="10" width="60" height="30" fill="url(#g)" filter="url(#f)"/>'
        ),
        "described": svg(f"<title>Halves</title>{HALVES}"),
        "UTF-16": svg(HALVES).decode().encode("utf-16"),
        "declared": svg(HALVES, before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
                        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'),
    }  # fmt: skip


def test_every_damage_ends_in_a_picture_or_an_error_of_ours() -> None:
    body = '<g id="a"><use href="#b"/></g><g id="b"><text x="5" y="20">Ab</text></g><style>rect{fill:red}</style>'
    for packed in (svg(HALVES + body), gzip.compress(svg(HALVES + body), mtime=0)):
        for _, changed in pictures.damaged(packed, cuts=20, flips=200):
            try:
                assert decode(changed, 40, 20).image.size == (40, 20)
            except QisError:
                continue


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="100" height="50"', "100x50"), ('width="100px" height="50px"', "100x50"),
        ('width="1in" height="2.54cm"', "96x96"), ('width="72pt" height="6pc"', "96x96"),
        ('width="210mm" height="297mm"', "794x1123"), ('width="10em" height="10ex"', "160x80"),
        ('viewBox="0 0 24 12"', "24x12"), ('viewBox="-5,-5,24,12" width="100%" height="100%"', "24x12"),
        ('viewBox="0 0 24 12" width="240"', "240x120"), ('viewBox="0 0 24 12" height="1in"', "192x96"),
        ("", "300x150"), ('width="auto" viewBox="0 0 0 7"', "300x150"), ('width="0.1" height="0.1"', "1x1"),
        ('width="1e5" height="1"', "100000x1"), ('width="1e30" height="1"', "1000000x1"),
    ],
)  # fmt: skip
def test_a_drawing_says_how_large_it_is(attributes: str, size: str) -> None:
    assert measured(svg("", attributes)) == size


@pytest.mark.parametrize("attributes", ['width="0" height="5"', 'width="-5"', 'height="1e999"', 'width="5" height="0"'])
def test_a_drawing_without_a_size_is_broken(attributes: str) -> None:
    with pytest.raises(BrokenImage):
        measured(svg("", attributes))


def test_a_drawing_is_measured_at_its_dpi() -> None:
    for dpi, size in ((96, "96x192"), (150, "150x300"), (0, "150x300"), (300, "300x600"), (72, "72x144")):
        assert measured(svg("", 'width="1in" height="2in"'), dpi) == size
    info = SvgDecoder().probe(MemorySource(svg("")), PageHint(dpi=300))
    assert (info.vector, info.has_alpha, info.pages, info.dpi) == (True, True, 1, (300, 300))


def test_a_drawing_is_drawn_with_the_pixels_that_are_needed() -> None:
    for size in ((100, 50), (1, 1), (37, 11), (1000, 500), (999, 501)):
        image = decode(svg(HALVES), *size).image
        assert image.size == size
        if size != (1, 1):
            assert image.getpixel((0, size[1] - 1)) == RED
            assert image.getpixel((size[0] - 1, 0)) == BLUE


def test_a_drawing_is_sharp_beyond_its_own_size() -> None:
    image = decode(svg('<circle cx="50" cy="25" r="20"/>'), 2000, 1000).image.getchannel("A")
    assert sum(image.histogram()[1:255]) < 4 * 800


def test_the_ratio_of_a_view_box_is_kept_within_the_size() -> None:
    image = decode(svg('<rect width="10" height="10" fill="red"/>', 'width="100" height="50" viewBox="0 0 10 10"'),
                   100, 50).image  # fmt: skip
    assert [image.getpixel((x, 25)) for x in (10, 50, 90)] == [CLEAR, RED, CLEAR]


@pytest.mark.parametrize("size", [(100, 50), (50, 25), (333, 167)])
@pytest.mark.parametrize("region", [(0, 0, 50, 25), (40, 10, 43, 12), (50, 25, 100, 50), (99, 49, 100, 50)])
def test_a_region_is_the_same_part_of_the_whole(size: tuple[int, int], region: tuple[int, int, int, int]) -> None:
    data = svg('<circle cx="50" cy="25" r="20" fill="red"/>' + '<path d="M0 3L100 57" stroke="blue"/>')
    whole = decode(data, *size).image
    part = decode(data, *size, region=Box(left=region[0], top=region[1], right=region[2], bottom=region[3]))
    assert part.region is not None
    cut = whole.crop(tuple(round(side) for side in part.region.scaled(size[0] / 100, size[1] / 50).as_tuple()))  # type: ignore[arg-type]
    assert part.image.size == cut.size
    for one, other in zip(part.image.tobytes(), cut.tobytes(), strict=True):
        assert abs(one - other) <= 24


def test_pages_beyond_the_first_are_not_found() -> None:
    with pytest.raises(NotFound):
        SvgDecoder().probe(MemorySource(svg("")), PageHint(page=2))


def test_text_is_drawn_with_the_fonts_that_are_allowed() -> None:
    data = svg('<text x="5" y="40" font-size="40" font-family="sans-serif">QIS</text>')
    written = decode(data, 100, 50)
    assert written.notes == []
    without = decode(data, 100, 50, SvgSettings(system_fonts=False))
    assert without.notes == [NO_FONTS]
    assert without.image.getextrema() == ((0, 0),) * 4
    assert decode(svg(HALVES), 100, 50, SvgSettings(system_fonts=False)).notes == []


@pytest.mark.parametrize("link", ["", "xlink:"])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "text/plain", "image/svg+xml", ""])
def test_raster_pictures_within_are_drawn_by_what_they_are(link: str, media_type: str) -> None:
    decoded = decode(svg(IMAGE.format(link, data_url(RED_PNG, media_type))), 100, 50)
    assert decoded.image.getpixel((50, 25)) == RED
    assert decoded.notes == []


@pytest.mark.parametrize("name", ["photo.jpg", "still.gif", "photo.webp", "glass.png"])
def test_every_raster_format_within_is_drawn(name: str) -> None:
    decoded = decode(svg(IMAGE.format("", data_url(pictures.FILES[name]()))), 100, 50)
    assert (decoded.image.getbbox(), decoded.notes) == ((0, 0, 100, 50), [])


@pytest.fixture
def red_file(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    path.write_bytes(RED_PNG)
    return path


@pytest.mark.parametrize("link", ["", "xlink:"])
@pytest.mark.parametrize(
    "address", ["{path}", "file://{path}", "FILE:{path}", "red.png", "./red.png", " {path}", "http://127.0.0.1/a.png",
                "//127.0.0.1/a.png", "data:,{path}", "&#47;{path}", "{path}#a"],
)  # fmt: skip
def test_no_other_file_is_opened(red_file: Path, monkeypatch: pytest.MonkeyPatch, link: str, address: str) -> None:
    monkeypatch.chdir(red_file.parent)
    address = address.format(path=red_file)
    fill = f'<filter id="f"><feImage {link}href="{address}"/></filter><rect width="9" height="9" filter="url(#f)"/>'
    for body in (IMAGE.format(link, address), fill, f'<use {link}href="{address}"/>'):
        decoded = decode(svg(body), 100, 50)
        assert RED not in [colour for _, colour in decoded.image.getcolors() or []]
        assert decoded.notes == ["links to other files were left out"]


@pytest.mark.parametrize(
    "style", ["@import url({path});", "@import '{path}';", "image{{href:url({path})}}", "*{{fill:url({path})}}",
              "*{{fill:u\\72l({path})}}", "*{{fill:/**/url/**/('{path}')}}", "@font-face{{src:url({path})}}",
              "@media screen{{*{{mask:url({path})}}}}", "*{{fill:URL( \"{path}#a\" )}}"],
)  # fmt: skip
def test_styles_do_not_lead_elsewhere(red_file: Path, style: str) -> None:
    style = style.format(path=red_file)
    escaped = style.replace('"', "&quot;")
    body = f'<style>{style}</style><image width="9" height="9"/><rect width="9" height="9" style="{escaped}"/>'
    assert RED not in [colour for _, colour in decode(svg(body), 100, 50).image.getcolors() or []]


def test_what_is_handed_to_the_renderer_has_no_way_out(monkeypatch: pytest.MonkeyPatch, red_file: Path) -> None:
    handed: list[str] = []

    def watched(svg_string: str, **_: object) -> bytes:
        handed.append(svg_string)
        return pictures.encoded(Image.new("RGBA", (100, 50)), "PNG")

    import resvg_py

    monkeypatch.setattr(resvg_py, "svg_to_bytes", watched)
    body = (
        f'<script>alert(1)</script><script href="{red_file}"/><image href="{red_file}"/><a href="{red_file}"><g/></a>'
        f'<style>@import "{red_file}"; rect{{fill:url({red_file})}}</style><use xlink:href="{red_file}#a"/>'
        f'<rect onclick="alert(1)" fill="url({red_file}#a)" xml:base="{red_file}" style="mask:url({red_file})"/>'
        f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{red_file}"/></foreignObject>'
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{red_file}" parse="text"/>'
        f'<animate attributeName="href" to="{red_file}"/><set attributeName="href" to="{red_file}"/>'
        f'<image href="{data_url(svg(IMAGE.format("", red_file)), "image/svg+xml")}"/>'
        f'<font-face-uri href="{red_file}"/><linearGradient id="g" href="{red_file}#g"/>'
    )
    decoded = decode(svg(body, before=f'<?xml-stylesheet href="{red_file}"?>'), 100, 50)
    for word in ("red.png", "script", "alert", "import", "onclick", "iframe", "include", "data:", "animate", "base"):
        assert word not in handed[0], word
    assert sorted(decoded.notes) == ["links to other files were left out", "scripts were left out"]


def test_drawings_within_drawings_are_left_out() -> None:
    inner = svg('<rect width="100" height="50" fill="red"/>')
    for url in (
        data_url(inner, "image/svg+xml"),
        data_url(inner),
        data_url(gzip.compress(inner), "image/svg+xml"),
        "data:image/svg+xml," + inner.decode().replace("<", "%3C").replace('"', "%22").replace("#", "%23"),
    ):
        decoded = decode(svg(IMAGE.format("", url)), 100, 50)
        assert decoded.image.getbbox() is None
        assert decoded.notes == ["links to other files were left out"]


@pytest.mark.parametrize(
    "declared",
    ['<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
     '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
     '<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]>',
     '<!DOCTYPE svg SYSTEM "a.dtd" [<!ATTLIST rect onclick CDATA "alert(1)">]>'],
)  # fmt: skip
def test_entities_are_refused(declared: str) -> None:
    data = svg("<text>&b;</text>", before=declared)
    with pytest.raises(BrokenImage, match="declares entities"):
        SvgDecoder().probe(MemorySource(data), PageHint())
    with pytest.raises(BrokenImage, match="declares entities"):
        decode(data, 10, 10)


def test_an_entity_from_a_declaration_elsewhere_stays_unknown(red_file: Path) -> None:
    data = svg("<text>&a;</text>", before=f'<!DOCTYPE svg SYSTEM "{red_file}">')
    with contextlib.suppress(BrokenImage):
        assert decode(data, 10, 10).image.getbbox() is None


def test_depth_numbers_and_bytes_are_bounded() -> None:
    with pytest.raises(TooLarge, match="depth"):
        decode(svg("<g>" * 100_000 + "</g>" * 100_000), 10, 10)
    with pytest.raises(TooLarge, match="number of elements"):
        decode(svg("<g/>" * 1001), 10, 10, SvgSettings(max_elements=1000))
    bomb = gzip.compress(svg("<g/>") + b" " * 30_000_000, mtime=0)
    assert len(bomb) < 50_000
    with pytest.raises(TooLarge, match="unpacked"):
        decode(bomb, 10, 10)
    with pytest.raises(TooLarge, match="this SVG file"):
        decode(svg(" " * 1000), 10, 10, SvgSettings(max_bytes=1000))
    with pytest.raises(TooLarge, match="drawing at 10000x10000"):
        decode(svg(HALVES), 10_000, 10_000)
    with pytest.raises(BrokenImage, match="cut off"):
        decode(gzip.compress(svg(HALVES))[:-12], 10, 10)


def test_the_deepest_drawing_that_is_allowed_is_drawn() -> None:
    every = 'opacity=".99" filter="url(#f)" mask="url(#m)" clip-path="url(#c)" transform="rotate(1)"'
    defs = ('<filter id="f"><feOffset/></filter><mask id="m"><rect width="99" height="50" fill="white"/></mask>'
            '<clipPath id="c"><rect width="100" height="50"/></clipPath>')  # fmt: skip
    assert decode(svg(defs + f"<g {every}>" * 190 + HALVES + "</g>" * 190), 20, 10).image.size == (20, 10)
    steps = "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(60))
    assert decode(svg(f'{steps}<g id="a60">{HALVES}</g>'), 20, 10).image.size == (20, 10)


@pytest.mark.parametrize(
    "step",
    ['<g id="a{n}">' + '<use href="#a{m}"/>' * 10 + "</g>",
     '<pattern id="a{n}" width="9" height="9">' + '<rect width="9" height="9" fill="url(#a{m})"/>' * 10 + "</pattern>",
     '<mask id="a{n}">' + '<rect width="9" height="9" style="mask: url( \'#a{m}\' )"/>' * 10 + "</mask>"],
)  # fmt: skip
def test_references_that_multiply_are_refused(step: str) -> None:
    steps = "".join(step.format(n=n, m=n + 1) for n in range(12))
    with pytest.raises(TooLarge, match="elements to draw"):
        decode(svg(steps + '<rect width="9" height="9" fill="url(#a0)"/>'), 10, 10)


@pytest.mark.parametrize(
    "body",
    ['<g id="a"><use href="#a"/></g>', '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
     '<pattern id="a" width="2" height="2"><rect width="2" height="2" fill="url(#a)"/></pattern>',
     '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/><rect fill="url(#a)"/>'],
)  # fmt: skip
def test_what_refers_to_itself_is_refused(body: str) -> None:
    with pytest.raises(BrokenImage, match="refers to itself"):
        decode(svg(body), 10, 10)


def test_references_in_style_sheets_that_bite_their_tail_end() -> None:
    for kind in ("mask", "fill", "clip-path", "filter", "marker-start"):
        body = (f'<style>.a{{{kind}:url(#p)}}</style><{"pattern" if kind == "fill" else "mask"} id="p" width="2" '
                f'height="2"><path class="a" d="M0 0L9 9"/></{"pattern" if kind == "fill" else "mask"}>'
                f'<path class="a" d="M0 0L9 9"/>')  # fmt: skip
        assert decode(svg(body), 10, 10).image.size == (10, 10)


def test_a_bomb_within_is_left_out() -> None:
    decoded = decode(svg(IMAGE.format("", data_url(pictures.BOMBS["bomb.png"]()))), 100, 50)
    assert decoded.notes == ["links to other files were left out"]
    many = IMAGE.format("", data_url(pictures.png_file((5000, 5000, 8, 0), zlib.compress(b"")))) * 3
    assert decode(svg(many), 10, 10).notes == ["links to other files were left out"]


@pytest.mark.parametrize(
    "data",
    [b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>", b"<?xml version='1.0'?><feed/>",
     gzip.compress(b"a", mtime=0), b"<svgx/>", b"<!DOCTYPE html><svg/>", b"<svg xmlns='http://www.w3.org/1999/xhtml'/>"],
)  # fmt: skip
def test_other_documents_are_left_to_others(data: bytes) -> None:
    with pytest.raises(NotThisFormat):
        SvgDecoder().probe(MemorySource(data), PageHint())


def test_a_prefix_and_a_missing_namespace_are_understood() -> None:
    named = b'xmlns:s="http://www.w3.org/2000/svg"'
    prefixed = b'<s:svg width="9" height="9" %s><s:rect width="9" height="9"/></s:svg>' % named
    bare = b'<svg width="9" height="9"><rect width="9" height="9"/></svg>'
    for data in (prefixed, bare):
        assert SvgDecoder().sniff(data)
        assert decode(data, 9, 9).image.getpixel((4, 4)) == (0, 0, 0, 255)


def test_what_editors_leave_does_no_harm() -> None:
    body = ('<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata><title>T</title>'
            '<i:pgf xmlns:i="http://ns.adobe.com/AdobeIllustrator/10.0/">x</i:pgf>' + HALVES)  # fmt: skip
    decoded = decode(svg(body), 100, 50)
    assert (decoded.image.getpixel((10, 10)), decoded.notes) == (RED, [])


def test_the_plugin_registers_the_decoder_with_its_settings(tmp_path: Path) -> None:
    class Settings:
        def __call__(self, kind: type[SvgSettings]) -> SvgSettings:
            return kind(max_pixels=100)

    context = PluginContext(settings=Settings(), data=tmp_path)  # type: ignore[arg-type]
    (decoder,) = plugin.qis_register_decoders(context)
    assert (decoder.name, decoder.output, decoder.alpha) == ("svg", "png", True)
    with pytest.raises(TooLarge):
        decoder.decode(MemorySource(svg(HALVES)), DecodeHint(minimum=Size(width=11, height=11)))
    assert [group.name for group in plugin.qis_register_settings()] == ["svg"]
    assert plugin.QIS_API == (1, 0)


def test_a_site_serves_drawings_at_any_size(new_site: MakeSite) -> None:
    site = new_site()
    (site.library / "halves.svg").write_bytes(svg(HALVES))
    for query, size in (("dpi=96", (100, 50)), ("width=37", (37, 19)), ("width=1000&enlarge=1", (1000, 500))):
        answer = site.testapp.get(f"/image?src=halves.svg&{query}")
        assert answer.content_type == "image/png"
        picture = Image.open(io.BytesIO(answer.body)).convert("RGBA")
        assert picture.size == size
        middle = size[0] // 2
        assert [picture.getpixel((x, 5)) for x in (0, middle - 2, middle + 2)] == [RED, RED, BLUE]


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_svg.plugin, sys; qis_svg.plugin.SvgDecoder(); sys.exit('resvg_py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestLockedIn(LockedInSuite):
    plugin = "svg"
    sample = svg(HALVES + "<g opacity='.5'><circle r='9' fill='url(#a)'/></g><linearGradient id='a'/>")
    huge = {
        "too deep": svg("<g>" * 10_000 + "</g>" * 10_000),
        "too many": svg("<g/>" * 200_000),
        "packed": gzip.compress(svg("<g/>") + b" " * 30_000_000, mtime=0),
        "entities": svg("<text>&b;</text>", before='<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
        "without end": svg(HALVES, 'width="1e30" height="1e30"'),
    }


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_drawing_says_of_itself(packed: bool) -> None:
    data = svg(EDITORS + HALVES + "<g><title>Of a part</title></g>")
    assert record_of(gzip.compress(data, mtime=0) if packed else data)["xmp"] == {
        "dc:title": "Halves", "dc:description": "Red and blue", "dc:date": "2024-05-06", "dc:creator": ["Eva & Ida"],
        "dc:rights": "© 2024 Eva", "dc:subject": ["flag", "two"],
    }  # fmt: skip
    assert "xmp" not in record_of(svg(HALVES))
