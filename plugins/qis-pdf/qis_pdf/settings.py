"""The settings ``qis.pdf.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfSettings:
    """How pages are drawn, and how large a file may be."""

    paper: str = setting("white", help="What is behind a page", choices=("white", "none"))
    annotations: bool = setting(True, help="Draw comments, stamps and filled-in form fields")
    max_pages: int = setting(100_000, help="Files with more pages are refused", minimum=1, maximum=999_999)
    quality: int = setting(
        85, help="Quality of the pictures in PDF renderings, where the URL names none", minimum=1, maximum=100
    )
    burst: bool = setting(
        False, help="Make a folder of pictures of the pages of uploaded PDFs; the task pdf_burst does it for others"
    )
    max_pixels: int = setting(300_000_000, help="Most pixels that a page is drawn with", minimum=1)
