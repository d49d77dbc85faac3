"""ORPHE INSOLE over the radio: its driver, bleak, and the simulated insole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from radio_kit import QUICK, Reader

from ingest.drivers.orphe import OrpheDriver
from ingest.drivers.orphe_newton import forces_of
from ingest.events import Fetch, FetchEnded, FetchResult, HeldSeen, LayoutSeen, Rows, TakenSeen
from ingest.foot import Foot
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.others.orphe import OrpheInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.spool import Spool
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState
ADDRESS = "F0:0D:00:00:03:01"
PATIENT = replace(QUICK, greeting_s=4.0, silent_s=1.5, stop_s=2.0)


@asynccontextmanager
async def listening(air: Air | None = None, **knobs: Any) -> AsyncIterator[tuple[OrpheInsole, Reader, Any, Air]]:
    air = air or Air(supervision_s=0.3)
    controller = air.controller("orphe")
    insole = OrpheInsole(controller, Side.RIGHT, WalkerFoot(Side.RIGHT, Story()), address=ADDRESS, **knobs)
    await insole.power_on()
    try:
        async with (
            Adapter.virtual(air) as adapter,
            Reader(adapter.source(OrpheDriver("o-1"), ADDRESS, limits=PATIENT)) as reader,
        ):
            yield insole, reader, controller, air
    finally:
        await insole.power_off()


def by_seq(reader: Reader) -> dict[int, list[int]]:
    events = [event for event in reader.events if isinstance(event, Rows)]
    return {rows.seq + k: codes for rows in events for k, codes in enumerate(rows.codes.tolist())}


def truth(insole: OrpheInsole) -> list[list[int]]:
    return forces_of(np.array([row for packet in insole.ring.taken for row in packet], dtype=np.uint16)).tolist()


async def test_every_row_that_was_taken_comes_in_newton() -> None:
    async with listening(Air(interval_s=0.015, supervision_s=0.5), begins_serial=65_450) as (insole, reader, _, _):
        await reader.until(lambda reader: len(by_seq(reader)) > 500, 12.0)
        await reader.source.stop()
        await reader.until_state(S.ENDED)
        assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING, S.ENDED]
        (layout,) = (event.layout for event in reader.events if isinstance(event, LayoutSeen))
        assert (layout.side, layout.firmware, layout.rate_hz) == (Side.RIGHT, "", 200.0)
        rows = by_seq(reader)
        assert list(rows.values()) == truth(insole)[: len(rows)]
        assert list(rows) == list(range(len(insole.ring.taken) * 4))
        assert [event for event in reader.events if isinstance(event, TakenSeen)][-1].next_seq == len(rows)
        assert np.array(list(rows.values())).max() > 100
        assert insole.ring.readings < len(insole.ring.taken) / 5  # it is asked now and then, not as fast as it answers
        assert not reader.faults


async def test_packets_that_the_air_swallows_are_fetched_and_a_short_loss_too() -> None:
    async with listening() as (insole, reader, controller, air):
        await reader.until_state(S.STREAMING)
        insole.spoil = lambda packet: b"" if packet[0] == 0x36 and packet[2] % 5 == 0 else packet
        await reader.until(lambda reader: len(by_seq(reader)) > 300, 8.0)
        insole.spoil = lambda packet: packet
        air.away(controller)
        await reader.until_state(S.LOST, S.SEARCHING)
        air.back(controller)
        await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        held = [event for event in reader.events if isinstance(event, HeldSeen)][-1]
        lacking = sorted(set(range(held.first_seq, held.next_seq)) - set(by_seq(reader)))
        assert len(lacking) > 60
        reader.source.ask(Fetch(boot=held.boot, first_seq=lacking[0], next_seq=held.next_seq))
        await reader.until(lambda reader: any(isinstance(event, FetchEnded) for event in reader.events), 10.0)
        (ended,) = (event for event in reader.events if isinstance(event, FetchEnded))
        assert ended.result is FetchResult.DONE
        rows = by_seq(reader)
        assert list(range(held.next_seq)) == sorted(seq for seq in rows if seq < held.next_seq)
        assert [rows[seq] for seq in sorted(rows)] == truth(insole)[: len(rows)]
        assert len({event.boot for event in reader.events if isinstance(event, Rows)}) == 1


async def test_the_hub_repairs_what_was_lost_by_itself(tmp_path: Path) -> None:
    async with listening() as (insole, reader, _, _):
        with closing(Spool(tmp_path / "spool.db")) as spool:
            foot = Foot("o-1", spool, {}, time.time_ns, lambda _layout: None, reader.source.ask)
            await reader.until_state(S.STREAMING)
            insole.spoil = lambda packet: b"" if packet[0] == 0x36 and packet[2] % 7 == 0 else packet
            read = 0

            async def follow(enough: Callable[[], bool]) -> None:
                nonlocal read
                async with asyncio.timeout(40.0):
                    while not enough():
                        fresh, read = reader.events[read:], len(reader.events)
                        for event in fresh:
                            await foot.take(event, 200_000_000)
                        await foot.tend(0.5)
                        await asyncio.sleep(0.05)

            await follow(lambda: spool.books("o-1").received > 400)
            lost = spool.books("o-1")
            assert lost.received < lost.taken - 30
            insole.spoil = lambda packet: packet
            await follow(lambda: (books := spool.books("o-1")).received == books.taken > lost.taken)
            books = spool.books("o-1")
            rows = by_seq(reader)
            assert set(range(lost.taken)) <= set(rows)
            assert [rows[seq] for seq in sorted(rows)] == truth(insole)[: len(rows)]
            assert (books.received, books.missing, books.to_fetch) == (books.taken, 0, 0)
            assert any(event.kept for event in reader.events if isinstance(event, Rows))


async def test_a_ring_that_stopped_with_the_link_begins_another_boot() -> None:
    async with listening(ring_survives=False) as (insole, reader, _, _):
        await reader.until(lambda reader: len(by_seq(reader)) > 200, 8.0)
        await insole.drop()
        await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await reader.until_rows(3)
        assert len({event.boot for event in reader.events if isinstance(event, Rows)}) == 2
