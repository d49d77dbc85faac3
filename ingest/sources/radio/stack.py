"""What stands below bleak: BlueZ, or Bumble on virtual air. What bleak has no word for is done here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from bleak import BleakClient

from ingest.drivers.base import Advertisement

if TYPE_CHECKING:
    from ingest.sources.virtual.air import Air

_OFF_S = 0.5


class Change(StrEnum):
    """What became of the adapter or of the service that runs it."""

    GONE = "gone"  # D-Bus, bluetoothd or the adapter went away, or it was switched off: every link is over
    BACK = "back"


class Helm(Protocol):
    """Steps on the stack itself. Each has a time limit of its own and raises `RADIO_ERRORS` or UnderfootError."""

    async def close_stale(self, is_ours: Callable[[Advertisement], bool], held: Collection[str], /) -> list[str]:
        """End links that nobody in this process holds, to devices that `is_ours`; their addresses.

        While such a link is up its insole does not advertise.
        """

    async def is_linked(self, address: str, /) -> bool:
        """Whether the stack believes in a link to the device."""

    async def call_off(self, address: str, /) -> None:
        """End a connection attempt that was left behind; until then every other is answered with InProgress."""

    async def forget_cache(self, address: str, /) -> bool:
        """Read the services anew at the next connection. False: not possible without giving up the bond."""

    async def forget_bond(self, address: str, /) -> None:
        """Delete the keys shared with a device."""

    async def bonded(self) -> list[str]:
        """Addresses of the devices that it shares keys with."""

    async def bond(self, client: BleakClient, /) -> None:
        """Pair with the device that `client` is connected to; at once when that is done already."""

    async def power_cycle(self) -> None:
        """Switch the adapter off and on.

        :raises UnderfootError: ADAPTER_STUCK where that does not work, or is not allowed.
        """


@dataclass(frozen=True, slots=True)
class Stack:
    """Keyword arguments that make bleak use this adapter, for its scanner and its clients; and the helm."""

    scanner: dict[str, Any]
    client: dict[str, Any]
    helm: Helm


class NoHelm:
    """Before the stack is open there is nothing to steer."""

    async def close_stale(self, _is_ours: Callable[[Advertisement], bool], _held: Collection[str]) -> list[str]:
        return []

    async def is_linked(self, _address: str) -> bool:
        return False

    async def call_off(self, _address: str) -> None:
        return

    async def forget_cache(self, _address: str) -> bool:
        return True

    async def forget_bond(self, _address: str) -> None:
        return

    async def bonded(self) -> list[str]:
        return []

    async def bond(self, client: BleakClient) -> None:
        await client.pair()

    async def power_cycle(self) -> None:
        return


class VirtualHelm(NoHelm):
    """Of a Bumble device; its own client calls attempts off and keeps no services."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub

    async def close_stale(self, _is_ours: Callable[[Advertisement], bool], held: Collection[str]) -> list[str]:
        closed = []
        for connection in list(self._hub.connections.values()):
            address = connection.peer_address.to_string(False)
            if address not in held:
                await connection.disconnect()
                closed.append(address)
        return closed

    async def forget_bond(self, address: str) -> None:
        await self._hub.keystore.delete(address)

    async def bonded(self) -> list[str]:
        return [name.partition("/")[0] for name, _ in await self._hub.keystore.get_all()]

    async def power_cycle(self) -> None:
        await self._hub.power_off()
        await asyncio.sleep(_OFF_S)
        await self._hub.power_on()


@asynccontextmanager
async def virtual_stack(air: Air) -> AsyncIterator[Stack]:
    """An adapter on virtual air."""
    from ingest.sources.radio.bumble_backend import backends_for
    from ingest.sources.virtual.air import power_off_hub, power_on_hub

    controller = air.controller("hub")
    hub = await power_on_hub(controller)
    backends = backends_for(hub)
    try:
        yield Stack({"backend": backends.scanner}, {"backend": backends.client}, VirtualHelm(hub))
    finally:
        await power_off_hub(hub)
        air.remove(controller)
