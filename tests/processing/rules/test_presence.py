"""How long live rows have to show something by themselves, rule by rule."""

from __future__ import annotations

import pytest

from processing.rules.presence import looks_back_ns, silences
from processing.rules.preset import load_preset

RULES = load_preset("clinical")


@pytest.mark.parametrize(
    ("rule", "seconds"), [("A1", 900), ("A2", 600), ("A3", 60 + 180), ("A4", 60 + 120), ("A5", 200), ("T2", 60)]
)
def test_a_rule_looks_back_over_its_window_and_its_hold(rule: str, seconds: int) -> None:
    assert looks_back_ns(rule, RULES) == seconds * 10**9


@pytest.mark.parametrize("rule", ["T1", "A9", "nobody's"])
def test_what_latches_or_is_not_about_seconds_never_shows_that_it_holds_now(rule: str) -> None:
    assert looks_back_ns(rule, RULES) is None


def test_every_other_rule_over_seconds_has_its_time() -> None:
    assert {rule.id for rule in RULES.rules if not looks_back_ns(rule.id, RULES)} == {"T1"}


def test_missing_data_has_rules_of_its_own() -> None:
    assert silences(RULES) == {"T2"}
