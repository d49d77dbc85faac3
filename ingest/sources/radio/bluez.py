"""Our own line to BlueZ, beside bleak's: it notices when bluetoothd or the adapter goes and comes, and keeps the agent.

bleak (3.1) does not see bluetoothd end without a farewell: it would go on believing in its links and devices. So its
memory of BlueZ is thrown away then. Linux only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Set
from contextlib import asynccontextmanager, suppress
from typing import Any

from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from bleak.backends.bluezdbus.utils import get_dbus_authenticator
from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.unpack import unpack_variants

from ingest.sources.radio.agent import AGENT_PATH, CAPABILITY, PairingAgent
from ingest.sources.radio.stack import Change
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS

_log = logging.getLogger(__name__)

BLUEZ = "org.bluez"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
_BUS = "org.freedesktop.DBus"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_RULES = (
    f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{BLUEZ}'",
    f"type='signal',sender='{BLUEZ}',interface='{_OBJECTS}'",
    f"type='signal',sender='{BLUEZ}',interface='{_PROPERTIES}',member='PropertiesChanged',arg0='{ADAPTER}'",
)
AGENTS = ("/org/bluez", "org.bluez.AgentManager1")
_ANSWER_S = 5.0
_AGAIN_S = 1.0  # between attempts to reach the bus

Objects = Mapping[str, Mapping[str, Mapping[str, Any]]]


class BlueZ:
    """One adapter's BlueZ, of that name (`hci0`) or the first. `run` keeps the line; without it calls are refused.

    `held`: addresses of the devices that this process is connected to or connecting; they may pair.
    """

    def __init__(
        self, adapter: str | None, on_change: Callable[[Change], None], held: Callable[[], Collection[str]]
    ) -> None:
        self._wanted = adapter
        self._on_change = on_change
        self._bus: MessageBus | None = None
        self._there: bool | None = None
        self._news = asyncio.Event()
        self._known: frozenset[str] = frozenset()
        self._was_away = False  # and may be back before anybody looked
        self._agent = PairingAgent(lambda address: address in held())

    async def run(self) -> None:
        """Until cancelled: through restarts of bluetoothd and of D-Bus, and adapters that are pulled."""
        while True:
            try:
                await self._keep_line()
            except RADIO_ERRORS as error:
                _log.debug("no line to BlueZ: %s", error)
            await self._tell(there=False)
            await asyncio.sleep(_AGAIN_S)

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        """The answer's body. Raises BleakDBusError as refused, TimeoutError, OSError without a line."""
        return await self._call(BLUEZ, path, interface, member, signature, *body)

    async def objects(self) -> Objects:
        """Everything that BlueZ knows, by path and interface."""
        answer = await self.call("/", _OBJECTS, "GetManagedObjects")
        found: Objects = unpack_variants(answer[0])
        return found

    async def adapter_path(self) -> str:
        """Raises OSError when there is none."""
        found = adapters_in(await self.objects(), self._wanted)
        if not found:
            raise OSError(f"adapter {self._wanted or ''} not found")
        return found[0]

    async def is_powered(self, path: str) -> bool:
        answer = await self.call(path, _PROPERTIES, "Get", "ss", ADAPTER, "Powered")
        return bool(answer[0].value)

    async def set_powered(self, path: str, *, on: bool) -> None:
        await self.call(path, _PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", on))

    # the line

    async def _keep_line(self) -> None:
        async with self.line() as bus:
            for rule in _RULES:
                await self._call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", rule)
            gone = asyncio.create_task(_end_of(bus))
            try:
                await self._follow(gone)
            finally:
                await end_all([gone])

    @asynccontextmanager
    async def line(self) -> AsyncIterator[MessageBus]:
        """A line for some calls only; nothing is watched. Raises `RADIO_ERRORS`."""
        bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
        try:
            async with asyncio.timeout(_ANSWER_S):
                await bus.connect()
            bus.export(AGENT_PATH, self._agent)
            bus.add_message_handler(self._on_message)
            self._bus, self._known = bus, frozenset()
            yield bus
        finally:
            self._bus = None
            bus.disconnect()

    async def _follow(self, gone: asyncio.Task[Any]) -> None:
        while not gone.done():
            self._news.clear()
            try:
                await self._look()
            except RADIO_ERRORS as error:
                _log.debug("BlueZ does not answer: %s", error)
                await self._tell(there=False)
            news = asyncio.create_task(self._news.wait())
            try:
                await asyncio.wait({gone, news}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end_all([news])

    async def _look(self) -> None:
        """Compare what there is with what there was."""
        if self._was_away:
            self._was_away = False
            await self._tell(there=False)
        objects = await self.objects()
        found = adapters_in(objects, self._wanted)
        fresh = [path for path in found if path not in self._known]
        if fresh:
            await self._offer_agent()
        self._known = frozenset(found)
        if fresh and not objects[found[0]][ADAPTER].get("Powered"):
            with suppress(BleakDBusError):  # blocked by a switch or by rights: a scan will say so
                await self.set_powered(found[0], on=True)
                return  # the signal of it brings us back here
        await self._tell(there=bool(found) and bool(objects[found[0]][ADAPTER].get("Powered")))

    async def register_agent(self) -> None:
        """Raises BleakDBusError where that is refused."""
        await self.call(*AGENTS, "RegisterAgent", "os", AGENT_PATH, CAPABILITY)

    async def _offer_agent(self) -> None:
        try:
            await self.register_agent()
            await self.call(*AGENTS, "RequestDefaultAgent", "o", AGENT_PATH)
        except BleakDBusError as error:
            if error.dbus_error != "org.bluez.Error.AlreadyExists":
                _log.info("no pairing agent could be registered, insoles that want a bond cannot be paired: %s", error)

    def _on_message(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged":
            if not message.body[2]:
                self._forget(self._known)  # its successor knows neither the agent nor what we switched on
        elif message.member == "PropertiesChanged":
            powered = message.body[1].get("Powered")
            if powered is not None and not powered.value:
                self._was_away |= message.path in self._known
        elif ADAPTER not in message.body[1]:
            return
        elif message.member == "InterfacesRemoved":
            self._forget({message.body[0]})
        self._news.set()

    def _forget(self, paths: Set[str]) -> None:
        self._was_away |= bool(self._known & paths)
        self._known -= paths

    async def _tell(self, *, there: bool) -> None:
        if there is self._there:
            return
        first, self._there = self._there is None, there
        if first:
            return
        if not there:
            await forget_bleaks_bluez()
        self._on_change(Change.BACK if there else Change.GONE)

    async def _call(
        self, service: str, path: str, interface: str, member: str, signature: str, *body: Any
    ) -> list[Any]:
        if self._bus is None or not self._bus.connected:
            raise OSError("no line to D-Bus")
        message = Message(
            destination=service, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        async with asyncio.timeout(_ANSWER_S):
            reply = await self._bus.call(message)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise BleakDBusError((reply and reply.error_name) or "", list(reply.body) if reply else [])
        return list(reply.body)


async def _end_of(bus: MessageBus) -> None:
    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast says no type here


def adapters_in(objects: Objects, wanted: str | None) -> list[str]:
    """Paths of the adapters, powered ones first; only the one of that name when one is wanted."""
    paths = [path for path, has in objects.items() if ADAPTER in has and wanted in (None, path.rpartition("/")[2])]
    return sorted(paths, key=lambda path: (not objects[path][ADAPTER].get("Powered"), path))


async def forget_bleaks_bluez() -> None:
    """Make bleak drop its line to D-Bus: its clients are told that they are disconnected, the next call looks anew."""
    with suppress(*RADIO_ERRORS):
        async with asyncio.timeout(_ANSWER_S):
            manager = await get_global_bluez_manager()
            if (bus := manager._bus) is not None:
                bus.disconnect()
