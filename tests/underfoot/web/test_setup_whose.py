"""Who looks after another wearer sees this machine, and nothing of the wearer who is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_kit import house

from underfoot.accounts.rights import SiteRole
from underfoot.accounts.trail import Happened

WHOSE = ("insoles", "insoles/state", "calibration", "wearer")


async def test_a_keeper_of_another_wearer_is_shown_this_machine_alone(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        browser = home.signed_in(home.add("keeper", SiteRole.KEEPER, people=frozenset({"p2"})))
        shown = await browser.get("/setup", accept="text/html")
        assert shown.status == 200
        assert 'data-testid="machine"' in shown.text
        assert 'data-testid="insoles"' not in shown.text
        assert 'data-testid="calibration"' not in shown.text
        for page in WHOSE:
            assert (await browser.get(f"/setup/{page}")).status == 404, page
        for action in ("insoles/find", "insoles/choose", "insoles/stop", "insoles/forget", "calibration", "wearer"):
            answer = await browser.post(f"/setup/{action}", {"csrf": shown.csrf, "side": "left"})
            assert answer.status == 404, action
        assert sum(times for what, times in home.happened() if what is Happened.WRONG_PERSON) == 10


@pytest.mark.parametrize("page", WHOSE)
async def test_one_of_this_wearer_is_shown_all(page: str, tmp_path: Path) -> None:
    with house(tmp_path) as home:
        browser = home.signed_in(home.add("keeper", SiteRole.KEEPER, people=frozenset({"p1"})))
        answer = await browser.get(f"/setup/{page}")
        assert answer.status == (404 if page == "insoles/state" else 200)  # there is no radio
