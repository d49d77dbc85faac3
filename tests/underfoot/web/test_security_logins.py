"""Ten thousand log-ins: refused, told, slowed down, and nobody else is kept out."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections import Counter
from pathlib import Path

import pytest
from gate_kit import ELSEWHERE, HOME, House, S, house

from underfoot.accounts.rights import SiteRole
from underfoot.accounts.trail import Happened

MANY = 10_000


async def ten_thousand(home: House, *, names: int, networks: int) -> Counter[tuple[int, str]]:
    """Wrong passwords, five hundred a second for 20 s of the hub's clock; status and code of each answer."""
    csrf = (await home.browser(address=ELSEWHERE).get("/sign-in", accept="text/html")).csrf
    answers: Counter[tuple[int, str]] = Counter()
    for number in range(MANY):
        home.clock.t_ns += S // 500
        browser = home.browser(address=f"10.{number % networks // 250}.{number % networks % 250}.7", agent="robot")
        name = "anna" if names == 1 else f"name {number % names}"
        answer = await browser.post(
            "/sign-in", {"csrf": csrf, "name": name, "password": f"guess {number}"}, accept="application/json"
        )
        answers[answer.status, answer.code] += 1
        if answer.status == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 3600
    return answers


@pytest.mark.parametrize(
    ("names", "networks", "looked_at"),
    [(1, 1, 5), (MANY, 1000, 75)],
    ids=["one name from one network", "every name from everywhere"],
)
async def test_ten_thousand_log_ins(
    tmp_path: Path, names: int, networks: int, looked_at: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        owner = home.browser(address=HOME)
        assert (await owner.sign_in("anna")).status == 303
        hashes = home.accounts.signing_in.hashes
        gc.collect()
        objects = len(gc.get_objects())
        began_s = time.perf_counter()
        answers = await ten_thousand(home, names=names, networks=networks)
        took_s = time.perf_counter() - began_s
        await asyncio.sleep(0)  # asked in this process nothing has waited: the loop drops its cancelled timers now
        gc.collect()
        grown = len(gc.get_objects()) - objects
        hashes = home.accounts.signing_in.hashes - hashes
        lines = [record for record in caplog.records if record.name.startswith("underfoot")]
        told = home.happened()
        print(
            f"{MANY} log-ins in {took_s:.1f} s: {dict(answers)}, {hashes} hashed, {len(lines)} lines of log, "
            f"{len(told)} of the trail, {grown} objects more, {home.accounts.signing_in.remembered} remembered"
        )
        assert set(answers) == {(401, "sign-in-refused"), (429, "tried-too-often")}
        assert answers[401, "sign-in-refused"] == hashes <= looked_at
        refused = sum(times for what, times in told if what in (Happened.WRONG_PASSWORD, Happened.TOO_OFTEN))
        assert refused == MANY, "every one of them stands in the trail"
        assert len(lines) < 250
        assert len(told) < 250
        assert grown < MANY, "not one object for each"
        assert (await home.browser(address=HOME).sign_in("anna")).status == 303, "who is at home still comes in"
