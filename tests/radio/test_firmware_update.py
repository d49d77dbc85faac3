"""A firmware update over the virtual air: bleak's client, smpclient and a bootloader with two slots, all real code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from radio_kit import QUICK

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.firmware.image import FirmwareImage, read_image
from ingest.firmware.stages import Outcome, Progress, Stage
from ingest.firmware.updater import Policy, Updater
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.updating import OverTheRadio
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.bootloader import DOES_NOT_START, IS_ILL, Bootloader, build_image
from ingest.sources.virtual.gait import Array, Story
from ingest.sources.virtual.updatable import UpdatableInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side

_OLD = build_image((1, 2, 3, 0), b"old" * 1000)
_BODY = bytes(range(256)) * 80  # 20 kB
_PATIENT = replace(QUICK, connect_s=5.0, greeting_s=5.0, intent_s=5.0, silent_s=3.0)  # ten at once on a busy machine
_POLICY = Policy(search_s=5.0, return_s=8.0, look_s=1.05, prove_s=2.2)


class LyingShoe(WalkerFoot):
    """Nobody wears it, until `worn_from_s`."""

    worn_from_s = float("inf")

    def forces_n(self, t_s: Array) -> Array:
        forces: Array = np.where((t_s >= self.worn_from_s)[:, np.newaxis], super().forces_n(t_s), 0.0)
        return forces


@dataclass(slots=True)
class Bench:
    """One updatable insole within reach of a hub."""

    adapter: Adapter
    insole: UpdatableInsole
    shoe: LyingShoe
    heard: list[Progress] = field(default_factory=list)

    @property
    def stages(self) -> list[Stage]:
        told = [each.stage for each in self.heard]
        return [stage for at, stage in enumerate(told) if at == 0 or stage is not told[at - 1]]

    async def update(self, image: FirmwareImage, policy: Policy = _POLICY) -> Outcome:
        address = self.insole.address
        there = OverTheRadio(
            self.adapter, OpenInsoleDriver(address), lambda heard: heard.address == address, time.time_ns, _PATIENT
        )
        return await Updater(there, image, policy, self.heard.append).run()


@asynccontextmanager
async def a_bench() -> AsyncIterator[Bench]:
    air, shoe = Air(supervision_s=0.3), LyingShoe(Side.LEFT, Story())
    async with AsyncExitStack() as stack:
        insole = UpdatableInsole(
            air.controller("left"),
            bootloader=Bootloader(_OLD),
            serial="left",
            side=Side.LEFT,
            walk=shoe,
            address="F0:0D:00:00:02:01",
            world=World(wait_for_all=False),
        )
        await insole.power_on()
        stack.push_async_callback(insole.power_off)
        yield Bench(await stack.enter_async_context(Adapter.virtual(air)), insole, shoe)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        yield one


def image_of(tmp_path: Path, version: tuple[int, int, int, int] = (1, 3, 0, 0), body: bytes = _BODY) -> FirmwareImage:
    path = tmp_path / "new.bin"
    path.write_bytes(build_image(version, body))
    return read_image(path)


async def test_an_update_from_the_first_check_to_the_confirmation(bench: Bench, tmp_path: Path) -> None:
    image = image_of(tmp_path)
    outcome = await bench.update(image)
    assert outcome == Outcome(Stage.UPDATED, "1.3.0")
    assert bench.stages == [
        Stage.CHECKING,
        Stage.UPLOADING,
        Stage.MARKING,
        Stage.RESTARTING,
        Stage.PROVING,
        Stage.CONFIRMING,
        Stage.UPDATED,
    ]
    uploaded = [each.done_octets for each in bench.heard if each.total_octets]
    assert uploaded == sorted(uploaded)
    assert uploaded[-1] == len(image.content)
    await bench.insole.reboot(0.1)
    assert bench.insole.bootloader.version == "1.3.0"  # kept

    assert (await bench.update(image)).stage is Stage.UP_TO_DATE


async def test_power_lost_at_every_tenth_of_the_upload(tmp_path: Path) -> None:
    image = image_of(tmp_path)

    async def with_power_lost_at(tenth: int) -> None:
        async with a_bench() as bench:
            bench.insole.power_cut_after = max(300, len(image.content) * tenth // 10)  # 300: past the hand-shake
            outcome = await bench.update(image, replace(_POLICY, tries=0))
            assert outcome.stage is Stage.INTERRUPTED, tenth
            assert outcome.fault is not None
            assert outcome.fault.code is FaultCode.LINK_LOST
            assert outcome.runs == bench.insole.bootloader.version == "1.2.3"
            assert (await bench.update(image)).stage is Stage.UPDATED  # nothing is bricked: it can be begun anew

    async with asyncio.TaskGroup() as tasks:
        for tenth in range(10):
            tasks.create_task(with_power_lost_at(tenth))


async def test_a_power_cut_in_the_upload_is_got_over_by_itself(bench: Bench, tmp_path: Path) -> None:
    image = image_of(tmp_path)
    bench.insole.power_cut_after = len(image.content) // 2
    assert (await bench.update(image)).stage is Stage.UPDATED
    assert bench.insole.bootloader.uploads_begun == 2


async def test_a_link_lost_in_the_upload_goes_on_where_it_stood(bench: Bench, tmp_path: Path) -> None:
    image = image_of(tmp_path)
    updating = asyncio.create_task(bench.update(image))
    while not any(each.done_octets > len(image.content) // 2 for each in bench.heard):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    for connection in list(bench.insole._device.connections.values()):
        await connection.disconnect()
    assert (await updating).stage is Stage.UPDATED
    assert bench.insole.bootloader.uploads_begun == 1
    begun_again = [
        later.done_octets
        for before, later in zip(bench.heard, bench.heard[1:], strict=False)
        if before.stage is Stage.UPLOADING and not before.total_octets
    ]
    assert min(begun_again[1:]) > len(image.content) // 2


async def test_firmware_that_never_comes_up_goes_back_by_itself(bench: Bench, tmp_path: Path) -> None:
    outcome = await bench.update(image_of(tmp_path, body=DOES_NOT_START + _BODY))
    assert outcome.stage is Stage.ROLLED_BACK
    assert outcome.fault is not None
    assert outcome.fault.code is FaultCode.UPDATE_ROLLED_BACK
    assert outcome.runs == bench.insole.bootloader.version == "1.2.3"


async def test_firmware_that_reports_a_fault_is_not_kept(bench: Bench, tmp_path: Path) -> None:
    outcome = await bench.update(image_of(tmp_path, body=IS_ILL + _BODY))
    assert outcome.stage is Stage.ROLLED_BACK
    assert "sensor_supply" in str(outcome.fault)
    assert outcome.runs == bench.insole.bootloader.version == "1.2.3"


async def test_an_image_for_which_the_insole_has_no_use_is_not_kept(bench: Bench, tmp_path: Path) -> None:
    image = image_of(tmp_path)
    spoilt = replace(image, content=image.content[:-8] + bytes(8))
    outcome = await bench.update(spoilt)
    assert outcome.stage is Stage.REFUSED
    assert outcome.fault is not None
    assert outcome.fault.code is FaultCode.UPDATE_REFUSED
    assert bench.insole.bootloader.version == "1.2.3"


async def test_older_firmware_is_refused_unless_it_is_wanted(bench: Bench, tmp_path: Path) -> None:
    older = image_of(tmp_path, (1, 2, 2, 0))
    outcome = await bench.update(older)
    assert (outcome.stage, outcome.fault and outcome.fault.code) == (Stage.REFUSED, FaultCode.UPDATE_REFUSED)
    assert (await bench.update(older, replace(_POLICY, allow_older=True))).stage is Stage.UPDATED


async def test_an_empty_battery_is_charged_first(bench: Bench, tmp_path: Path) -> None:
    await bench.insole.set_battery(29)
    outcome = await bench.update(image_of(tmp_path))
    assert (outcome.stage, outcome.fault and outcome.fault.code) == (Stage.REFUSED, FaultCode.BATTERY_LOW)
    assert bench.insole.smp.bootloader.uploads_begun == 0


async def test_a_shoe_that_is_worn_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    bench.shoe.worn_from_s = 0.0
    outcome = await bench.update(image_of(tmp_path))
    assert (outcome.stage, outcome.fault and outcome.fault.code) == (Stage.REFUSED, FaultCode.SHOE_WORN)
    assert bench.insole.bootloader.uploads_begun == 0


async def test_a_shoe_put_on_during_the_upload_stops_it(bench: Bench, tmp_path: Path) -> None:
    bench.shoe.worn_from_s = 1.5  # after it was looked at
    outcome = await bench.update(image_of(tmp_path, body=bytes(2_000_000)))
    assert (outcome.stage, outcome.fault and outcome.fault.code) == (Stage.INTERRUPTED, FaultCode.SHOE_WORN)
    assert bench.insole.bootloader.version == "1.2.3"


async def test_power_lost_while_the_new_firmware_is_tried(bench: Bench, tmp_path: Path) -> None:
    updating = asyncio.create_task(bench.update(image_of(tmp_path)))
    while Stage.PROVING not in bench.stages:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    await bench.insole.power_cut(0.1)
    outcome = await updating
    assert outcome.stage is Stage.ROLLED_BACK
    assert outcome.runs == bench.insole.bootloader.version == "1.2.3"
