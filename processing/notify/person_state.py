"""One person in a few figures, from what the journal holds. Pure.

- open: still so, and for the wearer or about an insole; what is for the clinician alone stands in the clinician's list
- audible today = soundings since the person's midnight
- alerts per worn hour and useful share: of the last 28 days, as `rules.peace` counts them
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta, tzinfo

from ingest.wire.alerts import STILL_SO, Alert, AlertLevel, Audience
from ingest.wire.person import PersonState, Plan
from processing.notify.delivering import undelivered
from processing.rules.baseline import Summary, number
from processing.rules.day_facts import DayFacts
from processing.rules.peace import alerts_per_worn_hour, useful_share_pct
from processing.store.journal import Delivery, Task
from processing.times import day_bounds_ns, local_day

LOOKED_BACK_DAYS = 28
_LEVELS = tuple(AlertLevel)


def person_state(
    *,
    t_ns: int,
    zone: tzinfo,
    alerts: Sequence[Alert],
    facts: Iterable[DayFacts],
    tasks: Iterable[Task] = (),
    plans: Iterable[Plan] = (),
    deliveries: Iterable[Delivery] = (),
    latest_walk: Summary | None = None,
    all_right_t_ns: int | None = None,
) -> PersonState:
    """As of `t_ns`.

    :param alerts: every alert of the person, closed ones too.
    :param facts: of today and the four weeks before; days outside are left out, a day that is missing is not known.
    :param latest_walk: the summary of the last walk that has ended.
    """
    today = local_day(t_ns, zone)
    known = {each.day: each for each in facts if _is_recent(each.day, today)}
    from_ns = day_bounds_ns(today - timedelta(days=LOOKED_BACK_DAYS - 1), zone)[0]
    midnight_ns, until_ns = day_bounds_ns(today, zone)
    recent = [each for each in alerts if from_ns <= each.raised_t_ns < until_ns]
    standing = sorted(filter(_is_open, alerts), key=_urgency)
    of_today = known.get(today)
    worn_min = sum(each.worn_min for each in known.values() if each.worn_min is not None)
    return PersonState(
        t_ns=t_ns,
        text=standing[0].text if standing else "",
        open_alerts=len(standing),
        level=standing[0].level if standing else None,
        tasks=sum(each.done_by is None for each in tasks),
        steps_today=None if of_today is None else of_today.steps,
        walked_today_min=None if of_today is None else of_today.walked_min,
        worn_today_min=None if of_today is None else of_today.worn_min,
        coverage_today_pct=None if of_today is None else of_today.coverage_pct,
        forefoot_left_pct=_of(latest_walk, "forefoot_share_pct.left"),
        forefoot_right_pct=_of(latest_walk, "forefoot_share_pct.right"),
        load_si_pct=_of(latest_walk, "asymmetry.load_si_pct"),
        plans=tuple(plans),
        audible_today=sum(midnight_ns <= sounded < until_ns for each in alerts for sounded in each.sounded_t_ns),
        alerts_per_worn_hour=alerts_per_worn_hour(recent, worn_min / 60),
        useful_share_pct=useful_share_pct(recent),
        undelivered=len(undelivered(deliveries)),
        all_right_t_ns=all_right_t_ns,
    )


def _is_recent(day: date, today: date) -> bool:
    return today - timedelta(days=LOOKED_BACK_DAYS) < day <= today


def _is_open(alert: Alert) -> bool:
    is_past = alert.late and bool(alert.walk)  # what is of no walk is open for as long as it is so
    return alert.state in STILL_SO and alert.audience is not Audience.CLINICIAN and not is_past


def _urgency(alert: Alert) -> tuple[bool, int, bool, int, str]:
    """A foot before an insole, the higher level first, then what nobody has answered, then what is newer."""
    answered = alert.acknowledged_t_ns is not None
    technical = alert.audience is Audience.TECHNICAL
    return technical, -_LEVELS.index(alert.level), answered, -alert.raised_t_ns, alert.id


def _of(walk: Summary | None, path: str) -> float | None:
    return None if walk is None else number(walk, path)
