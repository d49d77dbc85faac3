"""The rules of one walk: a second of figures in, the alerts that changed out. Pure; event time only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from msgspec.structs import replace

from ingest.wire.geometry import Side
from ingest.wire.messages import Alert, AlertState, Metrics
from processing.rules import wording
from processing.rules.baseline import Baseline
from processing.rules.phase import Hold, Needed, Phase, PhaseMachine
from processing.rules.reading import NO_FIGURES, Reading, read
from processing.rules.rule import LEVELS, DeviationRule, Rule, RuleSet, SilenceRule

_S = 10**9
_METRICS_STAND_FOR_NS = _S  # one message is one second: a leap between two proves nothing about what lies between


class JudgementState(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"
    ACTIVE = "active"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Where a rule stands for one foot (None: both) now.

    `reason` says why it cannot be judged, also beside ACTIVE: an active alert stays so until its clearing is seen.
    """

    rule: str
    side: Side | None
    state: JudgementState
    since_t_ns: int | None = None  # pending or active since
    reason: str | None = None


@dataclass(slots=True)
class _Watch:
    """One rule for one foot."""

    rule: Rule
    side: Side | None
    machine: PhaseMachine
    strong: Hold = field(default_factory=Hold)
    alert: Alert | None = None  # while active
    reading: Reading | None = None

    def judgement(self) -> Judgement:
        reason = NO_FIGURES if self.reading is None else self.reading.reason
        state, since_t_ns = JudgementState.INACTIVE, None
        if self.alert is not None:
            state, since_t_ns = JudgementState.ACTIVE, self.alert.raised_t_ns
        elif reason is not None:
            state = JudgementState.CANNOT_JUDGE
        elif self.machine.phase is Phase.PENDING:
            state = JudgementState.PENDING
        if self.alert is None and self.machine.phase is Phase.PENDING:
            since_t_ns = self.machine.since_t_ns
        return Judgement(rule=self.rule.id, side=self.side, state=state, since_t_ns=since_t_ns, reason=reason)


class RuleEngine:
    """Judges one walk by `rules` against the person's `baseline` (None: deviations cannot be judged)."""

    def __init__(self, rules: RuleSet, baseline: Baseline | None, walk: str) -> None:
        self._rules = rules
        self._baseline = baseline
        self._walk = walk
        self._last_t_ns: int | None = None
        self._watches = [_Watch(rule, side, PhaseMachine(_needed(rule))) for rule in rules.rules for side in rule.sides]

    def feed(self, metrics: Metrics) -> list[Alert]:
        """One second of figures; what is not later than the last one is known already and changes nothing."""
        last = self._last_t_ns
        if last is not None and metrics.t_ns <= last:
            return []
        self._last_t_ns = metrics.t_ns
        whole_ns = 0 if last is None else metrics.t_ns - last
        changed = (self._judge(watch, metrics, whole_ns) for watch in self._watches)
        return [alert for alert in changed if alert is not None]

    def finish(self) -> list[Alert]:
        """The walk is over: what is still active ends with it, and its evidence says so. A repeat changes nothing."""
        if self._last_t_ns is None:
            return []
        ended = [_end(watch, self._last_t_ns) for watch in self._watches]
        return [alert for alert in ended if alert is not None]

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """One for each rule and foot, in the order of the rules."""
        return tuple(watch.judgement() for watch in self._watches)

    def _judge(self, watch: _Watch, metrics: Metrics, whole_ns: int) -> Alert | None:
        rule = watch.rule
        reading = watch.reading = read(rule, watch.side, metrics, self._baseline, self._rules)
        elapsed_ns = whole_ns if isinstance(rule, SilenceRule) else min(whole_ns, _METRICS_STAND_FOR_NS)
        before = watch.machine.phase
        after = watch.machine.step(reading.signal, metrics.t_ns, elapsed_ns, metrics.steps)
        _count_strong(watch, reading, elapsed_ns)
        if after is Phase.ACTIVE and watch.alert is None:
            watch.alert = self._raise(watch, reading, metrics)
            return watch.alert
        if after is Phase.RESTING and watch.alert is not None and before is not after:
            cleared = replace(watch.alert, state=AlertState.CLEARED, cleared_t_ns=metrics.t_ns)
            watch.alert = None
            return cleared
        return self._strengthen(watch, reading, metrics)

    def _raise(self, watch: _Watch, reading: Reading, metrics: Metrics) -> Alert:
        return Alert(
            id=f"{watch.rule.id}-{watch.side or 'both'}-{_compact_utc(metrics.t_ns)}",
            rule=watch.rule.id,
            level=watch.rule.level,
            state=AlertState.ACTIVE,
            raised_t_ns=metrics.t_ns,
            walk=self._walk,
            side=watch.side,
            text=wording.patient_text(watch.rule, watch.side, reading),
            evidence=wording.evidence(
                watch.rule, watch.side, reading, metrics, self._rules, held_s=watch.machine.held_s
            ),
        )

    def _strengthen(self, watch: _Watch, reading: Reading, metrics: Metrics) -> Alert | None:
        rule, alert = watch.rule, watch.alert
        if alert is None or not isinstance(rule, DeviationRule) or rule.stronger is None:
            return None
        is_higher = LEVELS.index(rule.stronger.level) > LEVELS.index(alert.level)
        if not is_higher or reading.deviation is None or not watch.strong.reached(int(rule.stronger.hold_s * _S)):
            return None
        line = wording.evidence(rule, watch.side, reading, metrics, self._rules, held_s=watch.machine.held_s)
        watch.alert = replace(alert, level=rule.stronger.level, evidence=line)
        return watch.alert


def _count_strong(watch: _Watch, reading: Reading, elapsed_ns: int) -> None:
    rule = watch.rule
    if isinstance(rule, DeviationRule) and rule.stronger is not None:
        watch.strong.count(None if reading.deviation is None else reading.deviation >= rule.stronger.points, elapsed_ns)


def _end(watch: _Watch, t_ns: int) -> Alert | None:
    alert, watch.alert = watch.alert, None
    watch.machine.end_walk(t_ns)
    if alert is None:
        return None
    evidence = f"{alert.evidence} {wording.STILL_SO_AT_END}"
    return replace(alert, state=AlertState.CLEARED, cleared_t_ns=t_ns, evidence=evidence)


def _needed(rule: Rule) -> Needed:
    if isinstance(rule, SilenceRule):
        hold_s, hold_steps = rule.absent_s, 0
    else:
        hold_s, hold_steps = rule.hold_s, 2 * rule.hold_strides
    return Needed(
        hold_ns=int(hold_s * _S),
        hold_steps=hold_steps,
        clear_ns=int(rule.clear_s * _S),
        rearm_ns=int(rule.rearm_s * _S),
    )


def _compact_utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns // 10**9, UTC):%Y%m%dT%H%M%SZ}"
