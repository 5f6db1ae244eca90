"""Files that are damaged, not what they seem, or grow without end when they are unpacked."""

from __future__ import annotations

import io
import os
import socket
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import Server
from qis_core.testing.pictures import BOMBS, FILES, damaged, encoded, gif_file, png_file
from qis_core.testing.raw_http import Answer, target

Get = Callable[..., Answer]

REFUSED = {413, 415}
ANSWERED = {200, *REFUSED}


def put(fort: Server, name: str, data: bytes) -> str:
    """Writes a file into the library, and gives its path there."""
    path = fort.library / "hostile" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return f"hostile/{name}"


def picture(answer: Answer) -> Image.Image:
    """The picture of an answer, decoded whole."""
    image = Image.open(io.BytesIO(answer.body))
    image.load()
    return image


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_gives_a_picture_or_says_that_it_is_damaged(fort: Server, get: Get, name: str) -> None:
    stem, ending = name.split(".")
    whole = get(target("/image", src=put(fort, name, FILES[name]()), width=20, format="png"))
    assert whole.status == 200
    assert 1 <= picture(whole).width <= 20
    for number, (what, data) in enumerate(damaged(FILES[name](), cuts=5, flips=5)):
        path = put(fort, f"{stem}-{number}.{ending}", data)
        answer = get(target("/image", src=path, width=20, format="png"))
        assert answer.status in ANSWERED, (what, answer)
        if answer.status == 200:
            assert picture(answer).width <= 20, what
        else:
            assert answer.headers["content-type"].startswith("text/plain"), what
            assert 10 < len(answer.body) < 500, (what, answer)
        # Without an operation the original's own bytes may be the answer: these must not fail either.
        assert get(target("/image", src=path, strip=0, tmp="")).status in ANSWERED, what


def zlib_bomb() -> bytes:
    """A PNG of 8000 × 8000 black pixels in a quarter of a megabyte."""
    return png_file((8000, 8000, 8, 2), bytes(8000 * (8000 * 3 + 1)))


def text_bomb() -> bytes:
    """A small PNG whose compressed text unpacks to 200 MB."""
    note = b"note\0\0" + zlib.compress(bytes(200_000_000), 9)
    return png_file((4, 4, 8, 0), bytes(4 * 5), (b"zTXt", note), (b"iTXt", b"note\0\1\0\0\0" + note[6:]))


def frame_bomb() -> bytes:
    """A GIF of 20 000 frames of 4000 × 4000 each, of which only a corner is drawn."""
    return gif_file((4000, 4000), *[((0, 0, 2, 2), 1, None, 2)] * 20_000, loop=0)


def full_frame_bomb() -> bytes:
    """A GIF of 200 frames of 900 × 900, all drawn."""
    return gif_file((900, 900), *[((0, 0, 900, 900), number % 3 + 1, None, 1) for number in range(200)], loop=0)


def webp_animation_bomb() -> bytes:
    """A WebP that says 16 383 × 16 383 with an animation, and has one frame of one pixel."""
    still = encoded(Image.new("RGB", (1, 1)), "WEBP", lossless=True)[12:]
    frame = struct.pack("<3s3s3s3s3sB", b"\0" * 3, b"\0" * 3, b"\0" * 3, b"\0" * 3, b"\x64\0\0", 0) + still
    chunks = (
        b"VP8X" + struct.pack("<LL3s3s", 10, 2, b"\xfe\x3f\0", b"\xfe\x3f\0") + b"ANIM" + struct.pack("<LLH", 6, 0, 0)
    )
    chunks += (b"ANMF" + struct.pack("<L", len(frame)) + frame) * 50
    return b"RIFF" + struct.pack("<L", len(chunks) + 4) + b"WEBP" + chunks


def avif_bomb() -> bytes:
    """An AVIF whose properties say 65 536 × 65 536 of a picture of 96 × 72."""
    data = bytearray(FILES["photo.avif"]())
    place = data.index(b"ispe") + 8
    struct.pack_into(">LL", data, place, 65_536, 65_536)
    return bytes(data)


def loop_of_pages() -> bytes:
    """A TIFF whose second page's directory is the first one again."""
    data = bytearray(FILES["photo.tif"]())
    directory = struct.unpack_from("<L", data, 4)[0]
    count = struct.unpack_from("<H", data, directory)[0]
    struct.pack_into("<L", data, directory + 2 + 12 * count, directory)
    return bytes(data)


MORE_BOMBS: dict[str, Callable[[], bytes]] = {
    "zlib.png": zlib_bomb,
    "text.png": text_bomb,
    "frames.gif": frame_bomb,
    "full-frames.gif": full_frame_bomb,
    "animation.webp": webp_animation_bomb,
    "canvas.avif": avif_bomb,
    "loop.tif": loop_of_pages,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_claims_more_than_anybody_may_decode_is_refused(fort: Server, get: Get, name: str) -> None:
    path = put(fort, name, BOMBS[name]())
    for options in (
        {"width": 50, "format": "jpg"},
        {"format": "gif"},
        {"format": "webp"},
        {"page": 2, "format": "png"},
    ):
        answer = get(target("/image", src=path, **options))
        assert answer.status in ({404} if options.get("page") and name != "bomb.gif" else REFUSED), (options, answer)
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.slow
@pytest.mark.parametrize("name", MORE_BOMBS)
def test_a_file_that_unpacks_to_a_thousandfold_is_answered_or_refused(fort: Server, get: Get, name: str) -> None:
    path = put(fort, name, MORE_BOMBS[name]())
    for options in (
        {"width": 50, "format": "jpg"},
        {"format": "webp", "width": 200},
        {"page": 999999, "format": "png"},
    ):
        answer = get(target("/image", src=path, **options))
        assert answer.status in {*ANSWERED, 503, 404, 400}, (options, answer)
        assert answer.status != 200 or picture(answer).width <= 200


def test_a_page_of_a_document_as_large_as_a_house_is_bounded(fort: Server, get: Get) -> None:
    pytest.importorskip("qis_pdf")
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9000000 9000000]>>endobj\n"
    path = put(fort, "house.pdf", body + b"trailer<</Root 1 0 R>>\n%%EOF\n")
    for options in ({"format": "jpg"}, {"format": "png", "width": 100}, {"format": "jpg", "dpi": 32000}):
        answer = get(target("/image", src=path, **options))
        assert answer.status in ANSWERED, (options, answer)
        assert answer.status != 200 or max(picture(answer).size) <= 15_000
    assert get(target("/image", src=path, format="jpg", dpi=32000)).status == 413


