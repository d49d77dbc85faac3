"""Whether the load went off the foot within 20 min of an alert. Pure; event time only.

Success is the offloading within 20 min of the onset (Najafi 2017 JDST). It is measured, never asked: an alert that was
seen to end in time was offloaded, one that was seen to hold at 20 min was not, and one whose data ended before either
was *not measured*. An alert counts as seen to end when the rows showed it, not when the walk was merely over.
"""

from __future__ import annotations

from ingest.wire.alerts import Alert, Outcome
from processing.rules.wording import NOT_SEEN_TO_END

OFFLOAD_WITHIN_NS = 20 * 60 * 10**9
LOADS = frozenset({"A1", "A3", "A4", "A5", "A6"})  # rules about a load that a person can take off


def outcome(alert: Alert, measured_until_t_ns: int) -> Outcome | None:
    """Of an alert as it stands; None: not known yet, or not asked of its rule.

    :param measured_until_t_ns: the end of the last row of the foot, or feet, that the alert is about.
    """
    if alert.outcome is not None or alert.rule not in LOADS:
        return alert.outcome
    due_t_ns = alert.raised_t_ns + OFFLOAD_WITHIN_NS
    if alert.cleared_t_ns is None:
        return Outcome.NOT_OFFLOADED if measured_until_t_ns >= due_t_ns else None
    if not alert.evidence.endswith(NOT_SEEN_TO_END):
        return Outcome.OFFLOADED if alert.cleared_t_ns <= due_t_ns else Outcome.NOT_OFFLOADED
    seen_until_t_ns = min(alert.cleared_t_ns, measured_until_t_ns)
    return Outcome.NOT_OFFLOADED if seen_until_t_ns >= due_t_ns else Outcome.NOT_MEASURED


def known_since_t_ns(alert: Alert) -> int | None:
    """When its outcome became known; a fact of the alert, whenever it is computed."""
    if alert.outcome is None:
        return None
    if alert.outcome is Outcome.NOT_OFFLOADED or alert.cleared_t_ns is None:
        return alert.raised_t_ns + OFFLOAD_WITHIN_NS
    return alert.cleared_t_ns
