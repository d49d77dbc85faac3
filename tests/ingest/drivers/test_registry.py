"""Drivers are found through their entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from ingest.drivers import open_insole_wire as wire
from ingest.drivers import registry
from ingest.drivers.base import Advertisement
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_layout import pack_announced
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

OURS = EntryPoint("open-insole", "ingest.drivers.open_insole:OpenInsoleDriver", registry.GROUP)
BROKEN = EntryPoint("broken", "a_package_that_is_not_there:Driver", registry.GROUP)


def test_ours_is_installed() -> None:
    assert registry.driver_class("open-insole") is OpenInsoleDriver
    assert registry.driver_class("open-insole")("OI-1", Side.LEFT).streaming is False


@pytest.mark.expects_log
def test_a_broken_one_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert list(registry.load([BROKEN, OURS])) == ["open-insole"]
    assert "broken" in caplog.text


def test_an_unknown_name_names_what_there_is() -> None:
    with pytest.raises(UnderfootError, match="open-insole") as caught:
        registry.driver_class("nobody")
    assert caught.value.code is FaultCode.UNKNOWN_NAME


def test_an_advertisement_is_recognised() -> None:
    nothing = {
        "address": "F0:00:00:00:00:01",
        "name": "x",
        "rssi_dbm": -60,
        "service_uuids": (),
        "manufacturer_data": {},
    }
    ours = Advertisement(**nothing, service_data={wire.SERVICE: pack_announced(Side.RIGHT)})
    found = registry.recognise(ours)
    assert found is not None
    assert (found.driver, found.side) == ("open-insole", Side.RIGHT)
    assert registry.recognise(Advertisement(**nothing, service_data={})) is None
