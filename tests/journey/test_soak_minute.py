"""The half-hour soak in a minute: links lost, an insole reset, the hub killed; every row taken is stored once."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak_kit import Plan, must_balance, show, soaked

PLAN = Plan(
    seconds=60, losses=2, resets=1, power_cuts=0, kills=1, longest_away_s=8.0, down_s=(0.5, 2.0), home_s=60, seed=3
)


@pytest.mark.expects_log
@pytest.mark.timeout(200)
async def test_a_minute_in_which_everything_goes_wrong(tmp_path: Path) -> None:
    figures = await soaked(tmp_path, PLAN)
    show("soak60", figures)
    assert sum(figures["acts"].values()) == 4
    must_balance(figures)
