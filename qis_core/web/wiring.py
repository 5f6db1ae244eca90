"""What the web stands on: made once at start, found by views as ``request.qis``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from zope.sqlalchemy import register

from qis_core.api import SettingsLookup
from qis_core.db.engine import Sessions, for_reading, make_sessions, open_database
from qis_core.db.properties import ACCESS_VERSION, FILES_VERSION, PURGES_VERSION, TEMPLATES_VERSION
from qis_core.db.tasks import TaskStatus
from qis_core.db.versions import Changes
from qis_core.domain.permissions import PermissionTable
from qis_core.domain.purging import PurgeTable
from qis_core.plugins import Kernel
from qis_core.services import access, purging, templates
from qis_core.services.audit import AuditLog
from qis_core.services.background import Background
from qis_core.services.catalogue import Catalogue
from qis_core.services.describing import Describer, Recordable
from qis_core.services.files.assembly import make_files
from qis_core.services.files.files import Files
from qis_core.services.files.selection import ChangePictures
from qis_core.services.files.tasks import file_tasks
from qis_core.services.following import Follower, Versions
from qis_core.services.listing import Lister
from qis_core.services.logins import Logins
from qis_core.services.metrics import Metrics
from qis_core.services.noticing import Noticer
from qis_core.services.pictures import PictureRecords
from qis_core.services.platform import Platform, open_background, open_platform, pyramid_task
from qis_core.services.purging import Purging
from qis_core.services.pyramids import MakePyramid
from qis_core.services.recorded_facts import RecordedFacts
from qis_core.services.searching import Search
from qis_core.services.startup import database_url, password_keepers, read_secret
from qis_core.services.tasks import Tasks, Workers
from qis_core.services.tasks.assembly import make_tasks, make_workers
from qis_core.services.tasks.core import core_tasks
from qis_core.services.tasks.queue import Queue
from qis_core.services.tasks.warm import WarmCache
from qis_core.services.templates import TemplateTable
from qis_core.services.tokens import Tokens
from qis_core.services.usage import UsageCounter
from qis_core.settings import ConfigurationError, ImagingSettings, ServerSettings, UsageSettings, WebSettings
from qis_core.web.clients import ProxyRules
from qis_core.web.entrance import Entrance, make_entrance
from qis_core.web.hits import Hits
from qis_core.web.security import Callers
from qis_core.web.slow_clients import SlowClients


@dataclass(kw_only=True)
class Site:
    """The parts of this process that live as long as it does. All are safe to use from many threads."""

    kernel: Kernel
    engine: Engine
    reading: Sessions
    writing: Sessions
    templates: Follower[TemplateTable]
    permissions: Follower[PermissionTable]
    purges: Follower[PurgeTable]
    tokens: Tokens
    entrance: Entrance
    callers: Callers
    logins: Logins
    audit: AuditLog
    metrics: Metrics
    usage: UsageCounter
    proxies: ProxyRules
    platform: Platform
    pictures: PictureRecords
    noticer: Noticer
    catalogue: Catalogue
    files: Files
    purging: Purging
    tasks: Tasks
    workers: Workers
    background: Background
    hits: Hits
    slow_clients: SlowClients

    @cached_property
    def settings(self) -> SettingsLookup:
        """Finds the values of a settings dataclass: ``settings(WebSettings)``."""
        return self.kernel.settings.of

    @cached_property
    def lister(self) -> Lister:
        """Lists folders for the library's pages."""
        return Lister(
            library=self.platform.library,
            access=self.platform.access,
            catalogue=self.catalogue,
            sessions=self.reading,
        )

    @cached_property
    def search(self) -> Search:
        """Finds pictures by words."""
        plugins_decide = self.kernel.manager.implements("qis_decide_access")
        return Search(sessions=self.reading, access=self.platform.access, asks_plugins=plugins_decide)

    def close(self) -> None:
        """Ends workers of both kinds, and lets go of files and connections."""
        self.workers.close()
        self.background.close()
        self.noticer.close()
        self.files.runner.close()
        self.platform.close()
        self.audit.close()
        self.usage.close()
        self.entrance.close()
        self.engine.dispose()


