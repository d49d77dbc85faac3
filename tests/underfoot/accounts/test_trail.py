"""What happened, and how refusals are summed up."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from gate_kit import S, house

from underfoot.accounts.trail import Happened, Step


def refused(t_ns: int, who: str = "anna", place: str = "10.0.0.0/24") -> Step:
    return Step(t_ns=t_ns, what=Happened.WRONG_PASSWORD, who=who, place=place)


def test_refusals_of_a_minute_are_one_line_with_how_often(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with house(tmp_path) as home:
        trail = home.accounts.trail
        for number in range(1000):
            trail.refuse(refused(120 * S + number))
        trail.refuse(refused(180 * S))
        assert [(step.t_ns, step.times) for step in trail.steps()] == [(180 * S, 1), (120 * S, 1000)]
    lines = [record for record in caplog.records if record.name == "underfoot.accounts.trail"]
    assert len(lines) == 11  # 1, 2, 4 … 512, and the next minute's


def test_many_names_in_a_minute_are_told_together(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        trail = home.accounts.trail
        for number in range(500):
            trail.refuse(refused(number, who=f"name {number}" + "x" * 500))
        steps = trail.steps()
    assert len(steps) == 41
    assert (steps[0].who, steps[0].times) == ("…", 460)
    assert all(len(step.who) <= 80 for step in steps)


def test_what_was_counted_is_there_after_the_end(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        for number in range(7):
            home.accounts.trail.refuse(refused(number))
    with house(tmp_path) as home:
        assert [step.times for step in home.accounts.trail.steps()] == [7]
