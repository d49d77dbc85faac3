"""The days of one person as facts, each worked out again only when something of it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from processing.days.facts import day_facts
from processing.periods import TimedWalk
from processing.rules.day_facts import DayFacts
from processing.store.journal import DayInTouch
from processing.times import each_day, local_day


@dataclass(frozen=True, slots=True)
class _Known:
    walks: tuple[TimedWalk, ...]
    hub: DayInTouch | None
    facts: DayFacts


class KnownDays:
    """`days.day_facts` with a memory. A walk that is told anew has to be another object, as `KnownWalks` gives it."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._walks: Sequence[TimedWalk] = ()
        self._on_day: dict[date, tuple[TimedWalk, ...]] = {}
        self._known: dict[date, _Known] = {}

    def facts(
        self, walks: Sequence[TimedWalk], touched: Sequence[DayInTouch], first: date, last: date
    ) -> tuple[DayFacts, ...]:
        """Every day from `first` to `last`, both included, in order, measured or not."""
        if walks is not self._walks:
            self._sort(walks)
        hub = {each.day: each for each in touched}
        return tuple(self._of(day, hub.get(day.isoformat())) for day in each_day(first, last))

    def _sort(self, walks: Sequence[TimedWalk]) -> None:
        self._walks, self._on_day = walks, {}
        for walk in walks:
            day = local_day(walk.begun_t_ns, self._zone)
            self._on_day[day] = (*self._on_day.get(day, ()), walk)

    def _of(self, day: date, hub: DayInTouch | None) -> DayFacts:
        walks = self._on_day.get(day, ())
        known = self._known.get(day)
        if known is None or known.hub != hub or [*map(id, known.walks)] != [*map(id, walks)]:
            (facts,) = day_facts(walks, () if hub is None else (hub,), day, day, self._zone)
            known = self._known[day] = _Known(walks, hub, facts)
        return known.facts
