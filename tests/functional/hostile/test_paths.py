"""Paths that try to leave the library, and links that lie in it: nothing outside is ever read, nor told of."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server
from qis_core.testing.raw_http import Answer, target

Get = Callable[..., Answer]

MARK = b"bytes that nobody may see"
ADDRESSES = ("/image", "/image/", "/erez/erez", "/erez3/erez", "/original", "/original/")
ADMIN = ("Authorization", "Basic " + base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode())


@pytest.fixture(scope="module")
def outside(fort: Server) -> Path:
    """A picture beside the library, with links to it, its folder and the library's own pictures within it."""
    library = fort.library
    folder = library.parent / (library.name + "-private")
    folder.mkdir()
    Image.new("RGB", (40, 30), "magenta").save(folder / "secret.jpg", comment=MARK)
    (library / "links").mkdir()
    for name, place in {
        "out.jpg": folder / "secret.jpg",
        "out-relative.jpg": Path("../../library-private/secret.jpg"),
        "folder": folder,
        "root": Path("/"),
        "up": Path(".."),
        "in.jpg": library / "photos/wide.jpg",
        "in-folder": library / "photos",
    }.items():
        (library / "links" / name).symlink_to(place)
    (library / ".hidden").mkdir()
    for name in (".hidden/secret.jpg", "photos/.secret.jpg"):
        (library / name).write_bytes((folder / "secret.jpg").read_bytes())
    return folder / "secret.jpg"


def spellings(secret: Path) -> list[str]:
    """Query values, percent-encoded as they are sent, that lead to ``secret`` on a careless server."""
    plain = [
        "../library-private/secret.jpg",
        "/../library-private/secret.jpg",
        "photos/../../library-private/secret.jpg",
        "photos/./../../library-private/secret.jpg",
        "photos//..//..//library-private/secret.jpg",
        "....//library-private/secret.jpg",
        "..;/library-private/secret.jpg",
        str(secret),
        f"/{secret}",
        f"file://{secret}",
        f"//localhost{secret}",
        "-private/secret.jpg",
        "../library/photos/wide.jpg",
        "photos/../photos/wide.jpg",
        "./photos/wide.jpg",
        "photos/./wide.jpg",
        "photos/wide.jpg/..",
        "photos/wide.jpg/.",
        "..",
        ".",
        "/",
        "///",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/self/cwd/library-private/secret.jpg",
        "/dev/stdin",
        "~/secret.jpg",
        "$HOME/secret.jpg",
        "C:\\windows\\win.ini",
        "..\\library-private\\secret.jpg",
        "photos\\wide.jpg",
        "photos/..\\..\\library-private\\secret.jpg",
        "\\\\127.0.0.1\\share\\secret.jpg",
        "photos/wide.jpg\0.png",
        "../library-private/secret.jpg\0",
        "\0",
        ".hidden/secret.jpg",
        "photos/.secret.jpg",
        "photos/.secret.jpg/",
        "links/out.jpg",
        "links/out-relative.jpg",
        "links/folder/secret.jpg",
        f"links/root{secret}",
        "links/up/library-private/secret.jpg",
        "links/up/library/photos/wide.jpg",
        "links/in.jpg",
        "links/in-folder/wide.jpg",
        "photos",
        "photos/",
        "notes/../photos/wide.jpg",
        "photos/wide.jpg/secret.jpg",
        "photos/\uff0e\uff0e/\uff0e\uff0e/library-private/secret.jpg",
        "\u2024\u2024/library-private/secret.jpg",
        "..\u2215library-private\u2215secret.jpg",
        "photos/WIDE.jpg",
        "x" * 1024,
        "x/" * 512,
        "x" * 256 + ".jpg",
        "\ud800.jpg".encode("utf-8", "surrogatepass").decode("latin-1"),
    ]
    quoted = [urllib.parse.quote(path, safe="") for path in plain]
    twice = [urllib.parse.quote(text, safe="") for text in quoted[:8]]
    raw = [
        "..%c0%aflibrary-private%c0%afsecret.jpg",
        "%c0%ae%c0%ae/library-private/secret.jpg",
        "%e0%80%ae%e0%80%ae/library-private/secret.jpg",
        "%2e%2e%2flibrary-private%2fsecret.jpg",
        "%2e%2e/library-private/secret.jpg",
        ".%2e/library-private/secret.jpg",
        "..%u2215library-private/secret.jpg",
        "..%25%32%66library-private/secret.jpg",
        "%ed%b2%ae%ed%b2%ae/library-private/secret.jpg",
        "photos/wide.jpg%00",
        "photos/wide.jpg%",
        "photos/wide.jpg%2",
        "photos/wide.jpg%zz",
        "+../library-private/secret.jpg",
        "%20../library-private/secret.jpg",
    ]
    return [*quoted, *twice, *raw]


