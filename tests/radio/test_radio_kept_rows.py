"""Old rows out of an insole's flash, over the radio and beside the live stream, both ends real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import numpy as np
import pytest
from radio_kit import QUICK, KitDriver, Reader, insole_on

from ingest.drivers.base import Output
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import Fetch, FetchEnded, FetchResult, HeldSeen, Release, Rows
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

AWAY_S = 120


@dataclass(frozen=True, slots=True)
class Home:
    air: Air
    world: World
    controller: AirController
    insole: VirtualInsole
    adapter: Adapter

    def read(self) -> Reader:
        return Reader(self.adapter.source(OpenInsoleDriver("OI-1"), self.insole.address, limits=QUICK))


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    air, world = Air(supervision_s=0.3), World(wait_for_all=False)
    controller = air.controller("left")
    insole = VirtualInsole(
        controller,
        serial="insole-left",
        side=Side.LEFT,
        walk=WalkerFoot(Side.LEFT, Story()),
        address="F0:0D:00:00:01:00",
        world=world,
        flash=Flash(),
    )
    async with AsyncExitStack() as stack:
        await insole.power_on()
        stack.push_async_callback(insole.power_off)
        adapter = await stack.enter_async_context(Adapter.virtual(air))
        yield Home(air, world, controller, insole, adapter)


def ends(reader: Reader) -> list[FetchResult]:
    return [event.result for event in reader.events if isinstance(event, FetchEnded)]


def held(reader: Reader) -> HeldSeen:
    return [event for event in reader.events if isinstance(event, HeldSeen)][-1]


def rows_of(reader: Reader, *, kept: bool) -> list[Rows]:
    return [event for event in reader.events if isinstance(event, Rows) and event.kept is kept]


def by_number(rows: list[Rows]) -> dict[int, tuple[int, bytes]]:
    """Ticks and codes of every row."""
    told: dict[int, tuple[int, bytes]] = {}
    for one in rows:
        for k, codes in enumerate(one.codes):
            ticks = one.ticks + k * one.ns_per_row // one.tick_ns
            assert told.setdefault(one.seq + k, (ticks, codes.tobytes())) == (ticks, codes.tobytes())
    return told


async def walked_away(home: Home, reader: Reader) -> int:
    """A walk of `AWAY_S` that no radio carried; the row after its last."""
    await reader.until_rows(3)
    home.world.skip(AWAY_S)
    await reader.until(lambda it: held(it).next_seq > AWAY_S * 100)
    return held(reader).next_seq


async def test_rows_of_the_air_and_rows_of_the_flash_are_the_same_rows(home: Home) -> None:
    async with home.read() as reader:
        next_seq = await walked_away(home, reader)
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=0, next_seq=next_seq))
        await reader.until(lambda it: bool(ends(it)), 8.0)
        kept = by_number(rows_of(reader, kept=True))
        assert ends(reader) == [FetchResult.DONE]
        assert list(kept) == list(range(next_seq))
        live = by_number(rows_of(reader, kept=False))
        assert {seq: row for seq, row in live.items() if seq < next_seq}.items() <= kept.items()
        assert held(reader).booted_t_ns is not None
        await reader.source.stop()
        await reader.until_state(LinkState.ENDED)
        assert not reader.faults


async def test_a_torn_fetch_goes_on_with_what_is_lacking(home: Home) -> None:
    async with home.read() as reader:
        next_seq = await walked_away(home, reader)
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=0, next_seq=next_seq))
        await reader.until(lambda it: len(rows_of(it, kept=True)) > 20)
        home.air.away(home.controller)
        await reader.until(lambda it: bool(ends(it)))
        assert ends(reader) == [FetchResult.BROKEN_OFF]
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=0, next_seq=next_seq))  # no link: dropped
        home.air.back(home.controller)
        await reader.until_state(LinkState.STREAMING)
        lacking = len(by_number(rows_of(reader, kept=True)))
        assert 0 < lacking < next_seq
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=lacking, next_seq=next_seq))
        await reader.until(lambda it: len(ends(it)) == 2, 8.0)
        kept = rows_of(reader, kept=True)
        assert np.concatenate([np.arange(one.seq, one.seq + len(one.codes)) for one in kept]).tolist() == list(
            range(next_seq)
        )


async def test_what_is_released_is_held_no_more(home: Home) -> None:
    async with home.read() as reader:
        await walked_away(home, reader)
        reader.source.ask(Release(boot=home.insole.boot, next_seq=6_000))
        await reader.until(lambda it: held(it).first_seq > 0)
        first = held(reader).first_seq
        assert 6_000 - 255 <= first <= 6_000
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=0, next_seq=first))
        await reader.until(lambda it: bool(ends(it)))
        assert ends(reader) == [FetchResult.NOTHING]
        assert not reader.faults


async def test_a_stop_in_the_middle_of_a_fetch(home: Home) -> None:
    async with home.read() as reader:
        next_seq = await walked_away(home, reader)
        reader.source.ask(Fetch(boot=home.insole.boot, first_seq=0, next_seq=next_seq))
        await reader.until(lambda it: len(rows_of(it, kept=True)) > 5)
        await asyncio.gather(reader.source.stop(), reader.until_state(LinkState.ENDED))
        assert ends(reader) == [FetchResult.BROKEN_OFF]
        assert not reader.faults


async def test_an_insole_that_remembers_nothing_is_asked_in_vain() -> None:
    async with insole_on(air := Air()) as insole, Adapter.virtual(air) as adapter:
        source = adapter.source(KitDriver(), insole.address, limits=QUICK)
        source.ask(Release(boot=1, next_seq=5))  # before there is any link
        async with Reader(source) as reader:
            await reader.until_rows(2)
            source.ask(Fetch(boot=1, first_seq=0, next_seq=5))
            await reader.until_rows(2)
            assert not reader.faults
            assert not ends(reader)


class OldRowsOnly(KitDriver):
    """Of an insole whose live rows have stopped while it gives out old ones."""

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> list[Output]:
        told = super().on_notified(characteristic, data, now_ns)
        return [replace(one, kept=True) if isinstance(one, Rows) else one for one in told]


async def test_old_rows_do_not_show_that_the_stream_still_runs() -> None:
    async with insole_on(air := Air()) as insole, Adapter.virtual(air) as adapter:
        source = adapter.source(OldRowsOnly(), insole.address, limits=QUICK)
        async with Reader(source) as reader:
            await reader.until(lambda it: LinkState.SILENT in it.states)
            assert len(rows_of(reader, kept=True)) > 10
