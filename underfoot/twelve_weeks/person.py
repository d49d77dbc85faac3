"""The script: what each of the 84 days brings to a person who does not exist. Pure; drawn from the seed by day.

Figures of gait and symptoms are made up to exercise every rule; they are no study and show no effect of any programme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ingest.sources.virtual.gait import Gait
from ingest.wire.entries import (
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
from underfoot.twelve_weeks import outings
from underfoot.twelve_weeks.outings import Happening

FIRST_DAY = date(2026, 1, 12)  # a Monday; the change to summer time falls into the last week but one
ZONE = ZoneInfo("Europe/Vienna")
DAYS = 84
CLINICIAN, PATIENT = "clinic", "the wearer"
_DAILY, _BACKWARD = ProgrammeId.DAILY_WALKING, ProgrammeId.BACKWARD_WALKING
_BASELINE_MIN = 18

_HAPPENINGS: Mapping[int, Happening] = {
    9: outings.market_then_bench,
    11: outings.market_to_the_end,
    13: outings.market_to_the_end,
    15: outings.market_to_the_end,
    22: outings.new_shoes,
    23: outings.new_shoes,
    26: outings.leaning,
    29: outings.leaning_hard,
    31: outings.out_of_range,
    32: outings.pebble,
    41: outings.leaning,
    43: outings.long_day,
    45: outings.bad_night,
    46: outings.bad_night,
    48: outings.with_torn_lead(outings.plain),
    49: outings.with_torn_lead(outings.new_shoes),
    50: outings.with_torn_lead(outings.plain),
    64: outings.silent_foot,
    70: outings.market_then_bench,
    73: outings.pebble,
    77: outings.leaning_hard,
}
_HUB_OFF = frozenset({20})
_NOT_WORN = frozenset({18, 56, 57})  # the hub runs, the shoes stay in the hall
_SAID_NO_WALK = frozenset({27})
_NO_FOOT_CHECK = frozenset({8, 25, 39, 58, 66})
_RED_FOOT, _RED_FLAG = 16, 34
_WARM_DAYS, _WARMER_C = range(60, 63), {"M1": 2.9}
_CHARGED = (0, 14, 28, 42, 69)  # evenings before which the batteries were charged


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says at a minute of the day."""

    minute: int
    said: Said
    role: Role = Role.PATIENT
    why: str = ""

    @property
    def by(self) -> str:
        return CLINICIAN if self.role is Role.CLINICIAN else PATIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class DayScript:
    """One day. `happening` None: nobody walks. `eager`: the share of the plan that is walked."""

    index: int
    day: date
    gait: Gait
    happening: Happening | None
    start_min: int
    eager: float
    battery_pct: int
    hub_on: bool = True
    warmer_c: Mapping[str, float] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    def minutes(self, planned: float | None) -> int:
        """To walk today, if `planned` is what the programme asks for; None: there is no programme yet."""
        if self.happening is None:
            return 0
        return _BASELINE_MIN if planned is None else round(planned * self.eager)


def script(seed: int, days: int = DAYS) -> tuple[DayScript, ...]:
    """:param days: only so many of them, from the first."""
    return tuple(_day(seed, index) for index in range(days))


def _day(seed: int, index: int) -> DayScript:
    drawn = np.random.default_rng([seed, index])
    day = FIRST_DAY + timedelta(days=index)
    stays = index in _HUB_OFF or index in _NOT_WORN or index in _SAID_NO_WALK
    gait = Gait(
        cadence_spm=float(drawn.normal(104.0, 1.0)),
        forefoot_share_left_pct=float(drawn.normal(45.0, 0.6)),
        forefoot_share_right_pct=float(drawn.normal(46.0, 0.6)),
        load_si_pct=float(drawn.normal(2.0, 1.0)),
        stride_wobble_pct=float(drawn.uniform(1.6, 2.2)),
    )
    eager = 0.55 if index in (44, 59) else float(drawn.uniform(0.97, 1.06))
    return DayScript(
        index=index,
        day=day,
        gait=gait,
        happening=None if stays else _HAPPENINGS.get(index, outings.plain),
        start_min=10 * 60 + int(drawn.integers(0, 25)),
        eager=eager,
        battery_pct=_battery_pct(index),
        hub_on=index not in _HUB_OFF,
        warmer_c=_WARMER_C if index in _WARM_DAYS else {},
        words=_words(index, day.isoformat(), drawn),
    )


def _battery_pct(index: int) -> int:
    since = index - max(charged for charged in _CHARGED if charged <= index)
    return max(5, 100 - round(3.4 * since))


def _words(index: int, day: str, drawn: np.random.Generator) -> tuple[Word, ...]:
    words = [*_of_clinic(index, day)]
    if index in _SAID_NO_WALK or index in (56, 57):
        words.append(Word(19 * 60, NoWalk(day=day)))
    words += _evening(index, day, drawn)
    return tuple(sorted(words, key=lambda word: word.minute))


def _evening(index: int, day: str, drawn: np.random.Generator) -> list[Word]:
    """A look at both feet on most days; how they feel on five days a week, a little better from week to week."""
    noise = drawn.integers(-1, 2, size=3)
    asked, checked = drawn.random() < 5 / 7, index not in _NO_FOOT_CHECK and drawn.random() < 0.95
    words = []
    if checked or index in (_RED_FOOT, _RED_FOOT + 1, _RED_FLAG + 1):
        left = Skin.RED if index == _RED_FOOT else Skin.CLEAR
        words.append(Word(20 * 60 + 30, FootCheck(day=day, left=left, right=Skin.CLEAR)))
    if asked or index == _RED_FLAG:
        better = index / 28.0
        pain, numbness, tingling = (
            int(np.clip(round(at - better * fall + 0.45 * float(off)), 0, 10))
            for at, fall, off in zip((5.0, 6.0, 6.0), (0.7, 0.5, 1.0), noise, strict=True)
        )
        flags = (RedFlag.HOT_SWOLLEN,) if index == _RED_FLAG else ()
        words.append(
            Word(20 * 60 + 35, Symptoms(day=day, pain=pain, numbness=numbness, tingling=tingling, red_flags=flags))
        )
    return words


def _of_clinic(index: int, day: str) -> list[Word]:
    said: dict[int, list[tuple[Said, str]]] = {
        0: [
            (RuleChange(key="A10.least_h_per_day", value=0.15), "Insoles are worn on the daily walk only."),
            (RuleChange(key="T2_long.absent_h", value=36.0), "One walk a day, and not always at the same hour."),
        ],
        7: [(ProgrammeChange(programme=_DAILY, do="begin", day=day, step_min=2), "Seven walks known; begins gently.")],
        35: [
            (
                ProgrammeChange(programme=_DAILY, do="begin", day=day, step_min=2),
                "Seen at the clinic the morning after the answer; may walk on.",
            ),
            (
                ProgrammeChange(programme=_BACKWARD, do="begin", day=day, support_present=True),
                "Rail in the hall and a daughter beside.",
            ),
        ],
        38: [
            (ProgrammeChange(programme=_DAILY, do="cap", day=day, cap_steps=1500), "Both feet well for five weeks."),
            (RuleChange(key="A7.steps_over", value=2200.0), "The cap of the programme, and a day's errands."),
        ],
        40: [(RuleChange(key="A4.enter_points", value=20.0), "Hip on the right: leans a little, and is looked after.")],
    }
    return [Word(9 * 60, each, Role.CLINICIAN, why) for each, why in said.get(index, [])]