SECRET = b"the content of another file"
POSTSCRIPT = b"\n".join([
    b"%!PS-Adobe-3.0 EPSF-3.0", b"%%BoundingBox: 0 0 100 100",
    b"(/etc/passwd) (r) file 100 string readstring pop show", b"showpage", b"",
])  # fmt: skip


def zip_file() -> bytes:
    """An archive with a picture in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", FILES["photo.jpg"]())
    return out.getvalue()


PROGRAMS = {"eps", "ps", "dos.eps"}
WRONG: dict[str, bytes] = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<image href="file:///etc/passwd"/><script>alert(1)</script></svg>',
    "zip": zip_file(),
    "elf": Path("/proc/self/exe").read_bytes()[:100_000],
    "eps": POSTSCRIPT,
    "ps": POSTSCRIPT,
    "dos.eps": b"\xc5\xd0\xd3\xc6" + struct.pack("<LLLLLLH", 30, len(POSTSCRIPT), 0, 0, 0, 0, 0xFFFF) + POSTSCRIPT,
    "msl": b'<image><read filename="/etc/passwd"/><write filename="/tmp/x"/></image>',
    "mvg": b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context\n",
    "txt": SECRET,
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(100),
    "fli": bytes(4) + b"\x11\xaf" + bytes(200),
    "empty": b"",
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_picture_is_never_sent_as_one(fort: Server, get: Get, kind: str) -> None:
    for ending in (kind, "jpg", "png", "tif", "gif", "bmp", "ico"):
        path = put(fort, f"wrong-{kind}.{ending}", WRONG[kind])
        for options in ({}, {"width": 9}, {"format": "jpg"}, {"strip": 0, "format": ending}, {"page": 2}):
            answer = get(target("/image", src=path, **options))
            if kind == "svg" and answer.status in {200, 404}:
                # A plugin draws it, without what acts in it or leads out of it.
                assert answer.status == 404 or max(picture(answer).size) < 50
                continue
            if kind in PROGRAMS and options.get("page") and answer.status == 404:
                # A plugin knows how many pages there are without running it.
                continue
            # A format that nobody writes is a malformed option.
            assert answer.status in {415, 400 if options.get("format") == ending else 415}, (ending, options, answer)
            assert answer.headers["content-type"].startswith("text/plain")
            assert len(answer.body) < 1000
            assert SECRET not in answer.body


@pytest.mark.parametrize("kind", WRONG)
def test_as_an_original_it_cannot_run_in_a_browser(fort: Server, get: Get, kind: str) -> None:
    own = get(target("/original", src=put(fort, f"wrong-{kind}.{kind}", WRONG[kind])))
    # A plugin may know the kind; then nothing in it can act.
    # A PDF goes to a viewer apart from all pages.
    guards = ("sandbox", "default-src 'none'") if kind == "pdf" else ("sandbox",)
    assert own.status == 415 or own.headers["content-security-policy"].startswith(guards), own
    renamed = get(target("/original", src=put(fort, f"wrong-{kind}.jpg", WRONG[kind])))
    # Those who may download get the bytes, labelled as what the name says, and nobody may guess otherwise.
    assert (renamed.status, renamed.body) == (200, WRONG[kind])
    assert renamed.headers["content-type"] == "image/jpeg"


def test_what_is_no_regular_file_is_not_there(fort: Server, get: Get) -> None:
    folder = Path(tempfile.mkdtemp(prefix="odd", dir=fort.library))
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "random.jpg").symlink_to("/dev/urandom")
    (folder / "itself.jpg").symlink_to("itself.jpg")
    (folder / "nowhere.jpg").symlink_to("/nonexistent")
    with socket.socket(socket.AF_UNIX) as listener:
        place = os.open(folder, os.O_DIRECTORY)
        try:
            listener.bind(f"/proc/self/fd/{place}/socket.jpg")
        finally:
            os.close(place)
        names = [path.name for path in folder.iterdir()]
        assert len(names) == 7
        if os.geteuid() == 0:
            os.mknod(folder / "device.jpg", 0o666 | 0o020000, os.makedev(1, 5))
            names.append("device.jpg")
        for name in names:
            for path in (f"{folder.name}/{name}", f"{folder.name}/{name}/inner.jpg", f"{folder.name}/{name}/"):
                assert get(target("/image", src=path, width=9)).status == 404, path
                assert get(target("/original", src=path)).status == 404, path
            assert (
                get(target("/image", src="photos/wide.jpg", width=9, overlay=f"{folder.name}/{name}")).status == 404
            ), name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_not_there(fort: Server, get: Get) -> None:
    path = put(fort, "unreadable.jpg", FILES["photo.jpg"]())
    (fort.library / path).chmod(0)
    assert get(target("/image", src=path, width=9)).status == 404
    assert get(target("/original", src=path)).status == 404
