"""From what a scanner has measured to the grey that is shown (DICOM PS3.3, C.11.1 and C.11.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

BLACK_IS_HIGH = "MONOCHROME1"


def shown(stored: NDArray[Any], header: Dataset) -> NDArray[numpy.uint8]:
    """The frame's grey from 0 to 255: rescaled, then through the file's first window.

    Without a window 8-bit frames stay as they are, others are stretched over what is in them.
    """
    values = stored.astype(numpy.float64) * _number(header, "RescaleSlope", 1) + _number(header, "RescaleIntercept", 0)
    centre, width = _number(header, "WindowCenter"), _number(header, "WindowWidth")
    if centre is not None and width is not None and width > 0:
        grey = windowed(values, centre, width, str(header.get("VOILUTFunction", "LINEAR")))
    elif header.BitsStored <= 8 and not header.PixelRepresentation:
        grey = stored / (2**header.BitsStored - 1)
    else:
        low, high = values.min(), values.max()
        grey = (values - low) / (high - low or 1)
    levels: NDArray[numpy.uint8] = numpy.nan_to_num(grey.clip(0, 1) * 255).round().astype(numpy.uint8)
    return numpy.invert(levels) if header.PhotometricInterpretation == BLACK_IS_HIGH else levels


def windowed(values: NDArray[numpy.float64], centre: float, width: float, function: str) -> NDArray[numpy.float64]:
    """From 0 to 1 (and beyond) by one of the three functions of C.11.2.1.2 and C.11.2.1.3."""
    if function == "SIGMOID":
        with numpy.errstate(over="ignore"):
            return numpy.asarray(1 / (1 + numpy.exp(-4 * (values - centre) / width)))
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    # A window of one level is a step.
    return (values - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5


def _number(header: Dataset, name: str, default: float | None = None) -> Any:
    """A finite number, the first where there are several."""
    value = header.get(name)
    if value is None:
        return default
    first = float(value[0] if hasattr(value, "__getitem__") else value)
    return first if numpy.isfinite(first) else default
