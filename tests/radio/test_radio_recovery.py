"""An adapter that hangs is switched off and on, as the last step; bonds are made where an insole wants one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import ClassVar

import pytest
from radio_kit import QUICK, KitDriver, KitInsole, Reader, insole_on
from stack_kit import Trouble, hang, hub_of, only_for_paired, troubled

from ingest.sources.radio.health import Recovery
from ingest.sources.virtual.air import Air
from ingest.wire.faults import FaultCode
from ingest.wire.messages import LinkState

S = LinkState
SOON = Recovery(deaf_s=0.4, stuck_connections=2, first_pause_s=0.5, look_s=0.05)


@pytest.fixture
async def air() -> Air:
    return Air(supervision_s=0.3)


@pytest.fixture
async def left(air: Air) -> AsyncIterator[KitInsole]:
    async with insole_on(air, "L") as insole:
        yield insole


async def test_an_adapter_that_hears_nothing_is_switched_off_and_on(air: Air, left: KitInsole) -> None:
    trouble = Trouble()
    async with troubled(air, trouble, recovery=SOON) as adapter:
        hang(hub_of(air))
        async with Reader(adapter.source(KitDriver(), left.address, limits=QUICK)) as reader:
            await reader.until_rows(1)
            assert reader.faults[:1] == [FaultCode.ADAPTER_SILENT]
            assert FaultCode.ADAPTER_RECOVERED in reader.faults
            assert trouble.power_cycles == 1


async def test_an_adapter_with_a_link_is_left_alone(air: Air, left: KitInsole) -> None:
    trouble = Trouble()
    async with (
        troubled(air, trouble, recovery=SOON) as adapter,
        Reader(adapter.source(KitDriver(), left.address, limits=QUICK)) as reader,
    ):
        await reader.until_rows(1)
        hang(hub_of(air))
        absent = adapter.source(KitDriver(), "F0:F1:F2:F3:F4:44", limits=QUICK)
        async with Reader(absent) as other:
            await asyncio.sleep(1.5)
            assert trouble.power_cycles == 0
            assert other.faults == [FaultCode.INSOLE_NOT_FOUND]


async def test_each_cure_that_does_not_help_waits_longer_for_the_next(air: Air) -> None:
    trouble = Trouble()
    soon = replace(SOON, deaf_s=0.1, first_pause_s=0.4)
    async with (
        troubled(air, trouble, recovery=soon) as adapter,
        Reader(adapter.source(KitDriver(), "F0:F1:F2:F3:F4:44", limits=QUICK)),
    ):
        await asyncio.sleep(3.5)  # 0.1, 1.1, 2.4 s and not before 4.5 s, a switch taking 0.5 s
        assert 2 <= trouble.power_cycles <= 3


async def test_missing_rights_are_told(air: Air) -> None:
    async with (
        troubled(air, Trouble(no_rights=True), recovery=SOON) as adapter,
        Reader(adapter.source(KitDriver(), "F0:F1:F2:F3:F4:44", limits=QUICK)) as reader,
    ):
        await reader.until(lambda seen: FaultCode.ADAPTER_STUCK in seen.faults)


async def test_connections_that_never_end_are_the_adapter_too(air: Air, left: KitInsole) -> None:
    trouble = Trouble()
    async with (
        troubled(air, trouble, recovery=SOON) as adapter,
        insole_on(air, "R"),
        Reader(adapter.source(KitDriver(), left.address, limits=QUICK)) as reader,
    ):
        trouble.on_connect = [TimeoutError(), TimeoutError()]
        await reader.until_rows(1)
        assert trouble.power_cycles == 1
        assert FaultCode.ADAPTER_RECOVERED in reader.faults


class Bonding(KitDriver):
    wants_bond: ClassVar[bool] = True


@pytest.mark.parametrize("driver", [Bonding, KitDriver])
async def test_an_insole_that_wants_a_bond_gets_one_and_keeps_it(
    air: Air, left: KitInsole, driver: type[KitDriver]
) -> None:
    pairings = only_for_paired(left)
    async with (
        troubled(air, Trouble()) as adapter,
        Reader(adapter.source(driver(), left.address, limits=QUICK)) as reader,
    ):
        await reader.until_rows(1)
        for links in (2, 3):
            await left.drop()
            await reader.until(lambda seen, links=links: seen.states.count(S.STREAMING) == links)
            await reader.until_rows(1)
        assert reader.faults == [FaultCode.LINK_LOST] * 2
        assert pairings == [True]


@pytest.mark.parametrize("driver", [Bonding, KitDriver])
async def test_an_insole_that_refuses_a_bond_is_told(air: Air, left: KitInsole, driver: type[KitDriver]) -> None:
    only_for_paired(left, willing=False)
    async with (
        troubled(air, Trouble()) as adapter,
        Reader(adapter.source(driver(), left.address, limits=QUICK)) as reader,
    ):
        await reader.until(lambda seen: bool(seen.faults))
        assert reader.faults[0] in (FaultCode.BOND_REFUSED, FaultCode.LINK_REFUSED)
        assert any("bond-refused" in str(event) or "pair" in str(event) for event in reader.events)
