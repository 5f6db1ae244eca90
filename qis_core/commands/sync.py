"""``qis sync``: brings the records up to what lies in the library."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from qis_core.services.syncing import Sync, SyncProgress, SyncReport


@click.command()
@click.argument("path", default="/")
@configured
@click.option("--metadata/--no-metadata", default=True, help="Read what is new: its size, format and metadata.")
@click.option("--again", is_flag=True, help="Read unchanged pictures again too, after a new reader was installed.")
@click.option("--workers", type=click.IntRange(1, 64), help="Pictures read at once; else as qis.imaging.workers says.")
@click.option("--empty", is_flag=True, help="Believe that a store which has become empty was emptied.")
def sync(
    configuration: Configuration, path: str, *, metadata: bool, again: bool, workers: int | None, empty: bool
) -> None:
    """Brings the records up to what lies in the folder or picture PATH of the library; / is all of it.

    Files that have come get their records, those replaced are read again, those gone are marked
    deleted. Unchanged ones cost no more than a look. It can be interrupted at any time, and goes on
    when it is run again. Ends with 1 where something could not be looked at.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from qis_core.domain.paths import clean_folder
    from qis_core.plugins import load
    from qis_core.services.syncing import Stopped, SyncOptions, open_sync

    if path.endswith(".ini"):
        raise click.UsageError(f"PATH comes first: to sync everything as {path} says, run: qis sync / {path}")
    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    options = SyncOptions(metadata=metadata, again=again, believe_empty=empty)
    with _bar() as progress, open_sync(kernel, workers=workers or 0, options=options, progress=progress) as work:
        try:
            with _stopped_by_ctrl_c(work):
                work.run(clean_folder(path))
        except Stopped:
            _tell(work.report)
            click.echo("Interrupted. What was found is recorded; run it again to go on.", err=True)
            raise click.exceptions.Exit(130) from None
        except SQLAlchemyError as error:
            raise click.ClickException(f"the records could not be written: {error}") from error
    _tell(work.report)
    if work.report.failed:
        raise click.exceptions.Exit(1)


@contextmanager
def _stopped_by_ctrl_c(work: Sync) -> Iterator[None]:
    """Ctrl-C ends the work in order; a second one at once."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        work.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar() -> Iterator[Callable[[SyncProgress], None]]:
    """A bar on the terminal; nothing where nobody watches. It grows as folders are found."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from qis_core.domain.query import readable

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(progress: SyncProgress) -> None:
            bar.update(
                task, total=progress.found, completed=progress.done, description=escape("/" + readable(progress.folder))
            )

        yield show


def _tell(report: SyncReport) -> None:
    counts = {
        "unchanged": report.unchanged,
        "added": report.added,
        "replaced": report.replaced,
        "found again": report.returned,
        "read": report.described,
        "marked deleted": report.deleted,
        "unreadable": report.unreadable,
        "not looked at": report.failed,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing to record"
    click.echo(f"{report.pictures} pictures in {report.folders} folders: {told}.")
    for problem in report.problems:
        click.echo(problem, err=True)
