"""The ``qis`` command. Each subcommand is a module of ``qis_core.commands``, imported when it is used."""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click

from qis_core import __version__
from qis_core.api import QisError
from qis_core.configuration import read_configuration
from qis_core.settings import ConfigurationError

COMMANDS_PACKAGE = "qis_core.commands"


class LazyGroup(click.Group):
    """Commands by the file names in ``qis_core.commands``: ``make_token`` in ``make_token.py`` is ``qis make-token``.

    Errors that QIS raises on purpose end a command with their text and without a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        package = importlib.import_module(COMMANDS_PACKAGE)
        names = (module.name for module in pkgutil.iter_modules(package.__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"{COMMANDS_PACKAGE}.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise _Misconfigured("\n".join(error.problems)) from error
        except QisError as error:
            raise _Stopped(error.message) from error
        except OSError as error:
            # A full disk, a folder that somebody else owns: the file and the system's words say all there is to say.
            if error.filename is None:
                raise
            raise _Stopped(f"{os.fsdecode(error.filename)}: {error.strerror}") from error


class _Stopped(click.ClickException):
    """Sentences for the operator, one a line."""

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"qis: {line}", err=True)


class _Misconfigured(_Stopped):
    exit_code = 2


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the arguments that tell the configuration, and the keyword ``configuration``.

    ``CONFIG.ini`` (or the variable QIS_CONFIG), ``--library`` and ``--data``, as
    ``qis_core.configuration.read_configuration`` takes them.
    """

    @click.argument(
        "config", metavar="[CONFIG.ini]", required=False, envvar="QIS_CONFIG", type=click.Path(path_type=Path)
    )
    @click.option("--library", metavar="FOLDER", type=click.Path(path_type=Path), help="Folder of the originals.")
    @click.option("--data", metavar="FOLDER", type=click.Path(path_type=Path), help="Folder that the server keeps.")
    @functools.wraps(command)
    def wrapped(*, config: Path | None, library: Path | None, data: Path | None, **others: Any) -> Any:
        return command(configuration=read_configuration(config, library=library, data=data), **others)

    return wrapped


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qis")
def main() -> None:
    """QIS, a dynamic image platform: keep one original, ask for any rendering of it by URL."""
