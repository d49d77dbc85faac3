"""Which alert may sound, and when. Pure; what has sounded stands in the alerts, so a restart forgets nothing.

Why so few: 87 to 99 % of hospital alarms needed no action, and people answered more slowly the more of these they had
heard in the last two hours (Bonafide 2015). What may not sound is listed all the same.

Figures:
alerts per hour worn [1/h]: alerts that have sounded / hours worn in the same days (Najafi 2017: 0.4-0.8)
useful share [%]: 100 · alerts called useful / alerts called useful or not useful
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, tzinfo
from enum import StrEnum

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience, Quiet
from processing.rules.day_rule import PeaceRule
from processing.times import local_day, local_time

_S = 10**9
_DAY_NS = 24 * 3600 * _S
LOOKS_BACK_NS = 2 * _DAY_NS  # what sounded before that is of no day that could be full
_OF_STANDING = frozenset({"A1"})
_OF_A_FOOT = frozenset({"A9"})  # which has many places, and is warm all over when it is hot
_MOVE_NS = 120 * _S  # as long as the first one asks for a seat or a stroll


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
    near = [each for each in sounded if abs(each - t_ns) <= LOOKS_BACK_NS]
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


def is_silenced(alert: Alert) -> bool:
    """Whether it makes no sound only because another one tells of its cause."""
    is_mute = not alert.sounded_t_ns and alert.quiet is Quiet.SAME_CAUSE and not alert.late
    return is_mute and wants_sound(alert) and holds(alert)


def is_told_by_another(alert: Alert, others: Iterable[Alert], t_ns: int) -> bool:
    """Whether one of the same rule has sounded that tells of the same cause at `t_ns`."""
    return any(
        each.id != alert.id and each.rule == alert.rule and bool(each.sounded_t_ns) and _has_told(each, alert, t_ns)
        for each in others
    )


def _has_told(told: Alert, alert: Alert, t_ns: int) -> bool:
    """The same place under another id, or another warm spot of the same foot, while it lasts. Both feet of somebody
    who stands still, until some time after the first one is seen to be off. A bad cell, which ends with each walk and
    is found again in the next, for a day."""
    if alert.audience is Audience.TECHNICAL:
        is_same = told.side is alert.side and bool(told.areas) is bool(alert.areas)
        return is_same and set(alert.areas) <= set(told.areas) and t_ns - told.sounded_t_ns[-1] < _DAY_NS
    if told.side is alert.side:
        return told.cleared_t_ns is None and (alert.rule in _OF_A_FOOT or _share_an_area(told, alert))
    is_one_stand = alert.rule in _OF_STANDING and abs(told.raised_t_ns - alert.raised_t_ns) <= _MOVE_NS
    return is_one_stand and (told.cleared_t_ns is None or t_ns - told.cleared_t_ns <= _MOVE_NS)


def urgency(alert: Alert) -> tuple[bool, bool, int, str]:
    """Sorts the most urgent first: medium before low, what has never sounded before a repeat, then the oldest."""
    return alert.level is not AlertLevel.MEDIUM, bool(alert.sounded_t_ns), alert.raised_t_ns, alert.id


def is_quiet_hour(rule: PeaceRule, t_ns: int, zone: tzinfo) -> bool:
    """By the person's own clock; the hours may go over midnight."""
    begin, end = time.fromisoformat(rule.quiet_from), time.fromisoformat(rule.quiet_to)
    now = local_time(t_ns, zone).time()
    return begin <= now < end if begin <= end else now >= begin or now < end


def alerts_per_worn_hour(alerts: Iterable[Alert], worn_h: float | None) -> float | None:
    """Of the alerts of a time in which the insoles were worn for `worn_h`; None: not worn, or not known."""
    return sum(bool(each.sounded_t_ns) for each in alerts) / worn_h if worn_h else None


def useful_share_pct(alerts: Iterable[Alert]) -> float | None:
    """None: nobody has judged any."""
    judged = [each.useful for each in alerts if each.useful is not None]
    return 100 * sum(judged) / len(judged) if judged else None


def _share_an_area(one: Alert, other: Alert) -> bool:
    return bool(set(one.areas) & set(other.areas)) or not (one.areas and other.areas)
