"""Files that name other files and addresses: nothing of that is opened, which the kernel itself tells.

Every canary lies outside the library in a folder that is watched by inotify, and every address is
that of a listener of our own; whatever process opens or connects, it is seen.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing import pictures
from qis_core.testing.app_fixtures import Server
from qis_core.testing.raw_http import Answer

Get = Callable[..., Answer]

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_EVENT = struct.Struct("iIII")
_ENDS_WELL = {200, 404, 413, 415, 503}


@dataclass(frozen=True)
class Trap:
    """A folder whose files nobody may open, and an address that nobody may call."""

    folder: Path
    listener: socket.socket
    watch: int

    @property
    def address(self) -> str:
        """The listener's, as it stands in URLs."""
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def opened(self) -> list[str]:
        """Names of canaries that were opened since the last call."""
        found = []
        try:
            data = os.read(self.watch, 1 << 16)
        except BlockingIOError:
            return []
        at = 0
        while at < len(data):
            length = _EVENT.unpack_from(data, at)[3]
            at += _EVENT.size
            found.append(data[at : at + length].rstrip(b"\0").decode())
            at += length
        return found

    def called(self) -> bool:
        """Whether anybody connected."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "secret.png").write_bytes(pictures.encoded(Image.new("RGB", (40, 40), "red"), "PNG"))
    (folder / "secret.txt").write_text("a secret", encoding="ascii")
    (folder / "secret.dtd").write_text('<!ENTITY secret "a secret">', encoding="ascii")
    (folder / "secret.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>', encoding="ascii"
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("this system does not tell who opens files")
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_ACCESS | _IN_OPEN) > 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Trap(folder, listener, watch)
    os.close(watch)


def svg(body: str, before: str = "") -> bytes:
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">'
    return f'<?xml version="1.0"?>{before}{head}{body}<rect width="9" height="9" fill="red"/></svg>'.encode()


def pdf(page: str, *others: str, catalogue: str = "") -> bytes:
    objects = [
        f"<</Type/Catalog/Pages 2 0 R {catalogue}>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 40]{page}>>", *others,
    ]  # fmt: skip
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n%%EOF".encode()


def hostile(trap: Trap) -> Mapping[str, bytes]:
    """Files by name, each of which leads to a canary or to the listener."""
    file, web = f"file://{trap.folder}/secret.png", f"http://{trap.address}/secret.png"
    path = f"{trap.folder}/secret.txt"
    image = "/Type/XObject/Subtype/Image/Width 4/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray"
    actions = [
        f"/S/Launch/F({path})", f"/S/URI/URI({web})", f"/S/GoToR/F({path})/D[0 /Fit]", f"/S/ImportData/F({path})",
        f"/S/SubmitForm/F({web})", f"/S/JavaScript/JS(this.importDataObject\\('a','{path}'\\);)",
    ]  # fmt: skip
    drawing = "push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 9,9 '{}'\npop graphic-context"
    found = {
        "file.svg": svg(f'<image href="{file}" width="40" height="40"/>'),
        "path.svg": svg(f'<image xlink:href="{trap.folder}/secret.png" width="40" height="40"/>'),
        "web.svg": svg(f'<image href="{web}" width="40" height="40"/>'),
        "use.svg": svg(f'<use href="file://{trap.folder}/secret.svg#a"/>'),
        "css.svg": svg(f"<style>@import url({web}); @font-face {{ font-family: a; src: url({file}); }}</style>"),
        "font.svg": svg(f'<text font-family="url({file})">a</text>'),
        "entity.svg": svg("<text>&a;</text>", f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file://{path}">]>'),
        "dtd.svg": svg("", f'<!DOCTYPE svg SYSTEM "file://{trap.folder}/secret.dtd">'),
        "xinclude.svg": svg(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>'),
        "style.svg": svg("", f'<?xml-stylesheet href="{web}" type="text/xsl"?>'),
        "stream.pdf": pdf(
            "/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>",
            f"<<{image}/F<</Type/Filespec/F({path})>>/Length 0>>stream\n\nendstream",
            "<</Length 22>>stream\n40 0 0 40 0 0 cm /I Do\nendstream",
        ),
        "web.pdf": pdf(
            "/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>",
            f"<<{image}/F<</FS/URL/F({web})>>/Length 0>>stream\n\nendstream",
            "<</Length 22>>stream\n40 0 0 40 0 0 cm /I Do\nendstream",
        ),
        "font.pdf": pdf(
            "/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>",
            f"<</Type/Font/Subtype/TrueType/BaseFont({path})/FontDescriptor<</FontFile2<</F({path})>>>>>>",
            "<</Length 31>>stream\nBT /F 9 Tf 5 5 Td (secret) Tj ET\nendstream",
        ),
        "list.mp4": f"#EXTM3U\n#EXTINF:1,\n{trap.folder}/secret.png\n".encode(),
        "concat.mkv": f"ffconcat version 1.0\nfile '{path}'\n".encode(),
        "dash.mp4": f'<?xml version="1.0"?><MPD><BaseURL>{web}</BaseURL></MPD>'.encode(),
        "reference.mov": movie(path),
        "script.png": drawing.format(file).encode(),
        "script.mvg": drawing.format(web).encode(),
        "script.jpg": f'<?xml version="1.0"?><image><read filename="{path}"/></image>'.encode(),
    }  # fmt: skip
    for number, action in enumerate(actions):
        annotation = f"<</Type/Annot/Subtype/Link/Rect[0 0 40 40]/A<<{action}>>/AA<</PO<<{action}>>>>>>"
        catalogue = f"/OpenAction<<{action}>>"
        found[f"action{number}.pdf"] = pdf(f"/Annots[4 0 R]/AA<</O<<{action}>>>>", annotation, catalogue=catalogue)
    return found


def box(name: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name.encode() + body


def movie(path: str) -> bytes:
    """A MOV whose one sample lies in another file, as QuickTime allows (data reference 'alis' and 'url ')."""
    references = box("dref", bytes(4), struct.pack(">I", 1), box("url ", bytes(4), b"file://" + path.encode() + b"\0"))
    entry = box("raw ", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HH", 4, 4), bytes(46))
    table = box(
        "stbl",
        box("stsd", bytes(4), struct.pack(">I", 1), entry),
        box("stts", bytes(4), struct.pack(">III", 1, 1, 1)),
        box("stsc", bytes(4), struct.pack(">IIII", 1, 1, 1, 1)),
        box("stsz", bytes(4), struct.pack(">III", 48, 1, 48)),
        box("stco", bytes(4), struct.pack(">II", 1, 0)),
    )
    media = box("minf", box("vmhd", bytes(12)), box("dinf", references), table)
    track = box("trak", box("tkhd", bytes(84)), box("mdia", box("mdhd", bytes(24)), handler(), media))
    return box("ftyp", b"qt  ", bytes(4)) + box("moov", box("mvhd", bytes(100)), track)


def handler() -> bytes:
    return box("hdlr", bytes(8), b"vide", bytes(13))


def test_nothing_that_a_file_names_is_opened_or_called(fort: Server, get: Get, trap: Trap) -> None:
    (fort.library / "references").mkdir(exist_ok=True)
    # The trap works: what we do ourselves is seen.
    (trap.folder / "secret.txt").read_bytes()
    assert "secret.txt" in trap.opened()
    for name, data in hostile(trap).items():
        (fort.library / "references" / name).write_bytes(data)
        answer = get(f"/image?src=references/{name}&format=png")
        assert answer.status in _ENDS_WELL, (name, answer.status)
        assert trap.opened() == [], name
        assert not trap.called(), name
