"""``qis tasks``: work in the background, seen and done from the command line."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from qis_core.services.tasks import TaskView
    from qis_core.web.wiring import Site

_STATUSES = ("new", "running", "done")


@click.group()
def tasks() -> None:
    """Lists, starts, cancels and does work in the background."""


@tasks.command("list")
@configured
@click.option("--status", type=click.Choice(_STATUSES), help="Only tasks that are so far.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
def list_(configuration: Configuration, status: str | None, limit: int) -> None:
    """Lists tasks, the latest first."""
    with _site(configuration) as site:
        statuses = (0, 1, 2) if status is None else (_STATUSES.index(status),)
        for view in site.tasks.list(statuses=statuses, limit=limit):
            click.echo(_line(view))


@tasks.command()
@click.argument("number", type=click.IntRange(1))
@configured
def show(configuration: Configuration, number: int) -> None:
    """Shows all that is known of the task NUMBER."""
    with _site(configuration) as site:
        view = site.tasks.get(number)
    for name in view.__dataclass_fields__:
        value = getattr(view, name)
        if value not in (None, ""):
            click.echo(f"{name:<16} {value}")


@tasks.command()
@click.argument("number", type=click.IntRange(1))
@configured
def cancel(configuration: Configuration, number: int) -> None:
    """Asks the task NUMBER to stop. One that runs stops within moments, leaving nothing half-done."""
    with _site(configuration) as site:
        click.echo(_line(site.tasks.cancel(number)))


@tasks.command()
@click.argument("name")
@click.option("--set", "values", metavar="PARAMETER=VALUE", multiple=True, help="A parameter; again for the next one.")
@click.option("--queue", is_flag=True, help="Leave it to the servers that run, and do not wait.")
@configured
def run(configuration: Configuration, name: str, values: tuple[str, ...], queue: bool) -> None:
    """Runs the task NAME here, as the system itself, with a progress bar. Ends with 1 where it does not succeed.

    Ctrl-C cancels it.
    """
    wrong = [value for value in values if "=" not in value]
    if wrong:
        raise click.UsageError(f"--set {wrong[0]}: write a parameter, = and its value, as in --set path=/photos")
    run_here(configuration, name, dict(value.split("=", 1) for value in values), queue=queue)


def run_here(configuration: Configuration, name: str, parameters: Mapping[str, object], *, queue: bool = False) -> None:
    """Runs a task in this process with a progress bar, or only queues it. Ends with 1 where it does not succeed."""
    with _site(configuration, workers=0) as site:
        view = site.tasks.start(name, parameters)
        if queue:
            click.echo(_line(view))
            return
        site.workers.start()
        site.workers.take(view.id)
        view = _watched(site, view)
    click.echo(_line(view))
    if view.result is not None:
        click.echo(view.result)
    if view.outcome != "succeeded":
        raise click.exceptions.Exit(1)


@tasks.command()
@configured
@click.option("--workers", type=click.IntRange(1, 64), help="Tasks at once; else as qis.tasks.workers says.")
def work(configuration: Configuration, workers: int | None) -> None:
    """Does the work that is queued, until it is stopped (Ctrl-C), in this process alone.

    For sites whose web servers shall not do it: set qis.tasks.workers to 0 there.
    """
    ended = threading.Event()
    with _site(configuration, workers=workers or _at_once(configuration)) as site:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        site.workers.start()
        click.echo(f"Up to {site.workers.count} tasks at once  (Ctrl+C stops it)")
        ended.wait()


def _at_once(configuration: Configuration) -> int:
    """What the settings say; where they say that web servers run none, what they would run else."""
    from qis_core.plugins import load
    from qis_core.settings import TasksSettings

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    return kernel.settings.of(TasksSettings).workers or TasksSettings().workers


@contextlib.contextmanager
def _site(configuration: Configuration, *, workers: int | None = None) -> Iterator[Site]:
    """The parts of a site. Raises Unavailable, WrongSchema where its database cannot be used."""
    from dataclasses import replace

    from qis_core.plugins import load
    from qis_core.services.startup import open_records
    from qis_core.web.wiring import make_site

    if workers is not None:
        raw = {**configuration.raw, "qis.tasks.workers": str(workers)}
        environ = {name: value for name, value in configuration.environ.items() if name != "QIS_TASKS_WORKERS"}
        configuration = replace(configuration, raw=raw, environ=environ)
    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    with open_records(kernel):
        pass  # The schema is this version's, or this has raised.
    site = make_site(kernel)
    try:
        yield site
    finally:
        site.close()


def _watched(site: Site, view: TaskView) -> TaskView:
    """The task when it has ended, with a bar where somebody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console, before = Console(stderr=True), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda *_: site.tasks.cancel(view.id))
    columns: tuple[Any, ...] = (
        SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            shown = bar.add_task("", total=None)
            while True:
                here = site.workers.report(view.id)
                found = site.tasks.get(view.id)
                told = here or found
                bar.update(shown, completed=told.done, total=told.total, description=told.text.replace("[", "\\["))
                if found.is_done:
                    return found
                time.sleep(0.1)
    finally:
        signal.signal(signal.SIGINT, before)


def _line(view: TaskView) -> str:
    total = "" if view.total is None else f"/{view.total}"
    far = f"{view.done}{total}" if view.status == 1 else ""
    state = view.outcome or _STATUSES[view.status]
    told = [f"{view.id:>6}", f"{state:<9}", f"{view.created:%Y-%m-%d %H:%M:%S}", view.funcname, far, view.error]
    return "  ".join(part for part in told if part)
