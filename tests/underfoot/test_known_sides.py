"""An insole that says another side than when it was paired: its rows are refused, and both changing is told as such."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest
from air_kit import LEFT, RIGHT
from open_insole_kit import CELLS
from radio_kit import Reader

from ingest.events import BatterySeen, FaultSeen, HeldSeen, LayoutSeen, LinkChanged, Request, Rows, SourceEvent
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import Layout, LinkState
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.known_sides import PairedSource, SideWatch
from underfoot.real_pair import on_adapter
from underfoot.settings import Settings
from underfoot.virtual_air import SHOES, Scene, virtual_air


class Script:
    """A source that says what it was given."""

    insole = "a"

    def __init__(self, *events: SourceEvent) -> None:
        self._events = events
        self.asked: list[Request] = []

    async def events(self) -> AsyncIterator[SourceEvent]:
        for event in self._events:
            yield event

    async def stop(self) -> None:
        return

    def ask(self, request: Request) -> None:
        self.asked.append(request)


def layout(side: Side) -> LayoutSeen:
    return LayoutSeen(
        Layout(
            insole="a",
            side=side,
            cells=CELLS,
            unit=Unit.RAW,
            scale=1.0,
            rate_hz=100.0,
            calibration=Calibration.NONE,
            checksum=1,
        )
    )


ROWS = Rows(boot=1, seq=0, ticks=0, tick_ns=1, ns_per_row=10_000_000, codes=np.zeros((1, 2), np.int16), arrived_ns=1)
HELD = HeldSeen(boot=1, first_seq=0, next_seq=9)
LINK = LinkChanged(LinkState.STREAMING, 1)
BATTERY = BatterySeen(50)


async def heard(source: PairedSource) -> list[SourceEvent]:
    return [event async for event in source.events()]


async def test_an_insole_that_says_what_it_said_is_read_as_the_foot_it_was_paired_for() -> None:
    source = PairedSource(Script(layout(Side.RIGHT), ROWS, HELD), Side.LEFT, Side.RIGHT, SideWatch())
    seen, *others = await heard(source)
    assert seen == layout(Side.LEFT)
    assert others == [ROWS, HELD]


@pytest.mark.expects_log
async def test_another_side_is_a_fault_and_nothing_of_the_insole_is_taken_until_it_says_the_old_one() -> None:
    script = Script(layout(Side.RIGHT), ROWS, HELD, LINK, BATTERY, layout(Side.LEFT), ROWS)
    source = PairedSource(script, Side.LEFT, Side.LEFT, SideWatch())
    fault, *others = await heard(source)
    assert isinstance(fault, FaultSeen)
    assert fault.fault.code is FaultCode.SIDES_SWAPPED
    assert "said left and says right now" in fault.fault.detail
    assert others == [LINK, BATTERY, layout(Side.LEFT), ROWS]


@pytest.mark.expects_log
async def test_both_at_once_is_told_as_an_exchange() -> None:
    watch = SideWatch()
    await heard(PairedSource(Script(layout(Side.RIGHT)), Side.LEFT, Side.LEFT, watch))
    (second,) = await heard(PairedSource(Script(layout(Side.LEFT)), Side.RIGHT, Side.RIGHT, watch))
    assert isinstance(second, FaultSeen)
    assert "both insoles tell the other foot now" in second.fault.detail


def paired(address: str, says: Side) -> KnownInsole:
    return KnownInsole(
        insole=address, address=address, driver="open-insole", paired_t_ns=1, bound=Bound.STAMPED, says=says
    )


KNOWN = KnownInsoles(left=paired(LEFT, Side.LEFT), right=paired(RIGHT, Side.RIGHT))


@pytest.mark.expects_log
async def test_over_the_radio_a_swapped_insole_is_refused_and_the_other_one_read() -> None:
    left, right = SHOES
    scene = Scene(shoes=(replace(left, says=Side.RIGHT), right), recorded_s=0.0)
    async with virtual_air(scene) as air:
        one, other = on_adapter(Settings(), KNOWN, air.adapter)
        async with Reader(one) as refused, Reader(other) as read:
            await read.until_rows(20)
            await refused.until(lambda reader: FaultCode.SIDES_SWAPPED in reader.faults)
            assert refused.rows == []
            assert not any(isinstance(event, LayoutSeen | HeldSeen) for event in refused.events)
            assert [event.layout.side for event in read.events if isinstance(event, LayoutSeen)] == [Side.RIGHT]


async def test_only_known_insoles_are_accepted() -> None:
    left, right = SHOES
    stranger = replace(left, address="F0:0D:00:00:00:77")
    async with virtual_air(Scene(shoes=(stranger, right), recorded_s=0.0)) as air:
        one, other = on_adapter(Settings(), KNOWN, air.adapter)
        async with Reader(one) as away, Reader(other) as read:
            await read.until_rows(20)
            assert away.states == [LinkState.SEARCHING]
            assert not air.insoles[stranger.address].connected
