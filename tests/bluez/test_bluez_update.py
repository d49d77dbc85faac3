"""Firmware over real BlueZ: one image that is kept, one that is ill and goes back; BlueZ forgets the old services."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bluez_kit import ADDRESSES, AirControl, system_bus

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.firmware.image import read_image
from ingest.firmware.stages import Outcome, Progress, Stage
from ingest.firmware.updater import Policy, Updater
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.updating import OverTheRadio
from ingest.sources.virtual.bootloader import IS_ILL, build_image
from ingest.wire.faults import FaultCode

LEFT = ADDRESSES["left"]
BODY = bytes(range(256)) * 200
POLICY = Policy(look_s=1.0, prove_s=2.2)


class Upload:
    """When pieces of it were told of."""

    def __init__(self) -> None:
        self._pieces: list[tuple[float, int]] = []

    def heed(self, progress: Progress) -> None:
        if progress.total_octets:
            self._pieces.append((time.monotonic(), progress.done_octets))

    @property
    def octets_per_s(self) -> float:
        (began_s, first), (ended_s, last) = self._pieces[0], self._pieces[-1]
        return (last - first) / (ended_s - began_s)


async def updated(adapter: Adapter, folder: Path, version: tuple[int, int, int, int], body: bytes) -> Outcome:
    image = folder / "image.bin"
    image.write_bytes(build_image(version, body))
    there = OverTheRadio(adapter, OpenInsoleDriver(LEFT), lambda heard: heard.address == LEFT, time.time_ns)
    upload, began_s = Upload(), time.monotonic()
    outcome = await Updater(there, read_image(image), POLICY, upload.heed).run()
    print(f"\n{outcome.stage} in {time.monotonic() - began_s:.1f} s,", end=" ")
    print(f"{len(body) / 1000:.0f} kB at {upload.octets_per_s / 1000:.1f} kB/s beside the live rows, 15 ms events")
    return outcome


@pytest.mark.timeout(150)
async def test_an_image_is_tried_and_kept_and_an_ill_one_goes_back(
    air: AirControl, adapter: Adapter, tmp_path: Path
) -> None:
    await air("conditions", interval_s=0.015)
    await air("take_off", foot="left")
    assert await updated(adapter, tmp_path, (1, 1, 0, 0), BODY) == Outcome(Stage.UPDATED, "1.1.0")

    async with system_bus() as bus:  # new firmware may have other services
        assert LEFT not in await bus.devices()

    outcome = await updated(adapter, tmp_path, (1, 2, 0, 0), IS_ILL + BODY)
    assert (outcome.stage, outcome.fault and outcome.fault.code) == (Stage.ROLLED_BACK, FaultCode.UPDATE_ROLLED_BACK)
    assert outcome.runs == (await air("stats"))["left"]["firmware"] == "1.1.0"
