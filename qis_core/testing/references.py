"""Files of every format that name other files, addresses and programs; a reader must not follow any of them."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from qis_core.testing import pictures

CANARIES = ("secret.png", "secret.txt", "secret.dtd", "secret.svg", "secret.ps")
"""What lies in the folder that the files name."""


def lay_canaries(folder: Path) -> None:
    """Writes what nobody may open."""
    (folder / "secret.png").write_bytes(pictures.encoded(Image.new("RGB", (40, 40), "red"), "PNG"))
    (folder / "secret.txt").write_text("a secret", encoding="ascii")
    (folder / "secret.dtd").write_text('<!ENTITY secret "a secret">', encoding="ascii")
    (folder / "secret.svg").write_text(_SVG + "</svg>", encoding="ascii")
    (folder / "secret.ps").write_text("%!PS\nshowpage\n", encoding="ascii")


def leading_to(folder: Path, address: str, sibling: str) -> Iterator[tuple[str, bytes]]:
    """(name, content) of files that lead to canaries in ``folder``, to the server at ``address`` (host:port) and to
    ``sibling``, a file beside them."""
    web = f"http://{address}/secret.png"
    yield from _drawings(folder, web, sibling)
    yield from _documents(folder, web)
    yield from _programs(folder, sibling)
    yield from _films(folder, web, sibling)
    yield from _scripts(folder, web)
    yield from _pictures(folder, web, sibling)


_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">'


def _drawings(folder: Path, web: str, sibling: str) -> Iterator[tuple[str, bytes]]:
    """SVG."""

    def svg(body: str, before: str = "") -> bytes:
        return f'<?xml version="1.0"?>{before}{_SVG}{body}<rect width="9" height="9" fill="red"/></svg>'.encode()

    file = f"file://{folder}/secret.png"
    image = svg(f'<image href="{file}" width="40" height="40"/>')
    yield "file.svg", image
    yield "file.svgz", gzip.compress(image, mtime=0)
    yield "path.svg", svg(f'<image xlink:href="{folder}/secret.png" width="40" height="40"/>')
    yield "sibling.svg", svg(f'<image href="{sibling}" width="40" height="40"/>')
    yield "web.svg", svg(f'<image href="{web}" width="40" height="40"/>')
    yield "use.svg", svg(f'<use href="file://{folder}/secret.svg#a"/>')
    yield "css.svg", svg(f"<style>@import url({web}); @font-face {{ font-family: a; src: url({file}); }}</style>")
    yield "font.svg", svg(f'<text font-family="url({file})">a</text>')
    yield "entity.svg", svg("<text>&a;</text>", f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file://{folder}/secret.txt">]>')
    yield "dtd.svg", svg("", f'<!DOCTYPE svg SYSTEM "file://{folder}/secret.dtd">')
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>'
    yield "xinclude.svg", svg(include)
    yield "style.svg", svg("", f'<?xml-stylesheet href="{web}" type="text/xsl"?>')


def _documents(folder: Path, web: str) -> Iterator[tuple[str, bytes]]:
    """PDF."""

    def pdf(page: str, *others: str, catalogue: str = "") -> bytes:
        objects = [
            f"<</Type/Catalog/Pages 2 0 R {catalogue}>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 40]{page}>>", *others,
        ]  # fmt: skip
        body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
        return f"%PDF-1.7\n{body}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n%%EOF".encode()

    path = f"{folder}/secret.txt"
    image = "/Type/XObject/Subtype/Image/Width 4/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray"
    shown = "<</Length 22>>stream\n40 0 0 40 0 0 cm /I Do\nendstream"
    for name, place in (("stream", f"/Type/Filespec/F({path})"), ("web", f"/FS/URL/F({web})")):
        stream = f"<<{image}/F<<{place}>>/Length 0>>stream\n\nendstream"
        yield f"{name}.pdf", pdf("/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>", stream, shown)
    yield (
        "font.pdf",
        pdf(
            "/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>",
            f"<</Type/Font/Subtype/TrueType/BaseFont({path})/FontDescriptor<</FontFile2<</F({path})>>>>>>",
            "<</Length 31>>stream\nBT /F 9 Tf 5 5 Td (secret) Tj ET\nendstream",
        ),
    )
    for number, action in enumerate((
        f"/S/Launch/F({path})", f"/S/URI/URI({web})", f"/S/GoToR/F({path})/D[0 /Fit]", f"/S/ImportData/F({path})",
        f"/S/SubmitForm/F({web})", f"/S/JavaScript/JS(this.importDataObject\\('a','{path}'\\);)",
    )):  # fmt: skip
        annotation = f"<</Type/Annot/Subtype/Link/Rect[0 0 40 40]/A<<{action}>>/AA<</PO<<{action}>>>>>>"
        page = f"/Annots[4 0 R]/AA<</O<<{action}>>>>"
        yield f"action{number}.pdf", pdf(page, annotation, catalogue=f"/OpenAction<<{action}>>")
    packet = _packet(folder)
    metadata = f"<</Type/Metadata/Subtype/XML/Length {len(packet)}>>stream\n{packet}\nendstream"
    yield "packet.pdf", pdf("", metadata, catalogue="/Metadata 4 0 R")


def _programs(folder: Path, sibling: str) -> Iterator[tuple[str, bytes]]:
    """PostScript."""
    path, new = f"{folder}/secret.ps", f"{folder}/new"
    for number, deed in enumerate((
        f"({path}) (r) file 9 string readstring pop show", f"({path}) run", f"({path}) deletefile",
        f"({new}) (w) file (x) writestring", f"({path}) ({new}) renamefile", f"(%pipe%cat {path}) (r) file",
        f"({sibling}) run", f"<</OutputFile ({new})>> setpagedevice", f"({folder}/*) {{=}} 99 string filenameforall",
        f"({'../' * 20}{path}) /Font findresource pop", "(/etc/passwd) (r) file 9 string readstring pop show",
    )):  # fmt: skip
        yield f"program{number}.ps", f"%!PS-Adobe-3.0\n{deed}\nshowpage\n".encode()
        if number < 5:
            head = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments"
            yield f"program{number}.eps", f"{head}\n{deed}\nshowpage\n".encode()


def _films(folder: Path, web: str, sibling: str) -> Iterator[tuple[str, bytes]]:
    """Videos and lists of them."""
    path = f"{folder}/secret.png"
    yield "list.mp4", f"#EXTM3U\n#EXTINF:1,\n{path}\n".encode()
    yield "list.mov", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{web}\n#EXTINF:1,\n{sibling}\n".encode()
    yield "list.m3u8", f"#EXTM3U\n#EXTINF:1,\n{sibling}\n".encode()
    yield "concat.mkv", f"ffconcat version 1.0\nfile '{path}'\n".encode()
    yield "concat.webm", f"ffconcat version 1.0\nfile '{web}'\nfile '{sibling}'\n".encode()
    yield "dash.mp4", f'<?xml version="1.0"?><MPD><BaseURL>{web}</BaseURL></MPD>'.encode()
    yield "session.mp4", f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na={web}\n".encode()
    yield f"concat:{sibling}|{sibling}.mp4", movie(path)
    yield "reference.mov", movie(path)


def _scripts(folder: Path, web: str) -> Iterator[tuple[str, bytes]]:
    """What ImageMagick obeys by its content, and what it obeys by a file's name."""
    path = f"{folder}/secret.txt"
    drawing = "push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 9,9 '{}'\npop graphic-context"
    msl = f'<?xml version="1.0"?><image><read filename="{path}"/><write filename="{folder}/new.png"/></image>'
    contents = {
        "mvg": drawing.format(f"file://{folder}/secret.png"), "msl": msl, "txt": f"text:@{path}", "url": web,
        "label": f"label:@{path}", "caption": f"caption:@{path}", "ephemeral": f"ephemeral:{path}",
        "vid": f"vid:{folder}/*.png", "miff": f"id=ImageMagick\ncolumns=9 rows=9\nmontage=9x9\n{path}\n\f\n:\x1a",
        "plt": f"set terminal png\nplot '{path}'", "x": "x:root", "inline": f"inline:{path}",
        "shtml": f"<a href='{web}'>",
    }  # fmt: skip
    for kind, text in contents.items():
        yield f"script.{kind}", text.encode()
        if kind in ("mvg", "msl", "url", "ephemeral"):
            yield from ((f"{kind}.{ending}", text.encode()) for ending in ("png", "psd", "jp2"))
    yield "web.mvg", drawing.format(web).encode()
    plain = pictures.encoded(pictures.photo((40, 30)), "SGI")
    for name in (
        "msl:a.sgi",
        "https:a.sgi",
        "ephemeral:a.sgi",
        "@a.sgi",
        "label:@a.sgi",
        "a.sgi[0]",
        "|id.sgi",
        "%d.sgi",
    ):
        yield name, plain


