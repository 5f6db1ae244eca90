"""What every change of files has: a plan that can be written down, and the steps that the runner takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from sqlalchemy.orm import Session

from qis_core.api import Identity, Storage
from qis_core.plugins import PluginManager
from qis_core.services.actors import Actor
from qis_core.services.describing import Describer
from qis_core.services.files.trees import Progress
from qis_core.storage.library import Library

C = TypeVar("C", bound="type[Change]")

KINDS: dict[str, type[Change]] = {}
"""Every kind of change by the name that the journal has of it."""


UNPLANNED: Mapping[str, bool] = {"planned": False}
"""The metadata of a field that lives only as long as the process."""


def no_progress(_done: int, _total: int, _text: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What changes work with. ``trash`` is where deleted files go."""

    library: Library
    trash: Storage
    describer: Describer
    manager: PluginManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose change it is, as it can be written down."""

    id: int | None = None
    username: str = ""
    address: str = ""

    @classmethod
    def of(cls, actor: Actor) -> Who:
        """The one who makes it."""
        identity = actor.identity
        return cls(address=actor.address) if identity is None else cls(
            id=identity.id, username=identity.username, address=actor.address
        )  # fmt: skip

    @property
    def actor(self) -> Actor:
        """For the audit log; of no rights any more."""
        return Actor(identity=Identity(id=self.id, username=self.username), address=self.address)


@dataclass(kw_only=True)
class Change(ABC):
    """A change. Its fields are its plan, but for those with ``metadata=UNPLANNED``.

    The runner calls, in this order: ``work``, ``observe``, ``record`` within one transaction,
    ``finish``, ``tell``. Each of the first four can be repeated after a part of it was done.
    After a crash, a change whose records were not made is either ``is_done`` as far as files go,
    and then goes on with ``observe``, or is ``undo``\\ ne.
    """

    kind: ClassVar[str]

    who: Who = field(default_factory=Who)

    @property
    @abstractmethod
    def claims(self) -> Sequence[str]:
        """The library paths that nobody else may change meanwhile, each with all below it."""

    @property
    def announced(self) -> Sequence[str]:
        """Version properties that change as the change begins, and again where it is taken back."""
        return ()

    @abstractmethod
    def work(self, parts: Parts, progress: Progress) -> None:
        """What is done to files before the records are changed: it adds, or is one step of a store's."""

    def is_done(self, parts: Parts) -> bool:
        """Whether the one step was taken. False for a change that only adds: that is taken back."""
        return False

    @abstractmethod
    def undo(self, parts: Parts) -> None:
        """Takes back what a part of ``work`` has done."""

    def observe(self, parts: Parts) -> None:  # noqa: B027 -- most have nothing to look at.
        """Looks at what is there now, for ``record``."""

    @abstractmethod
    def record(self, session: Session) -> None:
        """Changes all records."""

    def finish(self, parts: Parts) -> None:  # noqa: B027 -- most leave nothing over.
        """Clears away what is not needed any more."""

    def tell(self, parts: Parts) -> None:  # noqa: B027 -- nobody listens for folders.
        """Lets listeners know."""

    def plan(self) -> Mapping[str, Any]:
        """What the journal keeps."""
        return {part.name: _plain(getattr(self, part.name)) for part in fields(self) if _is_planned(part.metadata)}

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> Change:
        """The change as it was written down."""
        return cls(**{**plan, "who": Who(**plan["who"])})


def kind(name: str) -> Any:
    """Gives a class of changes the name that the journal has of it."""

    def named(cls: C) -> C:
        cls.kind = name
        KINDS[name] = cls
        return cls

    return named


def _is_planned(metadata: Mapping[str, Any]) -> bool:
    return bool(metadata.get("planned", True))


def _plain(value: object) -> object:
    return asdict(value) if isinstance(value, Who) else value
