"""One person in a few figures."""

from __future__ import annotations

import msgspec

from ingest.wire.alerts import AlertLevel
from ingest.wire.entries import ProgrammeId
from ingest.wire.message import Message


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a walking programme asks for today, and what was measured of it; None: not known."""

    programme: ProgrammeId
    minutes: float  # 0: a day of rest
    done_min: float | None
    words: str  # one sentence for the patient


class PersonState(Message, frozen=True, kw_only=True, tag="person-state"):
    """One person in a few figures, for hubs and lists. Retained; None: not known, which is not 0."""

    t_ns: int
    text: str  # the most urgent sentence that is open; "" where nothing is
    open_alerts: int = 0
    level: AlertLevel | None = None  # of the most urgent open one
    tasks: int = 0  # open for the clinician
    steps_today: int | None = None
    walked_today_min: float | None = None
    worn_today_min: float | None = None
    coverage_today_pct: float | None = None
    forefoot_left_pct: float | None = None  # of the latest walk
    forefoot_right_pct: float | None = None
    load_si_pct: float | None = None
    plans: tuple[Plan, ...] = ()
    audible_today: int = 0
    alerts_per_worn_hour: float | None = None  # over the last four weeks
    useful_share_pct: float | None = None  # of those that somebody has judged in the last four weeks
    undelivered: int = 0
    all_right_t_ns: int | None = None  # when somebody at home last said so
