"""Pre-rendering: a folder's pictures in the sizes in which pages will show them, while nobody waits for it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from qis_core.api import PUBLIC, BadOption, NotFound, QisError, Refused
from qis_core.api.tasks import Task, TaskContext, TaskLibrary, parameter
from qis_core.domain.paths import clean_folder
from qis_core.services.describing import Recordable
from qis_core.services.images import ImageAsk, ImageService

MOST_KINDS = 100
"""Combinations of templates, widths and formats in one task."""

WIDEST = 20_000

_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.05
_PATHS = 1024


@dataclass(frozen=True, kw_only=True)
class WhatToWarm:
    """Which pictures, and every combination of templates, widths and formats."""

    path: str = parameter(help="A folder; / is the whole library", minimum=1, maximum=_PATHS)
    templates: tuple[str, ...] = parameter((), help="Names of templates; none: the pictures' own default templates")
    widths: tuple[str, ...] = parameter((), help="Widths in pixels; none: as the templates say")
    formats: tuple[str, ...] = parameter((), help="Formats, such as webp; none: as the templates say")
    below: bool = parameter(True, help="Whether the folders below are meant as well")


class WarmCache(Task):
    """Makes renderings before they are asked for, one at a time, when the render workers have nothing else to do.

    What the public may see is made as the public asks for it, all else as its own user would.
    """

    name = "warm"
    title = "Make renderings in advance"
    parameters = WhatToWarm

    def __init__(self, *, images: ImageService, recordable: Recordable, is_idle: Callable[[], bool]) -> None:
        """``is_idle`` tells whether nobody waits for a rendering."""
        self._images = images
        self._recordable = recordable
        self._is_idle = is_idle

    def check(self, parameters: WhatToWarm) -> None:
        """Raises BadOption for what can be no folder or width, and for too many combinations."""
        _folder(parameters.path)
        count = len(_kinds(parameters))
        if count > MOST_KINDS:
            raise BadOption("widths", f"{count} combinations", f"at most {MOST_KINDS} of templates, widths and formats")

    def run(self, parameters: WhatToWarm, context: TaskContext) -> object:
        """Answers how many renderings were made, were there already, and could not be made."""
        kinds, counts = _kinds(parameters), {"made": 0, "there": 0, "failed": 0}
        pictures = filter(self._recordable, _files(context.library, _folder(parameters.path), below=parameters.below))
        for path, kind in itertools.product(pictures, kinds):
            context.progress.step(sum(counts.values()), text=f"/{path}")
            self._await_rest(context)
            counts[self._warm(path, kind, context)] += 1
        context.progress.step(sum(counts.values()), sum(counts.values()))
        return counts

    def _warm(self, path: str, kind: str, context: TaskContext) -> str:
        """Which of the counts it adds to."""
        query = f"src={quote(path, errors='surrogateescape')}{kind}"
        try:
            answer = self._images.rendition(ImageAsk(raw_query=query, identity=PUBLIC, client="warm"))
        except Refused:
            return self._warm_for_user(query, context)
        except QisError:
            return "failed"
        return "made" if answer.origin == "rendered" else "there"

    def _warm_for_user(self, query: str, context: TaskContext) -> str:
        if context.identity is None:
            # The system itself sees all, but nobody who asks later is it: another's limits give other renderings.
            return "failed"
        try:
            answer = self._images.rendition(ImageAsk(raw_query=query, identity=context.identity, client="warm"))
        except QisError:
            return "failed"
        return "made" if answer.origin == "rendered" else "there"

    def _await_rest(self, context: TaskContext) -> None:
        """Waits until nobody waits for a rendering; on a server that always has some to do, a little while."""
        until = time.monotonic() + _PATIENCE_SECONDS
        context.progress.stop_if_cancelled()
        while not self._is_idle() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
            context.progress.stop_if_cancelled()


def _kinds(parameters: WhatToWarm) -> Sequence[str]:
    """The part of the query that follows the picture, for each combination. Raises BadOption."""
    for width in parameters.widths:
        if not width.isascii() or not width.isdigit() or not 1 <= int(width[:9]) <= WIDEST:
            raise BadOption("widths", width, f"whole numbers from 1 to {WIDEST}")
    choices = [
        [f"&{name}={quote(value)}" for value in values] or [""]
        for name, values in (
            ("tmp", parameters.templates),
            ("width", parameters.widths),
            ("format", parameters.formats),
        )
    ]
    return ["".join(kind) for kind in itertools.product(*choices)]


def _files(library: TaskLibrary, folder: str, *, below: bool) -> Iterator[str]:
    """The paths of the files in a folder, and in those below it that may be seen. Raises NotFound, Refused."""
    folders = [folder]
    while folders:
        at, after = folders.pop(), ""
        while True:
            try:
                page = library.list(at, after=after)
            except (NotFound, Refused):
                if at == folder:
                    raise
                break
            yield from (entry.path for entry in page.entries if not entry.is_folder)
            if below:
                folders += [entry.path for entry in page.entries if entry.is_folder]
            after = page.after
            if not after:
                break


def _folder(path: str) -> str:
    try:
        return clean_folder(path)
    except NotFound:
        raise BadOption("path", path, "a folder of the library") from None
