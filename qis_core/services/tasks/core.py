"""The server's own tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from qis_core.api import BadOption, NotFound
from qis_core.api.tasks import NoParameters, Task, TaskCancelled, TaskContext, parameter
from qis_core.db.engine import Sessions
from qis_core.db.times import now
from qis_core.domain.paths import clean_folder, clean_path
from qis_core.domain.purging import Purge
from qis_core.plugins import Kernel
from qis_core.services import audit
from qis_core.services.describing import Describer, Recordable
from qis_core.services.forgetting import Forgetting
from qis_core.services.pictures import PictureRecords
from qis_core.services.purging import Purging
from qis_core.services.syncing import Stopped, Sync, SyncOptions, SyncProgress
from qis_core.services.tasks.forget_logins import ForgetLogins
from qis_core.services.tasks.forget_usage import ForgetUsage
from qis_core.services.tasks.queue import Queue
from qis_core.services.usage_records import remove_usage
from qis_core.settings import LoginSettings, TasksSettings, UsageSettings
from qis_core.storage.library import Library

_DAY = 86400
_PATHS = 1024


@dataclass(frozen=True, kw_only=True)
class Before:
    """Up to when; ``date_to`` is another name of ``before_time``."""

    before_time: datetime | None = parameter(None, help="Removes what is older than this")
    date_to: datetime | None = parameter(None, help="The same as before_time")


class PurgeSystemStatistics(Task):
    """Removes old statistics of the system as a whole. None are kept yet, so there is nothing to remove."""

    name = "purge_system_stats"
    title = "Remove old statistics of the system"
    parameters = Before

    def check(self, parameters: Before) -> None:
        """Raises BadOption without a moment, with two different ones, and for one that is still to come."""
        required_moment(parameters)

    def run(self, parameters: Before, context: TaskContext) -> object:
        """Answers how many rows were removed."""
        required_moment(parameters)
        return {"rows": 0}


class PurgeImageStatistics(PurgeSystemStatistics):
    """Removes how often pictures were asked for on the days before a moment's."""

    name = "purge_image_stats"
    title = "Remove old statistics of pictures"

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def run(self, parameters: Before, context: TaskContext) -> object:
        """Answers how many rows (one for each day of a picture) were removed."""
        before = required_moment(parameters).astimezone(UTC).date()
        with self._sessions.begin() as session:
            return {"rows": remove_usage(session, before)}


def required_moment(parameters: Before) -> datetime:
    """The moment that was sent. Raises BadOption."""
    sent = {moment for moment in (parameters.before_time, parameters.date_to) if moment is not None}
    if not sent:
        raise BadOption("before_time", "", "a moment or day in ISO 8601, such as 2026-03-31: it is missing")
    if len(sent) > 1:
        raise BadOption("date_to", str(parameters.date_to), "the same as before_time, where both are sent")
    moment = sent.pop()
    if moment > now() + timedelta(days=1):
        raise BadOption("before_time", moment.isoformat(), "a moment that has been")
    return moment


@dataclass(frozen=True, kw_only=True)
class InFolder:
    """Where in the library."""

    path: str = parameter(help="The folder; / is the library's root", minimum=1, maximum=_PATHS)


class PurgeDeletedFolderData(Task):
    """Removes the records of pictures and folders that are marked deleted."""

    name = "purge_deleted_folder_data"
    title = "Remove the records of deleted pictures and folders"
    parameters = InFolder

    def __init__(self, forgetting: Forgetting) -> None:
        self._forgetting = forgetting

    def check(self, parameters: InFolder) -> None:
        """Raises BadOption for what can be no folder's path."""
        _folder(parameters.path)

    def run(self, parameters: InFolder, context: TaskContext) -> object:
        """Answers how many records of pictures and of folders were removed."""
        folder, images = _folder(parameters.path), 0
        while some := self._forgetting.some_pictures(folder):
            images += some
            context.progress.step(images, text="pictures")
            context.progress.stop_if_cancelled()
        return {"images": images, "folders": self._forgetting.folders(folder)}


@dataclass(frozen=True, kw_only=True)
class AuditBefore:
    """Up to when."""

    before_time: datetime | None = parameter(None, help="Removes older entries; empty: as qis.tasks.audit_days says")


class PurgeAuditLog(Task):
    """Removes old entries of the audit log; once a day by itself."""

    name = "purge_audit_log"
    title = "Remove old entries of the audit log"
    parameters = AuditBefore
    every_seconds = _DAY

    def __init__(self, sessions: Sessions, days: int) -> None:
        """``days`` is how long entries are kept, 0 for ever."""
        self._sessions = sessions
        self._days = days

    def run(self, parameters: AuditBefore, context: TaskContext) -> object:
        """Answers how many entries were removed."""
        before = parameters.before_time
        if before is None:
            if not self._days:
                return {"rows": 0}
            before = datetime.now(UTC) - timedelta(days=self._days)
        with self._sessions.begin() as session:
            return {"rows": audit.purge(session, before)}


