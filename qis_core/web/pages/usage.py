"""A picture's usage on its page: the last thirty days as bars, and sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyramid.request import Request

from qis_core.services.usage import today
from qis_core.services.usage_records import Tally, counted_since, usage_of
from qis_core.settings import UsageSettings
from qis_core.web.pages.tiles import size_text

DAYS = 30
_STEP, _GAP, _HEIGHT = 10, 2, 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day's bar in the drawing, in its units, and what it says."""

    x: int
    y: float
    width: int
    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """``bars`` of a drawing of ``width`` × ``height``, from the day ``first`` to ``last``, which ``told`` says in
    words; ``sums`` are by the days that they are of. ``since`` is the first day that is known, '' for none."""

    since: str
    first: str
    last: str
    width: int
    height: int
    told: str
    bars: Sequence[Bar]
    sums: Mapping[str, str]


def usage_view(request: Request, image_id: int) -> UsageView | None:
    """The usage of a picture for whoever works here; None for the public, and where nothing is counted."""
    if request.identity.is_public or not request.qis.settings(UsageSettings).count:
        return None
    last = today()
    first = last - timedelta(days=DAYS - 1)
    days = dict(usage_of(request.dbsession, image_id, first))
    since = counted_since(request.dbsession, image_id)
    sums = {count: _sum(days, last - timedelta(days=count - 1)) for count in (7, DAYS)}
    return UsageView(
        since="" if since is None else since.isoformat(),
        first=first.isoformat(),
        last=last.isoformat(),
        width=DAYS * _STEP,
        height=_HEIGHT,
        told=f"Asked for by day, from {first} to {last}: {_text(sums[DAYS])}",
        bars=list(_bars(days, first)),
        sums={f"Last {count} days": _text(tally) for count, tally in sums.items()},
    )


def _sum(days: Mapping[date, Tally], first: date) -> Tally:
    whole = Tally()
    for day, tally in days.items():
        if day >= first:
            whole.add(tally)
    return whole


def _bars(days: Mapping[date, Tally], first: date) -> Iterator[Bar]:
    most = max((tally.renderings + tally.originals for tally in days.values()), default=1)
    for day, tally in days.items():
        # A day with a single answer is seen beside one with thousands.
        height = max(2.0, round(_HEIGHT * (tally.renderings + tally.originals) / most, 1))
        title = f"{day}: {_text(tally)}"
        yield Bar(x=(day - first).days * _STEP, y=_HEIGHT - height, width=_STEP - _GAP, height=height, title=title)


def _text(tally: Tally) -> str:
    sent = size_text(tally.bytes_sent) if tally.bytes_sent else "0 kB"
    return f"{_count(tally.renderings, 'rendering')}, {_count(tally.originals, 'original')}, {sent}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
