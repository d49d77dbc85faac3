"""An adapter on virtual air whose stack misbehaves as real ones do, on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bleak.exc import BleakDBusError
from bumble import hci
from bumble.att import Attribute
from bumble.core import UUID
from bumble.device import Device
from bumble.pairing import PairingConfig
from radio_kit import INFO, KitInsole

from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.health import Recovery
from ingest.sources.radio.stack import Change, Stack, VirtualHelm, virtual_stack
from ingest.sources.virtual.air import Air, AirController
from ingest.wire.faults import FaultCode, UnderfootError

ABORTED = BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
IN_PROGRESS = BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
FORGOTTEN = BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", ["no such object"])


@dataclass
class Trouble:
    """Knobs, and what was seen. `on_connect`: raised by the next connections, one each."""

    on_connect: list[Exception] = field(default_factory=list)
    half_way: int = 0  # so many connections come up and then break off
    disconnect_s: float = 0.0
    no_rights: bool = False
    hang_ups: int = 0  # begun
    called_off: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    power_cycles: int = 0
    notify_modes: list[Any] = field(default_factory=list)
    hub: Device | None = None
    change: Callable[[Change], None] | None = None


class TroubledHelm(VirtualHelm):
    def __init__(self, hub: Device, trouble: Trouble) -> None:
        super().__init__(hub)
        self._trouble = trouble

    async def call_off(self, address: str) -> None:
        self._trouble.called_off.append(address)

    async def forget_cache(self, address: str) -> bool:
        self._trouble.forgotten.append(address)
        return True

    async def power_cycle(self) -> None:
        self._trouble.power_cycles += 1
        if self._trouble.no_rights:
            raise UnderfootError(FaultCode.ADAPTER_STUCK, "not allowed")
        await super().power_cycle()


def troubled(air: Air, trouble: Trouble, *, slots: int = 5, recovery: Recovery | None = None) -> Adapter:
    def open_stack(on_change: Callable[[Change], None], _held: object) -> AbstractAsyncContextManager[Stack]:
        return _troubled_stack(air, on_change, trouble)

    return Adapter(open_stack, slots, recovery or Recovery())


@asynccontextmanager
async def _troubled_stack(air: Air, on_change: Callable[[Change], None], trouble: Trouble) -> AsyncIterator[Stack]:
    async with virtual_stack(air) as stack:
        sound = stack.client["backend"]
        trouble.hub, trouble.change = sound.hub, on_change

        class Client(sound):
            async def connect(self, pair: bool, **kwargs: Any) -> None:
                if trouble.on_connect:
                    raise trouble.on_connect.pop(0)
                await super().connect(pair, **kwargs)
                if trouble.half_way:
                    trouble.half_way -= 1
                    await super().disconnect()
                    raise ABORTED

            async def disconnect(self) -> None:
                trouble.hang_ups += 1
                await asyncio.sleep(trouble.disconnect_s)
                await super().disconnect()

            async def start_notify(self, characteristic: Any, callback: Any, **kwargs: Any) -> None:
                trouble.notify_modes.append(kwargs.get("bluez"))
                await super().start_notify(characteristic, callback, **kwargs)

        yield replace(stack, client={"backend": Client}, helm=TroubledHelm(sound.hub, trouble))


def hub_of(air: Air) -> AirController:
    return next(one for one in air.controllers if one.name == "hub")


def hang(controller: AirController) -> None:
    """The adapter hears nothing more until it is reset."""
    reset = controller.on_hci_reset_command

    def on_reset(command: Any) -> Any:
        del controller.hear, controller.on_hci_reset_command
        return reset(command)

    controller.hear = lambda *_: None
    controller.on_hci_reset_command = on_reset


def mute_services(insole: KitInsole) -> Callable[[], None]:
    """It is connected but answers nothing; the answer heals it."""
    server = insole.device.gatt_server
    server.on_gatt_pdu = lambda *_: None
    return lambda: delattr(server, "on_gatt_pdu")


def only_for_paired(insole: KitInsole, *, willing: bool = True) -> list[bool]:
    """Its INFO wants an encrypted link. The answer grows by one at each pairing."""
    for attribute in insole.device.gatt_server.attributes:
        if attribute.type == UUID(INFO):
            attribute.permissions |= Attribute.Permissions.READ_REQUIRES_ENCRYPTION
    pairings: list[bool] = []

    class Delegate(PairingConfig().delegate.__class__):
        async def accept(self) -> bool:
            pairings.append(willing)
            return willing

    insole.device.pairing_config_factory = lambda _connection: PairingConfig(
        mitm=False, bonding=True, delegate=Delegate()
    )
    return pairings


async def grab(air: Air, insole: KitInsole) -> Device:
    """A phone connects to the insole; switch the phone off to let it go."""
    from ingest.sources.virtual.air import power_on_hub

    phone = await power_on_hub(air.controller("phone"), "C0:00:00:00:00:77")
    await phone.connect(hci.Address(insole.address))
    return phone
