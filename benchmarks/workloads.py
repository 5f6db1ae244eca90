"""What image servers are asked for: something new, something known, a mixture, and one thing by everybody at once.

Every workload runs over all subjects in alternating rounds, so that a machine whose speed drifts is as kind to
each of them; figures are medians of rounds.
"""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from report import Figure, left_out
from subjects import Subject, median_ms
from wrk import Load, is_installed, load

WIDTHS = range(500, 1100)
HOT = 50
SQUARE = 300
ROUNDS = 5
BATCH = 8
CROWD = 100
CLIENTS = 4
COLD_SHARE = 0.05
NEW = 1_200
"""More than anybody renders in one round of a mixture."""
_KEPT_BACK = 32
_REST_SECONDS = 120.0
_AT_REST = 0.05
"""Seconds of CPU time in one second."""
_NO_WRK = "wrk is not installed (Debian: wrk)"


class Fresh:
    """Pairs of a picture and a width that nobody has asked for yet."""

    def __init__(self, sources: Sequence[str], seed: int = 1) -> None:
        pairs = list(itertools.product(sources, WIDTHS))
        random.Random(seed).shuffle(pairs)
        self._pairs = iter(pairs)

    def take(self, count: int) -> list[tuple[str, int]]:
        """The next ``count``. Raises ValueError where all are used up."""
        found = list(itertools.islice(self._pairs, count))
        if len(found) < count:
            raise ValueError("all widths of all pictures are used up; name more pictures")
        return found

    def parts(self, count: int, most: int) -> list[list[tuple[str, int]]]:
        """``count`` parts of what is left but for a few, all of the same length and none longer than ``most``."""
        left = list(self._pairs)
        length = min(most, (len(left) - _KEPT_BACK) // count)
        self._pairs = iter(left[count * length :])
        return [left[number * length : (number + 1) * length] for number in range(count)]


def cold(subjects: Sequence[Subject], fresh: Fresh) -> Iterator[Figure]:
    """First renderings of photographs that are known already, one client: wall and CPU time of each."""
    walls: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    cpus: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for _ in range(ROUNDS):
        wanted = fresh.take(BATCH)
        for subject in subjects:
            before = subject.cpu_seconds()
            walls[subject.name].append(statistics.fmean(_ask(subject, subject.fitted(*each)) for each in wanted))
            cpus[subject.name].append((subject.cpu_seconds() - before) / BATCH)
    for subject in subjects:
        yield Figure(f"cold, one client: {subject.name}", median_ms(walls[subject.name]), "ms")
        if subject.processes:
            yield Figure(f"cold, CPU time: {subject.name}", median_ms(cpus[subject.name]), "ms")


def widths(subjects: Sequence[Subject], fresh: Fresh) -> Iterator[Figure]:
    """Further widths of known photographs, four clients: renderings a second."""
    await_rest(subjects)
    yield from _rates("new widths, 4 clients", subjects, fresh, "≥ 4 × the best peer")


def squares(subjects: Sequence[Subject], sources: Sequence[str]) -> Iterator[Figure]:
    """Squares of 300 pixels cut from the middle, four clients: renderings a second."""
    rates: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    sizes = iter(range(SQUARE, SQUARE + 10 * ROUNDS * BATCH))
    for _ in range(ROUNDS):
        wanted = [(sources[n % len(sources)], next(sizes)) for n in range(BATCH * 2)]
        for subject in subjects:
            rates[subject.name].append(_rate(subject, [subject.square(*each) for each in wanted]))
    yield from _compared("300×300 crops, 4 clients", "renderings/s", rates, "≥ 1.2 × ipx")


def hot(subjects: Sequence[Subject], fresh: Fresh) -> Iterator[Figure]:
    """The same fifty pictures again and again, 16 connections."""
    if not is_installed():
        yield left_out("hot", _NO_WRK)
        return
    known = fresh.take(HOT)
    for subject in subjects:
        _warm(subject, known)
    loads = _loads(subjects, lambda subject, _: load(subject.base, [subject.fitted(*each) for each in known]))
    yield from _told("hot, 50 pictures", loads, p99_goal="< 15 ms")


def mixed(subjects: Sequence[Subject], fresh: Fresh) -> Iterator[Figure]:
    """95 of 100 requests for one of fifty pictures, the others for something new, 16 connections."""
    if not is_installed():
        yield left_out("mixed 95/5", _NO_WRK)
        return
    known = fresh.take(HOT)
    for subject in subjects:
        _warm(subject, known)

    new_ones = fresh.parts(ROUNDS, NEW)

    def run(subject: Subject, number: int) -> Load:
        new = [subject.fitted(*each) for each in new_ones[number]]
        return load(subject.base, [subject.fitted(*each) for each in known], new, cold_share=COLD_SHARE)

    yield from _told("mixed 95/5", _loads(subjects, run), goal="≥ 3 × the best peer", p99_goal="< 100 ms")


def stampede(subjects: Sequence[Subject], fresh: Fresh) -> Iterator[Figure]:
    """A hundred clients at once for one new rendering: the slowest answer against one that is alone."""
    for subject in subjects:
        (alone,), (wanted,) = fresh.take(1), fresh.take(1)
        single = _ask(subject, subject.fitted(*alone))
        together = threading.Barrier(CROWD)

        def go(path: str, subject: Subject = subject, together: threading.Barrier = together) -> float:
            together.wait()
            return _ask(subject, path)

        with ThreadPoolExecutor(CROWD) as many:
            slowest = max(many.map(go, [subject.fitted(*wanted)] * CROWD))
        note = f"alone {1000 * single:.0f} ms"
        yield Figure(f"stampede of {CROWD}, slowest: {subject.name}", 1000 * slowest, "ms", "≤ 2 × alone + 100", note)


def memory(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """What each server's processes take after all that."""
    for subject in subjects:
        if subject.processes:
            yield Figure(f"memory at the end: {subject.name}", subject.megabytes(), "MB")


def await_rest(subjects: Sequence[Subject]) -> None:
    """Returns when no server here does anything any more: what they prepare of known pictures is made then."""
    until = time.monotonic() + _REST_SECONDS
    while time.monotonic() < until:
        before = sum(subject.cpu_seconds() for subject in subjects)
        time.sleep(1)
        if sum(subject.cpu_seconds() for subject in subjects) - before < _AT_REST:
            return


def _ask(subject: Subject, path: str) -> float:
    status, body, seconds = subject.get(path)
    if status != 200 or not body:
        raise RuntimeError(f"{subject.name} answers {path} by {status}: {body[:200]!r}")
    return seconds


def _warm(subject: Subject, known: Sequence[tuple[str, int]]) -> None:
    with ThreadPoolExecutor(CLIENTS) as many:
        list(many.map(lambda each: _ask(subject, subject.fitted(*each)), known))


def _rates(what: str, subjects: Sequence[Subject], fresh: Fresh, goal: str) -> Iterator[Figure]:
    rates: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for _ in range(ROUNDS):
        wanted = fresh.take(BATCH * CLIENTS)
        for subject in subjects:
            rates[subject.name].append(_rate(subject, [subject.fitted(*each) for each in wanted]))
    yield from _compared(what, "renderings/s", rates, goal)


def _rate(subject: Subject, paths: Sequence[str]) -> float:
    """Answers a second to four clients who share out ``paths``."""
    with ThreadPoolExecutor(CLIENTS) as many:
        began = time.perf_counter()
        list(many.map(lambda path: _ask(subject, path), paths))
        return len(paths) / (time.perf_counter() - began)


def _loads(subjects: Sequence[Subject], run: Callable[[Subject, int], Load]) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {subject.name: [] for subject in subjects}
    for number in range(ROUNDS):
        for subject in subjects:
            loads[subject.name].append(run(subject, number))
    return loads


def _told(what: str, loads: dict[str, list[Load]], *, goal: str = "", p99_goal: str = "") -> Iterator[Figure]:
    rates = {name: [each.rate for each in found] for name, found in loads.items()}
    yield from _compared(what, "requests/s", rates, goal)
    for number, (name, found) in enumerate(loads.items()):
        p50, p99 = (statistics.median(getattr(each, key) for each in found) for key in ("p50", "p99"))
        errors = sum(each.errors for each in found)
        note = f"p50 {p50:.1f} ms, {errors} errors"
        if any(each.used_up for each in found):
            note += "; there were too few new pictures: name more, or the mixture has less of them than it should"
        yield Figure(f"{what}, p99: {name}", p99, "ms", p99_goal if number == 0 else "", note)


def _compared(what: str, unit: str, rates: dict[str, list[float]], goal: str) -> Iterator[Figure]:
    """A line for each; the first one's says also how many times the best of the others it is."""
    medians = {name: statistics.median(found) for name, found in rates.items()}
    first, *others = medians
    best = max((medians[name] for name in others), default=0.0)
    for name, median in medians.items():
        is_ours = name == first
        note = f"{median / best:.1f} × the best of the others" if is_ours and best else ""
        yield Figure(f"{what}: {name}", median, unit, goal if is_ours and best else "", note)
