"""A check leaves a device as it was, asks a person where it has to, and stands whatever a device says."""

from __future__ import annotations

import asyncio
import random
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from conform_kit import PACE, bench

from ingest.conform.conversation import Conversation, Heard, LinkSeen, Step
from ingest.conform.report import CHECKS, conforms, judge
from ingest.conform.script import converse
from ingest.conform.verdicts import Finding, Verdict
from ingest.drivers import open_insole_wire as wire
from ingest.sources.radio.probe import Refused
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit

_SOON = replace(PACE, stream_s=1.0, away_s=8.0)
INFO = wire.Info(
    boot=0xA1B2C3D4,
    side=Side.LEFT,
    cells=2,
    tick_ns=100_000,
    ns_per_row=10_000_000,
    scale=wire.Fraction(1, 20),
    unit=Unit.NEWTON,
    calibration=Calibration.MAKER,
    layout_octets=39,
    layout_crc=0,
)


def found(talk: Conversation) -> dict[str, Finding]:
    return {finding.check.name: finding for finding in judge(talk)}


async def test_rows_of_before_stay_and_a_stream_that_ran_runs_again() -> None:
    async with bench(pace=_SOON) as one:
        await one.walk_before(20.0)
        held_before = one.device.flash.held()[-1]
        findings = found(await converse(one.asking))
        assert findings["delete"].verdict is Verdict.NOT_TRIED
        assert "fetch them first" in findings["delete"].seen
        kept = {each.boot: each for each in one.device.flash.held()}
        assert kept[held_before.boot].first_seq == 0
        assert one.device.flash.count(held_before.boot, 0, held_before.next_seq - 1) == held_before.next_seq > 1900
        assert one.device._stream.wanted
    assert [each.check.name for each in findings.values() if each.verdict is Verdict.BROKEN] == []


async def test_without_smp_a_person_restarts_it_or_does_not() -> None:
    async def with_person(willing: bool) -> dict[str, Finding]:
        async with bench(smp=False, pace=_SOON) as one:

            async def decline() -> bool:
                return False

            return found(await converse(one.asking, one.restart_by_hand if willing else decline))

    willing, unwilling = await asyncio.gather(with_person(True), with_person(False))
    assert willing["boot-id"].verdict is willing["rows-over-restart"].verdict is Verdict.OK
    assert unwilling["boot-id"].verdict is unwilling["rows-over-restart"].verdict is Verdict.NOT_TRIED
    assert willing["update"].verdict is Verdict.NOT_OFFERED
    for findings in (willing, unwilling):
        assert [each.check.name for each in findings.values() if each.verdict is Verdict.BROKEN] == []


async def test_a_device_that_is_not_there_is_said_so() -> None:
    async with bench(pace=replace(_SOON, find_s=0.3)) as one:
        await one.device.power_off()
        with pytest.raises(UnderfootError) as raised:
            await converse(one.asking)
    assert raised.value.code is FaultCode.INSOLE_NOT_FOUND


def test_nothing_asked_is_nothing_tried() -> None:
    findings = judge(Conversation())
    assert len(findings) == len(CHECKS)
    assert conforms(findings)
    assert {one.verdict for one in findings} <= {Verdict.NOT_TRIED, Verdict.OK}


async def test_whatever_a_device_says_is_judged() -> None:
    """A real conversation, spoilt: octets changed, cut, left out, refused."""
    async with bench(pace=_SOON) as one:
        talk = await converse(one.asking)
    chance = random.Random(4)
    verdicts = set()
    for _ in range(150):
        spoilt = deepcopy(talk)
        spoilt.heard = [_spoil_heard(each, chance) for each in talk.heard if chance.random() > 0.01]
        spoilt.steps = {name: _spoil_step(step, chance) for name, step in talk.steps.items() if chance.random() > 0.02}
        verdicts |= {(each.check.name, each.verdict) for each in judge(spoilt)}
    assert len({name for name, verdict in verdicts if verdict is Verdict.BROKEN}) > len(CHECKS) * 0.7


def _spoil(data: bytes, chance: random.Random) -> bytes:
    what = chance.random()
    if what < 0.90 or not data:
        return data
    if what < 0.94:
        return data[: chance.randrange(len(data))]
    if what < 0.95:
        return b""
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _spoil_heard(heard: Heard, chance: random.Random) -> Heard:
    return replace(heard, data=_spoil(heard.data, chance))


def _spoil_step(step: Step, chance: random.Random) -> Step:
    replies = tuple(_spoil_heard(each, chance) for each in step.replies if chance.random() > 0.05)
    answer = step.answer if isinstance(step.answer, Refused) else _spoil(step.answer, chance)
    if chance.random() < 0.02:
        answer = Refused(chance.choice([None, 1, 0xFE]), "no")
    return replace(step, answer=answer, replies=replies)


# -- the rate ----------------------------------------------------------------------------------------------------------


def told_at(rate_ppm: float, *, jitter_s: float, lag_s: float = 0.0, seconds: float = 60.0) -> Conversation:
    """A minute of rows from a clock that is so much fast, each frame up to `jitter_s` late."""
    talk = Conversation(lags_s=[lag_s] * 9)
    talk.links = [LinkSeen(number=1, att_mtu=247, offered={}, began_s=0.0, ended_s=seconds)]
    read = Step(
        link=1, characteristic=wire.INFO, sent=None, began_s=0, taken_s=0, ended_s=0, answer=wire.pack_info(INFO)
    )
    talk.steps = {"info": read}
    chance = random.Random(1)
    for row in range(0, round(seconds * 100), 10):
        rows = wire.RowsFrame(boot_low=0xC3D4, seq=row, ticks=row * 100, codes=np.zeros((10, 2), np.int16))
        sent_s = (row + 9) * 0.01 / (1 + rate_ppm / 1e6)
        talk.heard.append(Heard(sent_s + chance.uniform(0, jitter_s), 1, wire.DATA, wire.pack_rows(rows)))
    return talk


@pytest.mark.parametrize(
    ("rate_ppm", "verdict"),
    [(0, Verdict.OK), (40, Verdict.OK), (-40, Verdict.OK), (400, Verdict.BROKEN), (-400, Verdict.BROKEN)],
)
def test_the_rate_is_measured_against_the_hub(rate_ppm: float, verdict: Verdict) -> None:
    finding = found(told_at(rate_ppm, jitter_s=0.01))["rate"]
    assert finding.verdict is verdict, finding.seen
    assert abs(float(finding.seen.split()[0]) - rate_ppm) < 30


@pytest.mark.parametrize(
    "more", [{"jitter_s": 0.5}, {"jitter_s": 0.01, "lag_s": 0.01}, {"jitter_s": 0.01, "seconds": 8.0}]
)
def test_a_rate_that_cannot_be_told_breaks_nothing(more: dict[str, float]) -> None:
    assert found(told_at(150, **more))["rate"].verdict is Verdict.NOT_TRIED
