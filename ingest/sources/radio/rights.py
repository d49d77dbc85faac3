"""What BlueZ is like here, and what it lets this user do. Changes nothing. Linux only."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from bleak.exc import BleakDBusError

from ingest.sources.radio.agent import AGENT_PATH
from ingest.sources.radio.bluez import AGENTS, DEVICE, BlueZ
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError


@dataclass(frozen=True, slots=True)
class BlueZSeen:
    """`…_refused`: why, "" when it is allowed."""

    adapter: str
    powered: bool
    connected: int
    agent_refused: str
    power_refused: str


async def look(adapter: str | None) -> BlueZSeen:
    """:raises UnderfootError: RADIO_OFF."""
    bluez = BlueZ(adapter, lambda _change: None, tuple)
    try:
        async with bluez.line():
            return await _look(bluez)
    except RADIO_ERRORS as error:
        raise UnderfootError(FaultCode.RADIO_OFF, fault_of(error).detail) from error


async def _look(bluez: BlueZ) -> BlueZSeen:
    path = await bluez.adapter_path()
    agent_refused = await _refusal(bluez.register_agent())
    if not agent_refused:
        await bluez.call(*AGENTS, "UnregisterAgent", "o", AGENT_PATH)
    objects = await bluez.objects()
    powered = await bluez.is_powered(path)
    devices = [has[DEVICE] for each, has in objects.items() if DEVICE in has and each.startswith(f"{path}/")]
    return BlueZSeen(
        adapter=path.rpartition("/")[2],
        powered=powered,
        connected=sum(bool(device.get("Connected")) for device in devices),
        agent_refused=agent_refused,
        power_refused=await _refusal(bluez.set_powered(path, on=powered)),  # as it is: only the right is asked for
    )


async def _refusal(work: Awaitable[None]) -> str:
    try:
        await work
    except BleakDBusError as error:
        return str(error)
    return ""
