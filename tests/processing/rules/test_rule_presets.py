"""Presets are data: every number has its reason, and one out of bounds is refused by name."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.resources import files

import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.preset import load_preset, parse_preset
from processing.rules.rule import DeviationRule, FaultRule, Rule, RuleSet, SilenceRule

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
    t1, a3, a4, t2 = ruleset.rules
    assert (ruleset.window_s, ruleset.coverage_pct, ruleset.title) == (60, 80.0, "clinical/2")
    assert isinstance(t1, FaultRule)
    assert t1.level == "low"
    assert isinstance(a3, DeviationRule)
    assert isinstance(a4, DeviationRule)
    assert isinstance(t2, SilenceRule)
    assert (a3.enter_points, a3.enter_spreads, a3.clear_points) == (10.0, 3.0, 5.0)
    assert (a3.hold_s, a3.clear_s, a3.rearm_s, a3.level) == (180.0, 60.0, 1800.0, "low")
    assert (a4.enter_points, a4.clear_points, a4.hold_s, a4.hold_strides) == (15.0, 10.0, 120.0, 60)
    assert (a4.clear_s, a4.rearm_s, a4.level) == (60.0, 1800.0, "low")
    assert a4.stronger is not None
    assert (a4.stronger.points, a4.stronger.hold_s, a4.stronger.level) == (25.0, 300.0, "medium")
    assert (t2.absent_s, t2.clear_s, t2.level) == (60.0, 60.0, "info")


def test_demo_differs_in_times_only_and_says_so() -> None:
    clinical, demo = load_preset("clinical"), load_preset("demo")
    assert demo.title == "demo/2, limits shortened for demonstration"
    times = {"hold_s", "clear_s", "rearm_s", "hold_strides", "stronger"}
    for one, other in zip(clinical.rules, demo.rules, strict=True):
        differ = {each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)}
        assert differ <= times
    assert all("hortened" in demo.sources[f"{name}.clear_s"] for name in ("A3", "A4", "T2"))
    t2 = rule(demo, "T2")
    assert isinstance(t2, SilenceRule)
    assert t2.absent_s == 60.0


@pytest.mark.parametrize("name", ["clinical", "demo"])
def test_every_number_has_its_reason(name: str) -> None:
    ruleset = load_preset(name)
    wanted = {"window_s", "coverage_pct"}
    for each in ruleset.rules:
        wanted |= {
            f"{each.id}.{part.name}" for part in fields(each) if isinstance(getattr(each, part.name), int | float)
        }
        if isinstance(each, DeviationRule) and each.stronger is not None:
            wanted |= {f"{each.id}.stronger.points", f"{each.id}.stronger.hold_s"}
    assert set(ruleset.sources) == wanted
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
        ('level = "medium"', 'level = "low"', "stronger must have a higher level"),
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
