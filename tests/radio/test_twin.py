"""One link that carries both feet: Botz shoes over the radio as two sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from radio_kit import QUICK, Reader

from ingest.drivers.botz import BotzDriver
from ingest.drivers.botz_wire import CONTROL_SERVICE, NS_PER_ROW, START, STOP
from ingest.events import Fetch, LayoutSeen, LinkChanged, Rows
from ingest.foot import Foot
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.twin import TwinSource, twins
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.others.botz import BotzShoes
from ingest.sources.virtual.walker import walker
from ingest.spool import Spool
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState
ADDRESS = "F0:0D:00:00:04:01"
PATIENT = replace(QUICK, greeting_s=2.0, silent_s=1.5, stop_s=1.0)
QUICK_ROW_NS = NS_PER_ROW // 10  # the walk in fast motion; the shoes' own stamps stay 200 ms apart


@asynccontextmanager
async def shoes(row_ns: int = QUICK_ROW_NS, **knobs: Any) -> AsyncIterator[tuple[BotzShoes, TwinSource, TwinSource]]:
    air = Air(supervision_s=0.3)
    walks = dict(walker(Story()))
    insole = BotzShoes(air.controller("botz"), walks, address=ADDRESS, row_ns=row_ns, **knobs)
    await insole.power_on()
    try:
        async with Adapter.virtual(air) as adapter:
            link = adapter.source(BotzDriver("shoes"), ADDRESS, insole="shoes", limits=PATIENT)
            right, left = twins(link, BotzDriver.other_of("shoes"))
            yield insole, right, left
    finally:
        await insole.power_off()


@asynccontextmanager
async def both(row_ns: int = QUICK_ROW_NS, **knobs: Any) -> AsyncIterator[tuple[BotzShoes, Reader, Reader]]:
    async with shoes(row_ns, **knobs) as (insole, right, left), Reader(right) as one, Reader(left) as other:
        yield insole, one, other


def codes(reader: Reader) -> dict[int, list[int]]:
    return {event.seq: event.codes[0].tolist() for event in reader.events if isinstance(event, Rows)}


async def test_both_feet_of_one_link_are_two_sources() -> None:
    async with both() as (insole, right, left):
        await asyncio.gather(right.until_rows(30), left.until_rows(30))
        await asyncio.gather(right.source.stop(), left.source.stop())
        await asyncio.gather(right.until_state(S.ENDED), left.until_state(S.ENDED))
        for reader, side, name in ((right, Side.RIGHT, "shoes"), (left, Side.LEFT, "shoes-left")):
            (layout,) = (event.layout for event in reader.events if isinstance(event, LayoutSeen))
            assert (layout.side, layout.insole, reader.source.insole) == (side, name, name)
            assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING, S.ENDED]
            assert isinstance(reader.events[-1], LinkChanged)
        sent = [one.tolist() for one in insole.rows]
        assert list(codes(right).values()) == sent[: len(codes(right))]
        assert len(sent) - len(codes(right)) <= 1
        assert all(insole.left_rows[seq] == tuple(row) for seq, row in codes(left).items())
        assert np.array(list(codes(left).values())).any()
        assert insole.links == 1
        assert not insole.erased
        assert insole.written[-1] == (STOP, b"\x03")
        assert CONTROL_SERVICE not in {uuid for uuid, _ in insole.written}
        assert [data for uuid, data in insole.written if uuid == START] == [b"\x03"]


async def test_a_left_shoe_that_drops_out_gives_no_row_until_it_is_back() -> None:
    async with both() as (insole, right, left):
        await left.until_rows(5)
        insole.left_is_there = False
        await left.until_state(S.SILENT)
        last = max(insole.left_rows)
        assert max(codes(left)) <= last
        assert FaultCode.LINK_SILENT in left.faults
        await right.until_rows(10)
        insole.left_is_there = True
        await left.until_state(S.SILENT, S.STREAMING)
        await left.until_rows(3)
        assert all(insole.left_rows.get(seq) == tuple(row) for seq, row in codes(left).items())
        assert S.SILENT not in right.states


async def test_a_lost_link_is_lost_for_both_and_comes_back_for_both() -> None:
    async with both() as (insole, right, left):
        await asyncio.gather(right.until_rows(3), left.until_rows(3))
        await insole.drop()
        again = (S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await asyncio.gather(right.until_state(*again), left.until_state(*again))
        await asyncio.gather(right.until_rows(3), left.until_rows(3))
        assert len({event.boot for event in left.events if isinstance(event, Rows)}) == 2


async def test_a_reader_that_leaves_ends_the_link_only_when_the_other_has_left() -> None:
    async with shoes() as (insole, right, left), Reader(right) as one:
        async with Reader(left) as other:
            await other.until_rows(2)
        await one.until_rows(3)
        async with Reader(left) as other:
            await other.until_state(S.STREAMING)
            await other.until_rows(2)
        assert insole.links == 1
    async with shoes() as (insole, right, left):
        for _ in range(2):
            async with Reader(left) as other:
                await other.until_rows(2)
        assert insole.links == 2


async def test_a_reader_that_comes_while_the_link_is_being_ended_gets_a_new_one() -> None:
    async with shoes() as (insole, right, left):
        for source in (left, right, left):
            async with Reader(source) as reader:
                await reader.until_rows(2)
                leaving = asyncio.create_task(reader.__aexit__())
                await asyncio.sleep(0)
                async with Reader(right) as next_reader:
                    await next_reader.until_rows(2)
                    assert next_reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING]
                    assert not next_reader.faults
                await leaving
        assert insole.links == 6


async def test_requests_without_a_link_are_dropped_and_what_breaks_the_link_reaches_its_reader() -> None:
    async with shoes() as (_, right, left):
        left.ask(Fetch(boot=1, first_seq=0, next_seq=1))
        right.ask(Fetch(boot=1, first_seq=0, next_seq=1))
        right._shared.link.told = _breaks
        for source in (right, left):
            with pytest.raises(RuntimeError, match="broken"):
                async for _event in source.events():
                    pass


async def _breaks() -> AsyncIterator[Any]:
    raise RuntimeError("broken")
    yield


async def test_rows_of_both_feet_reach_the_spool_under_their_own_side(tmp_path: Path) -> None:
    async with both() as (_, right, left):
        await asyncio.gather(right.until_rows(20), left.until_rows(20))
        claims: dict[Side, Foot] = {}
        async with AsyncExitStack() as stack:
            spool = stack.enter_context(closing(Spool(tmp_path / "spool.db")))
            for reader, side in ((right, Side.RIGHT), (left, Side.LEFT)):
                foot = Foot(reader.source.insole, spool, claims, lambda: 0, lambda _layout: None, reader.source.ask)
                for event in list(reader.events):
                    await foot.take(event, 1_000_000_000)
                await foot.flush()
                assert foot.side is side
                assert spool.books(reader.source.insole).received >= 20
