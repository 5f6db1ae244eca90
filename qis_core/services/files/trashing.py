"""Putting things into the trash: a copy with a list of what it consists of, and the record that tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.db.file_changes import TrashEntry
from qis_core.services.files.changes import Parts
from qis_core.services.files.trees import CONTENT, Piece, Progress, below, copy_tree, pieces, write_manifest


def lay_into_trash(parts: Parts, path: str, place: str, progress: Progress, *, keeps: bool = True) -> Sequence[Piece]:
    """Copies what is at a path of the library into the folder ``place`` of the trash; the pieces of it.

    Without ``keeps`` they are only listed there. Raises NotFound, and what copying and ``progress`` raise.
    """
    tree = list(pieces(parts.library, path))
    parts.trash.make_folder(place)
    if keeps:
        copy_tree(parts.library, path, parts.trash, below(place, CONTENT), tree, progress)
    write_manifest(parts.trash, place, tree)
    return tree


def trash_entry(
    path: str, place: str, tree: Sequence[Piece], *, image_id: int | None, user_id: int | None
) -> TrashEntry:
    """The record of what lies at ``place`` in the trash and was at ``path``: a picture (``image_id``) or a folder."""
    return TrashEntry(
        path=path,
        place=place,
        image_id=image_id,
        files=sum(not piece.is_folder for piece in tree),
        size_bytes=sum(piece.size_bytes for piece in tree),
        user_id=user_id,
    )
