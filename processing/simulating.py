"""Other limits over walks that are stored: what would have been raised, beside what was.

Rules over seconds are run again on the packed seconds of each walk, under the baseline of its time; nothing is kept.
What the metrics themselves rest on (the length of their windows, recipes) cannot be changed this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.rules.baseline import Baseline
from processing.rules.engine import RuleEngine
from processing.rules.preset import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One rule as it was and as it would be: alerts raised, and those of them in both."""

    rule: str
    was: int
    would_be: int
    both: int


def judged_again(
    walk: str,
    seconds: Iterable[Metrics],
    rules: RuleSet,
    baseline: Baseline | None,
    worn: Mapping[Side, int] | None = None,
) -> list[Alert]:
    """Every alert of the walk under these rules, as it stood in the end; earliest first.

    :param worn: checksums of the layouts of that walk, where they are known.
    """
    engine = RuleEngine(rules, baseline, walk)
    for side, checksum in (worn or {}).items():
        engine.wear(side, checksum)
    last: dict[str, Alert] = {}
    for metrics in seconds:
        for alert in engine.feed(metrics):
            last[alert.id] = alert
    last |= {alert.id: alert for alert in engine.finish()}
    return sorted(last.values(), key=lambda alert: (alert.raised_t_ns, alert.id))


def beside(was: Sequence[Alert], would_be: Sequence[Alert], rules: Iterable[str]) -> list[Beside]:
    """Rule by rule, in the order given."""
    before, after, both = _by_rule(was), _by_rule(would_be), _by_rule(set(would_be) - set(only(would_be, was)))
    return [Beside(rule=rule, was=before[rule], would_be=after[rule], both=both[rule]) for rule in rules]


def only(these: Sequence[Alert], those: Sequence[Alert]) -> list[Alert]:
    """Of these alerts the ones that have no fellow among those: of the same rule, foot and walk, at the same time.

    With another limit the same event is told some seconds earlier or later.
    """
    fellows: dict[tuple[str, str, str], list[Alert]] = {}
    for each in those:
        fellows.setdefault(_cause(each), []).append(each)
    return [each for each in these if not any(_overlap(each, other) for other in fellows.get(_cause(each), ()))]


def _cause(alert: Alert) -> tuple[str, str, str]:
    return alert.rule, alert.side or "", alert.walk


def _overlap(one: Alert, other: Alert) -> bool:
    return one.raised_t_ns <= _end(other) and other.raised_t_ns <= _end(one)


def _end(alert: Alert) -> int:
    return alert.raised_t_ns if alert.cleared_t_ns is None else alert.cleared_t_ns


def _by_rule(alerts: Iterable[Alert]) -> Mapping[str, int]:
    return Counter(alert.rule for alert in alerts)
