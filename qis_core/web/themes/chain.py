"""The site's theme with its parents, down to the pages in the box."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from qis_core.api import Theme
from qis_core.settings import ConfigurationError

log = logging.getLogger("qis.web")

CORE = Theme(name="core", path=Path(__file__).parent.parent, label="Plain")
"""The pages in the box: every page there is, in a plain look. Every chain ends with it."""

DEFAULT = "default"
"""The theme of a site that names none; a server without its distribution shows the pages in the box."""

Chain = Sequence[Theme]
"""Themes from the site's own to the pages in the box: the first that has a file gives it."""


def theme_chain(installed: Mapping[str, Theme], name: str) -> Chain:
    """The chain of the theme ``name``. Raises ConfigurationError naming what is missing."""
    if name == DEFAULT and name not in installed:
        log.info("the theme %s is not installed (pip install qis-theme-default): pages have the plain look", name)
        return (CORE,)
    found: list[Theme] = []
    wanted: str | None = name
    while wanted not in (None, CORE.name):
        if any(theme.name == wanted for theme in found):
            circle = " → ".join([theme.name for theme in found] + [str(wanted)])
            raise ConfigurationError([f"qis.look.theme: the parents of themes go in a circle: {circle}"])
        if wanted not in installed:
            whose = f"the theme {found[-1].name} has the parent {wanted}" if found else f"there is no theme {wanted}"
            known = ", ".join([*installed, CORE.name])
            raise ConfigurationError([f"qis.look.theme: {whose}; the installed themes are {known}"])
        found.append(installed[str(wanted)])
        wanted = found[-1].parent
    return (*found, CORE)
