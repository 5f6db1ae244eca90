"""The kernel for commands that tell about plugins themselves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qis_core.configuration import Configuration
    from qis_core.plugins import Kernel


def quietly(configuration: Configuration) -> Kernel:
    """The kernel of a configuration; broken plugins neither stop it nor are logged.

    Raises ConfigurationError for wrong settings.
    """
    from qis_core.plugins import load

    log = logging.getLogger("qis.plugins")
    before, log.disabled = log.disabled, True
    try:
        return load(configuration.raw, environ=configuration.environ, here=configuration.here, strict=False)
    finally:
        log.disabled = before


def of_the_box() -> Kernel:
    """The kernel of the built-in plugins and default settings, the same on every machine.

    Raises ConfigurationError where one of them does not work.
    """
    from qis_core.plugins import builtin_candidates, load

    return load({}, environ={}, candidates=builtin_candidates(), strict=True)
