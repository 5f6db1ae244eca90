"""What qis-vips registers."""

from __future__ import annotations

import ctypes.util
import importlib.util
from collections.abc import Sequence

from qis_core.api import Engine, Unavailable, hookimpl
from qis_core.api.pyramids import PyramidMaker
from qis_vips.engine import VipsEngine
from qis_vips.pyramids import VipsPyramids

QIS_API = (1, 0)


@hookimpl
def qis_register_engines() -> Sequence[Engine]:
    _demand_library()
    return [VipsEngine()]


@hookimpl
def qis_register_pyramid_makers() -> Sequence[PyramidMaker]:
    _demand_library()
    return [VipsPyramids()]


def _demand_library() -> None:
    # Looked for, not imported: libvips must not be loaded in a process that others are forked from.
    if importlib.util.find_spec("pyvips") is None:
        raise Unavailable("pyvips is missing; install it with: pip install 'pyvips[binary]'")
    if importlib.util.find_spec("_libvips") is None and ctypes.util.find_library("vips") is None:
        raise Unavailable("libvips is missing; install it with: pip install 'pyvips[binary]'")