def _pictures(folder: Path, web: str, sibling: str) -> Iterator[tuple[str, bytes]]:
    """Pictures whose metadata or parts lie elsewhere by what they say."""
    photo, packet = pictures.photo((40, 30)), _packet(folder).encode()
    for kind in ("JPEG", "WEBP"):
        yield f"packet.{kind.lower()}", pictures.encoded(photo, kind, xmp=packet)
    yield "packet.png", pictures.png_file((1, 1, 8, 0), b"\0\0", (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))
    small = {256: ("H", [1]), 257: ("H", [1]), 258: ("H", [8]), 259: ("H", [1]), 262: ("H", [1]), 273: ("L", [8]),
             277: ("H", [1]), 278: ("H", [1]), 279: ("L", [1])}  # fmt: skip
    yield "packet.tif", pictures.tiff_file({**small, 700: ("B", packet)}, b"\0")
    original = f"{folder}/secret.png\0".encode()
    camera = {271: ("B", b"Canon\0"), 272: ("B", b"EOS\0"), 50706: ("B", [1, 4, 0, 0]), 50827: ("B", original)}
    yield "original.dng", pictures.tiff_file({**small, **camera}, b"\0")
    # Readers of such files look for a JPEG of the same name beside them.
    yield "beside.crw", b"II\x1a\0\0\0HEAPCCDR" + bytes(2000)
    yield "beside.raf", b"FUJIFILMCCD-RAW 0201FF393103" + bytes(2000)
    parts = box("dtbl", struct.pack(">H", 1), box("url ", bytes(4), web.encode() + b"\0"))
    yield "parts.jp2", pictures.encoded(photo, "JPEG2000") + parts
    for ending, brand in (("avif", b"avif"), ("heic", b"heic")):
        yield f"elsewhere.{ending}", _item(brand, f"file://{folder}/secret.png")
    yield "folder.dcm", bytes(128) + b"DICM" + b"".join((
        _element(0x0002, 0x0010, "UI", b"1.2.840.10008.1.2.1\0"), _element(0x0004, 0x1500, "CS", sibling.encode()),
        _element(0x0028, 0x0010, "US", b"\4\0"), _element(0x0028, 0x0011, "US", b"\4\0"),
        _element(0x0028, 0x7FE0, "UR", web.encode()),
    ))  # fmt: skip


