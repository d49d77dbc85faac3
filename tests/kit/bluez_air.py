"""The air of the BlueZ tests as a process of its own: virtual insoles, and the host's adapter on /dev/vhci.

Two insoles are on from the beginning. A third one, `locked`, obeys only whom it is paired with; it is off.

`python bluez_air.py SOCKET`: prints `ready`. Whoever connects to the socket gets an air of its own, and an `up` once
everything is on it; then one JSON request a line, one JSON answer a line, until it hangs up. A request names what
happens (`do`), to which foot, and how.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bumble.gatt import Characteristic, CharacteristicValue, Service

from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.bootloader import Bootloader, build_image
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Array, Story
from ingest.sources.virtual.gatt import hang_up
from ingest.sources.virtual.hci import HostController
from ingest.sources.virtual.updatable import UpdatableInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

ADDRESSES = {"left": "F0:F1:F2:F3:F4:01", "right": "F0:F1:F2:F3:F4:02", "locked": "F0:F1:F2:F3:F4:03"}
_ON_FROM_THE_BEGINNING = ("left", "right")
SECRET_SERVICE = "5ec2e700-0000-4000-8000-000000000001"
SECRET = "5ec2e700-0000-4000-8000-000000000002"
Answer = dict[str, Any]
_FIRMWARE = build_image((1, 0, 0, 0), b"virtual insole")


class Shoe(WalkerFoot):
    """On a foot that walks, or lying there."""

    worn = True

    def forces_n(self, t_s: Array) -> Array:
        forces: Array = super().forces_n(t_s) * self.worn
        return forces


class BluezAir:
    """One method a request; keyword arguments are what the request says beside `do`."""

    def __init__(self) -> None:
        self._air, self._world = Air(), World(wait_for_all=False)
        self._controllers: dict[str, AirController] = {}
        self._shoes: dict[str, Shoe] = {}
        self._insoles: dict[str, UpdatableInsole] = {}
        self._host: HostController | None = None
        for foot, address in ADDRESSES.items():
            side = Side.RIGHT if foot == "right" else Side.LEFT
            self._controllers[foot] = self._air.controller(foot)
            self._shoes[foot] = Shoe(side, Story())
            self._insoles[foot] = UpdatableInsole(
                self._controllers[foot],
                bootloader=Bootloader(_FIRMWARE),
                serial=f"UF-{foot}",
                side=side,
                walk=self._shoes[foot],
                address=address,
                world=self._world,
                flash=Flash(),
                encrypted=foot == "locked",
            )

    async def begin(self) -> None:
        for foot in _ON_FROM_THE_BEGINNING:
            await self.on(foot)
        await self.plug()

    async def end(self) -> None:
        """Everything at once, as if its power failed."""
        await self.unplug()
        await asyncio.gather(*(insole.power_off() for insole in self._insoles.values()))

    async def plug(self) -> None:
        """The adapter is put in."""
        self._host = self._host or HostController(self._air)

    async def unplug(self) -> None:
        """The adapter is pulled out."""
        host, self._host = self._host, None
        if host is not None:
            host.unplug()

    async def deafen(self) -> None:
        """The adapter hears no advertisement any more, until it is reset."""
        if self._host is not None:
            self._host.deaf = True

    async def drop(self, foot: str) -> None:
        """The insole hangs up."""
        if (device := self._insoles[foot]._device) is not None:
            await hang_up(device)

    async def away(self, foot: str, supervision_s: float = 1.0) -> None:
        """Out of range."""
        self._air.supervision_s = supervision_s
        self._air.away(self._controllers[foot])

    async def back(self, foot: str) -> None:
        self._air.back(self._controllers[foot])

    async def reboot(self, foot: str) -> None:
        await self._insoles[foot].reboot()

    async def off(self, foot: str) -> None:
        await self._insoles[foot].power_off()

    async def on(self, foot: str) -> None:
        await self._insoles[foot].power_on()

    async def take_off(self, foot: str) -> None:
        """The shoe."""
        self._shoes[foot].worn = False

    async def skip(self, seconds: float) -> None:
        """Have the walk stand so much later, with every row of that time recorded."""
        self._world.skip(seconds)
        await self._world.caught_up()

    async def forget_bonds(self, foot: str) -> None:
        """As a reset to how it left the factory."""
        self._insoles[foot].forget_bonds()

    async def hide(self, foot: str) -> None:
        """One more service, with a value that is read on an encrypted link only."""
        permissions = Characteristic.Permissions
        secret = Characteristic(
            SECRET,
            Characteristic.Properties.READ,
            permissions.READABLE | permissions.READ_REQUIRES_ENCRYPTION,
            CharacteristicValue(read=lambda _connection: b"secret"),
        )
        self._insoles[foot]._device.add_service(Service(SECRET_SERVICE, [secret]))

    async def mute(self, foot: str, mute: bool) -> None:
        """It can be connected but answers nothing, or answers again."""
        server = self._insoles[foot]._device.gatt_server
        if mute:
            server.on_gatt_pdu = lambda *_: None
        else:
            del server.on_gatt_pdu

    async def notify(self, foot: str, times: int) -> None:
        """The battery level, so many times, to whoever has subscribed to it."""
        for _ in range(times):
            insole = self._insoles[foot]
            await insole._device.notify_subscribers(insole._database.battery)
            await asyncio.sleep(0.01)

    async def conditions(self, interval_s: float | None = None, loss_share: float = 0.0) -> None:
        """Connection events of every link from now on."""
        self._air.interval_s, self._air.loss_share = interval_s, loss_share

    async def stats(self) -> Answer:
        """What each insole took, by boot, and handed to the air, in rows."""
        return {
            foot: {
                "boot": insole.boot,
                "taken": {str(boot): rows for boot, rows in insole.taken_by_boot.items()},
                "sent": insole.sent,
                "connected": insole.connected,
                "firmware": insole.bootloader.version,
            }
            for foot, insole in self._insoles.items()
        }


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    air = BluezAir()
    await air.begin()
    writer.write(b"up\n")
    while line := await reader.readline():
        request: dict[str, Any] = json.loads(line)
        act: Callable[..., Awaitable[Answer | None]] = getattr(air, request.pop("do"))
        writer.write(json.dumps(await act(**request)).encode() + b"\n")
        await writer.drain()
    await air.end()
    writer.close()


async def main(socket: str) -> None:
    server = await asyncio.start_unix_server(_serve, socket)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
