"""What goes on to the clinician, and what sounds once more. Pure; event time only.

Sources: clinical basis, life cycle and escalation (A1 and A9 repeat once when unanswered; sustained load of one area
again and again, and every warm spot, become a task for the next working day). Ids rest on the alerts alone, so what is
found again after a restart is the same thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, Outcome
from processing.rules.day_rule import EscalationRule
from processing.rules.lifecycle import asked_because
from processing.rules.outcome import known_since_t_ns
from processing.rules.peace import holds
from processing.times import local_day

SUSTAINED, WARM = "A1", "A9"
_S = 10**9
_DAY_NS = 24 * 3600 * _S
_SATURDAY = 5


class HandoverWhy(StrEnum):
    """Named as the clinician's tasks are."""

    WARM = "warm"
    REPEATED = "repeated"
    ASKED = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Something for the clinician. `about`: ids of alerts, the one that is escalated last; `due`: ISO day."""

    id: str
    why: HandoverWhy
    text: str
    about: tuple[str, ...]
    opened_t_ns: int
    due: str


def repeats(alert: Alert, rule: EscalationRule, t_ns: int) -> bool:
    """Whether it is to sound a second time: medium, told, still so, and unanswered for long enough."""
    return (
        alert.rule in rule.repeated
        and alert.level is AlertLevel.MEDIUM
        and len(alert.sounded_t_ns) == 1
        and holds(alert)
        and t_ns - alert.sounded_t_ns[0] >= rule.unanswered_s * _S
    )


def next_working_day(t_ns: int, zone: tzinfo) -> str:
    """Monday to Friday, after the day of `t_ns`; holidays are not known here."""
    day = local_day(t_ns, zone) + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day.isoformat()


def warm(alert: Alert, zone: tzinfo) -> Handover:
    """Of every temperature alert."""
    return Handover(
        id=f"warm-{alert.id}",
        why=HandoverWhy.WARM,
        text=f"A spot stays warmer than on the other foot. {alert.evidence}",
        about=(alert.id,),
        opened_t_ns=alert.raised_t_ns,
        due=next_working_day(alert.raised_t_ns, zone),
    )


def asked(alert: Alert, reply: AlertReply, zone: tzinfo) -> Handover:
    """Somebody hands an alert on."""
    return Handover(
        id=f"asked-{alert.id}",
        why=HandoverWhy.ASKED,
        text=asked_because(alert, reply),
        about=(alert.id,),
        opened_t_ns=reply.t_ns,
        due=next_working_day(reply.t_ns, zone),
    )


def repeated(
    alerts: Iterable[Alert], handed: Collection[str], rule: EscalationRule, zone: tzinfo
) -> Iterator[Handover]:
    """Sustained load of one area of one foot that was not seen to be taken off, `same_area` times in `days` days.

    :param handed: ids of alerts that an earlier handover of this kind is about: they count once.
    """
    used = set(handed)
    open_cases: list[Alert] = []
    for alert in sorted(alerts, key=lambda each: (each.raised_t_ns, each.id)):
        if alert.rule != SUSTAINED or alert.id in used or alert.outcome in (None, Outcome.OFFLOADED):
            continue
        open_cases.append(alert)
        for area in alert.areas or ("",):
            same = [each for each in open_cases if _is_same(each, alert, area, rule)]
            if len(same) >= rule.same_area:
                used.update(each.id for each in same)
                open_cases = [each for each in open_cases if each.id not in used]
                yield _handover(same, area, rule, zone)
                break


def _is_same(each: Alert, latest: Alert, area: str, rule: EscalationRule) -> bool:
    is_recent = latest.raised_t_ns - each.raised_t_ns < rule.days * _DAY_NS
    return is_recent and each.side is latest.side and area in (each.areas or ("",))


def _handover(same: list[Alert], area: str, rule: EscalationRule, zone: tzinfo) -> Handover:
    latest = same[-1]
    opened_t_ns = max(known_since_t_ns(each) or each.raised_t_ns for each in same)
    place = " ".join(word for word in (str(latest.side or "both feet"), area.replace("_", " ")) if word)
    return Handover(
        id=f"repeated-{latest.id}",
        why=HandoverWhy.REPEATED,
        text=(
            f"Sustained load, {place}: {len(same)} times in {rule.days} days without being seen to be taken off "
            f"within 20 min. Latest: {latest.evidence}"
        ),
        about=tuple(each.id for each in same),
        opened_t_ns=opened_t_ns,
        due=next_working_day(opened_t_ns, zone),
    )
