"""A visit to one insole over the virtual air: what it tells, what it is told, and that it goes on as it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from air_kit import LEFT
from radio_kit import QUICK

from ingest.drivers import registry, sig
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import Answered, Identify, SetSide
from ingest.firmware import images  # noqa: F401 - loading it takes longer than these links wait for rows
from ingest.sources.radio.visiting import Visit, visit
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.virtual_air import SHOES, Scene, Shoe, VirtualAir, virtual_air


@asynccontextmanager
async def visited(air: VirtualAir, driver: OpenInsoleDriver | None = None) -> AsyncIterator[Visit]:
    async with visit(
        air.adapter,
        driver or OpenInsoleDriver(LEFT),
        lambda heard: heard.address == LEFT,
        time.time_ns,
        within_s=5.0,
        read_first=(sig.SERIAL_NUMBER, sig.sig_uuid(0x2A27)),
        limits=QUICK,
    ) as there:
        yield there


@pytest.fixture
async def air() -> AsyncIterator[VirtualAir]:
    async with virtual_air(Scene(shoes=SHOES[:1], recorded_s=0.0)) as there:
        yield there


async def test_what_it_tells(air: VirtualAir) -> None:
    async with visited(air) as there:
        assert there.text_before(sig.SERIAL_NUMBER) == "demo-left"
        assert there.text_before(sig.sig_uuid(0x2A27)) == ""  # a hardware revision is not offered
        assert await there.read(sig.sig_uuid(0x2A27)) is None
        assert there.told.layout is not None
        assert there.told.layout.side is Side.LEFT
        slots = await there.slots()
        assert slots is not None
        assert [slot.version for slot in slots] == ["1.0.0"]
        there.told.begin()
        await asyncio.sleep(0.5)
        assert sum(len(rows.codes) for rows in there.told.rows) >= 20
        assert there.told.boot == air.insoles[LEFT].boot


async def test_a_side_that_is_set_is_announced_from_then_on(air: VirtualAir) -> None:
    insole = air.insoles[LEFT]
    async with visited(air) as there:
        assert await there.set(SetSide(Side.RIGHT)) == Answered(SetSide(Side.RIGHT))
        assert await there.set(Identify(4)) == Answered(Identify(4))
    assert (insole.side, insole.identified_s) == (Side.RIGHT, 4)
    async with visited(air) as there:
        assert there.told.layout is not None
        assert there.told.layout.side is Side.RIGHT
    [heard] = [one for one in await air.adapter.scan(1.0, registry.recognise) if one.advertisement.address == LEFT]
    assert heard.recognised is not None
    assert heard.recognised.side is Side.RIGHT


async def test_an_insole_goes_on_after_a_visit(air: VirtualAir) -> None:
    insole = air.insoles[LEFT]
    async with visited(air):
        pass
    taken = insole.taken
    await asyncio.sleep(0.3)
    insole.held()
    assert insole.taken > taken


async def test_a_link_that_ends_is_told(air: VirtualAir) -> None:
    async with visited(air) as there:
        await air.insoles[LEFT].power_off()
        async with asyncio.timeout(3):
            while not there.over:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        with pytest.raises(UnderfootError) as caught:
            there.check()
        assert caught.value.code is FaultCode.LINK_LOST


async def test_an_insole_that_does_not_say_its_side_is_refused_with_its_reason() -> None:
    silent = Scene(shoes=(Shoe(address=LEFT, name="x", foot=Side.LEFT, says=None),), recorded_s=0.0)
    async with virtual_air(silent) as air:
        with pytest.raises(UnderfootError) as caught:
            async with visited(air):
                pass
        assert caught.value.code is FaultCode.SIDE_UNKNOWN
