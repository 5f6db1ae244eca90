"""Refuses a server whose own folders lie in its library, or its library in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qis_core.api import Unavailable


def refuse_overlap(libraries: Mapping[str, Path], folders: Mapping[str, Path]) -> None:
    """Raises Unavailable, with a text for the operator, where a library root and a folder overlap.

    Both map what the operator calls them (a setting's key) to their place. Links are followed
    and folders compared by identity, so that two names of one folder are seen as one. A cache in
    the library would be served as pictures, and purged with them in it.
    """
    for library, root in libraries.items():
        for name, folder in folders.items():
            if _holds(root, folder) or _holds(folder, root):
                raise Unavailable(
                    f"{name} ({folder}) and {library} ({root}) overlap; neither may be the other or lie within it"
                )


def _holds(outer: Path, inner: Path) -> bool:
    outer, inner = outer.resolve(), inner.resolve()
    return any(place == outer or _is_same(place, outer) for place in (inner, *inner.parents))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        # What is not there yet is compared by its name alone.
        return False
