"""Drivers of other makers' insoles over the radio, against peripherals simulated from the same facts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from others_kit import codes_of, layout_of, listening, numbers, row_count, rows_of, times_ns

from ingest.drivers.brilliant_sole import BrilliantSoleDriver
from ingest.drivers.fff0 import Fff0Driver
from ingest.drivers.nilspod import NilsPodDriver, Session
from ingest.drivers.ukaton import UkatonDriver
from ingest.sources.virtual.others.brilliant_sole import BrilliantSoleInsole
from ingest.sources.virtual.others.fff0 import Fff0Insole
from ingest.sources.virtual.others.nilspod import NilsPodInsole
from ingest.sources.virtual.others.ukaton import UkatonInsole
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Side, Unit, Zone
from ingest.wire.messages import LinkState

S = LinkState
INSOLES: dict[str, tuple[Any, Any, int, dict[str, Any]]] = {
    "ukaton": (UkatonInsole, UkatonDriver, 16, {"clock_ms": 65_000}),  # its clock comes round half a second on
    "brilliant-sole": (BrilliantSoleInsole, BrilliantSoleDriver, 8, {}),
    "fff0": (Fff0Insole, Fff0Driver, 18, {"row_ns": 10_000_000}),
    "nilspod": (NilsPodInsole, NilsPodDriver, 3, {"counter": 65_500}),
    "nilspod, 8 bits": (NilsPodInsole, NilsPodDriver, 3, {"words": False}),
}


@pytest.fixture(params=INSOLES)
def kind(request: pytest.FixtureRequest) -> tuple[Any, Any, int, dict[str, Any]]:
    return INSOLES[request.param]


@pytest.mark.parametrize("side", Side)
async def test_rows_come_through_exactly(kind: tuple[Any, Any, int, dict[str, Any]], side: Side) -> None:
    make, driver, cells, knobs = kind
    async with listening(make, driver("other-1"), side, **knobs) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 60)
        await reader.source.stop()
        await reader.until_state(S.ENDED)
        rows, layout = rows_of(reader), layout_of(reader)
        sent = np.array(insole.rows)
        assert np.array_equal(codes_of(rows), sent[: row_count(reader)])
        assert len(sent) - row_count(reader) < 6  # what was under way, or not yet a packet
        assert codes_of(rows).any(axis=1).any()
        assert numbers(rows) == list(range(row_count(reader)))
        assert len({one.boot for one in rows}) == 1
        assert (np.diff(times_ns(rows)) > 0).all()
        assert all(one.ns_per_row % one.tick_ns == 0 for one in rows)
        assert (layout.side, layout.unit, layout.calibration) == (side, Unit.RAW, Calibration.NONE)
        assert len(layout.cells) == cells
        assert {cell.zone for cell in layout.cells} >= {Zone.FOREFOOT, Zone.REARFOOT}
        assert FaultCode.LINK_LOST not in reader.faults


async def test_a_lost_link_comes_back_with_everything_applied_again(kind: tuple[Any, Any, int, dict[str, Any]]) -> None:
    make, driver, _, knobs = kind
    async with listening(make, driver("other-1"), **knobs) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 45)
        await insole.drop()
        before = row_count(reader)
        await reader.until(lambda reader: row_count(reader) >= before + 20, 8.0)
        boots = list(dict.fromkeys(one.boot for one in rows_of(reader)))
        assert len(boots) == 2
        again = [one for one in rows_of(reader) if one.boot == boots[1]]
        assert numbers(again) == list(range(len(numbers(again))))
        got = codes_of(again)
        sent = np.array(insole.rows[-len(got) - 12 :])
        assert any(np.array_equal(got, sent[at : at + len(got)]) for at in range(len(sent) - len(got) + 1))


async def test_an_insole_that_is_subscribed_but_silent_is_connected_to_again(
    kind: tuple[Any, Any, int, dict[str, Any]],
) -> None:
    make, driver, _, knobs = kind
    async with listening(make, driver("other-1"), **knobs) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 1)
        insole.muted = True
        await reader.until(lambda _: insole.links >= 2, 6.0)
        assert FaultCode.LINK_SILENT in reader.faults
        insole.muted = False
        before = row_count(reader)
        await reader.until(lambda reader: row_count(reader) >= before + 5, 8.0)


def dropping(numbers_lost: set[int]) -> Callable[[bytes], bytes]:
    count = iter(range(10**6))
    return lambda packet: b"" if next(count) in numbers_lost else packet


@pytest.mark.parametrize("name", ["ukaton", "brilliant-sole", "nilspod"])
async def test_packets_that_are_lost_show_as_missing_numbers(name: str) -> None:
    make, driver, _, knobs = INSOLES[name]
    per_packet = 4 if name == "nilspod" else 1
    async with listening(make, driver("other-1"), **knobs) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 8)
        insole.spoil = dropping({2, 3, 4, 9})
        so_far = row_count(reader)
        await reader.until(lambda reader: row_count(reader) >= so_far + 16 * per_packet)
        seen = numbers(rows_of(reader))
        assert seen == sorted(set(seen))
        assert len(set(range(seen[-1] + 1)) - set(seen)) == 4 * per_packet
        sent = np.array(insole.rows)
        assert np.array_equal(codes_of(rows_of(reader)), sent[seen])


async def test_stamps_that_jitter_leave_the_rows_evenly_spaced() -> None:
    async with listening(UkatonInsole, UkatonDriver("other-1")) as (insole, reader):
        insole.stamp_error_ms = lambda row: (row * 7) % 5 - 2
        await reader.until(lambda reader: row_count(reader) >= 60)
        rows = rows_of(reader)
        assert numbers(rows) == list(range(60))
        assert set(np.diff(times_ns(rows))) == {20_000_000}


async def test_lines_that_are_torn_are_missing_and_the_others_come_through() -> None:
    async with listening(Fff0Insole, Fff0Driver("other-1"), row_ns=10_000_000) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 41)
        so_far = row_count(reader)
        insole.spoil = dropping({4})
        await reader.until(lambda reader: row_count(reader) >= so_far + 20)
        seen = numbers(rows_of(reader))
        sent = np.array(insole.rows)
        assert seen == sorted(set(seen))
        assert 1 <= len(set(range(seen[-1] + 1)) - set(seen)) <= 2  # a piece that ends a line tears the next as well
        assert FaultCode.FRAME_MALFORMED in reader.faults
        taken = {row.tobytes() for row in sent}
        assert all(row.tobytes() in taken for row in codes_of(rows_of(reader)))


async def test_clocks_are_set_and_sessions_listed() -> None:
    sessions = (Session(0, 1_700_000_000, 1_700_003_600, 7_372_800, 10, 0x40), Session(3600, 5, 6, 7, 5, 0x10))
    driver = NilsPodDriver("other-1")
    async with listening(NilsPodInsole, driver, sessions=sessions) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 8)
        assert driver.sessions == sessions
        assert insole.time_s > 1_700_000_000
        assert not any(one.kept for one in rows_of(reader))
    async with listening(BrilliantSoleInsole, BrilliantSoleDriver("other-1")) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 8)
        assert insole.time_ms > 1_700_000_000_000
        assert insole.rates == {0: 20, 1: 0}


async def test_an_insole_that_records_is_left_alone() -> None:
    async with listening(NilsPodInsole, NilsPodDriver("other-1")) as (insole, reader):
        insole.doing = 2
        await asyncio.sleep(0)
        await reader.until(lambda reader: FaultCode.LINK_REFUSED in reader.faults or row_count(reader) > 0)
        assert not rows_of(reader)
