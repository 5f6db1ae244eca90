"""Hostile files in the confined render workers of a server: by content, by name, by size."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from PIL import Image
from qis_magick.library import Wand, names

from qis_core.api import BrokenImage, Limits, Output, QisError, Recipe, Rendition, TooLarge, UnsupportedFeature
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.testing import pictures
from qis_core.testing.suites.locked_in import LockedInSuite

pytestmark = pytest.mark.skipif(
    names() is None or not any(point.name == "magick" for point in entry_points(group="qis.plugins")),
    reason="needs the system's ImageMagick 6 (libmagickwand-6.q16-6), and qis-magick installed",
)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    """One worker that may read nothing but system files and what it is handed."""
    made = RenderPool(WorkerSetup(readable=[tmp_path_factory.mktemp("empty")]), PoolSettings(workers=1))
    yield made
    made.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[object]]]:
    """The port of a server that keeps every connection made to it."""
    caught: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caught.append(server.accept())

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], caught
        server.shutdown(socket.SHUT_RDWR)


def render(
    pool: RenderPool, folder: Path, name: str, data: bytes, *, limits: Limits | None = None, engine: str = ""
) -> Rendition:
    path = folder / "file"
    path.write_bytes(data)
    recipe = Recipe(source=name, output=Output(format="png"), bounds=(64, 0), engine=engine)
    with path.open("rb") as stream:
        return pool.render(RenderOrder(recipe=recipe, source_name=name, limits=limits or Limits()), [stream])


def psd(size: tuple[int, int], data: bytes, channels: int = 3) -> bytes:
    head = b"8BPS" + struct.pack(">H6xHLLHH", 1, channels, size[1], size[0], 8, 3)
    return head + struct.pack(">LLL", 0, 0, 0) + data


PLAIN = psd((40, 30), b"\0\0" + b"".join(plane.tobytes() for plane in pictures.photo((40, 30)).split()))


def dangerous(port: int, secret: Path) -> dict[str, bytes]:
    """What ImageMagick would obey if it looked at the content: files, connections, programs, endless drawings."""
    url, path = f"http://127.0.0.1:{port}/x.png", str(secret)
    return {
        "mvg": f"push graphic-context\nviewbox 0 0 64 64\nimage over 0,0 0,0 '{url}'\npop graphic-context".encode(),
        "mvg of a file": f"push graphic-context\nviewbox 0 0 64 64\nimage over 0,0 0,0 'text:{path}'\n".encode(),
        "msl": f'<?xml version="1.0"?><image><read filename="{path}"/><write filename="{path}.png"/></image>'.encode(),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{url}"/>'
               f'<rect style="fill:url({url})"/></svg>'.encode(),
        "text": f"label:@{path}".encode(), "a url": url.encode(), "ephemeral": f"ephemeral:{path}".encode(),
        "postscript": f"%!PS-Adobe-3.0\n({path}) (r) file 99 string readstring pop show ({path}) deletefile\n"
                      "{} loop showpage".encode(),
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\nshowpage",
        "miff": b"id=ImageMagick\ncolumns=9 rows=9\nclass=DirectClass\n\x0c\n:\x1a" + bytes(300),
        "xps": b"PK\3\4" + bytes(60), "pcl": b"\x1bE\x1b&l0O", "vid": f"vid:{path}".encode(),
        "inline": b"data:image/png;base64,iVBORw0KGgo=", "plt": b"set terminal png\nplot x",
        "wmf": b"\xd7\xcd\xc6\x9a" + bytes(80), "uil": b"uil: x", "x window": b"x:root",
        "caption": b"caption:@/etc/passwd",
    }  # fmt: skip


def test_content_that_imagemagick_would_obey_does_nothing(
    pool: RenderPool, tmp_path: Path, listener: tuple[int, list[object]]
) -> None:
    port, caught = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for what, data in dangerous(port, secret).items():
        # Under each name that could make somebody believe it, too.
        for name in (f"x.{what}", "x.psd", "https:x.psd"):
            # Drawings are qis-svg's where that is installed, which draws them without what they name.
            with contextlib.suppress(UnsupportedFeature, BrokenImage):
                assert (render(pool, tmp_path, name, data).media_type, what) == ("image/png", "svg")
    assert secret.read_text() == "the secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "secret.txt"]
    assert not caught


@pytest.mark.parametrize("coder", ["PSD", "XCF", "JP2", "SGI", "PNG", "TIFF"])
def test_a_coder_obeys_no_other_ones_content(tmp_path: Path, coder: str, listener: tuple[int, list[object]]) -> None:
    # Past the sniffing, too: ImageMagick is told the coder and must not guess another.
    port, caught = listener
    for data in dangerous(port, tmp_path / "none").values():
        with pytest.raises(BrokenImage):
            Wand().read(coder, data)
    assert not caught


@pytest.mark.parametrize(
    "coder", ["MVG", "MSL", "SVG", "HTTPS", "TEXT", "LABEL", "CAPTION", "PS", "EPS", "PDF", "EPHEMERAL", "MIFF", "VID",
              "X", "INLINE", "PANGO", "XC", "GRADIENT", "PLASMA", "FILE", "SHOW", "MPC", "GIF", "JPEG"],
)  # fmt: skip
def test_coders_that_nobody_allowed_do_nothing_even_if_asked(coder: str) -> None:
    with pytest.raises(BrokenImage):
        Wand().read(coder, b"push graphic-context viewbox 0 0 9 9 pop graphic-context")


@pytest.mark.parametrize(
    "name",
    ["https:a.psd", "msl:a.psd", "@a.psd", "label:@/etc/passwd", "a.psd[0-99999]", "ephemeral:a",
     "%d.psd", "|id", "-", "a" * 250],
)  # fmt: skip
def test_names_mean_nothing(pool: RenderPool, tmp_path: Path, name: str) -> None:
    assert render(pool, tmp_path, name, PLAIN).size.width == 40


BOMBS = {
    "psd": psd((60_000, 60_000), b"\0\1" + bytes(400)),
    "psd of channels": psd((20_000, 20_000), b"\0\1" + bytes(400), channels=56),
    "xcf": b"gimp xcf file\0" + struct.pack(">LLL", 250_000, 250_000, 0) + bytes(200),
    "sgi": struct.pack(">HBBHHHH", 474, 1, 1, 3, 65_535, 65_535, 4) + bytes(1000),
    "jp2": None,
    "dds": b"DDS \x7c\0\0\0" + struct.pack("<LLLLLL", 0x1007, 65_000, 65_000, 0, 0, 0) + bytes(200),
    "sun": struct.pack(">8L", 0x59A66A95, 60_000, 60_000, 24, 100, 1, 0, 0) + bytes(100),
    "pcx": b"\x0a\5\1\x08" + struct.pack("<HHHHHH", 0, 0, 65_534, 65_534, 72, 72) + bytes(48)
           + b"\0\3\xff\xff" + bytes(200),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_what_claims_to_be_huge_is_refused(pool: RenderPool, tmp_path: Path, name: str) -> None:
    data = BOMBS[name]
    if data is None:
        whole = bytearray(pictures.encoded(pictures.photo((64, 64)), "JPEG2000"))
        for place in (whole.index(b"ihdr") + 4, whole.index(b"\xff\x51") + 6):
            struct.pack_into(">LL", whole, place, 60_000, 60_000)
        data = bytes(whole)
    with pytest.raises(QisError):
        render(pool, tmp_path, name, data)
    assert render(pool, tmp_path, "a", PLAIN).size.width == 40


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["PSD", "JPEG2000", "SGI", "PCX"], indirect=True)
class TestLockedIn(LockedInSuite):
    plugin = "magick"

    @pytest.fixture(autouse=True)
    def chosen(self, request: pytest.FixtureRequest) -> None:
        kind = request.param
        self.sample = PLAIN if kind == "PSD" else pictures.encoded(pictures.photo((40, 30)), kind)


def test_the_limit_of_memory_holds(pool: RenderPool, tmp_path: Path) -> None:
    packed = psd((6000, 6000), b"\0\0" + bytes(3 * 6000 * 6000))
    with pytest.raises(TooLarge):
        render(pool, tmp_path, "a.psd", packed, limits=Limits(memory_bytes=150_000_000))
    assert render(pool, tmp_path, "a", PLAIN).size.width == 40


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_the_print_engine_survives_damage(pool: RenderPool, tmp_path: Path, file_format: str) -> None:
    row = b"\0" + struct.pack(">192H", *range(0, 57_600, 300))
    whole = pictures.png_file((64, 40, 16, 2), row * 40)
    if file_format == "TIFF":
        whole = pictures.tiff_file({
            256: ("L", [64]), 257: ("L", [40]), 258: ("H", [16, 16, 16]), 259: ("H", [1]), 262: ("H", [2]),
            273: ("L", [8]), 277: ("H", [3]), 278: ("L", [40]), 279: ("L", [64 * 40 * 6]),
        }, bytes(64 * 40 * 6))  # fmt: skip
    assert render(pool, tmp_path, "a", whole, engine="print").size.width == 64
    for what, data in pictures.damaged(whole, cuts=20, flips=40):
        with contextlib.suppress(BrokenImage, TooLarge, UnsupportedFeature):
            assert render(pool, tmp_path, "a", data, engine="print").size.width <= 64, what


def test_workers_read_every_format_although_they_may_do_nothing_else(pool: RenderPool, tmp_path: Path) -> None:
    for file_format in ("JPEG2000", "SGI", "PCX"):
        body = render(pool, tmp_path, "a", pictures.encoded(pictures.photo((40, 30)), file_format)).body
        assert Image.open(io.BytesIO(body)).size == (40, 30)
    assert pool.status().crashes == 0
