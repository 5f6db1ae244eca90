"""A folder of pictures of a PDF's pages, as a task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qis_core.api import Task, TaskContext, UnsupportedFeature, parameter

FORMATS = ("png", "jpg", "tif", "webp")


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Of which file, and how."""

    src: str = parameter(help="The PDF, as in an image URL", minimum=1, maximum=1024)
    folder: str = parameter(
        "",
        help="Where the pictures go; empty: a folder beside the file, with its name less the extension",
        maximum=1024,
    )
    format: str = parameter("png", help="The pictures' format", choices=FORMATS)
    dpi: int = parameter(150, help="The resolution at which pages are drawn", minimum=1, maximum=1200)
    overwrite: bool = parameter(
        False, help="Replace pictures that are there already, and remove those of pages that the PDF no longer has"
    )


class PdfBurst(Task):
    """Draws each page of a PDF into a picture file, with the rights of whoever asks for it.

    Pictures that are there already stay (unless ``overwrite``), so a run after an interrupted one goes on.
    With ``overwrite`` the folder holds afterwards just the pages that there are.
    """

    name = "pdf_burst"
    title = "Make pictures of a PDF's pages"
    parameters = Burst
    needs = None

    def after_upload(self, path: str, format: str, *, replaced: bool) -> Mapping[str, object] | None:
        """Every PDF is taken apart; where it takes the place of another, its pictures take that of the other's."""
        return {"src": path, "overwrite": replaced} if format == "pdf" else None

    def run(self, parameters: Burst, context: TaskContext) -> object:
        """The folder, how many pages there are, and how many pictures of pages that are gone were removed.

        Raises UnsupportedFeature for what is no PDF.
        """
        library = context.library
        src = parameters.src.strip("/")
        facts = library.facts(src)
        if facts["format"] != "pdf":
            raise UnsupportedFeature(f"{src!r} is no PDF file but {facts['format']}")
        pages = int(facts["pages"])
        folder = parameters.folder.strip("/") or src.rpartition(".")[0]
        library.make_folder(folder)
        names = _names(context, folder)
        there = set() if parameters.overwrite else names
        for page in range(1, pages + 1):
            context.progress.step(page - 1, pages, f"page {page} of {pages}")
            context.progress.stop_if_cancelled()
            name = f"page-{page:0{max(4, len(str(pages)))}}.{parameters.format}"
            if name not in there:
                options = {"page": page, "dpi": parameters.dpi, "format": parameters.format}
                library.write(f"{folder}/{name}", library.render(src, options), overwrite=parameters.overwrite)
        surplus = (
            [name for name in sorted(names) if _page(name, parameters.format) > pages] if parameters.overwrite else []
        )
        for name in surplus:
            library.delete(f"{folder}/{name}")
        context.progress.step(pages, pages)
        return {"folder": folder, "pages": pages, "removed": len(surplus)}


def _page(name: str, format: str) -> int:
    """Of which page a picture in the folder is; 0 for what was not made here."""
    match = re.fullmatch(rf"page-(\d{{4,6}})\.{format}", name)
    return int(match[1]) if match else 0


def _names(context: TaskContext, folder: str) -> set[str]:
    found: set[str] = set()
    after = ""
    while True:
        listed = context.library.list(folder, after=after)
        found |= {entry.name for entry in listed.entries}
        if not listed.after:
            return found
        after = listed.after