class PurgeFinishedTasks(Task):
    """Removes tasks that have been kept long enough; every hour by itself."""

    name = "purge_finished_tasks"
    title = "Remove tasks that ended long ago"
    parameters = NoParameters
    every_seconds = 3600
    keep_seconds = 3600

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def run(self, parameters: NoParameters, context: TaskContext) -> object:
        """Answers how many tasks were removed."""
        return {"rows": self._queue.purge(now())}


@dataclass(frozen=True, kw_only=True)
class Renderings:
    """Which renderings; at least one of these."""

    images: tuple[str, ...] = parameter((), help="All renderings of these pictures")
    folders: tuple[str, ...] = parameter((), help="All renderings of what is in and below these folders")
    templates: tuple[str, ...] = parameter((), help="All renderings by these templates")
    everything: bool = parameter(False, help="All renderings; the cache is emptied")


class PurgeCache(Task):
    """Has renderings made anew when they are asked for next."""

    name = "purge_cache"
    title = "Purge renderings"
    parameters = Renderings

    def __init__(self, purging: Purging) -> None:
        self._purging = purging

    def check(self, parameters: Renderings) -> None:
        """Raises BadOption where nothing is named, and for what can be no path."""
        if not (parameters.images or parameters.folders or parameters.templates or parameters.everything):
            raise BadOption("images", "", "sent, unless folders, templates or everything are")
        for path in parameters.images:
            _readable("images", path, clean_path)
        for path in parameters.folders:
            _readable("folders", path, clean_folder)

    def run(self, parameters: Renderings, context: TaskContext) -> object:
        """Answers nothing."""
        self._purging.purge(Purge.of(**asdict(parameters)))
        return None


@dataclass(frozen=True, kw_only=True)
class WhatToSync:
    """As the options of ``qis sync``."""

    path: str = parameter("/", help="A folder or picture; / is the whole library", minimum=1, maximum=_PATHS)
    metadata: bool = parameter(True, help="Read what is new: its size, format and metadata")
    again: bool = parameter(False, help="Read unchanged pictures again, too")
    empty: bool = parameter(False, help="Believe that a store which has become empty was emptied")


class SyncLibrary(Task):
    """Brings the records up to what lies in the library, as ``qis sync`` does."""

    name = "sync"
    title = "Bring the records up to what lies in the library"
    parameters = WhatToSync

    def __init__(self, workers: int, **parts: Any) -> None:
        """``workers`` pictures are read at once; ``parts`` are those of a `Sync`."""
        self._workers = workers
        self._parts = parts

    def check(self, parameters: WhatToSync) -> None:
        """Raises BadOption for what can be no path."""
        _folder(parameters.path)

    def run(self, parameters: WhatToSync, context: TaskContext) -> object:
        """Answers the counts of a `SyncReport`."""
        progress = context.progress

        def tell(told: SyncProgress) -> None:
            progress.step(told.done, told.found, "/" + told.folder)
            if progress.cancelled:
                work.stop()

        options = SyncOptions(metadata=parameters.metadata, again=parameters.again, believe_empty=parameters.empty)
        work = Sync(workers=self._workers, options=options, progress=tell, **self._parts)
        try:
            return asdict(work.run(_folder(parameters.path)))
        except Stopped:
            raise TaskCancelled from None


def _folder(path: str) -> str:
    return _readable("path", path, clean_folder)


def _readable(name: str, path: str, clean: Any) -> str:
    try:
        return str(clean(path))
    except NotFound:
        raise BadOption(name, path, "a path within the library") from None


def core_tasks(
    kernel: Kernel,
    *,
    library: Library,
    pictures: PictureRecords,
    describer: Describer,
    recordable: Recordable,
    purging: Purging,
    readers: int,
    reading: Sessions,
    writing: Sessions,
) -> Sequence[Task]:
    """The tasks of this module; ``readers`` pictures are read at once when the library is gone through."""
    return (
        PurgeSystemStatistics(),
        PurgeImageStatistics(writing),
        PurgeDeletedFolderData(Forgetting(library=library, reading=reading, writing=writing)),
        PurgeAuditLog(writing, kernel.settings.of(TasksSettings).audit_days),
        PurgeFinishedTasks(Queue(reading=reading, writing=writing)),
        ForgetLogins(writing, kernel.settings.of(LoginSettings).idle_seconds),
        ForgetUsage(writing, kernel.settings.of(UsageSettings).days),
        PurgeCache(purging),
        SyncLibrary(readers, library=library, records=pictures, describer=describer, recordable=recordable),
    )
