"""Words for options: what people call them. An option of a plugin is called by its name."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "width": "Width",
    "height": "Height",
    "autosizefit": "Fit inside both sizes",
    "fit": "With both sizes",
    "gravity": "Stays in sight",
    "dpr": "Dense screens",
    "enlarge": "May grow beyond the original",
    "halign": "Across the padding",
    "valign": "Down the padding",
    "autocropfit": "Widen the crop to the shape",
    "fill": "Fill colour",
    "angle": "Turn",
    "flip": "Mirror",
    "ovsize": "Overlay's size",
    "ovpos": "Overlay's place",
    "ovopacity": "Overlay's opacity",
    "overlay": "Overlay",
    "colorspace": "Colour model",
    "icc": "Colour profile",
    "intent": "Rendering intent",
    "bpc": "Black point compensation",
    "strip": "Leave out metadata",
    "page": "Page",
    "time": "Moment",
    "dpi": "Resolution",
    "dpi_y": "Vertical resolution",
    "attach": "Offer as a download",
    "xref": "Text for the tracking URL",
    "stats": "Count in the statistics",
    "cache": "Take from the cache",
    "expiry_secs": "Kept by browsers for",
    "strip_profile": "Leave out the profile, too",
}
