"""Where a site's settings come from: an ini file, PasteDeploy's arguments, or the embedded defaults.

The answer is raw text by key, not yet checked: ``qis_core.settings`` makes typed values of it. The
command line, the web application and the render worker all read their configuration through here.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qis_core.settings import ConfigurationError

APP_SECTION = "app:main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Texts of the application section by key, and the folder that relative paths start from.

    ``file`` is the ini file, None where there is none; ``environ`` the environment that counts.
    """

    raw: Mapping[str, str] = field(default_factory=dict)
    here: Path = field(default_factory=Path.cwd)
    file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def read_configuration(
    file: str | Path | None = None, *, library: str | Path | None = None, data: str | Path | None = None
) -> Configuration:
    """The configuration of an ini file, or without one the embedded defaults in the working folder.

    ``library`` (a folder) and ``data`` win over the file and the environment. Raises ConfigurationError.
    """
    found = _read_ini(Path(file)) if file else Configuration()
    raw, environ = dict(found.raw), dict(os.environ)
    if library is not None:
        raw["qis.library.url"] = Path(library).expanduser().resolve().as_uri()
        environ.pop("QIS_LIBRARY_URL", None)
    if data is not None:
        raw["qis.server.data"] = str(Path(data).expanduser().resolve())
        environ.pop("QIS_SERVER_DATA", None)
    return Configuration(raw=raw, here=found.here, file=found.file, environ=environ)


def from_paste(global_config: Mapping[str, str], settings: Mapping[str, str]) -> Configuration:
    """The configuration as PasteDeploy hands it to an application factory (``pserve``, gunicorn)."""
    file = global_config.get("__file__")
    here = global_config.get("here")
    return Configuration(
        raw={key: str(value) for key, value in settings.items()},
        here=Path(here) if here else Path.cwd(),
        file=Path(file) if file else None,
    )


def _read_ini(file: Path) -> Configuration:
    file = file.expanduser().resolve()
    here = file.parent
    # PasteDeploy itself would import the whole application to tell its settings; the same rules
    # (``here``, ``__file__``, [DEFAULT], letters' case kept) are a few lines.
    parser = configparser.ConfigParser(
        defaults={"here": _escaped(here), "__file__": _escaped(file)}, strict=True, delimiters=("=", ":")
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        with file.open(encoding="utf-8") as stream:
            parser.read_file(stream)
        section = _app_section(parser, file)
        raw = dict(parser.items(section))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        text = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise ConfigurationError([f"{file}: {text}"]) from error
    for internal in ("here", "__file__", "use"):
        raw.pop(internal, None)
    return Configuration(raw=raw, here=here, file=file)


def _app_section(parser: configparser.ConfigParser, file: Path) -> str:
    sections = [name for name in parser.sections() if name.startswith("app:")]
    if APP_SECTION in sections:
        return APP_SECTION
    if len(sections) == 1:
        return sections[0]
    raise ConfigurationError([f"{file}: there is no section [{APP_SECTION}], where the settings of QIS stand"])


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
