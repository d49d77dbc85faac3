"""Which advertisements the drivers of other makers' insoles take for theirs."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.drivers import brilliant_sole, fff0, nilspod, registry, ukaton
from ingest.drivers.base import Advertisement
from ingest.wire.geometry import Side


def heard(name: str | None = None, services: tuple[str, ...] = (), data: dict[str, bytes] | None = None) -> Any:
    return Advertisement(
        address="F0:00:00:00:00:01",
        name=name,
        rssi_dbm=-60,
        service_uuids=services,
        service_data=data or {},
        manufacturer_data={},
    )


SOLE, KIND = brilliant_sole.SERVICE, brilliant_sole.DEVICE_TYPE


@pytest.mark.parametrize(
    ("advertisement", "driver", "side"),
    [
        (heard(data={ukaton.SERVICE: b"\x01\x00"}), "ukaton", Side.LEFT),
        (heard(data={ukaton.SERVICE: b"\x02"}), "ukaton", Side.RIGHT),
        (heard(services=(ukaton.SERVICE,)), "ukaton", None),
        (heard(services=(SOLE,), data={KIND: b"\x00"}), "brilliant-sole", Side.LEFT),
        (heard(services=(SOLE,), data={KIND: b"\x01"}), "brilliant-sole", Side.RIGHT),
        (heard(services=(SOLE,)), "brilliant-sole", None),
        (heard("Left01_foot"), "fff0", Side.LEFT),
        (heard("right02_FOOT", (fff0.SERVICE,)), "fff0", Side.RIGHT),
        (heard(services=(nilspod.SERVICE,)), "nilspod", None),
        (heard("NilsPod-3F11"), "nilspod", None),
    ],
)
def test_ours(advertisement: Advertisement, driver: str, side: Side | None) -> None:
    found = registry.recognise(advertisement)
    assert found is not None
    assert (found.driver, found.side) == (driver, side)


@pytest.mark.parametrize(
    "advertisement",
    [
        heard(data={ukaton.SERVICE: b"\x00\x00"}),  # a motion module
        heard(services=(ukaton.SERVICE,), data={ukaton.SERVICE: b"\x07"}),
        heard(services=(SOLE,), data={KIND: b"\x04"}),  # a glove or the like
        heard(data={KIND: b"\x00"}),
        heard("Leftover", (fff0.SERVICE,)),
        heard(services=(fff0.SERVICE,)),  # everybody's
        heard(services=(nilspod.UART_SERVICE,)),
        heard(""),
    ],
)
def test_others(advertisement: Advertisement) -> None:
    for driver in ("ukaton", "brilliant-sole", "fff0", "nilspod"):
        assert registry.driver_class(driver).recognise(advertisement) is None
