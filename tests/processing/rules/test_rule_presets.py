"""Presets are data: every number has its reason, and one out of bounds is refused by name."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.resources import files

import pytest

from ingest.wire.alerts import Audience
from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.change import limits
from processing.rules.day_rule import (
    DoseRule,
    GaitChangeRule,
    LongSilenceRule,
    TemperatureRule,
    UpkeepRule,
    WearRule,
)
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.preset import load_preset, parse_preset
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule
from processing.rules.ruleset import Rule, RuleSet

TEXT = files("processing.rules").joinpath("presets.toml").read_text("utf-8")
NUMBERS = list(re.finditer(r"^(?P<key>\w+) = \{ value = (?P<value>[\d.]+)", TEXT, re.MULTILINE))


def rule(ruleset: RuleSet, name: str) -> Rule:
    return next(each for each in ruleset.rules if each.id == name)


def refused(text: str, name: str = "clinical") -> str:
    with pytest.raises(UnderfootError) as caught:
        parse_preset(text, name)
    assert caught.value.code is FaultCode.CONFIG_INVALID
    return caught.value.fault.detail


def test_clinical_numbers() -> None:
    ruleset = load_preset("clinical")
    t1, a1, a2, a3, a4, a5, a6, t2 = ruleset.rules
    assert (ruleset.window_s, ruleset.coverage_pct, ruleset.title) == (60, 80.0, "clinical/3")
    assert isinstance(t1, FaultRule)
    assert t1.level == "low"
    assert isinstance(a1, SustainedRule)
    assert isinstance(a2, StandingRule)
    assert isinstance(a3, DeviationRule)
    assert isinstance(a4, DeviationRule)
    assert isinstance(a5, PeakRule)
    assert isinstance(a6, HotAreaRule)
    assert isinstance(t2, SilenceRule)
    assert (a1.enter_pct, a1.clear_pct, a1.measured_pct, a1.rearm_s, a1.level) == (95.0, 87.0, 95.0, 1200.0, "medium")
    assert (a2.hold_s, a2.clear_s, a2.level, a2.folds_into) == (600.0, 120.0, "info", "A1")
    assert (a3.enter_points, a3.enter_spreads, a3.clear_points) == (10.0, 3.0, 5.0)
    assert (a3.hold_s, a3.clear_s, a3.rearm_s, a3.level) == (180.0, 60.0, 1800.0, "low")
    assert (a4.enter_points, a4.clear_points, a4.hold_s, a4.hold_strides) == (15.0, 10.0, 120.0, 60)
    assert (a4.clear_s, a4.rearm_s, a4.level) == (60.0, 1800.0, "low")
    assert a4.stronger is not None
    assert (a4.stronger.points, a4.stronger.hold_s, a4.stronger.level) == (25.0, 300.0, "medium")
    assert (a5.enabled, a5.sides, a5.limit_kpa, a5.level) == (False, (), 200.0, "low")
    assert (a5.enter_stances, a5.of_stances, a5.clear_stances, a5.rearm_s) == (30, 100, 10, 3600.0)
    assert (a6.enter_factor, a6.others_factor, a6.clear_factor, a6.hold_stances, a6.level) == (
        1.5,
        1.15,
        1.25,
        30,
        "low",
    )
    assert (t2.absent_s, t2.clear_s, t2.level) == (60.0, 60.0, "info")


def test_clinical_numbers_of_days_and_of_peace() -> None:
    ruleset = load_preset("clinical")
    a7, a8, a9, a10, t2_long, t3 = ruleset.days
    assert isinstance(a7, DoseRule)
    assert isinstance(a8, GaitChangeRule)
    assert isinstance(a9, TemperatureRule)
    assert isinstance(a10, WearRule)
    assert isinstance(t2_long, LongSilenceRule)
    assert isinstance(t3, UpkeepRule)
    assert (a7.load_factor, a7.load_days, a7.steps_over, a7.level) == (1.5, 14, 1000, "info")
    assert (a8.cv_floor_pct, a8.cv_spreads, a8.cadence_drop_pct, a8.walks) == (6.0, 3.0, 20.0, 2)
    assert (a9.difference_c, a9.days, a9.level) == (2.2, 2, "medium")
    assert (a10.least_h_per_day, a10.days, a10.none_h) == (4.5, 3, 48.0)
    assert t2_long.absent_h == 24.0
    assert (t3.battery_pct, t3.clock_error_ms, t3.backlog_s, t3.calibration_days) == (15, 20.0, 600.0, 14)
    peace, escalation = ruleset.peace, ruleset.escalation
    assert (peace.gap_s, peace.per_day, peace.kept_for_medium) == (1800.0, 8, 2)
    assert (peace.quiet_from, peace.quiet_to) == ("22:00", "07:00")
    assert (escalation.repeated, escalation.unanswered_s) == (("A1", "A9"), 1200.0)
    assert (escalation.same_area, escalation.days) == (3, 7)


def test_every_rule_says_whom_it_is_for() -> None:
    ruleset = load_preset("clinical")
    audiences = {rule.id: rule.audience for rule in (*ruleset.rules, *ruleset.days)}
    patient = dict.fromkeys(("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A9"), Audience.PATIENT)
    clinician = dict.fromkeys(("A8", "A10", "T2_long"), Audience.CLINICIAN)
    assert audiences == patient | clinician | dict.fromkeys(("T1", "T2", "T3"), Audience.TECHNICAL)
    assert not any("high" in rule.level for rule in (*ruleset.rules, *ruleset.days))


def test_demo_differs_in_times_only_and_says_so() -> None:
    clinical, demo = load_preset("clinical"), load_preset("demo")
    assert demo.title == "demo/3, limits shortened for demonstration"
    times = {"hold_s", "clear_s", "rearm_s", "hold_strides", "stronger"}
    for one, other in zip(clinical.rules, demo.rules, strict=True):
        differ = {each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)}
        assert differ <= times
    assert (demo.days, demo.escalation) == (clinical.days, clinical.escalation)
    assert demo.peace.quiet_from == demo.peace.quiet_to
    assert all("hortened" in demo.sources[f"{name}.clear_s"] for name in ("A2", "A3", "A4", "T2"))
    t2 = rule(demo, "T2")
    assert isinstance(t2, SilenceRule)
    assert t2.absent_s == 60.0


@pytest.mark.parametrize("name", ["clinical", "demo"])
def test_every_number_has_its_reason(name: str) -> None:
    ruleset = load_preset(name)
    named = {limit.key for limit in limits(ruleset)} - {"A5.site", "A5.side"}  # a clinician's to give
    assert set(ruleset.sources) == named | {"escalation.repeated"}
    assert all(len(why) > 20 for why in ruleset.sources.values())


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number['key']}-{number.start()}")
def test_a_number_out_of_bounds_is_refused_by_name(number: re.Match[str]) -> None:
    preset = "demo" if number.start() > TEXT.index("[demo]") else "clinical"
    for nonsense in ("-1", "1e9", "nan", "inf", "true", '"60"'):
        detail = refused(TEXT[: number.start("value")] + nonsense + TEXT[number.end("value") :], preset)
        assert number["key"] in detail


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("clear_points = { value = 5,", "clear_points = { value = 10,", "clear_points must be below enter_points"),
        ("points = { value = 25,", "points = { value = 15,", "stronger must ask for more points"),
        ('stronger]\nlevel = "medium"', 'stronger]\nlevel = "low"', "stronger must have a higher level"),
        ("clear_pct = { value = 87,", "clear_pct = { value = 95,", "clear_pct must be below enter_pct"),
        ("clear_stances = { value = 10,", "clear_stances = { value = 31,", "must rise in this order"),
        ("enabled = { value = false,", "enabled = { value = true,", "site and side must be given"),
        ("others_factor = { value = 1.15,", "others_factor = { value = 1.25,", "must rise in this order"),
        ("[clinical.peace]", "[clinical.pease]", "pease: no rule of a known kind"),
        ("[clinical.peace]", "[clinical.pease]", "peace: missing"),
        ("per_day = { value = 8,", "perday = { value = 8,", "peace.perday: unknown"),
        ('{ value = ["A1", "A9"]', '{ value = ["A1", "A 9"]', "escalation"),
        ('level = "medium"', 'level = "high"', "level"),
        ('kind = "silence"', 'kind = "guess"', "T2: no rule of a known kind"),
        ("[clinical.T2]", "[clinical.T2]\nabsnt_s = { value = 6, why = 'x' }", "T2.absnt_s: unknown"),
        ("[clinical.A4.stronger]", "[clinical.A4.stronger]\nlvl = 'low'", "A4.stronger.lvl: unknown"),
        ("hold_strides = { value = 60, why", "hold_strides = { value = 60, y", "A4.hold_strides: no reason given"),
        ("[clinical.T2]", "[clinical.T2]\nrearm_s = 3", "no TOML"),
        ("coverage_pct = {", "coverage_pt = {", "coverage_pct"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, told: str) -> None:
    assert old in TEXT
    assert told in refused(TEXT.replace(old, new, 1))


def test_all_mistakes_are_named_at_once() -> None:
    detail = refused(
        TEXT.replace("window_s = { value = 60", "window_s = { value = 0", 1)
        .replace("hold_s = { value = 180", "hold_s = { value = 0", 1)
        .replace("absent_s = { value = 60", "absent_s = { value = 0", 1)
    )
    assert all(name in detail for name in ("window_s", "A3", "hold_s", "T2", "absent_s"))


def test_a_number_without_reason_is_refused() -> None:
    assert "reason" in refused("[x]\nversion = 1\nlabel = ''\nwindow_s = 60\ncoverage_pct = 80", "x")


def test_unknown_names() -> None:
    assert "there are clinical, demo" in refused(TEXT, "other")
    assert "cannot extend" in refused(TEXT.replace('extends = "clinical"', 'extends = "nobody"'), "demo")
    assert "no rules" in refused("[x]\nversion = 1\nlabel = ''", "x")
