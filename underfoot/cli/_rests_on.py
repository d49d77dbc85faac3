"""What a list of alerts rests on: an empty one says nothing of what was not measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._people import journal_reader, life_of, when, zone

if TYPE_CHECKING:
    from underfoot.settings import Settings


def measured_today(settings: Settings) -> str:
    """Of the time recorded on the wearer's day, how much was measured. :raises UnderfootError: as the journal."""
    facts = life_of(settings).facts
    covered_pct = facts[-1].coverage_pct if facts else None
    if covered_pct is None:
        return "nothing was measured today"
    return f"{covered_pct:.0f} % of the time recorded today was measured"


def clinic_banner(settings: Settings) -> str:
    """Under the clinician's list: how old it is and by which limits. :raises UnderfootError: as the journal."""
    from processing.rule_changes import rules_maker
    from processing.rules.baseline import number

    life = life_of(settings)
    ends_ns = [walk.begun_t_ns + round((number(walk.summary, "duration_s") or 0.0) * 1e9) for walk in life.walks]
    last = f"last walk until {when(max(ends_ns), zone(settings))}" if ends_ns else "no walk is kept yet"
    rules = rules_maker(settings.rules.preset, journal_reader(settings))(settings.person, time.time_ns())
    return f"Not watched live: {last}; {measured_today(settings)}. Rules {rules.title}.\n{NOT_MEDICAL}"
