"""Who may do what in which folder: the rules, as pure functions of a table of permissions.

A permission is a group's level in a folder. It holds for everything below until a folder sets
another one for the same group. A user has the highest level of all their groups, of Normal users,
and of the public.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qis_core.api import Level, Right

_REMEMBERED = 100_000


class SystemGroup(enum.IntEnum):
    """The ids of the groups that are always there."""

    PUBLIC = 1
    NORMAL_USERS = 2
    ADMINISTRATORS = 3


ROOT_LEVELS: Mapping[SystemGroup, Level] = {
    SystemGroup.PUBLIC: Level.VIEW,
    SystemGroup.NORMAL_USERS: Level.VIEW,
    SystemGroup.ADMINISTRATORS: Level.DELETE_FOLDER,
}
"""What the library's root gives at first; these groups always have a level there."""


def effective_rights(rights: Iterable[str]) -> frozenset[str]:
    """The rights with those that they include: ``admin_all`` includes all."""
    given = frozenset(rights)
    return frozenset(right.value for right in Right) if Right.ADMIN_ALL in given else given


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What decides a group's level on a path: ``level``, set in ``folder`` ('' is the library's root).

    ``folder`` is None where no folder up to the root says anything of the group.
    """

    group: int
    level: Level
    folder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How a level came about.

    ``right`` is the right that gives everything everywhere, or ''. ``decided`` is the rule that
    counted, None with such a right; ``own`` are the rules of all groups that count, ``others``
    those of all further groups, each by group number.
    """

    path: str
    level: Level
    right: str
    decided: Rule | None
    own: tuple[Rule, ...]
    others: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PermissionTable:
    """All permissions at one moment: level by folder (clean path) and group, and the groups' names.

    Answers are remembered for each set of groups and folder, so that a repeated question takes
    about a microsecond. ``version`` is another whenever anything here is.
    """

    rules: Mapping[str, Mapping[int, Level]]
    names: Mapping[int, str] = field(default_factory=dict)
    version: str = ""
    _known: dict[tuple[frozenset[int], str], Level] = field(default_factory=dict, init=False, repr=False)

    def level(self, groups: frozenset[int], path: str) -> Level:
        """The level of somebody in ``groups`` on a folder or picture; the public's counts for everybody."""
        folder = self._nearest(path)
        key = groups, folder
        found = self._known.get(key)
        if found is None:
            found = max(self.rule(group, folder).level for group in {*groups, SystemGroup.PUBLIC})
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    def rule(self, group: int, path: str) -> Rule:
        """The rule that decides the level of one group."""
        while True:
            level = self.rules.get(path, _NOTHING).get(group)
            if level is not None:
                return Rule(group=group, level=level, folder=path)
            if not path:
                return Rule(group=group, level=Level.NONE, folder=None)
            path = path.rpartition("/")[0]

    def trace(self, groups: frozenset[int], rights: frozenset[str], path: str) -> Trace:
        """How the level of somebody in ``groups`` with ``rights`` comes about on ``path``."""
        counting = {*groups, SystemGroup.PUBLIC}
        own = tuple(self.rule(group, path) for group in sorted(counting))
        others = tuple(self.rule(group, path) for group in sorted(self._all_groups() - counting))
        # Of equal rules the one nearest to the path tells most, and of these the one of the latest group.
        decided = max(own, key=lambda rule: (rule.level, -1 if rule.folder is None else len(rule.folder), rule.group))
        right = whole_library(rights)
        return Trace(
            path=path,
            level=Level.DELETE_FOLDER if right else decided.level,
            right=right,
            decided=None if right else decided,
            own=own,
            others=others,
        )

    def _nearest(self, path: str) -> str:
        # Between a path and the nearest folder with any rule nothing can differ: few answers cover all pictures.
        rules = self.rules
        while path and path not in rules:
            path = path.rpartition("/")[0]
        return path

    def _all_groups(self) -> set[int]:
        return {*self.names, *(group for levels in self.rules.values() for group in levels)}


_NOTHING: Mapping[int, Level] = {}


def whole_library(rights: frozenset[str]) -> str:
    """The right that gives every level in every folder, or ''."""
    for right in (Right.ADMIN_ALL, Right.ADMIN_FILES):
        if right in rights:
            return right.value
    return ""


def access_level(table: PermissionTable, groups: frozenset[int], rights: frozenset[str], path: str) -> Level:
    """The level of somebody in ``groups`` with ``rights`` on a folder or picture."""
    return Level.DELETE_FOLDER if rights and whole_library(rights) else table.level(groups, path)


def risen_in(
    before: PermissionTable, groups: frozenset[int], after: PermissionTable, groups_after: frozenset[int]
) -> str | None:
    """The first folder in which somebody has a higher level after a change than before; None where there is none."""
    # Levels differ only where some folder says something, so that nothing else need be looked at.
    for folder in sorted({"", *before.rules, *after.rules}):
        if after.level(groups_after, folder) > before.level(groups, folder):
            return folder
    return None
