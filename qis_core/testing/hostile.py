"""A decoder that does what a hostile file would make a broken one do, for tests of the render pool.

A file for it is one line, ``HOSTILE <deed> <argument>``; the deed is done when it is decoded,
or when it is probed where the deed begins with ``probe-``. ``hostile_file`` makes one. The
registries are those of a server with nothing else installed: the worker takes them by
``--registries qis_core.testing.hostile:registries``.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from qis_core.api import (
    Analyser,
    BadOption,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Encoder,
    Engine,
    Metadata,
    MetadataReader,
    NotThisFormat,
    Operation,
    Options,
    PageHint,
    RenderJob,
    Rendition,
    Size,
    Source,
    SourceInfo,
)
from qis_core.api.pyramids import PyramidMaker

_MARK = b"HOSTILE "


def hostile_file(deed: str, argument: object = "") -> BinaryIO:
    """An open file (it has a descriptor, and no name) for which the decoder does ``deed``."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(_MARK + f"{deed} {argument}".encode())
    file.flush()
    file.seek(0)
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileRegistries:
    """What the worker needs of registries."""

    decoders: Mapping[str, Decoder]
    encoders: Mapping[str, Encoder]
    engines: Mapping[str, Engine]
    operations: Mapping[str, Operation]
    metadata_readers: Mapping[str, MetadataReader]
    pyramid_makers: Mapping[str, PyramidMaker]
    analysers: Mapping[str, Analyser]


def registries() -> HostileRegistries:
    """The hostile decoder, and an engine and encoder that hand on its bytes."""
    return HostileRegistries(
        decoders={"hostile": HostileDecoder(), "shy": ShyDecoder()},
        encoders={"raw": RawEncoder()},
        engines={"plain": PlainEngine()},
        operations={},
        metadata_readers={"hostile": HostileReader()},
        pyramid_makers={},
        analysers={},
    )


class HostileReader(MetadataReader):
    """Says more than a record can hold; fails for a file whose deed is ``read-fault``."""

    name = "hostile"

    def read(self, source: Source) -> Mapping[str, Mapping[str, object]]:
        if b"read-fault" in source.head():
            raise RuntimeError("a fault in the reader")
        long = {f"name {number}": "x" * 100_000 for number in range(1000)}
        return {"deed": {"text": source.head().decode("latin-1"), "bytes": b"x", "infinite": 1e999}, "long": long}


class HostileDecoder(Decoder):
    """Does the deed that its file names."""

    name = "hostile"
    extensions = ("hostile",)
    media_types = ("image/x-hostile",)

    def sniff(self, head: bytes) -> bool:
        return head.startswith(_MARK)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        deed, argument = _deed(source)
        if deed.startswith("probe-"):
            _do(deed.removeprefix("probe-"), argument, source)
        width, height = (int(side) for side in argument.split("x")) if deed == "size" else (4, 3)
        return SourceInfo(
            format="hostile",
            size=Size(width=width, height=height),
            frames=int(argument) if deed == "frames" else 1,
            vector=deed == "vector",
        )

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        body = _do(*_deed(source), source)
        return Decoded(image=Image.new("L", (4, 3)), notes=[body.decode("latin-1")])


class ShyDecoder(HostileDecoder):
    """Is asked first, and finds that the bytes are another's."""

    name = "shy"
    priority = 10

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        raise NotThisFormat("not for me")


class RawEncoder(Encoder):
    """Stands for an output format; the engine does the work."""

    name = "raw"
    extensions = ("raw",)
    media_type = "image/x-raw"
    animation = True

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        out.write(image.tobytes())


class PlainEngine(Engine):
    """Gives what the decoder noted as the rendering's body."""

    name = "plain"

    def supports(self, job: RenderJob) -> bool:
        return True

    def render(self, job: RenderJob) -> Rendition:
        sources = [(job.decoder, job.source), *((p.decoder, p.source) for p in job.pictures.values())]
        hint = DecodeHint(minimum=job.frame.needed_size())
        bodies = [decoder.decode(source, hint).notes[0].encode("latin-1") for decoder, source in sources]
        return Rendition(
            body=b"".join(bodies), media_type=job.encoder.media_type, size=job.frame.size, timings={"decode": 0.5}
        )


