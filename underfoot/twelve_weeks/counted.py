"""What became of the alerts of a story, counted from the alerts themselves. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from ingest.wire.alerts import Alert, AlertState
from processing.rules.peace import alerts_per_worn_hour, useful_share_pct
from processing.times import local_day
from underfoot.twelve_weeks.person import ZONE

_ENDED = (AlertState.CLEARED, AlertState.CLOSED)
_S = 10**9


def by_rule(alerts: Iterable[Alert]) -> dict[str, dict[str, Any]]:
    """Each rule that raised any: how many, how many late, how many sounded, how they ended."""
    of_rule: dict[str, list[Alert]] = {}
    for alert in alerts:
        of_rule.setdefault(alert.rule, []).append(alert)
    return {rule: _counts(of_rule[rule]) for rule in sorted(of_rule, key=_in_order)}


def sounds(alerts: Iterable[Alert]) -> dict[str, Any]:
    """How often it was loud: in all, on the loudest day, and the least time between two."""
    heard = sorted(t_ns for alert in alerts for t_ns in alert.sounded_t_ns)
    of_day = Counter(local_day(t_ns, ZONE).isoformat() for t_ns in heard)
    gaps = [(later - earlier) / _S / 60 for earlier, later in pairwise(heard)]
    return {
        "audible": len(heard),
        "days_with_one": len(of_day),
        "most_on_a_day": max(of_day.values(), default=0),
        "least_gap_min": min(gaps, default=None),
    }


def not_ended(alerts: Iterable[Alert]) -> list[str]:
    """Alerts that are in no end state."""
    return [alert.id for alert in alerts if alert.state not in _ENDED]


def rates(alerts: Sequence[Alert], worn_h: float | None) -> dict[str, float | None]:
    """Over the whole story."""
    return {
        "worn_h": worn_h,
        "alerts_per_worn_hour": alerts_per_worn_hour(alerts, worn_h),
        "useful_share_pct": useful_share_pct(alerts),
    }


def _counts(alerts: Sequence[Alert]) -> dict[str, Any]:
    outcomes = Counter(alert.outcome.value for alert in alerts if alert.outcome is not None)
    return {
        "raised": len(alerts),
        "late": sum(alert.late for alert in alerts),
        "audible": sum(len(alert.sounded_t_ns) for alert in alerts),
        "acknowledged": sum(alert.acknowledged_t_ns is not None for alert in alerts),
        "escalated": sum(alert.escalated_t_ns is not None for alert in alerts),
        "useful": sum(alert.useful is True for alert in alerts),
        "not_useful": sum(alert.useful is False for alert in alerts),
        "levels": dict(sorted(Counter(alert.level.value for alert in alerts).items())),
        "outcomes": dict(sorted(outcomes.items())),
        "states": dict(sorted(Counter(alert.state.value for alert in alerts).items())),
        "not_audible_because": dict(
            sorted(Counter(alert.quiet.value for alert in alerts if alert.quiet is not None).items())
        ),
    }


def _in_order(rule: str) -> tuple[str, int, str]:
    digits = "".join(sign for sign in rule if sign.isdigit())
    return rule[:1], int(digits or 0), rule
