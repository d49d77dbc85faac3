"""How old what is known of a wearer is: silence says nothing of how they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, tzinfo

from processing.days.facts import MET_S, day_facts
from processing.metrics.recipe import STEADY
from processing.periods import TimedWalk
from processing.rules.baseline import number
from processing.store.journal import DayInTouch, JournalReading
from processing.times import day_bounds_ns, local_day

SILENT_H = 24

_S = 10**9
_SILENT_NS = SILENT_H * 3600 * _S


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """`walk_until_t_ns`: the end of the last walk. `touch_day`: the last one on which the hub met an insole, and
    `touch_until_t_ns` up to when it surely did. `measured_pct` of the time recorded today. None: nothing known."""

    walk_until_t_ns: int | None
    live_t_ns: int | None  # of the newest sample that this program has seen
    touch_day: str | None
    touch_until_t_ns: int | None
    measured_pct: float | None

    @property
    def last_t_ns(self) -> int | None:
        known = (self.walk_until_t_ns, self.live_t_ns, self.touch_until_t_ns)
        return max((each for each in known if each is not None), default=None)

    def is_silent(self, now_ns: int) -> bool:
        """Nothing has surely come for more than 24 h."""
        return self.last_t_ns is None or now_ns - self.last_t_ns > _SILENT_NS


def freshness(journal: JournalReading, person: str, zone: tzinfo, now_ns: int, live_t_ns: int | None) -> Freshness:
    """:raises UnderfootError: as the journal."""
    today = local_day(now_ns, zone)
    kept = [each for each in journal.walks(person, STEADY.name) if each.begun_t_ns <= now_ns]
    walks = [TimedWalk(begun_t_ns=each.begun_t_ns, summary=json.loads(each.summary)) for each in kept[-1:]]
    walks = [
        TimedWalk(begun_t_ns=each.begun_t_ns, summary=json.loads(each.summary))
        for each in kept[:-1]
        if local_day(each.begun_t_ns, zone) == today
    ] + walks
    touched = [each for each in journal.days_in_touch(person) if date.fromisoformat(each.day) <= today]
    facts = day_facts((w for w in walks if local_day(w.begun_t_ns, zone) == today), touched, today, today, zone)
    met = next((each for each in reversed(touched) if each.in_touch_s >= MET_S), None)
    return Freshness(
        walk_until_t_ns=max((_end(each) for each in walks), default=None),
        live_t_ns=live_t_ns,
        touch_day=None if met is None else met.day,
        touch_until_t_ns=None if met is None else _surely_until(met, zone),
        measured_pct=facts[-1].coverage_pct if facts else None,
    )


def _end(walk: TimedWalk) -> int:
    return walk.begun_t_ns + round((number(walk.summary, "duration_s") or 0.0) * _S)


def _surely_until(met: DayInTouch, zone: tzinfo) -> int:
    """The earliest end of so much contact; only how long it was is kept of a day."""
    if met.meets and met.until_t_ns:
        return met.until_t_ns
    return day_bounds_ns(date.fromisoformat(met.day), zone)[0] + int(met.in_touch_s) * _S
