"""A person may change every number of a rule, within its bounds; what is refused names them."""

from __future__ import annotations

import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.rules.change import Limit, limits
from processing.rules.load_rule import PeakRule
from processing.rules.preset import load_preset, with_changes
from processing.rules.rule import DeviationRule

CLINICAL = load_preset("clinical")
LIMITS = limits(CLINICAL)
NUMBERS = [limit for limit in LIMITS if limit.least is not None]


def refused(changes: dict[str, float | str | bool | None]) -> str:
    with pytest.raises(UnderfootError) as caught:
        with_changes(CLINICAL, changes)
    assert caught.value.code is FaultCode.RULE_REFUSED
    return caught.value.fault.detail


def test_numbers_of_rules_days_peace_and_escalation_change() -> None:
    changes = {"A4.enter_points": 20, "A4.stronger.points": 30.0, "A7.steps_over": 1500.0, "peace.per_day": 4}
    changed = with_changes(CLINICAL, {**changes, "escalation.days": 14, "coverage_pct": 90})
    a4 = next(rule for rule in changed.rules if rule.id == "A4")
    assert isinstance(a4, DeviationRule)
    assert a4.stronger is not None
    assert (a4.enter_points, a4.stronger.points, a4.clear_points) == (20.0, 30.0, 10.0)
    assert changed.days[0].steps_over == 1500
    assert isinstance(changed.days[0].steps_over, int)
    assert (changed.peace.per_day, changed.escalation.days, changed.coverage_pct) == (4, 14, 90.0)
    assert changed.title == "clinical/3, 6 limits changed"
    assert CLINICAL.title == "clinical/3"
    assert {limit.key: limit.value for limit in limits(changed)}["A4.enter_points"] == 20.0


def test_the_watched_place_is_named_before_it_is_watched() -> None:
    assert "site and side must be given" in refused({"A5.enabled": True})
    changed = with_changes(CLINICAL, {"A5.enabled": True, "A5.site": "M2", "A5.side": "left", "A5.limit_kpa": 180})
    a5 = next(rule for rule in changed.rules if rule.id == "A5")
    assert isinstance(a5, PeakRule)
    assert (a5.site, a5.side, a5.sides, a5.limit_kpa) == ("M2", Side.LEFT, (Side.LEFT,), 180.0)


def test_what_is_as_in_the_preset_is_no_change() -> None:
    assert with_changes(CLINICAL, {}) is CLINICAL
    assert with_changes(CLINICAL, {"A4.enter_points": None, "peace.per_day": 8}) is CLINICAL
    assert with_changes(CLINICAL, {"A4.hold_s": 121}).title == "clinical/3, 1 limit changed"
    demo = with_changes(load_preset("demo"), {"A4.hold_s": 16})
    assert demo.title == "demo/3, limits shortened for demonstration, 1 limit changed"


@pytest.mark.parametrize("key", ["A1.enter_pct", "A1.measured_pct", "coverage_pct"])
def test_no_rule_is_switched_off_by_asking_for_all_of_something(key: str) -> None:
    """One second without data, or one cell that was let go of, is in every stretch."""
    assert "to 9" in refused({key: 100})


def test_a_medium_one_never_waits_for_hours_because_of_another() -> None:
    assert "to 7200" in refused({"peace.gap_s": 14_400})
    assert "to 14400" in refused({"A1.rearm_s": 86_400})


@pytest.mark.parametrize("limit", NUMBERS, ids=lambda limit: limit.key)
def test_a_number_out_of_its_bounds_is_refused_and_the_bounds_are_named(limit: Limit) -> None:
    assert limit.least is not None
    assert limit.most is not None
    for beyond in (limit.least - 1, limit.most + 1, float("nan"), float("inf"), "20", True):
        detail = refused({limit.key: beyond})
        assert detail.startswith(f"{limit.key}: ")
        assert f"from {limit.least:g} to {limit.most:g}" in detail


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.key)
def test_everything_that_can_be_changed_says_what_it_is_and_why(limit: Limit) -> None:
    assert limit.wanted
    assert limit.why or limit.key in ("A5.site", "A5.side")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"A4.nothing": 1}, "A4.nothing: no rule has it"),
        ({"A4.nothing": None}, "A4.nothing: no rule has it"),
        ({"A4": 1}, "A4: no rule has it"),
        ({"A4.level": "medium"}, "A4.level: no rule has it"),
        ({"escalation.repeated": "A1"}, "no rule has it"),
        ({"peace.per_day": 2}, "peace: kept_for_medium must be below per_day"),
        ({"peace.quiet_from": "08:00"}, "peace: quiet hours may last 12 h at most"),
        ({"peace.quiet_to": "10:01"}, "peace: quiet hours may last 12 h at most"),
        ({"A4.clear_points": 30}, "A4: clear_points must be below enter_points"),
        ({"A4.hold_strides": 1.5}, "a whole number from 0 to 1000"),
        ({"A5.enabled": 1}, "true or false"),
        ({"A5.side": "up"}, "up"),
        ({"A5.site": 3}, "the name of an area such as M1"),
        ({"peace.quiet_from": "25:00"}, "a time of day such as 22:00"),
        ({"peace.quiet_from": 22}, "a time of day such as 22:00"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(changes: dict[str, float | str | bool | None], told: str) -> None:
    assert told in refused(changes)
