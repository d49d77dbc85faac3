"""Off the foot within 20 min, not, or not measured: by what rows showed."""

from __future__ import annotations

import pytest
from alerts_kit import MIN, NINE, an_alert, medium, over
from msgspec.structs import replace

from ingest.wire.alerts import Outcome
from processing.rules.outcome import LOADS, known_since_t_ns, outcome

DUE = NINE + 20 * MIN


@pytest.mark.parametrize("rule", sorted(LOADS))
def test_seen_to_end_within_twenty_minutes_is_offloaded(rule: str) -> None:
    assert outcome(over(an_alert(rule), DUE), DUE) is Outcome.OFFLOADED
    assert outcome(over(an_alert(rule), DUE + 1), DUE + 1) is Outcome.NOT_OFFLOADED


def test_seen_to_hold_at_twenty_minutes_is_not() -> None:
    assert outcome(medium(), DUE - 1) is None
    assert outcome(medium(), DUE) is Outcome.NOT_OFFLOADED


def test_a_walk_that_ends_before_proves_nothing() -> None:
    assert outcome(over(medium(), DUE - 1, seen=False), DUE) is Outcome.NOT_MEASURED
    assert outcome(over(medium(), DUE, seen=False), DUE) is Outcome.NOT_OFFLOADED
    assert outcome(over(medium(), DUE, seen=False), DUE - 1) is Outcome.NOT_MEASURED  # its foot was away by then


def test_it_is_not_asked_of_what_nobody_can_take_off() -> None:
    assert outcome(over(an_alert("T1"), NINE + MIN), DUE) is None


def test_once_known_it_stands() -> None:
    assert outcome(over(medium(outcome=Outcome.NOT_OFFLOADED), DUE - 1), DUE) is Outcome.NOT_OFFLOADED


def test_when_it_became_known_is_a_fact_of_the_alert() -> None:
    assert known_since_t_ns(medium()) is None
    assert known_since_t_ns(replace(over(medium(), NINE + MIN), outcome=Outcome.OFFLOADED)) == NINE + MIN
    assert known_since_t_ns(replace(over(medium(), DUE + MIN), outcome=Outcome.NOT_OFFLOADED)) == DUE
    assert known_since_t_ns(replace(over(medium(), NINE + 9, seen=False), outcome=Outcome.NOT_MEASURED)) == NINE + 9
