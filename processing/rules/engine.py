"""The rules of one walk: a second of figures in, the alerts that changed out. Pure; event time only.

Figures:
alerts.N.rule|side|level|evidence [words]: an alert of the walk: rule, foot, level and what it rests on
alerts.N.raised_s|cleared_s [s]: when it was raised and when it ended, after the first row
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from msgspec.structs import replace

from ingest.wire.geometry import Side
from ingest.wire.messages import Alert, AlertState, CellFault, Metrics
from processing.rules import wording
from processing.rules.baseline import Baseline
from processing.rules.phase import Hold, Needed, Phase, PhaseMachine, Signal
from processing.rules.reading import NO_FIGURES, Reading, Sense, margin_points, read, sense
from processing.rules.rule import LEVELS, DeviationRule, FaultRule, Rule, RuleSet, SilenceRule

_S = 10**9
_METRICS_STAND_FOR_NS = _S  # one message is one second: a leap between two proves nothing about what lies between
_NEVER_NS = 1 << 62


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
    sense: Sense
    machine: PhaseMachine
    strong: Hold = field(default_factory=Hold)
    alert: Alert | None = None  # while active
    told_faults: int = 0
    faults_seen: tuple[CellFault, ...] | None = None  # the ones looked through last

    def judgement(self, reason: str | None) -> Judgement:
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

    def stays_idle(self, metrics: Metrics) -> bool:
        """Whether this second changes nothing; then it has been counted."""
        if self.machine.phase is not Phase.INACTIVE:
            return self.alert is not None and isinstance(self.rule, FaultRule) and not self.is_more(metrics)
        signal = self.sense(metrics)
        if signal is Signal.OVER:
            return False
        if signal is not Signal.UNKNOWN:
            self.machine.stay_idle()
            self.strong.ns = None
        return True

    def is_more(self, metrics: Metrics) -> bool:
        """Whether a fault rule has not told of all faults of its foot."""
        if metrics.cell_faults is self.faults_seen:
            return False
        self.faults_seen = metrics.cell_faults
        return sum(fault.side is self.side for fault in metrics.cell_faults) > self.told_faults


class RuleEngine:
    """Judges one walk by `rules` against the person's `baseline` (None: deviations cannot be judged)."""

    def __init__(self, rules: RuleSet, baseline: Baseline | None, walk: str) -> None:
        self._rules = rules
        self._baseline = baseline
        self._walk = walk
        self._last: Metrics | None = None
        self._watches = [
            _Watch(rule, side, sense(rule, side, baseline, rules), PhaseMachine(_needed(rule)))
            for rule in sorted(rules.rules, key=lambda rule: not isinstance(rule, FaultRule))
            for side in rule.sides
        ]
        # without a baseline no deviation is ever judged
        self._awake = [each for each in self._watches if baseline or not isinstance(each.rule, DeviationRule)]

    def feed(self, metrics: Metrics) -> list[Alert]:
        """One second of figures; what is not later than the last one is known already and changes nothing."""
        last = self._last
        if last is not None and metrics.t_ns <= last.t_ns:
            return []
        self._last = metrics
        whole_ns = 0 if last is None else metrics.t_ns - last.t_ns
        changed: list[Alert] = []
        for watch in self._awake:
            if not watch.stays_idle(metrics):
                alert = self._judge(watch, metrics, whole_ns)
                if alert is not None:
                    changed.append(alert)
        return changed

    def finish(self) -> list[Alert]:
        """The walk is over: what is still active ends with it, and its evidence says so. A repeat changes nothing."""
        last = self._last
        if last is None:
            return []
        ended = [_end(watch, last.t_ns) for watch in self._watches]
        return [alert for alert in ended if alert is not None]

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """One for each rule and foot, in the order of the rules."""
        last = self._last
        return tuple(
            watch.judgement(NO_FIGURES if last is None else self._read(watch, last).reason) for watch in self._watches
        )

    def _read(self, watch: _Watch, metrics: Metrics) -> Reading:
        return read(watch.rule, watch.side, metrics, self._baseline, self._rules)

    def _judge(self, watch: _Watch, metrics: Metrics, whole_ns: int) -> Alert | None:
        rule = watch.rule
        reading = self._read(watch, metrics)
        if len(reading.faults) > watch.told_faults:
            self._overrule(watch.side, metrics.t_ns)
        elapsed_ns = whole_ns if isinstance(rule, SilenceRule) else min(whole_ns, _METRICS_STAND_FOR_NS)
        before = watch.machine.phase
        after = watch.machine.step(reading.signal, metrics.t_ns, elapsed_ns, metrics.steps)
        _count_strong(watch, reading, metrics, elapsed_ns)
        if after is Phase.ACTIVE and watch.alert is None:
            watch.alert = self._raise(watch, reading, metrics)
            watch.told_faults = len(reading.faults)
            return watch.alert
        if after is Phase.RESTING and watch.alert is not None and before is not after:
            cleared = replace(watch.alert, state=AlertState.CLEARED, cleared_t_ns=metrics.t_ns)
            watch.alert = None
            return cleared
        if isinstance(rule, FaultRule):
            return self._add_faults(watch, reading, metrics)
        return self._strengthen(watch, reading, metrics)

    def _overrule(self, side: Side | None, t_ns: int) -> None:
        """What the other rules have seen of this foot so far rests on a cell that is unfit."""
        for watch in self._watches:
            if isinstance(watch.rule, DeviationRule) and watch.side in (side, None):
                watch.machine.overrule(t_ns)
                watch.strong.ns = None

    def _add_faults(self, watch: _Watch, reading: Reading, metrics: Metrics) -> Alert | None:
        """More cells of the foot go into the alert that is there."""
        if watch.alert is None:
            return None
        again = self._raise(watch, reading, metrics)
        watch.told_faults = len(reading.faults)
        watch.alert = replace(watch.alert, text=again.text, evidence=again.evidence)
        return watch.alert

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


def _count_strong(watch: _Watch, reading: Reading, metrics: Metrics, elapsed_ns: int) -> None:
    rule = watch.rule
    if isinstance(rule, DeviationRule) and rule.stronger is not None:
        points = rule.stronger.points + margin_points(rule, metrics)
        watch.strong.count(None if reading.deviation is None else reading.deviation >= points, elapsed_ns)


def _end(watch: _Watch, t_ns: int) -> Alert | None:
    alert, watch.alert = watch.alert, None
    watch.machine.end_walk(t_ns)
    if alert is None:
        return None
    evidence = f"{alert.evidence} {wording.STILL_SO_AT_END}"
    return replace(alert, state=AlertState.CLEARED, cleared_t_ns=t_ns, evidence=evidence)


def _needed(rule: Rule) -> Needed:
    if isinstance(rule, FaultRule):
        return Needed(hold_ns=0, hold_steps=0, clear_ns=_NEVER_NS, rearm_ns=_NEVER_NS)
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
