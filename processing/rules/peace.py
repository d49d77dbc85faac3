"""Which alert may sound, and when. Pure; what has sounded stands in the alerts, so a restart forgets nothing.

Why so few: 87 to 99 % of hospital alarms needed no action, and people answered more slowly the more of these they had
heard in the last two hours (Bonafide 2015). What may not sound is listed all the same.

Figures:
alerts per hour worn [1/h]: alerts that asked for a sound / hours worn, both of the last 28 days (Najafi 2017: 0.4-0.8)
useful share [%]: 100 · alerts called useful / alerts called useful or not useful, of those raised in the last 28 days
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience, Quiet
from processing.rules.day_rule import PeaceRule

_S = 10**9
_DAY_NS = 24 * 3600 * _S


class Sound(StrEnum):
    NOW = "now"


def decide(alert: Alert, soundings: Iterable[int], rule: PeaceRule, t_ns: int, zone: tzinfo) -> Sound | Quiet:
    """Whether the alert may sound at `t_ns`.

    :param soundings: of all the person's alerts, UTC ns, in any order; later ones than `t_ns` count too, because rows
        may lag behind the clock.
    """
    if alert.late:
        return Quiet.LATE
    if not wants_sound(alert):
        return Quiet.LISTED
    if is_quiet_hour(rule, t_ns, zone):
        return Quiet.QUIET_HOURS
    sounded = list(soundings)
    today = local_day(t_ns, zone)
    kept = 0 if alert.level is AlertLevel.MEDIUM else rule.kept_for_medium
    near = [each for each in sounded if abs(each - t_ns) <= 2 * _DAY_NS]
    if sum(local_day(each, zone) == today for each in near) >= rule.per_day - kept:
        return Quiet.DAY_FULL
    if any(abs(each - t_ns) < rule.gap_s * _S for each in near):
        return Quiet.SPACED
    return Sound.NOW


def wants_sound(alert: Alert) -> bool:
    """Whether its level and audience want a sound at all."""
    return alert.level is not AlertLevel.INFO and alert.audience is not Audience.CLINICIAN


def holds(alert: Alert) -> bool:
    """Whether it is still so and nobody has answered; being handed to the clinician is no answer."""
    is_on = alert.state in (AlertState.ACTIVE, AlertState.ESCALATED)
    return is_on and alert.cleared_t_ns is None and alert.acknowledged_t_ns is None


def waits(alert: Alert) -> bool:
    """Whether it has yet to sound, as soon as it may."""
    is_told = bool(alert.sounded_t_ns) or alert.quiet is Quiet.SAME_CAUSE
    return not is_told and not alert.late and wants_sound(alert) and holds(alert)


def is_told_by_another(alert: Alert, others: Iterable[Alert]) -> bool:
    """Whether one of the same rule and foot has sounded and is still so: it is the same cause under another id."""
    return any(
        (each.rule, each.side) == (alert.rule, alert.side)
        and each.id != alert.id
        and _share_an_area(each, alert)
        and each.cleared_t_ns is None
        and bool(each.sounded_t_ns)
        for each in others
    )


def urgency(alert: Alert) -> tuple[bool, bool, int, str]:
    """Sorts the most urgent first: medium before low, what has never sounded before a repeat, then the oldest."""
    return alert.level is not AlertLevel.MEDIUM, bool(alert.sounded_t_ns), alert.raised_t_ns, alert.id


def is_quiet_hour(rule: PeaceRule, t_ns: int, zone: tzinfo) -> bool:
    """By the person's own clock; the hours may go over midnight."""
    begin, end = time.fromisoformat(rule.quiet_from), time.fromisoformat(rule.quiet_to)
    now = _local(t_ns, zone).time()
    return begin <= now < end if begin <= end else now >= begin or now < end


def local_day(t_ns: int, zone: tzinfo) -> date:
    return _local(t_ns, zone).date()


def alert_rates(
    alerts: Iterable[Alert], worn_h: float | None, now_t_ns: int, days: int = 28
) -> tuple[float | None, float | None]:
    """Alerts per hour worn and the share found useful in percent, over the last `days`; None: nothing to divide by.

    :param worn_h: hours worn in the same days; None: not known.
    """
    lately = [each for each in alerts if 0 <= now_t_ns - each.raised_t_ns < days * _DAY_NS]
    asking = sum(wants_sound(each) and not each.late for each in lately)
    judged = [each.useful for each in lately if each.useful is not None]
    return asking / worn_h if worn_h else None, 100.0 * sum(judged) / len(judged) if judged else None


def _local(t_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(t_ns // _S, zone)


def _share_an_area(one: Alert, other: Alert) -> bool:
    return bool(set(one.areas) & set(other.areas)) or not (one.areas and other.areas)
