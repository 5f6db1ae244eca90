"""Purges: which renderings are no longer to be used, told by numbers that go into their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qis_core.domain.paths import clean_folder, clean_path, folder_of

MOST_REMEMBERED = 5000
"""Beyond so many purges, images count as their folders; and then everything as purged at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is to be made afresh: the renderings of images, of folders with all below, by templates, or all."""

    images: Sequence[str] = ()
    folders: Sequence[str] = ()
    templates: Sequence[str] = ()
    everything: bool = False

    @classmethod
    def of(
        cls,
        *,
        images: Iterable[str] = (),
        folders: Iterable[str] = (),
        templates: Iterable[str] = (),
        everything: bool = False,
    ) -> Purge:
        """As people write it; neither need exist (any more). Raises NotFound for what can be no path in the library."""
        paths = [clean_folder(path) for path in folders]
        return cls(
            images=[clean_path(path) for path in images],
            folders=[path for path in paths if path],
            templates=[name.casefold() for name in templates],
            everything=everything or "" in paths,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeTable:
    """The number of the last purge of everything, and by folder, image and template.

    Each purge has a higher number than all before it. Renderings have the highest that concerns
    them in their fingerprint, so with a purge they get other names and the old ones are never
    asked for again.
    """

    last: int = 0
    everything: int = 0
    folders: Mapping[str, int] = field(default_factory=dict)
    images: Mapping[str, int] = field(default_factory=dict)
    templates: Mapping[str, int] = field(default_factory=dict)

    def number(self, paths: Iterable[str], template: str) -> int:
        """The last purge that concerns a rendering made of the files ``paths`` by ``template``; 0 for none."""
        if self.last == 0:
            return 0
        numbers = [self.everything, self.templates.get(template.casefold(), 0)]
        for path in paths:
            numbers.append(self.images.get(path, 0))
            folder = path
            while folder := folder_of(folder):
                numbers.append(self.folders.get(folder, 0))
        return max(numbers)

    def after(self, purge: Purge) -> PurgeTable:
        """The table with one more purge."""
        number = self.last + 1
        if purge.everything:
            return PurgeTable(last=number, everything=number)
        folders = {**self.folders, **dict.fromkeys(purge.folders, number)}
        images = {**self.images, **dict.fromkeys(purge.images, number)}
        templates = {**self.templates, **dict.fromkeys(purge.templates, number)}
        if len(folders) + len(images) + len(templates) > MOST_REMEMBERED:
            folders = {**folders, **{folder_of(path): number for path in images}}
            images = {}
            if "" in folders or len(folders) + len(templates) > MOST_REMEMBERED:
                return PurgeTable(last=number, everything=number)
        # Everything below a folder that was purged later needs no numbers of its own.
        folders = {path: n for path, n in folders.items() if n > _above(path, folders)}
        images = {path: n for path, n in images.items() if n > _above(path, folders)}
        return PurgeTable(last=number, everything=self.everything, folders=folders, images=images, templates=templates)

    def to_text(self) -> str:
        """As it is kept in a record."""
        return json.dumps([self.last, self.everything, self.folders, self.images, self.templates])

    @classmethod
    def from_text(cls, text: str) -> PurgeTable:
        """The table of a record; '' is the empty one."""
        if not text:
            return cls()
        last, everything, folders, images, templates = json.loads(text)
        return cls(last=last, everything=everything, folders=folders, images=images, templates=templates)


def _above(path: str, folders: Mapping[str, int]) -> int:
    """The highest number of a folder above ``path``."""
    highest = 0
    while path := folder_of(path):
        highest = max(highest, folders.get(path, 0))
    return highest
