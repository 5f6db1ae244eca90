"""The installed ICC profiles: every ``*.icc`` and ``*.icm`` of some folders, and two that are always there."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageCms

from qis_core.api import BadOption
from qis_core.imaging.grey_profile import grey_profile

log = logging.getLogger("qis.profiles")

_ENDINGS = frozenset({".icc", ".icm"})
_LARGEST = 16 * 1024**2
_SPACES = {"RGB": "rgb", "CMYK": "cmyk", "GRAY": "gray"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile: its name (the file's, without ending), colour space (``rgb``, ``cmyk``, ``gray``),
    description, bytes, and a version that changes with them."""

    name: str
    space: str
    description: str
    data: bytes
    version: str


class ProfileFolder:
    """Finds profiles by name, in any case, with or without the ending. Safe to use from many threads.

    Folders are read again when one of them has changed. Of two files of one name the one in the
    earlier folder counts, and any file wins over ``sRGB`` and ``Grey``, which come along. A file
    that is no usable profile is left out, and the log says why.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._profiles: dict[str, Profile] = {}

    def find(self, name: str) -> Profile:
        """The profile. Raises BadOption, naming those that there are."""
        profiles = self._current()
        stem = name[:-4] if name[-4:].lower() in _ENDINGS else name
        found = profiles.get(stem.lower())
        if found is None:
            raise BadOption("icc", name, "one of " + ", ".join(profile.name for profile in self.all()))
        return found

    def all(self) -> Sequence[Profile]:
        """Every profile, in order of name."""
        return sorted(self._current().values(), key=lambda profile: profile.name.lower())

    def _current(self) -> dict[str, Profile]:
        seen = tuple(_changed(folder) for folder in self._folders)
        if seen != self._seen or not self._profiles:
            with self._lock:
                if seen != self._seen or not self._profiles:
                    self._profiles = self._read()
                    self._seen = seen
        return self._profiles

    def _read(self) -> dict[str, Profile]:
        found = {profile.name.lower(): profile for profile in _built_in()}
        for folder in reversed(self._folders):
            for file in sorted(folder.iterdir() if folder.is_dir() else ()):
                if file.suffix.lower() in _ENDINGS and (profile := _profile_of(file)):
                    found[profile.name.lower()] = profile
        return found


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _profile_of(file: Path) -> Profile | None:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            raise OSError("it is no file, or larger than 16 MB")
        return _profile(file.stem, file.read_bytes())
    except (OSError, ImageCms.PyCMSError) as error:
        log.warning("the ICC profile %s is left out: %s", file, error)
        return None


def _built_in() -> list[Profile]:
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The time of making (and the checksum over it) would make every start another version of it.
    srgb[24:36] = bytes.fromhex("07ea00010001000000000000")
    srgb[84:100] = bytes(16)
    return [_profile("sRGB", bytes(srgb)), _profile("Grey", grey_profile())]


def _profile(name: str, data: bytes) -> Profile:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(data)).profile
    space = _SPACES.get(profile.xcolor_space.strip())
    if space is None:
        raise OSError(f"its colours are {profile.xcolor_space.strip()}; pictures are RGB, CMYK or GRAY")
    return Profile(
        name=name,
        space=space,
        description=profile.profile_description or name,
        data=data,
        version=hashlib.sha256(data).hexdigest()[:16],
    )
