"""A story before and after walking backward was begun: the report of `processing.programme`, for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from ingest.wire.entries import Entry, ProgrammeChange, ProgrammeId
from processing.metrics.change import Change
from processing.metrics.moments import Moments
from processing.periods import TimedWalk
from processing.programme.report import Days, Graded, Report, RestsOn, before_after
from processing.rules.day_facts import DayFacts
from underfoot.twelve_weeks.person import ZONE

_OF_AREAS = "share_pct"


def reported(walks: Iterable[TimedWalk], facts: Sequence[DayFacts], entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Daily walking alone against daily and backward walking; None while there are no such two times."""
    first, changed = _begun(entries, ProgrammeId.DAILY_WALKING), _begun(entries, ProgrammeId.BACKWARD_WALKING)
    if first is None or changed is None:
        return None
    alone = Days.between(first, changed - timedelta(days=1))
    both = Days.between(changed, facts[-1].day)
    programmes = (ProgrammeId.DAILY_WALKING, ProgrammeId.BACKWARD_WALKING)
    return _as_json(before_after(alone, both, walks, facts, entries, ZONE, programmes=programmes))


def _begun(entries: Iterable[Entry], programme: ProgrammeId) -> date | None:
    """For the first time; a programme that was stopped is begun again."""
    changes = [each.said for each in entries if isinstance(each.said, ProgrammeChange)]
    return min(
        (date.fromisoformat(each.day) for each in changes if each.programme is programme and each.do == "begin"),
        default=None,
    )


def _as_json(report: Report) -> dict[str, Any]:
    regions = [row for row in report.figures.regions if row.figure == _OF_AREAS]
    return {
        "before": _rests_on(report.before),
        "after": _rests_on(report.after),
        "regions": [
            {"side": row.side.value, "area": row.area, "figure": row.figure, **_change(row.of)} for row in regions
        ],
        "walks": {path: _change(change) for path, change in report.figures.walks.items()},
        "days": {name: _change(change) for name, change in report.of_days.items()},
        "symptoms": {
            name: {"before": _graded(each.before), "after": _graded(each.after), "change": each.change}
            for name, each in report.symptoms.items()
        },
        "notes": list(report.notes),
    }


def _rests_on(rests: RestsOn) -> dict[str, Any]:
    return {
        "label": rests.label,
        "days": rests.days,
        "days_measured": rests.days_measured,
        "walks": rests.walks,
        "symptom_days": rests.symptom_days,
    }


def _change(change: Change) -> dict[str, Any]:
    before, after = _moments(change.before), _moments(change.after)
    return {"before": before, "after": after, "change": change.change, "reason": change.reason}


def _moments(moments: Moments) -> dict[str, Any]:
    return {"n": moments.n, "mean": moments.value, "sd": moments.sd}


def _graded(graded: Graded) -> dict[str, Any]:
    return {"days": graded.days, "median": graded.median, "spread": graded.spread}
