"""Of each rule: what looks at the seconds for it, and how long its phases last."""

from __future__ import annotations

from ingest.wire.geometry import Side
from processing.rules.baseline import Baseline
from processing.rules.deviation import DeviationEye
from processing.rules.hot_area import HotAreaEye
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.peak import PeakEye
from processing.rules.phase import Needed
from processing.rules.reading import Eye
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule
from processing.rules.ruleset import Rule, RuleSet
from processing.rules.standing import StandingEye
from processing.rules.sustained import SustainedEye
from processing.rules.technical import FaultEye, SilenceEye

_S = 10**9
_NEVER_NS = 1 << 62


def eye(rule: Rule, side: Side | None, baseline: Baseline | None, ruleset: RuleSet) -> Eye:
    if isinstance(rule, FaultRule):
        return FaultEye(side)
    if isinstance(rule, SilenceRule):
        return SilenceEye(side)
    if isinstance(rule, DeviationRule):
        return DeviationEye(rule, side, baseline, ruleset)
    return _load_eye(rule, side)


def _load_eye(rule: SustainedRule | StandingRule | PeakRule | HotAreaRule, side: Side | None) -> Eye:
    if isinstance(rule, SustainedRule):
        return SustainedEye(rule, side)
    if isinstance(rule, StandingRule):
        return StandingEye()
    return PeakEye(rule) if isinstance(rule, PeakRule) else HotAreaEye(rule, side)


def needed(rule: Rule) -> Needed:
    if isinstance(rule, FaultRule):
        return Needed(hold_ns=0, hold_steps=0, clear_ns=_NEVER_NS, rearm_ns=_NEVER_NS)
    # their figures hold for as long as the rule asks
    hold_s, clear_s, strides = 0.0, 0.0, 0
    if isinstance(rule, SilenceRule):
        hold_s, clear_s = rule.absent_s, rule.clear_s
    elif isinstance(rule, StandingRule):
        hold_s, clear_s = rule.hold_s, rule.clear_s
    elif isinstance(rule, DeviationRule):
        hold_s, clear_s, strides = rule.hold_s, rule.clear_s, rule.hold_strides
    return Needed(
        hold_ns=int(hold_s * _S),
        hold_steps=2 * strides,
        clear_ns=int(clear_s * _S),
        rearm_ns=int(rule.rearm_s * _S),
    )
