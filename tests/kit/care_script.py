"""Two weeks of one person as a hub is told of them: rows, statuses, temperatures, words. The same each time.

Walks as the made-up person of the story has them, with one thing or another in most of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import merge
from operator import itemgetter

import numpy as np
from desk_kit import PERSON

from ingest.sources.virtual.gait import Gait
from ingest.wire.entries import (
    AllRight,
    ClinicNote,
    Entry,
    FootCheck,
    NoWalk,
    ProgrammeChange,
    ProgrammeId,
    RedFlag,
    Role,
    RuleChange,
    Said,
    Skin,
    Symptoms,
)
from ingest.wire.messages import AnyMessage, LinkState
from underfoot.twelve_weeks import outings
from underfoot.twelve_weeks.answers import at
from underfoot.twelve_weeks.insoles import MINUTE_NS, Pair, Timed
from underfoot.twelve_weeks.outings import Happening

FIRST_DAY = date(2026, 1, 12)  # a Monday
SEED = 5
CLINICIAN, PATIENT = "clinic", "the wearer"
_HEARTBEAT_MIN, _DAY_MIN = 15, 24 * 60
_HUB_IS_OFF = range(60, 5 * 60)
_SHORT_MIN = 10  # of walking: with the ends just enough for a baseline
_MORNING, _AFTERNOON = 9 * 60 + 2, 15 * 60 + 4

Walked = tuple[int, Happening, int]  # minute of the day, what happens, minutes to walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day brings. `said`: minute of the day, words and in which role."""

    walks: tuple[Walked, ...] = ()
    said: tuple[tuple[int, Said, Role], ...] = ()
    warmer_c: float = 0.0  # under the first metatarsal head of the left foot
    battery_pct: int = 80


def _day(index: int) -> str:
    return (FIRST_DAY + timedelta(days=index)).isoformat()


def _by_clinician(*said: Said) -> tuple[tuple[int, Said, Role], ...]:
    return tuple((8 * 60 + 40 + number, each, Role.CLINICIAN) for number, each in enumerate(said))


def _check(index: int, left: Skin = Skin.CLEAR) -> tuple[tuple[int, Said, Role], ...]:
    return ((20 * 60 + 31, FootCheck(day=_day(index), left=left, right=Skin.CLEAR), Role.PATIENT),)


def _feels(index: int, *flags: RedFlag) -> tuple[tuple[int, Said, Role], ...]:
    said = Symptoms(day=_day(index), pain=3, numbness=5, tingling=4, red_flags=flags)
    return ((20 * 60 + 36, said, Role.PATIENT),)


_BEGUN = _by_clinician(
    RuleChange(key="A10.least_h_per_day", value=0.3),
    ProgrammeChange(programme=ProgrammeId.DAILY_WALKING, do="begin", day=_day(0), step_min=2),
)
_LATE_MIN = 23 * 60 + 49
_THREE = tuple((minute, outings.plain, _SHORT_MIN) for minute in (_MORNING, 12 * 60 + 3, _AFTERNOON))
DAYS = (
    Day(walks=_THREE, said=(*_BEGUN, *_check(0))),
    Day(walks=_THREE, said=_feels(1), battery_pct=14),
    Day(
        walks=_THREE[:1],
        said=(*_by_clinician(RuleChange(key="A4.enter_points", value=14.0)), *_check(2)),
        battery_pct=12,
    ),
    Day(walks=((_MORNING, outings.new_shoes, 19), (_AFTERNOON, outings.leaning, 17)), said=_check(3)),
    Day(walks=((_MORNING, outings.market_to_the_end, 4), (_AFTERNOON, outings.pebble, 19)), said=_check(4, Skin.RED)),
    Day(walks=((_MORNING, outings.out_of_range, 19),), said=_check(5, Skin.RED)),
    Day(walks=((_MORNING, outings.market_to_the_end, 4),), said=_feels(6, RedFlag.HOT_SWOLLEN)),
    Day(
        walks=((_MORNING, outings.with_torn_lead(outings.new_shoes), 19), (_LATE_MIN, outings.new_shoes, 19)),
        said=_check(7),
    ),
    Day(walks=((_MORNING, outings.silent_foot, 12), (_AFTERNOON, outings.leaning_hard, 21)), warmer_c=2.9),
    Day(walks=((_MORNING, outings.bad_night, 12), (_AFTERNOON, outings.bad_night, 12)), warmer_c=2.9),
    Day(walks=((_MORNING, outings.market_to_the_end, 4), (_AFTERNOON, outings.long_day, 1)), said=_feels(10)),
    Day(said=((19 * 60, NoWalk(day=_day(11)), Role.PATIENT),)),
    Day(
        said=(
            *_by_clinician(ClinicNote(day=_day(12), text="Both feet seen, all clear.")),
            (9 * 60 + 5, AllRight(), Role.PATIENT),
            *_check(12),
        )
    ),
)


@dataclass
class Script:
    """The insoles and what people say by themselves, in order of time. To be gone through once."""

    pair: Pair = field(default_factory=lambda: Pair(PERSON))

    def told(self) -> Iterator[Timed]:
        yield at(FIRST_DAY, 0), list(self.pair.layouts())
        words = (word for index, day in enumerate(DAYS) for word in _words(index, day))
        yield from merge(self._insoles(), words, key=itemgetter(0))

    def _insoles(self) -> Iterator[Timed]:
        until_t_ns = 0
        for index, day in enumerate(DAYS):
            walks = list(day.walks)
            for minute in range(0, _DAY_MIN, _HEARTBEAT_MIN):
                self.pair.battery_pct = dict.fromkeys(self.pair.battery_pct, day.battery_pct)
                t_ns = at(FIRST_DAY + timedelta(days=index), minute)
                if t_ns > until_t_ns and minute not in _HUB_IS_OFF:
                    yield self.pair.heartbeat(t_ns, LinkState.SEARCHING)
                if walks and walks[0][0] < minute + _HEARTBEAT_MIN:
                    for t_ns, messages in self._walk(index, *walks.pop(0)):
                        until_t_ns = t_ns
                        yield t_ns, messages

    def _walk(self, index: int, start_min: int, happening: Happening, minutes: int) -> Iterator[Timed]:
        seed = (SEED, index, start_min)
        outing = happening(_gait(seed), minutes, start_min)
        begun_t_ns = at(FIRST_DAY + timedelta(days=index), start_min)
        yield from self.pair.walk(outing, begun_t_ns, seed, {"M1": DAYS[index].warmer_c})


def _gait(seed: tuple[int, ...]) -> Gait:
    drawn = np.random.default_rng(seed)
    return Gait(
        cadence_spm=float(drawn.normal(104.0, 1.0)),
        forefoot_share_left_pct=float(drawn.normal(45.0, 0.6)),
        forefoot_share_right_pct=float(drawn.normal(46.0, 0.6)),
        load_si_pct=float(drawn.normal(2.0, 1.0)),
    )


def _words(index: int, day: Day) -> Iterator[Timed]:
    for minute, said, role in sorted(day.said, key=itemgetter(0)):
        t_ns = at(FIRST_DAY + timedelta(days=index), minute) + MINUTE_NS // 2
        by = CLINICIAN if role is Role.CLINICIAN else PATIENT
        entry = Entry(id=f"said-{index}-{minute}", by=by, role=role, t_ns=t_ns, said=said, why="Because it helps.")
        some: list[AnyMessage] = [entry]
        yield t_ns, some
