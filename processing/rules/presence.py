"""When an alert that began in late rows is one of the present: live rows alone would have raised it. Pure."""

from __future__ import annotations

from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule
from processing.rules.ruleset import Rule, RuleSet

_S = 10**9
_SUSTAINED_WINDOW_S = 900.0
_S_PER_STANCE = 2.0  # of one foot, at a slow walk; a hurried one takes half of it


def looks_back_ns(rule_id: str, rules: RuleSet) -> int | None:
    """How far back a rule looks to raise its alert; None: that it holds says nothing about the latest rows.

    So it is with a bad cell, which is told until the walk is over, and with what is not about seconds.
    """
    rule = next((each for each in rules.rules if each.id == rule_id), None)
    return None if rule is None or isinstance(rule, FaultRule) else int(_looks_back_s(rule, rules) * _S)


def silences(rules: RuleSet) -> frozenset[str]:
    """Ids of the rules about missing data: rows that come later prove them wrong."""
    return frozenset(rule.id for rule in rules.rules if isinstance(rule, SilenceRule))


def _looks_back_s(rule: Rule, rules: RuleSet) -> float:
    match rule:
        case DeviationRule():
            back_s = rules.window_s + rule.hold_s
        case SilenceRule():
            back_s = rule.absent_s
        case SustainedRule():
            back_s = _SUSTAINED_WINDOW_S
        case StandingRule():
            back_s = rule.hold_s
        case PeakRule():
            back_s = rule.of_stances * _S_PER_STANCE
        case HotAreaRule():
            back_s = (rule.earlier_stances + rule.hold_stances) * _S_PER_STANCE
        case _:
            back_s = float(rules.window_s)
    return back_s
