"""`make bench`: what the server costs beyond the bare work, and how it does beside others.

    make bench                                       a server of its own, against bare work and installed peers
    make bench ARGS="--only hits --only stampede"    some parts of it
    make bench ARGS="--url https://images.example.org --src a.jpg --src shoes/b.jpg"
                                                     a QIS that runs anywhere, through the network

Against a running server, renderings are made that fill its cache: some hundreds of each picture named.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import access
import cold
import crowd
import formats
import gigapixel
import hits
import stampede
import upload
import workloads
from lab import server
from report import Figure, markdown, write_json
from subjects import Subject, behind_nginx, ipx, qis, qis_at, thumbor

PHOTOS = 12


def main() -> None:
    """Measures and prints."""
    arguments = _arguments()
    if arguments.url:
        figures = list(_workloads([qis_at(arguments.url.rstrip("/"))], arguments.src))
    else:
        figures = list(_at_home(arguments.only or list(_PARTS), arguments.ipx))
    text = markdown(figures)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")
    if arguments.json:
        write_json(arguments.json, figures)


def _at_home(parts: Sequence[str], ipx_folder: Path | None) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="qis-bench-") as name:
        folder = Path(name)
        library = cold.make_library(folder)
        for part in parts:
            yield from _PARTS[part](library, folder, ipx_folder)


def _cold(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from cold.first_renderings(library, fast=False)
    yield from cold.first_renderings(library, fast=True)


def _hits(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from hits.from_memory(library, folder)
    yield from hits.from_memcached(library, folder)
    yield from access.logged_in(library)


def _stampede(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from stampede.over_two_nodes(library)


def _crowd(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from crowd.over_the_queue(library)


def _upload(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from upload.flat(folder)


def _formats(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    yield from formats.figures(folder)


def _gigapixel(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    picture = gigapixel.drawn(folder / "large.jpg")
    yield from gigapixel.figures(picture, folder)
    picture.unlink()


def _peers(library: Path, folder: Path, ipx_folder: Path | None) -> Iterator[Figure]:
    """The workloads beside peers: as many processes for each of them."""
    with contextlib.ExitStack() as running:
        subjects = [qis(running.enter_context(server(library, QIS_SERVER_WORKERS="2")))]
        peers = {"thumbor": thumbor(library, keeps=True), "ipx": ipx(ipx_folder, library)}
        peers["thumbor behind nginx"] = _before_nginx(thumbor(library, keeps=False), folder / "before-thumbor")
        peers["ipx behind nginx"] = _before_nginx(ipx(ipx_folder, library), folder / "before-ipx")
        for name, peer in peers.items():
            subject = running.enter_context(peer)
            if subject is None:
                yield Figure(name, 0, "", note="left out: not installed here (ipx: --ipx FOLDER)")
            else:
                subjects.append(subject)
        yield from _workloads(subjects, [f"{number}.jpg" for number in range(PHOTOS)])


@contextlib.contextmanager
def _before_nginx(peer: AbstractContextManager[Subject | None], folder: Path) -> Iterator[Subject | None]:
    with contextlib.ExitStack() as running:
        subject = running.enter_context(peer)
        yield None if subject is None else running.enter_context(behind_nginx(subject, folder))


def _workloads(subjects: Sequence[Subject], sources: Sequence[str]) -> Iterator[Figure]:
    fresh = workloads.Fresh(sources)
    yield from workloads.cold(subjects, fresh)
    yield from workloads.widths(subjects, fresh)
    yield from workloads.squares(subjects, sources)
    yield from workloads.hot(subjects, fresh)
    yield from workloads.mixed(subjects, fresh)
    yield from workloads.stampede(subjects, fresh)
    yield from workloads.memory(subjects)


_PARTS: dict[str, Callable[[Path, Path, Path | None], Iterator[Figure]]] = {
    "cold": _cold,
    "hits": _hits,
    "stampede": _stampede,
    "crowd": _crowd,
    "upload": _upload,
    "formats": _formats,
    "gigapixel": _gigapixel,
    "peers": _peers,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(_PARTS), help="this part only; may be repeated")
    parser.add_argument("--url", help="base URL of a running server, to measure that one")
    parser.add_argument("--src", action="append", help="a picture of that server; may be repeated")
    parser.add_argument("--markdown", type=Path, help="file to write the table to as well")
    parser.add_argument("--json", type=Path, help="file to write the figures to as well")
    parser.add_argument("--ipx", type=Path, help="folder in which ipx is installed by npm, to measure it beside us")
    arguments = parser.parse_args()
    if arguments.url and not arguments.src:
        parser.error("--url needs the pictures to ask for: --src folder/picture.jpg, once or more often")
    return arguments


if __name__ == "__main__":
    main()