def _packet(folder: Path) -> str:
    """XMP with an entity that lies in a file."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{folder}/secret.txt">]><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>&a;</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


def _element(group: int, number: int, kind: str, value: bytes) -> bytes:
    """A DICOM element, explicit and little endian."""
    value += bytes(len(value) % 2)
    long = struct.pack("<2xL", len(value)) if kind in ("UR", "OB", "OW") else struct.pack("<H", len(value))
    return struct.pack("<HH2s", group, number, kind.encode()) + long + value


def box(name: str, *parts: bytes) -> bytes:
    """A box of MP4, HEIF or JPEG 2000."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name.encode() + body


def _elsewhere(url: str) -> bytes:
    """What says that data lie in another file."""
    return box("dref", bytes(4), struct.pack(">I", 1), box("url ", bytes(4), url.encode() + b"\0"))


def _item(brand: bytes, url: str) -> bytes:
    """A HEIF or AVIF whose one picture lies in another file (ISO/IEC 14496-12, 8.11.3)."""
    coded = b"av01" if brand == b"avif" else b"hvc1"
    location = box("iloc", bytes(4), bytes([0x44, 0]), struct.pack(">HHHHLL", 1, 1, 1, 1, 0, 999))
    entry = box("infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), coded, b"\0")
    size = box("ipco", box("ispe", bytes(4), struct.pack(">LL", 40, 40)))
    association = box("ipma", bytes(4), struct.pack(">LHBB", 1, 1, 1, 1))
    return box("ftyp", brand, bytes(4), b"mif1", brand) + box(
        "meta", bytes(4), box("hdlr", bytes(8), b"pict", bytes(13)), box("pitm", bytes(4), b"\0\1"),
        box("dinf", _elsewhere(url)), location, box("iinf", bytes(4), b"\0\1", entry), box("iprp", size, association),
    )  # fmt: skip


def movie(path: str) -> bytes:
    """A MOV whose one sample lies in another file, as QuickTime allows."""
    entry = box("raw ", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HH", 4, 4), bytes(46))
    table = box(
        "stbl",
        box("stsd", bytes(4), struct.pack(">I", 1), entry),
        box("stts", bytes(4), struct.pack(">III", 1, 1, 1)),
        box("stsc", bytes(4), struct.pack(">IIII", 1, 1, 1, 1)),
        box("stsz", bytes(4), struct.pack(">III", 48, 1, 48)),
        box("stco", bytes(4), struct.pack(">II", 1, 0)),
    )
    media = box("minf", box("vmhd", bytes(12)), box("dinf", _elsewhere(f"file://{path}")), table)
    handler = box("hdlr", bytes(8), b"vide", bytes(13))
    track = box("trak", box("tkhd", bytes(84)), box("mdia", box("mdhd", bytes(24)), handler, media))
    return box("ftyp", b"qt  ", bytes(4)) + box("moov", box("mvhd", bytes(100)), track)
