"""ICC profiles by name: those in the site's folders, and two that are always there."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from PIL import ImageCms

from qis_core.api import BadOption

EXTENSIONS = (".icc", ".icm")
_MAX_BYTES = 16 * 1024**2
_MODELS = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_CLASSES = {"mntr": "display", "prtr": "printer", "scnr": "scanner", "spac": "colour space"}
_FRESH_SECONDS = 2.0
# Profiles made here say that they were made at this time: the same profile has the same bytes each day.
_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
_D50 = (0.9642, 1.0, 0.8249)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An ICC profile: its ``name`` (the file's, without extension), what it calls itself, the Pillow
    ``mode`` of its colours (RGB, L or CMYK), its bytes, and a ``version`` that changes when they do."""

    name: str
    description: str
    mode: str
    data: bytes = field(repr=False)
    version: str


class BadProfile(Exception):
    """The bytes are no profile that can be used here; the text says why."""


class ProfileFolder:
    """The profiles in some folders, by name in any case, with or without ``.icc`` or ``.icm``.

    ``sRGB`` and ``Grey`` (``Gray``) are always among them, unless a file has their name. Of two
    files of one name the one of the earlier folder counts. Changes of the folders are seen within
    two seconds. Thread-safe.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._lock = threading.Lock()
        self._looked = -_FRESH_SECONDS
        self._seen: object = None
        self._found: Mapping[str, Profile] = {}
        self._problems: Mapping[str, str] = {}

    def get(self, name: str) -> Profile | None:
        """The profile of that name, or None."""
        found = self._current()
        wanted = name.strip().casefold()
        return found.get(wanted) or found.get(_stem(wanted))

    def find(self, name: str) -> Profile:
        """The profile of that name. Raises BadOption, naming those that there are."""
        found = self.get(name)
        if found is None:
            raise BadOption("icc", name, "one of " + ", ".join(profile.name for profile in self.all()))
        return found

    def all(self) -> tuple[Profile, ...]:
        """All profiles by name."""
        return tuple(sorted({id(p): p for p in self._current().values()}.values(), key=lambda p: p.name.casefold()))

    def problems(self) -> Mapping[str, str]:
        """Files and folders that could not be used: path and reason."""
        self._current()
        return self._problems

    def _current(self) -> Mapping[str, Profile]:
        with self._lock:
            if time.monotonic() - self._looked >= _FRESH_SECONDS:
                problems: dict[str, str] = {}
                files = list(self._files(problems))
                if (seen := (files, problems)) != self._seen:
                    self._found, self._problems = _read_all([path for path, _, _ in files], dict(problems))
                    self._seen = seen
                self._looked = time.monotonic()
            return self._found

    def _files(self, problems: dict[str, str]) -> Iterable[tuple[Path, int, int]]:
        for folder in self._folders:
            try:
                for path in sorted(folder.iterdir()):
                    if path.suffix.lower() in EXTENSIONS and path.is_file():
                        status = path.stat()
                        yield path, status.st_mtime_ns, status.st_size
            except OSError as error:
                problems[str(folder)] = f"the folder cannot be read: {error.strerror}"


def _read_all(paths: Iterable[Path], problems: dict[str, str]) -> tuple[Mapping[str, Profile], Mapping[str, str]]:
    found: dict[str, Profile] = {}
    for path in paths:
        key = path.stem.casefold()
        try:
            if key in found:
                raise BadProfile("another file of this name comes first")
            found[key] = read_profile(path.stem, path.read_bytes())
        except OSError as error:
            problems[str(path)] = f"the file cannot be read: {error.strerror}"
        except BadProfile as error:
            problems[str(path)] = str(error)
    grey = grey_profile()
    return {srgb_profile().name.casefold(): srgb_profile(), "grey": grey, "gray": grey, **found}, problems


def read_profile(name: str, data: bytes) -> Profile:
    """The profile of these bytes. Raises BadProfile."""
    if len(data) > _MAX_BYTES:
        raise BadProfile(f"it has {len(data)} bytes; the limit is {_MAX_BYTES}")
    if len(data) < 132 or data[36:40] != b"acsp":
        raise BadProfile("it is no ICC profile")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data)).profile
        space, kind = profile.xcolor_space.strip(), profile.device_class.strip()
        description = (profile.profile_description or "").strip()
    except (OSError, ImageCms.PyCMSError):
        raise BadProfile("it is damaged") from None
    if space not in _MODELS:
        raise BadProfile(f"it is for {space} colours; it must be for one of {', '.join(_MODELS)}")
    if kind not in _CLASSES:
        raise BadProfile(f"it is of class {kind}; it must be a profile of a {', '.join(_CLASSES.values())}")
    version = hashlib.sha256(data).hexdigest()[:16]
    return Profile(name=name, description=description or name, mode=_MODELS[space], data=data, version=version)


@cache
def srgb_profile() -> Profile:
    """sRGB (IEC 61966-2-1), as littleCMS makes it."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = _DATE
    return read_profile("sRGB", bytes(data))


@cache
def grey_profile() -> Profile:
    """Grey of gamma 2.2 with the white of D50, written after ICC.1:2001-04 (version 2 profiles)."""
    text = b"Grey gamma 2.2\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67),
        b"cprt": b"text\0\0\0\0" + b"No copyright\0",
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(_fixed, _D50)),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)),
    }
    table, blocks = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, block in tags.items():
        table += name + struct.pack(">II", start + len(blocks), len(block))
        blocks += block + bytes(-len(block) % 4)
    head = struct.pack(">I4xI", start + len(blocks), 0x02100000) + b"mntrGRAYXYZ " + _DATE + b"acsp"
    head += bytes(24) + struct.pack(">I", 0) + b"".join(map(_fixed, _D50))
    return read_profile("Grey", head.ljust(128, b"\0") + table + blocks)


def _fixed(value: float) -> bytes:
    """A number as s15Fixed16."""
    return struct.pack(">i", round(value * 65536))


def _stem(name: str) -> str:
    return name[: -len(".icc")] if name.endswith(EXTENSIONS) else name
