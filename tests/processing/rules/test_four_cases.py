"""Every rule over seconds: raised at its limit, silent just below it, and *cannot judge* with a reason where data lack.

That a late one buzzes nobody is the same for all of them: see the tests of alerting. A rule without its cases fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rules_kit import WALK, at_s, baseline, fault, feed, judgement, pressed, second, stance, window

from ingest.wire.geometry import Side
from ingest.wire.messages import Activity, Metrics
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset, with_changes

RULES = with_changes(load_preset("clinical"), {"A5.enabled": True, "A5.site": "M2", "A5.side": "left"})
EVEN = dict.fromkeys(("T1", "M1", "M2", "M5", "heel"), 20.0)
Second = Callable[[int], Metrics]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Seconds 0, 1, … of a walk; `missing` None: nothing can lack, silence and faults are themselves what lacks."""

    side: Side | None = Side.LEFT
    raises: Second
    at_s: int
    below: Second
    missing: Second | None
    reason: str = ""
    seconds: int = 1000


def standing(k: int) -> Metrics:
    return second(k, walking=False, activity=Activity.STANDING)


def peaks(k: int, over: int, *, kpa: float = 201.0) -> Metrics:
    """A stance each second, of which `over` in every hundred reach `kpa`."""
    peak = kpa if k % 100 >= 100 - over else 150.0
    return second(k, stances=stance(k, EVEN, peak_kpa={"M2": peak, "heel": 300.0}))


def stepped(k: int, factor: float, *, others: float = 1.0, since: int = 300) -> Metrics:
    """A stance each second; from `since` on one place is pressed `factor` times as hard, the others `others` times."""
    if k < since:
        return second(k, stances=stance(k, EVEN))
    return second(k, stances=stance(k, {area: 20.0 * (factor if area == "M5" else others) for area in EVEN}))


CASES = {
    "T1": Case(
        raises=lambda k: second(k, faults=(fault(Side.LEFT, at_s=5),) if k >= 5 else ()),
        at_s=5,
        below=second,
        missing=None,
    ),
    "A1": Case(
        raises=lambda k: second(k, sustained=window(lambda _: True, k)),
        at_s=899,
        below=lambda k: second(k, sustained=window(lambda at: not 400 <= at < 446, k)),
        missing=lambda k: second(k, sustained=pressed({"heel": 100.0}, coverage_pct=94.9)),
        reason="coverage 95 % of the last 900 s, 95 % needed",
    ),
    "A2": Case(
        side=None,
        raises=standing,
        at_s=600,
        below=lambda k: second(k, activity=Activity.WALKING) if k % 600 == 599 else standing(k),
        missing=second,
        reason="cannot tell whether this is standing still",
    ),
    "A3": Case(
        raises=lambda k: second(k, left_pct=53.0),
        at_s=180,
        below=lambda k: second(k, left_pct=52.9),
        missing=lambda k: second(k, left_pct=90.0, coverage_pct=79.0),
        reason="coverage 79 % of the last 60 s, 80 % needed",
    ),
    "A4": Case(
        side=None,
        raises=lambda k: second(k, si_pct=23.0),
        at_s=120,
        below=lambda k: second(k, si_pct=22.9),
        missing=lambda k: second(k, si_pct=None),
        reason="not measured",
    ),
    "A5": Case(
        raises=lambda k: peaks(k, 30),
        at_s=99,
        below=lambda k: peaks(k, 29),
        missing=lambda k: second(k, stances=stance(k, EVEN, peak_kpa={"heel": 300.0})),
        reason="M2 of the left foot is not measured",
    ),
    "A6": Case(
        raises=lambda k: stepped(k, 1.5),
        at_s=329,
        below=lambda k: stepped(k, 1.49),
        missing=lambda k: second(k, stances=stance(k, {"heel": 20.0, "toe": 20.0 if k < 300 else 90.0})),
        reason="too few areas of the left foot are measured",
    ),
    "T2": Case(
        raises=lambda k: second(k, absent=(Side.LEFT,)),
        at_s=60,
        below=lambda k: second(k, absent=(Side.LEFT,) if k % 60 else ()),
        missing=None,
    ),
}


def engine() -> RuleEngine:
    return RuleEngine(RULES, baseline(), WALK)


def test_every_rule_over_seconds_has_its_cases() -> None:
    assert list(CASES) == [rule.id for rule in RULES.rules]
    assert {name for name, case in CASES.items() if case.missing is None} == {"T1", "T2"}


@pytest.mark.parametrize("name", CASES)
def test_it_is_raised_at_its_limit_and_at_once(name: str) -> None:
    case = CASES[name]
    alert = feed(engine(), map(case.raises, range(case.seconds)))[0]
    assert (alert.rule, alert.side, at_s(alert.raised_t_ns)) == (name, case.side, case.at_s)
    rule = next(rule for rule in RULES.rules if rule.id == name)
    assert (alert.level, alert.audience) == (rule.level, rule.audience)


@pytest.mark.parametrize("name", CASES)
def test_it_is_silent_just_below(name: str) -> None:
    case, judge = CASES[name], engine()
    assert feed(judge, map(case.below, range(case.seconds))) == []
    assert judgement(judge, name, case.side).state in (JudgementState.INACTIVE, JudgementState.PENDING)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.missing])
def test_what_lacks_is_said_and_raises_nothing(name: str) -> None:
    case, judge = CASES[name], engine()
    assert case.missing is not None
    assert feed(judge, map(case.missing, range(case.seconds))) == []
    told = judgement(judge, name, case.side)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, case.reason)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.missing])
def test_what_lacks_ends_nothing(name: str) -> None:
    case, judge = CASES[name], engine()
    assert case.missing is not None
    raised = feed(judge, map(case.raises, range(case.seconds)))
    assert [alert.cleared_t_ns for alert in raised if alert.rule == name] == [None]
    later = feed(judge, map(case.missing, range(case.seconds, case.seconds + 30)))
    assert [alert for alert in later if alert.rule == name] == []
    assert judgement(judge, name, case.side).state is JudgementState.ACTIVE
