"""The options that belong to no operation and no format: what to show, and how to deliver it."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Bool, Colour, Int, Option, Path, Real, Text

WHITE = "#ffffff"
DEFAULT_RASTER_DPI = 150
DEFAULT_EXPIRY_SECONDS = 7 * 24 * 3600

URL_ONLY = frozenset({"src", "tmp", "xref", "cache", "sig", "expires"})
"""Keys of options that no template may set."""

CORE_OPTIONS: Sequence[Option] = (
    Path("src", help="Folder and file name of the picture, relative to the library's root"),
    Int("page", maximum=999_999, help="Page of a file of many pages, the first is 1"),
    # Old pages send the time of day to get past caches: no number that they send may be refused.
    Real("time", maximum=1e14, unit="seconds", help="Moment of a video that is shown; other files have none"),
    Colour("fill", special=("none", "transparent", "auto"), default=WHITE,
           help="Colour of padding and empty corners: a colour, none, or auto for one from the picture's edges"),
    Int("dpi", key="dpi_x", also=("dpi_y",), maximum=32_000, unit="dots per inch",
        help="Resolution written to the file; for PDF and other vector sources the one they are drawn at"),
    Int("", key="dpi_y", holds=("dpi_x",), maximum=32_000, unit="dots per inch",
        help="Vertical resolution, where it differs"),
    Text("engine", help="Name of the engine that renders, for those who may choose one: pillow, or a plugin's"),
    Text("tmp", help="Name of the template that gives the options which the URL does not name"),
    Bool("attach", key="attachment", help="Offers the picture as a download"),
    Text("xref", help="A text that is passed to the tracking URL"),
    Bool("stats", key="record_stats", default=True, help="Counts this request in the picture's statistics"),
    Text("sig", help="The site's signature of this URL, as `qis sign` makes it"),
    Int("expires", maximum=999_999_999_999, unit="seconds since 1970", help="Until when a signed URL is answered"),
    Bool("cache", default=True, help="0 renders afresh, for users who have logged in"),
    Int("", key="expiry_secs", minimum=-1, default=DEFAULT_EXPIRY_SECONDS, unit="seconds",
        help="How long browsers may keep it: 0 says nothing, -1 makes them ask every time"),
)  # fmt: skip
"""Every option of the core but ``format``, which depends on the installed encoders."""