def make_site(kernel: Kernel) -> Site:
    """Opens the database and makes the parts. Raises Unavailable, ConfigurationError."""
    server = kernel.settings.of(ServerSettings)
    engine = open_database(database_url(kernel))
    changes = Changes()
    reading, writing = for_reading(engine), make_sessions(engine, changes)
    versions = Versions(reading)
    changes.listen(versions.outdate)
    following = Follower(TEMPLATES_VERSION, sessions=reading, versions=versions, read=templates.read_table)
    permissions = Follower(ACCESS_VERSION, sessions=reading, versions=versions, read=access.read_table)
    purges = Follower(PURGES_VERSION, sessions=reading, versions=versions, read=purging.read_table)
    platform = open_platform(
        kernel,
        templates=following.table,
        permissions=permissions.table,
        purges=purges.table,
        facts=RecordedFacts(reading),
    )
    tokens = Tokens(
        secret=read_secret(kernel),
        seconds=kernel.settings.of(WebSettings).token_seconds,
        sessions=reading,
        version=lambda: versions.of(ACCESS_VERSION),
    )
    entrance = make_entrance(kernel, reading=reading, writing=writing, versions=versions)
    callers = Callers(tokens=tokens, named=entrance.named_tokens, sessions=entrance.sessions, cookies=entrance.cookies)
    look = platform.look
    pictures = PictureRecords(reading=reading, writing=writing, manager=kernel.manager, analysis=look.analysis)
    limits = kernel.settings.of(ImagingSettings).limits
    describer = Describer(
        library=platform.library,
        describe=platform.pool.describe,
        limits=limits,
        look=look,
        copies=lambda entry: platform.pyramids.opened(platform.pyramids.key(entry.path, entry.version, 1)),
    )
    recordable = Recordable(kernel.registries.decoders.unique)
    background = open_background(kernel, platform)
    # Pictures whose bases are being made are looked at, quickly, once they are there.
    noticer = Noticer(
        records=pictures, describer=describer, recordable=recordable,
        is_idle=lambda: platform.pool.status().is_idle and background.rests,
    )  # fmt: skip
    platform.library.listener = noticer
    platform.library.version = lambda: versions.of(FILES_VERSION)
    files = make_files(
        kernel, platform, describer=describer, recordable=recordable, reading=reading, writing=writing
    )  # fmt: skip
    files.runner.recover()
    files.runner.watch()
    log = AuditLog(writing)
    purger = Purging(writing, platform.cache, platform.pyramids.forget)
    own_tasks = core_tasks(
        kernel, library=platform.library, pictures=pictures, describer=describer, recordable=recordable,
        purging=purger, readers=platform.pool.status().workers, reading=reading, writing=writing,
    )  # fmt: skip
    warm = WarmCache(images=platform.images, recordable=recordable, is_idle=lambda: platform.pool.status().is_idle)
    own_tasks = [*own_tasks, pyramid_task(kernel, platform.library, platform.pyramids), warm]
    tasks = make_tasks(
        kernel,
        [*own_tasks, *file_tasks(files), ChangePictures(files, platform.access, reading=reading, writing=writing)],
        reading=reading,
        writing=writing,
        ended=versions.outdate,
    )
    files.uploaded = tasks.follow_upload
    platform.pyramids.wanted = lambda key: tasks.start(MakePyramid.name, {"src": key.path, "page": key.page})
    workers = make_workers(
        kernel, tasks, platform=platform, describer=describer, reading=reading, writing=writing,
        version=lambda: versions.of(ACCESS_VERSION),
    )  # fmt: skip
    return Site(
        kernel=kernel,
        engine=engine,
        reading=reading,
        writing=writing,
        templates=following,
        permissions=permissions,
        purges=purges,
        tokens=tokens,
        callers=callers,
        entrance=entrance,
        logins=Logins(
            sessions=writing,
            reading=reading,
            authenticators=password_keepers(kernel),
            notify=kernel.manager.notify_user_logged_in,
            audit=log,
            # Refused logins wait on a server thread; most of these always stay free for everybody else.
            at_once=max(1, server.threads // 8),
        ),
        audit=log,
        metrics=_watched(Queue(reading=reading, writing=writing)),
        usage=UsageCounter(writing, wanted=kernel.settings.of(UsageSettings).count),
        proxies=_proxy_rules(server),
        platform=platform,
        pictures=pictures,
        noticer=noticer,
        files=files,
        catalogue=Catalogue(
            library=platform.library,
            access=platform.access,
            records=pictures,
            sessions=reading,
            describer=describer,
            recordable=recordable,
        ),
        purging=purger,
        tasks=tasks,
        workers=workers,
        background=background,
        slow_clients=SlowClients(max(1, server.threads // 8)),
        hits=Hits(
            cached=platform.cache.find_hit,
            versions=versions.all,
            identity=callers.identity,
            access=platform.access if kernel.manager.implements("qis_decide_access") else None,
        ),
    )


def includeme(config: Configurator) -> None:
    """Gives every request ``qis`` (the Site), and ``dbsession`` where it runs in a transaction."""
    config.add_request_method(lambda request: request.registry["qis"], "qis", property=True)
    config.add_request_method(_session, "dbsession", reify=True)


def _session(request: Request) -> Session:
    """A session in the request's transaction: committed with it, undone by any error."""
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    session: Session = (request.qis.reading if reads else request.qis.writing)()
    register(session, transaction_manager=request.tm)
    return session


def _watched(queue: Queue) -> Metrics:
    """Counters, and how long the queue of tasks is."""
    metrics = Metrics()

    def count(status: TaskStatus) -> float:
        try:
            return queue.counts()[status]
        except SQLAlchemyError:
            # The other counters are worth most while the database is away.
            return math.nan

    metrics.watch("qis_tasks_waiting", "Tasks that wait", partial(count, TaskStatus.NEW))
    metrics.watch("qis_tasks_running", "Tasks that run, on all nodes", partial(count, TaskStatus.RUNNING))
    return metrics


def _proxy_rules(server: ServerSettings) -> ProxyRules:
    try:
        return ProxyRules.of(server.trusted_proxies)
    except ValueError as error:
        raise ConfigurationError([f"qis.server.trusted_proxies: {error}"]) from error
