"""One rule for one foot: its eye, the phase it is in and the alert that is active."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Metrics
from processing.rules.deviation import margin_points
from processing.rules.phase import Hold, Phase, PhaseMachine, Signal
from processing.rules.reading import Eye, Reading, unknown
from processing.rules.rule import DeviationRule, FaultRule
from processing.rules.ruleset import Rule


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
class Watch:
    rule: Rule
    side: Side | None
    eye: Eye
    machine: PhaseMachine
    strong: Hold = field(default_factory=Hold)
    alert: Alert | None = None  # while active
    told_faults: int = 0
    faults_seen: tuple[CellFault, ...] | None = None  # the ones looked through last
    folds_into: tuple[Watch, ...] = ()  # while one of these is active, it tells of this too

    @property
    def is_folded(self) -> bool:
        return any(each.alert is not None for each in self.folds_into)

    def read(self, metrics: Metrics) -> Reading:
        reading = self.eye.read(metrics)
        if not self.is_lost(reading) or reading.signal is Signal.UNKNOWN or self.alert is None:
            return reading
        reason = f"not measured any more: {', '.join(self.alert.areas)}"
        return unknown(reason, coverage_pct=reading.coverage_pct, lost=reading.lost)

    def is_lost(self, reading: Reading) -> bool:
        """Whether nothing of what the active alert tells of is measured any more."""
        return bool(reading.lost) and self.alert is not None and set(self.alert.areas) <= set(reading.lost)

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
            return self.alert is not None and isinstance(self.rule, FaultRule) and not self._is_more(metrics)
        signal = self.eye.sense(metrics)
        if signal is Signal.OVER:
            return False
        if signal is not Signal.UNKNOWN:
            self.machine.stay_idle()
            self.strong.ns = None
        return True

    def count_strong(self, reading: Reading, metrics: Metrics, elapsed_ns: int) -> None:
        rule = self.rule
        if isinstance(rule, DeviationRule) and rule.stronger is not None:
            points = rule.stronger.points + margin_points(rule, metrics)
            self.strong.count(None if reading.deviation is None else reading.deviation >= points, elapsed_ns)

    def _is_more(self, metrics: Metrics) -> bool:
        """Whether a fault rule has not told of all faults of its foot."""
        if metrics.cell_faults is self.faults_seen:
            return False
        self.faults_seen = metrics.cell_faults
        return sum(fault.side is self.side for fault in metrics.cell_faults) > self.told_faults
