"""Why somebody may do what they may in a folder: a trace of permissions in words, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qis_core.api import Level
from qis_core.domain.permissions import Rule, Trace

LEVEL_WORDS = {
    Level.NONE: "see nothing of it",
    Level.VIEW: "view",
    Level.DOWNLOAD: "view and download originals",
    Level.EDIT: "view, download and edit titles",
    Level.UPLOAD: "view, download, edit and upload",
    Level.DELETE: "do everything with pictures, deleting them included",
    Level.CREATE_FOLDER: "do everything with pictures, and create folders",
    Level.DELETE_FOLDER: "do everything, deleting folders included",
}
"""What each level lets somebody do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRule:
    """What one group has on the path.

    ``folder`` is where that is set ('/' is the library's root), None where no folder says anything;
    ``counts`` tells whether the group counts for who is asked about, ``decides`` whether it is the one
    that decided.
    """

    group_id: int
    group: str
    level: Level
    folder: str | None
    counts: bool
    decides: bool

    @property
    def words(self) -> str:
        """The rule as a sentence."""
        if self.folder is None:
            return f"No folder says anything for the group {self.group}."
        return f"The group {self.group} may {LEVEL_WORDS[self.level]}, as set in {self.folder}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Who may do what on a path, and why: ``sentences`` tell it whole, ``rules`` have the deciding one first.

    ``right`` is the right that gives everything everywhere, or ''.
    """

    who: str
    path: str
    level: Level
    right: str
    sentences: Sequence[str]
    rules: Sequence[ExplainedRule]


def explain(trace: Trace, who: str, group_name: Callable[[int], str]) -> Explanation:
    """A trace in words. ``who`` names who is asked about, ``group_name`` gives a group's name by its number."""
    own = sorted(trace.own, key=lambda rule: rule is not trace.decided)
    rules = tuple(_explained(rule, trace, group_name) for rule in (*own, *trace.others))
    return Explanation(
        who=who,
        path="/" + trace.path,
        level=trace.level,
        right=trace.right,
        sentences=(f"{who} may {LEVEL_WORDS[trace.level]} in /{trace.path}.", *_why(trace, rules)),
        rules=rules,
    )


def _explained(rule: Rule, trace: Trace, group_name: Callable[[int], str]) -> ExplainedRule:
    return ExplainedRule(
        group_id=rule.group,
        group=group_name(rule.group),
        level=rule.level,
        folder=None if rule.folder is None else "/" + rule.folder,
        counts=rule in trace.own,
        decides=rule is trace.decided,
    )


def _why(trace: Trace, rules: Sequence[ExplainedRule]) -> list[str]:
    if trace.right:
        return [f"The right {trace.right} gives that in every folder, whatever the folders' permissions say."]
    decided = rules[0]
    told = [f"It is decided by the group {decided.group}: {_place(decided)}"]
    less = [rule.group for rule in rules[1:] if rule.counts and rule.level < decided.level]
    same = [rule.group for rule in rules[1:] if rule.counts and rule.level == decided.level]
    if same:
        told.append(f"The same comes from {_listed(same)}.")
    if less:
        told.append(f"{_listed(less)} would give less; the highest counts.")
    return told


def _place(rule: ExplainedRule) -> str:
    if rule.folder is None:
        return "no folder says anything for it."
    return f"{int(rule.level)} ({rule.level.name.lower().replace('_', ' ')}) is set in {rule.folder}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
