"""The air of the BlueZ tests as a process of its own: two virtual insoles, and the host's adapter on /dev/vhci.

`python bluez_air.py SOCKET`: prints `up` when everything is on the air; then one JSON request a line on the socket, one
JSON answer a line. A request names what happens (`do`), to which foot, and how.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bumble.gatt import Characteristic, CharacteristicValue, Service

from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.gatt import hang_up
from ingest.sources.virtual.hci import HostController
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

ADDRESSES = {"left": "F0:F1:F2:F3:F4:01", "right": "F0:F1:F2:F3:F4:02"}
SECRET_SERVICE = "5ec2e700-0000-4000-8000-000000000001"
SECRET = "5ec2e700-0000-4000-8000-000000000002"
Answer = dict[str, Any]


class BluezAir:
    """One method a request; keyword arguments are what the request says beside `do`."""

    def __init__(self, air: Air, insoles: dict[str, VirtualInsole], controllers: dict[str, AirController]) -> None:
        self._air = air
        self._insoles = insoles
        self._controllers = controllers
        self._host: HostController | None = None

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
        await hang_up(self._insoles[foot]._device)

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
            }
            for foot, insole in self._insoles.items()
        }


async def _serve(air: BluezAir, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        request: dict[str, Any] = json.loads(line)
        act: Callable[..., Awaitable[Answer | None]] = getattr(air, request.pop("do"))
        writer.write(json.dumps(await act(**request)).encode() + b"\n")
        await writer.drain()
    writer.close()


async def main(socket: str) -> None:
    air, world = Air(), World(wait_for_all=False)
    controllers = {foot: air.controller(foot) for foot in ADDRESSES}
    insoles = {
        foot: VirtualInsole(
            controllers[foot],
            serial=f"UF-{foot}",
            side=Side(foot),
            walk=WalkerFoot(Side(foot), Story()),
            address=address,
            world=world,
        )
        for foot, address in ADDRESSES.items()
    }
    bluez_air = BluezAir(air, insoles, controllers)
    for insole in insoles.values():
        await insole.power_on()
    await bluez_air.plug()
    server = await asyncio.start_unix_server(lambda reader, writer: _serve(bluez_air, reader, writer), socket)
    print("up", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
