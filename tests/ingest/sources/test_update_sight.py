"""What an update sees of an insole: which of its faults speak against the firmware, and what it still remembers."""

from __future__ import annotations

import pytest

from ingest.events import FaultSeen, HeldSeen, LayoutSeen, TakenSeen
from ingest.sources.radio.updating import Sight
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone
from ingest.wire.messages import Layout

_LAYOUT = Layout(
    insole="one",
    side=Side.LEFT,
    cells=(Cell(area="M1", zone=Zone.FOREFOOT, x=0.5, y=0.7, full_scale=1000),),
    unit=Unit.RAW,
    scale=1.0,
    rate_hz=50.0,
    calibration=Calibration.NONE,
    checksum=0,
)


def taken(boot: int) -> TakenSeen:
    return TakenSeen(boot=boot, first_seq=0, next_seq=1)


@pytest.mark.parametrize(
    ("detail", "speaks_against_it"),
    [("cell", False), ("cell, storage, overrun", False), ("cell, sensor_supply", True), ("bits 0x40", True)],
)
def test_wear_and_a_full_memory_are_not_the_firmwares_fault(detail: str, speaks_against_it: bool) -> None:
    sight = Sight({})
    for event in (taken(7), FaultSeen(Fault(FaultCode.DEVICE_FAULT, detail))):
        sight.heed(event)
    assert (sight.device_fault is not None) is speaks_against_it


def test_a_fault_told_over_an_earlier_link_stands_until_the_insole_is_started_again() -> None:
    told: dict[int, Fault] = {}
    first, second = Sight(told), Sight(told)
    for event in (taken(7), FaultSeen(Fault(FaultCode.DEVICE_FAULT, "sensor_supply"))):
        first.heed(event)
    second.heed(taken(7))
    assert second.device_fault is not None
    second.heed(taken(8))
    assert second.device_fault is None


def test_what_it_remembers_is_told_in_seconds() -> None:
    sight = Sight({})
    assert sight.kept_s == 0.0
    sight.heed(LayoutSeen(_LAYOUT))
    for boot, first, after in ((1, 0, 500), (2, 100, 200), (2, 150, 200)):
        sight.heed(HeldSeen(boot=boot, first_seq=first, next_seq=after))
    assert sight.kept_s == pytest.approx(11.0)
