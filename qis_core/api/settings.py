"""Typed settings, declared as a frozen dataclass.

A plugin named ``pdf`` declares ``SettingsGroup(name="pdf", type=PdfSettings)``; its fields are
then read from ``qis.pdf.<field>`` of the configuration file (or ``QIS_PDF_<FIELD>`` of the
environment, which wins), checked by type and range, listed by ``qis config`` and documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


def setting(
    default: object,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[object] = (),
    secret: bool = False,
    location: bool = False,
) -> Any:
    """A field of a settings dataclass.

    ``minimum`` and ``maximum`` bound numbers (both included), ``choices`` list what else is
    refused, ``secret`` keeps the value out of every listing. ``location`` marks the URL of a place:
    a relative path in it (``file:library``) starts, as in a ``Path``, at the configuration file's
    folder (``file:///srv/qis/library``). In a tuple each word is a URL, or ``name=URL``.
    """
    return field(
        default=default,
        metadata={
            "help": help,
            "minimum": minimum,
            "maximum": maximum,
            "choices": tuple(choices),
            "secret": secret,
            "location": location,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """The settings ``qis.<name>.*``: a frozen dataclass whose fields are made by ``setting``.

    A plugin's group has the plugin's name. Field types are bool, int, float, str, pathlib.Path
    (a relative one starts at the configuration file's folder) or tuple[str, ...] (split at white
    space).
    """

    name: str
    type: type[Any]
