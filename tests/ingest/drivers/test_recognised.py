"""The driver of whatever is found, over the radio and by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from radio_kit import INFO, QUICK, KitDriver, Reader, insole_on

from ingest.drivers.base import Advertisement, Drop, Output, Remembering, Settable
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.recognised import whatever_is_recognised
from ingest.events import Answered, FaultSeen, Fetch, FetchEnded, FetchResult, Identify, Release
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState
UNKNOWN = Advertisement(
    address="F0:00:00:00:00:01", name="x", rssi_dbm=-60, service_uuids=(), service_data={}, manufacturer_data={}
)


def kit_for(_insole: str, _side: Side | None = None) -> KitDriver:
    return KitDriver()


def whatever(**changed: Any) -> Any:
    given: dict[str, Any] = {"recognise": KitDriver.recognise, "driver_class": lambda _name: kit_for}
    return whatever_is_recognised("i-1", Side.LEFT, **{**given, **changed})


@pytest.mark.parametrize("by_address", [True, False])
async def test_the_radio_settles_the_model_by_what_it_takes(by_address: bool) -> None:
    air = Air(supervision_s=0.3)
    async with insole_on(air, "L") as insole, insole_on(air, "R"), Adapter.virtual(air) as adapter:
        address = insole.address if by_address else None
        source = adapter.source(whatever(), address, insole="i-1", side=Side.LEFT, limits=QUICK)
        async with Reader(source) as reader:
            await reader.until_rows(3)
            await insole.drop()
            await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
            await reader.until_rows(3)
            await source.stop()
            await reader.until_state(S.ENDED)
        assert insole.made == 2


async def test_an_address_that_no_driver_knows_says_so() -> None:
    air = Air(supervision_s=0.3)
    async with insole_on(air, "L") as insole, Adapter.virtual(air) as adapter:
        driver = whatever(recognise=lambda _heard: None)
        async with Reader(adapter.source(driver, insole.address, limits=QUICK)) as reader:
            await reader.until(lambda reader: FaultCode.UNKNOWN_NAME in reader.faults)


def test_an_insole_keeps_its_driver_while_others_pass_by() -> None:
    made: list[str] = []

    def class_of(name: str) -> Any:
        made.append(name)
        return kit_for

    driver = whatever(driver_class=class_of)
    known = replace(UNKNOWN, service_uuids=("5e1f0001-0000-4000-8000-000000000000",))
    for heard in (known, UNKNOWN):
        driver.recognise(heard)
    assert [type(each) for each in driver.on_connected(0)] == [FaultSeen, Drop]
    driver.recognise(known)
    assert made == ["kit"]
    assert driver.use_start_notify
    driver.on_connected(0)
    assert not driver.streaming
    assert list(driver.on_read(INFO, b"good", 0))
    assert driver.streaming


def outputs_of(driver: Any) -> Iterable[Output]:
    yield from driver.on_read(INFO, b"", 0)
    yield from driver.on_notified(INFO, b"", 0)
    yield from driver.on_failed(Drop(), "", 0)
    yield from driver.on_disconnected(0)
    yield from driver.on_stop(0)


def test_nobody_found_is_nobody_asked() -> None:
    driver = whatever()
    assert [type(each) for each in driver.on_connected(0)] == [FaultSeen, Drop]
    assert list(outputs_of(driver)) == []
    assert driver.stopped
    assert not driver.streaming


def test_an_insole_that_remembers_nothing_answers_a_fetch() -> None:
    driver = whatever()
    assert isinstance(driver, Remembering)
    (ended,) = driver.on_request(Fetch(boot=1, first_seq=2, next_seq=3), 0)
    assert ended == FetchEnded(boot=1, first_seq=2, next_seq=3, result=FetchResult.NOTHING)
    assert list(driver.on_request(Release(boot=1, next_seq=2), 0)) == []


def test_what_the_insole_can_do_more_is_passed_on() -> None:
    made: list[OpenInsoleDriver] = []

    def open_insole(insole: str, side: Side | None = None) -> OpenInsoleDriver:
        made.append(OpenInsoleDriver(insole, side))
        return made[-1]

    driver = whatever(driver_class=lambda _name: open_insole)
    assert isinstance(driver, Settable)
    assert list(driver.on_setting(Identify(3), 0)) == [Answered(Identify(3), "this insole cannot be told that")]
    driver.recognise(replace(UNKNOWN, service_uuids=("5e1f0001-0000-4000-8000-000000000000",)))
    fetch = Fetch(boot=1, first_seq=2, next_seq=3)
    assert list(driver.on_request(fetch, 0)) == list(OpenInsoleDriver("i-1").on_request(fetch, 0))
    assert list(driver.on_setting(Identify(3), 0)) == list(OpenInsoleDriver("i-1").on_setting(Identify(3), 0))
    assert not driver.wants_bond