def _deed(source: Source) -> tuple[str, str]:
    deed, _, argument = source.head().removeprefix(_MARK).decode().partition(" ")
    return deed, argument


def _do(deed: str, argument: str, source: Source) -> bytes:
    """The bytes of the rendering, for those deeds that come to an end."""
    if deed in _DEEDS:
        return _DEEDS[deed](argument)
    return source.name.encode()


def _bytes(argument: str) -> bytes:
    return b"x" * int(argument)


def _pid(_: str) -> bytes:
    return str(os.getpid()).encode()


def _sleep(argument: str) -> bytes:
    time.sleep(float(argument))
    return b"slept"


def _loop(_: str) -> bytes:
    while True:
        pass


def _allocate(argument: str) -> bytes:
    return bytes(len(bytearray(int(argument))) % 256 for _ in range(1))


def _allocate_hidden(argument: str) -> bytes:
    try:
        return _allocate(argument)
    except MemoryError as error:
        raise BrokenImage("the file is damaged") from error


def _hoard(argument: str) -> bytes:
    _kept.append(b"k" * int(argument))
    return str(os.getpid()).encode()


_kept: list[bytes] = []


def _exit(argument: str) -> bytes:
    os._exit(int(argument))


def _segfault(_: str) -> bytes:
    return ctypes.string_at(0)


def _abort(_: str) -> bytes:
    os.abort()


def _write(argument: str) -> bytes:
    with open(argument, "wb") as file:
        file.write(b"x" * 100_000)
    return b"written"


def _fork(argument: str) -> bytes:
    """A child that outlives this process, unless somebody sees to it."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    if argument == "exit":
        os._exit(1)
    return str(pid).encode()


def _execute(argument: str) -> bytes:
    os.execv("/bin/sh", ["sh", "-c", argument])


def _connect(argument: str) -> bytes:
    with socket.create_connection(("127.0.0.1", int(argument)), timeout=5):
        return b"connected"


def _kill(argument: str) -> bytes:
    os.kill(int(argument), 9)
    return b"killed"


def _read(argument: str) -> bytes:
    with open(argument, "rb") as file:
        return file.read(1000)


def _babble(argument: str) -> bytes:
    """Answers out of order, as a worker does that obeys somebody else by now."""
    for number in range(3, 64):
        try:
            served = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        served.send(argument.encode().decode("unicode_escape").encode("latin-1"))
    time.sleep(60)
    return b""


def _hang_up(_: str) -> bytes:
    os.closerange(3, 64)
    time.sleep(60)
    return b""


def _environment(_: str) -> bytes:
    return json.dumps(dict(os.environ)).encode()


def _descriptors(_: str) -> bytes:
    return str(len(os.listdir("/dev/fd"))).encode()


def _fault(_: str) -> bytes:
    raise ValueError("the inside of the server: /etc/secret")


def _refuse(argument: str) -> bytes:
    raise BadOption("sepia", argument, "a number from 0 to 1")


def _chatter(argument: str) -> bytes:
    sys.stderr.write("blah\n" * int(argument))
    sys.stderr.flush()
    return b"chattered"


def _complain(argument: str) -> bytes:
    print(argument, file=sys.stderr, flush=True)
    return b"complained"


_DEEDS = {
    "bytes": _bytes,
    "pid": _pid,
    "sleep": _sleep,
    "loop": _loop,
    "allocate": _allocate,
    "allocate-hidden": _allocate_hidden,
    "hoard": _hoard,
    "exit": _exit,
    "segfault": _segfault,
    "abort": _abort,
    "write": _write,
    "fork": _fork,
    "execute": _execute,
    "connect": _connect,
    "kill": _kill,
    "read": _read,
    "babble": _babble,
    "hang-up": _hang_up,
    "environment": _environment,
    "descriptors": _descriptors,
    "fault": _fault,
    "refuse": _refuse,
    "complain": _complain,
    "chatter": _chatter,
}
