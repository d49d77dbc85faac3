"""Half an hour of real time on bad air: 20 losses of link, 5 insoles reset or out of power, the hub killed twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak_kit import Plan, must_balance, show, soaked

PLAN = Plan(seconds=1800, losses=20, resets=3, power_cuts=2, kills=2, loss_share=0.02, seed=11)


@pytest.mark.expects_log
async def test_every_row_of_half_an_hour_is_stored_once(tmp_path: Path) -> None:
    figures = await soaked(tmp_path, PLAN)
    show("soak30", figures)
    assert sum(figures["acts"].values()) == 27
    must_balance(figures)
