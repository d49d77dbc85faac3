"""The rules of one walk: a second of figures in, the alerts that changed out. Pure; event time only.

Figures:
alerts.N.rule|side|level|evidence [words]: an alert of the walk: rule, foot, level and what it rests on
alerts.N.raised_s|cleared_s [s]: when it was raised and when it ended, after the first row
"""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.rules import evidence, wording
from processing.rules.baseline import Baseline
from processing.rules.deviation import DeviationEye
from processing.rules.eyes import eye, needed
from processing.rules.hot_area import HotAreaEye
from processing.rules.load_rule import StandingRule, SustainedRule
from processing.rules.peak import PeakEye
from processing.rules.phase import Phase, PhaseMachine
from processing.rules.reading import NO_FIGURES, Reading, StanceEye
from processing.rules.rule import LEVELS, DeviationRule, FaultRule, SilenceRule
from processing.rules.ruleset import Rule, RuleSet
from processing.rules.watch import Judgement, JudgementState, Watch
from processing.times import stamp

__all__ = ["Judgement", "JudgementState", "RuleEngine"]

_S = 10**9
_METRICS_STAND_FOR_NS = _S  # one message is one second: a leap between two proves nothing about what lies between


class RuleEngine:
    """Judges one walk by `rules` against the person's `baseline` (None: deviations cannot be judged)."""

    def __init__(self, rules: RuleSet, baseline: Baseline | None, walk: str) -> None:
        self._rules = rules
        self._walk = walk
        self._learned = {} if baseline is None else baseline.cells
        self._last: Metrics | None = None
        self._watches = [
            Watch(rule, side, eye(rule, side, baseline, rules), PhaseMachine(needed(rule)))
            for rule in sorted(rules.rules, key=_rank)
            for side in rule.sides
        ]
        for watch in self._watches:
            if isinstance(watch.rule, StandingRule):
                into = watch.rule.folds_into
                watch.folds_into = tuple(each for each in self._watches if each.rule.id == into)
        # without a baseline no deviation is ever judged
        self._awake = [each for each in self._watches if baseline or not isinstance(each.rule, DeviationRule)]
        self._stance_eyes: dict[Side, list[StanceEye]] = {
            side: [
                each.eye for each in self._watches if each.side is side and isinstance(each.eye, HotAreaEye | PeakEye)
            ]
            for side in Side
        }

    def wear(self, side: Side, checksum: int) -> None:
        """Which layout of cells is worn on a side, before its first figures. Loads of two layouts are not compared."""
        learned = self._learned.get(side)
        if learned is None or learned.checksum == checksum:
            return
        for watch in self._watches:
            if isinstance(watch.eye, DeviationEye) and watch.side in (side, None):
                watch.eye.set_aside()

    def feed(self, metrics: Metrics) -> list[Alert]:
        """One second of figures; what is not later than the last one is known already and changes nothing."""
        last = self._last
        if last is not None and metrics.t_ns <= last.t_ns:
            return []
        self._last = metrics
        whole_ns = 0 if last is None else metrics.t_ns - last.t_ns
        for stance in metrics.stances:
            for stance_eye in self._stance_eyes[stance.side]:
                stance_eye.take(stance)
        changed: list[Alert] = []
        for watch in self._awake:
            if watch.folds_into and watch.is_folded:
                alert = self._withdraw(watch, metrics.t_ns, wording.TOLD_AS_ANOTHER)
            elif watch.stays_idle(metrics):
                continue
            else:
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
            watch.judgement(NO_FIGURES if last is None else watch.read(last).reason) for watch in self._watches
        )

    def _judge(self, watch: Watch, metrics: Metrics, whole_ns: int) -> Alert | None:
        rule = watch.rule
        reading = watch.read(metrics)
        if len(reading.faults) > watch.told_faults:
            self._overrule(watch.side, metrics.t_ns)
        elapsed_ns = whole_ns if isinstance(rule, SilenceRule) else min(whole_ns, _METRICS_STAND_FOR_NS)
        before = watch.machine.phase
        after = watch.machine.step(reading.signal, metrics.t_ns, elapsed_ns, metrics.steps)
        watch.count_strong(reading, metrics, elapsed_ns)
        if after is Phase.ACTIVE and watch.alert is None:
            watch.alert = self._raise(watch, reading, metrics)
            watch.told_faults = len(reading.faults)
            return watch.alert
        if watch.alert is None:
            return None
        if after is Phase.RESTING and before is not after:
            cleared = replace(watch.alert, state=AlertState.CLEARED, cleared_t_ns=metrics.t_ns)
            watch.alert = None
            return cleared
        if watch.is_lost(reading) and self._has_fault(watch.side):
            return self._withdraw(watch, metrics.t_ns, wording.RESTED_ON_A_FAULT)
        return self._update(watch, watch.alert, reading, metrics)

    def _overrule(self, side: Side | None, t_ns: int) -> None:
        """What the other rules have seen of this foot so far rests on a cell that is unfit."""
        for watch in self._watches:
            if isinstance(watch.rule, DeviationRule) and watch.side in (side, None):
                watch.machine.overrule(t_ns)
                watch.strong.ns = None
        for stance_eye in self._stance_eyes[side] if side is not None else ():
            stance_eye.forget()

    def _has_fault(self, side: Side | None) -> bool:
        return any(each.alert and each.side is side and isinstance(each.rule, FaultRule) for each in self._watches)

    def _withdraw(self, watch: Watch, t_ns: int, why: str) -> Alert | None:
        watch.machine.withdraw(t_ns)
        alert, watch.alert = watch.alert, None
        return None if alert is None else _ended(alert, t_ns, why)

    def _update(self, watch: Watch, alert: Alert, reading: Reading, metrics: Metrics) -> Alert | None:
        """What has become more of an alert goes into the one that is there."""
        if isinstance(watch.rule, FaultRule):
            watch.told_faults = len(reading.faults)
            again = self._raise(watch, reading, metrics)
        elif isinstance(watch.rule, SustainedRule) and not set(reading.areas) <= set(alert.areas):
            areas = (*reading.areas, *(area for area in alert.areas if area not in reading.areas))
            again = self._raise(watch, dataclasses.replace(reading, areas=areas), metrics)
        else:
            return self._strengthen(watch, alert, reading, metrics)
        watch.alert = replace(alert, text=again.text, evidence=again.evidence, areas=again.areas)
        return watch.alert

    def _strengthen(self, watch: Watch, alert: Alert, reading: Reading, metrics: Metrics) -> Alert | None:
        rule = watch.rule
        if not isinstance(rule, DeviationRule) or rule.stronger is None:
            return None
        is_higher = LEVELS.index(rule.stronger.level) > LEVELS.index(alert.level)
        if not is_higher or reading.deviation is None or not watch.strong.reached(int(rule.stronger.hold_s * _S)):
            return None
        watch.alert = replace(alert, level=rule.stronger.level, evidence=self._evidence(watch, reading, metrics))
        return watch.alert

    def _raise(self, watch: Watch, reading: Reading, metrics: Metrics) -> Alert:
        areas = tuple(dict.fromkeys(fault.area for fault in reading.faults if fault.area)) or reading.areas
        return Alert(
            id=f"{watch.rule.id}-{watch.side or 'both'}-{stamp(metrics.t_ns)}",
            rule=watch.rule.id,
            level=watch.rule.level,
            audience=watch.rule.audience,
            state=AlertState.ACTIVE,
            raised_t_ns=metrics.t_ns,
            walk=self._walk,
            side=watch.side,
            areas=areas,
            text=wording.patient_text(watch.rule, watch.side, reading),
            evidence=self._evidence(watch, reading, metrics),
        )

    def _evidence(self, watch: Watch, reading: Reading, metrics: Metrics) -> str:
        held_s = watch.machine.held_s
        return evidence.line(watch.rule, watch.side, reading, metrics, self._rules, held_s=held_s)


def _rank(rule: Rule) -> int:
    """A bad cell before all that it fakes; what others fold into before these."""
    return next(
        (rank for rank, kind in enumerate((FaultRule, SustainedRule, StandingRule)) if isinstance(rule, kind)), 3
    )


def _end(watch: Watch, t_ns: int) -> Alert | None:
    alert, watch.alert = watch.alert, None
    watch.machine.end_walk(t_ns)
    return None if alert is None else _ended(alert, t_ns, wording.STILL_SO_AT_END)


def _ended(alert: Alert, t_ns: int, why: str) -> Alert:
    return replace(alert, state=AlertState.CLEARED, cleared_t_ns=t_ns, evidence=f"{alert.evidence} {why}")