def holds_secret(answer: Answer) -> bool:
    """Whether an answer has bytes of the secret picture, or those of the system's own files."""
    return any(mark in answer.body for mark in (MARK, b"root:x:", b"PATH=")) or b"JFIF" in answer.body


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_spelling_leads_out_of_the_library(fort: Server, get: Get, outside: Path, address: str) -> None:
    texts = set()
    for spelling in spellings(outside):
        answer = get(f"{address}?src={spelling}")
        # A path of over 1024 characters is a malformed option; all others are simply not there.
        assert answer.status == 404, (spelling, answer)
        assert not holds_secret(answer)
        texts.add(answer.headers["content-type"])
    assert texts == {"text/plain; charset=utf-8"}


def test_no_spelling_of_an_overlay_does(fort: Server, get: Get, outside: Path) -> None:
    for spelling in spellings(outside):
        answer = get(f"/image?src=photos/wide.jpg&width=20&overlay={spelling}")
        assert answer.status == 404, (spelling, answer)
        assert not holds_secret(answer)


def test_neither_does_it_for_an_administrator(fort: Server, get: Get, outside: Path) -> None:
    assert get("/image?src=photos/wide.jpg&width=9", headers=[ADMIN]).status == 200
    for spelling in spellings(outside):
        for address in ("/image", "/original"):
            answer = get(f"{address}?src={spelling}", headers=[ADMIN])
            assert answer.status == 404, (spelling, answer)


def test_what_is_outside_and_what_is_nowhere_are_told_in_the_same_way(fort: Server, get: Get, outside: Path) -> None:
    for address in ("/image", "/original"):
        answers = {
            get(target(address, src=path)).body.replace(path.encode(), b"?")
            for path in ("../library-private/secret.jpg", "../library-private/absent.jpg", "../absent/absent.jpg")
        }
        assert len(answers) == 1
        linked, absent = (get(target(address, src=f"links/{name}.jpg")) for name in ("out", "absent"))
        assert linked.body.replace(b"out", b"absent") == absent.body


def test_paths_of_the_address_itself_lead_nowhere(fort: Server, get: Get, outside: Path) -> None:
    for path in (
        "/../library-private/secret.jpg",
        "/static/../../../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/setup.py",
        "/static/..%2f..%2f..%2fsetup.py",
        "/static/..%5c..%5csetup.py",
        "/static//etc/passwd",
        "/static/%00",
        "/image/../../library-private/secret.jpg",
        "/image/photos/wide.jpg",
        "/%c0%ae%c0%ae/etc/passwd",
        "/%ff%fe",
        "/erez6/erez?src=photos/wide.jpg",
        "/erez/erez/",
        "//image?src=photos/wide.jpg",
        "/browse/..%2f..%2f",
        "/%0d%0aSet-Cookie:a=b",
    ):
        answer = get(path)
        assert answer.status in {303, 302, 307, 400, 401, 403, 404}, (path, answer)
        assert not holds_secret(answer)
        assert "set-cookie" not in answer.headers, path


def test_leading_doubled_and_trailing_slashes_mean_nothing(fort: Server, get: Get) -> None:
    wanted = get(target("/image", src="photos/wide.jpg", width=9))
    assert wanted.status == 200
    for path in ("/photos/wide.jpg", "//photos//wide.jpg", "photos%2fwide.jpg"):
        assert get(f"/image?src={path}&width=9").body == wanted.body, path
