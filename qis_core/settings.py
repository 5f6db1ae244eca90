"""Typed settings: the core's groups, and how texts of a file and the environment become values.

``load_settings`` reads every declared group at once and reports everything that is wrong in one
ConfigurationError: an unknown ``qis.*`` key with the nearest known one, a bad value with what was
sent and what is allowed. The readers are written by hand: the render workers load settings too,
and importing pydantic alone would take them longer than everything else here.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import types
import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from qis_core.api import Limits, SettingsGroup, setting

S = TypeVar("S")

TYPES: Mapping[object, str] = {
    bool: "yes or no",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    tuple[str, ...]: "words",
    tuple[Path, ...]: "paths",
}
"""The types that a field may have, and what a listing calls them."""

HIDDEN = "(hidden)"
"""What listings show of a secret."""

_PHRASES: Mapping[object, str] = {
    bool: "yes or no",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    tuple[str, ...]: "words with blanks between them",
    tuple[Path, ...]: "paths with blanks between them",
}
_TRUE = frozenset({"1", "t", "y", "true", "yes", "on"})
_FALSE = frozenset({"0", "f", "n", "false", "no", "off"})
_SIZES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


class ConfigurationError(Exception):
    """The server cannot start with this configuration; ``problems`` are sentences for the operator."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[tuple[str, ...]]]:
        # By itself an exception would be made again of its text alone.
        return type(self), (self.problems,)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where the server listens, what it is called outside, and where it keeps its own data."""

    host: str = setting("127.0.0.1", help="Address to listen at; 0.0.0.0 is every network of this machine")
    port: int = setting(6900, minimum=0, maximum=65535, help="Port to listen at; 0 takes a free one")
    workers: int = setting(1, minimum=1, maximum=256, help="Web server processes")
    threads: int = setting(
        128, minimum=1, maximum=256, help="Threads of each web server process: requests that may wait at once"
    )
    data: Path = setting(Path("data"), help="Folder for everything that the server keeps: records, cache, secrets")
    trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"),
        help="Front servers (addresses or networks) whose X-Forwarded-For and X-Forwarded-Proto are believed",
    )
    public_url: str = setting("", help="How this server is reached from outside, if not by the name in the request")
    secret: str = setting(
        "", secret=True, help="Signs sessions and links; empty: made at first start and kept in the data folder"
    )


@dataclass(frozen=True, kw_only=True)
class LibrarySettings:
    """The originals."""

    url: str = setting("file:library", location=True, help="The store of originals, as a URL of an installed scheme")
    mounts: tuple[str, ...] = setting(
        (),
        location=True,
        help="Further stores at folders of the library, as words such as archive/old=file:///mnt/old",
    )
    freshness_seconds: float = setting(
        5.0, minimum=0, maximum=86400, help="How long a picture's version is believed before the store is asked again"
    )
    trash: str = setting(
        "",
        location=True,
        help="The store that deleted files are kept in, as a URL of an installed scheme; empty: a folder of the data "
        "folder. All nodes of a site need the same one",
    )
    trash_days: int = setting(
        30, minimum=0, maximum=36500, help="How long deleted files can be restored; 0 deletes them at once"
    )


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    """Finished renderings."""

    memory_bytes: int = setting(16 * 1024**2, minimum=0, help="Renderings kept in each server process; 0 keeps none")
    url: str = setting(
        "", location=True, help="The shared cache, as a URL of an installed scheme; empty: a folder of the data folder"
    )
    failure_seconds: float = setting(
        5.0, minimum=0, maximum=3600, help="How long a file that cannot be rendered is not tried again in the same way"
    )
    lease_seconds: float = setting(
        40.0, minimum=1, maximum=600, help="How long others wait for the one who makes a rendering before they make it"
    )


@dataclass(frozen=True, kw_only=True)
class ImagingSettings:
    """How pictures are made, and what one rendering may use."""

    workers: int = setting(
        0,
        minimum=0,
        maximum=256,
        help="Render worker processes, which the processes of qis serve share; 0: one per processor",
    )
    fast: bool = setting(False, help="Decode as small as possible: faster, a little less sharp")
    gamma_correct: bool = setting(False, help="Resample in linear light: slower, brighter fine detail")
    engine: str = setting(
        "", help="Name of the engine that is asked first where neither URL nor template names one; empty: the fastest"
    )
    engine_choice: str = setting(
        "users", choices=("nobody", "users", "everybody"), help="Who may name an engine in a URL; others' is ignored"
    )
    max_source_pixels: int = setting(150_000_000, minimum=1, help="Most pixels of one decoded page or frame")
    max_streamed_pixels: int = setting(
        1_000_000_000, minimum=1, help="Most pixels of a page that is read without ever being held whole"
    )
    max_output_pixels: int = setting(100_000_000, minimum=1, help="Most pixels of a rendering")
    max_frames: int = setting(500, minimum=1, help="Most frames of an animation")
    max_seconds: float = setting(30.0, minimum=0.1, maximum=3600, help="Longest time for one rendering")
    max_memory_bytes: int = setting(
        600 * 1024**2, minimum=64 * 1024**2, help="Most memory that one rendering takes beyond an idle worker's"
    )
    jobs_per_worker: int = setting(500, minimum=1, help="Renderings after which a worker is replaced by a new one")
    queue_length: int = setting(64, minimum=0, help="Renderings that may wait for a worker; more are answered busy")
    wait_seconds: float = setting(20.0, minimum=0, maximum=600, help="Longest wait for a worker")
    icc_folders: tuple[Path, ...] = setting((), help="Folders with further ICC profiles (.icc, .icm)")
    default_cmyk: str = setting("", help="Name of the ICC profile for CMYK pictures that bring none")
    costly_formats: str = setting(
        "later",
        choices=("later", "now"),
        help="AVIF for format=auto: later makes it in the background, and WebP or JPEG answers until then; now waits",
    )

    @property
    def limits(self) -> Limits:
        """The limits of one rendering."""
        return Limits(
            source_pixels=self.max_source_pixels,
            streamed_pixels=self.max_streamed_pixels,
            output_pixels=self.max_output_pixels,
            frames=self.max_frames,
            seconds=self.max_seconds,
            memory_bytes=self.max_memory_bytes,
        )


@dataclass(frozen=True, kw_only=True)
class PyramidSettings:
    """Reduced copies of originals, made in the background after their first use: bases and pyramids."""

    base_pixels: int = setting(
        4_000_000,
        minimum=0,
        help="Originals with more pixels get bases, which smaller renderings are made of; 0: none do",
    )
    min_pixels: int = setting(
        30_000_000, minimum=1_000_000, help="Originals with more pixels get pyramids instead, which tiles are made of"
    )
    folder: str = setting(
        "", help="Folder of the copies, which nodes may share; empty: the folder pyramids of the data folder"
    )
    max_bytes: int = setting(
        20 * 1024**3, minimum=0, help="Most bytes of all copies; the longest unused go first. 0 makes none"
    )


@dataclass(frozen=True, kw_only=True)
class PublicSettings:
    """What people may do who have not logged in."""

    level: str = setting(
        "view",
        choices=("none", "view", "download"),
        help="Access of the public to the library when the database is made; from then on its permissions count",
    )
    max_width: int = setting(
        0, minimum=0, help="Greatest width of a public rendering in pixels; 0: no limit of its own"
    )
    max_height: int = setting(
        0, minimum=0, help="Greatest height of a public rendering in pixels; 0: no limit of its own"
    )


@dataclass(frozen=True, kw_only=True)
class LinksSettings:
    """Which image URLs the public may make up itself."""

    mode: str = setting(
        "free",
        choices=("free", "ladder", "signed"),
        help="free: any; ladder: templates, formats and sizes of qis.links.ladder; signed: only what `qis sign` signed",
    )
    folders: tuple[str, ...] = setting(
        (), help="Folders with a mode of their own, for all below them, such as press=free shop/2024=signed"
    )
    ladder: tuple[str, ...] = setting(
        ("100", "200", "320", "480", "640", "800", "1024", "1280", "1600", "1920", "2560", "3840"),
        help="Widths and heights in pixels that the public may ask for in the ladder mode",
    )
    off_ladder: str = setting(
        "snap", choices=("snap", "refuse"), help="What another size gets: the next step of the ladder, or an error"
    )
    keys: tuple[str, ...] = setting(
        (),
        secret=True,
        help="Keys as name:secret, the secrets of at least 16 characters; the first signs, all of them verify, so that "
        "keys can be changed without breaking links. Empty: one made of qis.server.secret",
    )


@dataclass(frozen=True, kw_only=True)
class PluginsSettings:
    """Which plugins are used."""

    blocked: tuple[str, ...] = setting((), help="Names of plugins that are not loaded, the built-in ones included")
    strict: bool = setting(False, help="Refuse to start when a plugin is refused or fails")


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """The records: accounts, templates, permissions, statistics."""

    url: str = setting("", secret=True, help="SQLAlchemy URL of the records; empty: SQLite in the data folder")


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """Pages and endpoints."""

    title: str = setting("QIS", help="Name of the site, at the top of every page")
    token_seconds: int = setting(3600, minimum=60, maximum=31_536_000, help="How long an API token is good for")
    accel_redirect: str = setting(
        "", help="Location of nginx, such as /originals, that sends stored files in our place (X-Accel-Redirect)"
    )
    metrics: bool = setting(False, help="Offer counters for Prometheus at /metrics")


@dataclass(frozen=True, kw_only=True)
class LookSettings:
    """How the pages look, and what the public finds at the front door."""

    theme: str = setting("default", help="The theme of all pages; `core` is the plain one that is always there")
    accent: str = setting("", help="Colour of what can be pressed, such as #5b4fd6; empty: the theme's own")
    logo: str = setting(
        "", help="File with the site's logo (SVG, PNG or WebP), 28 pixels high at the top of every page"
    )
    front: str = setting(
        "start", help="What / shows: start (a start page), a folder of the library (/shoes), or a URL to go on to"
    )
    playground: bool = setting(
        False, help="Let visitors try image options with the public's pictures: the start page leads to /playground/"
    )


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    """Logging in by browser."""

    session_seconds: int = setting(
        30 * 86400, minimum=300, maximum=366 * 86400, help="How long a browser stays logged in at most"
    )
    idle_seconds: int = setting(
        7 * 86400, minimum=60, maximum=366 * 86400, help="How long a browser stays logged in that asks for nothing"
    )
    secure_cookies: str = setting(
        "auto",
        choices=("auto", "yes", "no"),
        help="Cookies for https alone (yes), also for plain http (no), or as each request comes (auto)",
    )
    return_to: tuple[str, ...] = setting(
        (), help="Further hosts (such as www.example.org) that a login may lead back to, besides this server's own"
    )


@dataclass(frozen=True, kw_only=True)
class TasksSettings:
    """Work in the background."""

    workers: int = setting(
        2,
        minimum=0,
        maximum=64,
        help="Tasks that each server process runs at once; one that somebody waits for is run besides. 0: this node "
        "runs none, `qis tasks work` does elsewhere",
    )
    answer_seconds: float = setting(
        30.0, minimum=0, maximum=600, help="How long a request waits for its task before it is answered by 202"
    )
    lost_seconds: float = setting(
        20.0, minimum=2, maximum=3600, help="How long a worker shows no life until its tasks are run again"
    )
    audit_days: int = setting(365, minimum=0, help="How long entries of the audit log are kept; 0: for ever")


@dataclass(frozen=True, kw_only=True)
class UsageSettings:
    """How often pictures are asked for."""

    count: bool = setting(True, help="Count what is served of each picture, by day, for its page in the library")
    days: int = setting(400, minimum=0, maximum=36500, help="How long the counts of a day are kept; 0: for ever")


@dataclass(frozen=True, kw_only=True)
class UploadSettings:
    """Files that people send."""

    max_bytes: int = setting(4 * 1024**3, minimum=1024, help="Most bytes of one request with all its files")
    max_files: int = setting(100, minimum=1, maximum=1000, help="Most files of one request")
    folders: tuple[str, ...] = setting(
        (), help="Folders that scripts may name by path_index, counted from 0, such as /incoming /press%20photos"
    )


CORE_GROUPS: tuple[SettingsGroup, ...] = (
    SettingsGroup(name="server", type=ServerSettings),
    SettingsGroup(name="library", type=LibrarySettings),
    SettingsGroup(name="upload", type=UploadSettings),
    SettingsGroup(name="cache", type=CacheSettings),
    SettingsGroup(name="imaging", type=ImagingSettings),
    SettingsGroup(name="pyramids", type=PyramidSettings),
    SettingsGroup(name="public", type=PublicSettings),
    SettingsGroup(name="links", type=LinksSettings),
    SettingsGroup(name="plugins", type=PluginsSettings),
    SettingsGroup(name="database", type=DatabaseSettings),
    SettingsGroup(name="web", type=WebSettings),
    SettingsGroup(name="tasks", type=TasksSettings),
    SettingsGroup(name="usage", type=UsageSettings),
    SettingsGroup(name="logins", type=LoginSettings),
    SettingsGroup(name="look", type=LookSettings),
)
"""The groups that are always there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting as it was declared. ``type`` is a key of TYPES."""

    group: str
    name: str
    type: object
    default: object
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[object, ...] = ()
    secret: bool = False
    location: bool = False

    @property
    def key(self) -> str:
        """The key in a configuration file: ``qis.server.port``."""
        return f"qis.{self.group}.{self.name}"

    @property
    def variable(self) -> str:
        """The name in the environment: ``QIS_SERVER_PORT``."""
        return f"QIS_{self.group}_{self.name}".upper().replace("-", "_")

    @property
    def allowed(self) -> str:
        """What may be written, as a phrase that completes 'it must be …'."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        phrase = _PHRASES[self.type]
        if self.type is int and self.name.endswith("_bytes"):
            phrase = "a number of bytes (64M is understood)"
        if self.minimum is not None and self.maximum is not None:
            return f"{phrase} from {self.minimum} to {self.maximum}"
        return f"{phrase} of at least {self.minimum}" if self.minimum is not None else phrase

    def read(self, text: str, here: Path) -> object:
        """The value of a text; relative places start at ``here``. Raises ValueError."""
        value = _READERS[self.type](self, text.strip(), here)
        bounded = value if isinstance(value, (int, float)) else None
        if bounded is not None and self.minimum is not None and bounded < self.minimum:
            raise ValueError
        if bounded is not None and self.maximum is not None and bounded > self.maximum:
            raise ValueError
        if self.choices and value not in self.choices:
            raise ValueError
        return value

    def default_value(self, here: Path) -> object:
        """The value where nothing is set."""
        if isinstance(self.default, (str, Path)) and (self.type is Path or self.location):
            return _READERS[self.type](self, str(self.default), here)
        return self.default

    def text(self, value: object) -> str:
        """The value as it would be written: ``read`` gives it back."""
        if isinstance(value, tuple):
            return " ".join(map(str, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    def shown(self, value: object) -> str:
        """The value for a listing: a secret is hidden, and so is a password within a URL."""
        if self.secret:
            return HIDDEN if value else ""
        hidden: str = re.sub(r"(://[^/@:\s]*):[^/@\s]+@", r"\1:…@", self.text(value))
        return hidden


class Settings:
    """A site's settings: one instance of every group's dataclass, and where each value came from."""

    def __init__(
        self, groups: Sequence[SettingsGroup], instances: Mapping[type, object], origins: Mapping[str, str]
    ) -> None:
        self.groups = tuple(groups)
        self._instances = dict(instances)
        self._origins = dict(origins)

    def of(self, kind: type[S]) -> S:
        """The values of one group. Raises KeyError for a dataclass that nobody registered."""
        found = self._instances[kind]
        assert isinstance(found, kind)
        return found

    def without(self, names: Iterable[str]) -> Settings:
        """The same settings but for the groups of these names."""
        left_out = frozenset(names)
        groups = [group for group in self.groups if group.name not in left_out]
        return Settings(groups, {group.type: self._instances[group.type] for group in groups}, self._origins)

    def value(self, field: SettingField) -> object:
        """The value of one setting."""
        group = next(group for group in self.groups if group.name == field.group)
        return getattr(self._instances[group.type], field.name)

    def origin(self, field: SettingField) -> str:
        """``file``, ``default``, or the name of the environment variable that set it."""
        return self._origins.get(field.key, "default")


@functools.cache
def fields_of(group: SettingsGroup) -> tuple[SettingField, ...]:
    """The settings of a group. Raises ConfigurationError naming every fault of its declaration."""
    problems = _declaration_problems(group)
    if problems:
        raise ConfigurationError(problems)
    hints = typing.get_type_hints(group.type)
    return tuple(
        SettingField(group=group.name, name=part.name, type=hints[part.name], default=part.default, **part.metadata)
        for part in dataclasses.fields(group.type)
    )


def load_settings(
    raw: Mapping[str, str],
    environ: Mapping[str, str],
    groups: Sequence[SettingsGroup],
    *,
    here: Path | None = None,
    tolerated: Collection[str] = (),
) -> Settings:
    """Typed values of ``groups`` from the texts of a file (``raw``) and the environment, which wins.

    Relative places start at ``here`` (default: the working folder). Keys of the groups named by
    ``tolerated`` (plugins that are blocked or broken) are passed over. Raises ConfigurationError
    with everything that is wrong.
    """
    here = here or Path.cwd()
    reading = _Reading(raw, environ, here)
    instances = {group.type: reading.group(group) for group in groups}
    known = [field.key for group in groups for field in fields_of(group)]
    variables = [field.variable for group in groups for field in fields_of(group)]
    problems = _unknown_keys(raw, known, tolerated) + _unknown_variables(environ, variables, tolerated)
    problems += reading.problems
    if problems:
        raise ConfigurationError(problems)
    return Settings(groups, instances, reading.origins)


@dataclass
class _Reading:
    """One pass over the configuration, collecting what is wrong."""

    raw: Mapping[str, str]
    environ: Mapping[str, str]
    here: Path
    problems: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def group(self, group: SettingsGroup) -> object:
        return group.type(**{part.name: self.value(part) for part in fields_of(group)})

    def value(self, part: SettingField) -> object:
        origin = part.variable if part.variable in self.environ else "file" if part.key in self.raw else "default"
        text = self.environ.get(part.variable, self.raw.get(part.key, ""))
        if origin == "default" or (text.strip() == "" and part.type not in (str, tuple[str, ...], tuple[Path, ...])):
            return part.default_value(self.here)
        self.origins[part.key] = origin
        try:
            return part.read(text, self.here)
        except ValueError:
            name = part.key if origin == "file" else f"{part.key} (by {origin})"
            sent = "what was sent" if part.secret else repr(text if len(text) <= 80 else text[:77] + "...")
            self.problems.append(f"{name}: {sent} is not allowed here; it must be {part.allowed}")
            return part.default_value(self.here)


def _unknown_keys(raw: Mapping[str, str], known: Sequence[str], tolerated: Collection[str]) -> list[str]:
    groups = {key.split(".")[1] for key in known}
    problems = []
    for key in sorted(raw):
        group = key.removeprefix("qis.").partition(".")[0]
        if not key.startswith("qis.") or key in known or group in tolerated:
            continue
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        hint = f"; did you mean {near[0]}?" if near else "" if group in groups else f"; is the plugin {group} missing?"
        problems.append(f"{key}: there is no such setting{hint}")
    return problems


OTHER_VARIABLES = frozenset({"QIS_CONFIG", "QIS_ADMIN_PASSWORD", "QIS_POSTGRES_PASSWORD"})
"""Variables that are no settings: the command line's ini file, the first administrator's password, and what
deploy/container hands to PostgreSQL."""

# Kubernetes tells every container where the services are; one that is called qis gives these.
_OF_KUBERNETES = re.compile(r"QIS_(SERVICE_(HOST|PORT.*)|PORT(_[0-9].*)?)")


def _unknown_variables(environ: Mapping[str, str], known: Sequence[str], tolerated: Collection[str]) -> list[str]:
    passed_over = tuple(f"QIS_{group.upper().replace('-', '_')}_" for group in tolerated)
    problems = []
    for name in sorted(environ):
        if not name.startswith("QIS_") or name in known or name in OTHER_VARIABLES:
            continue
        if not name.startswith(passed_over or "-") and not _OF_KUBERNETES.fullmatch(name):
            near = difflib.get_close_matches(name, [*known, *sorted(OTHER_VARIABLES)], n=1, cutoff=0.8)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{name} (in the environment): there is no such setting{hint}")
    return problems


def _declaration_problems(group: SettingsGroup) -> list[str]:
    kind, name = group.type, f"settings {group.name!r}"
    parameters = getattr(kind, "__dataclass_params__", None)
    if not isinstance(kind, type) or parameters is None or not parameters.frozen:
        return [f"{name}: {kind!r} must be a frozen dataclass"]
    try:
        hints = typing.get_type_hints(kind)
    except Exception as error:
        return [f"{name}: the types of {kind.__name__} cannot be read: {error}"]
    problems = []
    for part in dataclasses.fields(kind):
        if "help" not in part.metadata:
            problems.append(f"{name}: {part.name} must be made by setting(default, help=…)")
        elif hints[part.name] not in TYPES:
            shown = ", ".join(
                t.__name__ if isinstance(t, type) and not isinstance(t, types.GenericAlias) else str(t) for t in TYPES
            )
            problems.append(f"{name}: {part.name} is of type {hints[part.name]}; it must be one of {shown}")
    return problems


def _read_bool(_: SettingField, text: str, here: Path) -> object:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError
    return text.lower() in _TRUE


def _read_int(part: SettingField, text: str, here: Path) -> object:
    pattern = r"([+-]?[0-9_]+)\s*([kmgt]?)i?b?" if part.name.endswith("_bytes") else r"([+-]?[0-9_]+)()"
    match = re.fullmatch(pattern, text, re.IGNORECASE)
    if not match:
        raise ValueError
    return int(match[1]) * _SIZES[match[2].lower()]


def _read_float(_: SettingField, text: str, here: Path) -> object:
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text):
        raise ValueError
    return float(text)


def _read_text(part: SettingField, text: str, here: Path) -> object:
    return _located(text, here) if part.location else text


def _read_path(_: SettingField, text: str, here: Path) -> object:
    if "\0" in text:
        raise ValueError
    try:
        return here / Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such home folder") from error


def _read_words(part: SettingField, text: str, here: Path) -> object:
    return tuple(_located_word(word, here) if part.location else word for word in text.split())


def _located_word(word: str, here: Path) -> str:
    """A URL, or a name and a URL with = between them, with a relative path made absolute."""
    name, equals, url = word.partition("=")
    return f"{name}={_located(url, here)}" if equals and ":" not in name else _located(word, here)


def _read_paths(part: SettingField, text: str, here: Path) -> object:
    return tuple(_read_path(part, word, here) for word in text.split())


def _located(url: str, here: Path) -> str:
    """The URL with a relative path made absolute: ``file:library`` → ``file:///srv/qis/library``."""
    match = re.fullmatch(r"([a-z][a-z0-9+.-]*):(?!/)([^?#]+)(.*)", url, re.IGNORECASE | re.DOTALL)
    if not match:
        return url
    scheme, path, rest = match.groups()
    folder = "" if path.startswith("~/") else quote(str(here)) + "/"
    home = quote(str(Path.home())) + path[1:] if path.startswith("~/") else path
    return f"{scheme}://{folder}{home}{rest}"


_READERS: Mapping[object, typing.Callable[[SettingField, str, Path], object]] = {
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    str: _read_text,
    Path: _read_path,
    tuple[str, ...]: _read_words,
    tuple[Path, ...]: _read_paths,
}
