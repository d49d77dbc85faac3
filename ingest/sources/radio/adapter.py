"""One Bluetooth adapter and what its users must share: the scanner, the connecting, the number of links."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak_retry_connector import close_stale_connections_by_address, establish_connection

from ingest.drivers.base import Advertisement, Driver, Recognised
from ingest.sources.radio.link import Limits
from ingest.sources.radio.pairing import Heard
from ingest.sources.radio.scanning import SharedScan
from ingest.sources.radio.source import RadioSource
from ingest.sources.radio.tasks import see_through
from ingest.sources.radio.trouble import RADIO_ERRORS
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

if TYPE_CHECKING:
    from ingest.sources.virtual.air import Air

_log = logging.getLogger(__name__)

Recogniser = Callable[[Advertisement], Recognised | None]


@dataclass(frozen=True, slots=True)
class _Stack:
    """Keyword arguments that make bleak use this adapter, for its scanner and its clients."""

    scanner: dict[str, Any]
    client: dict[str, Any]


class Adapter:
    """Use as `async with`. Opening it touches no radio: a hub may start before its adapter is plugged in."""

    def __init__(self, open_stack: Callable[[], AbstractAsyncContextManager[_Stack]], slots: int) -> None:
        self._open_stack = open_stack
        self._opened: AbstractAsyncContextManager[_Stack] | None = None
        self._stack = _Stack({}, {})
        self._scan = SharedScan(lambda callback: BleakScanner(callback, **self._stack.scanner))
        self._connecting = asyncio.Lock()
        self._slots = asyncio.Semaphore(slots)

    @classmethod
    def bluez(cls, name: str | None = None, *, slots: int = 5) -> Adapter:
        """A real adapter, `hci0` for instance; None: the first one that is powered."""
        return cls(lambda: _bluez_stack(name), slots)

    @classmethod
    def virtual(cls, air: Air, *, slots: int = 5) -> Adapter:
        """An adapter on virtual air, made when it is opened and gone when it is closed."""
        return cls(lambda: _virtual_stack(air), slots)

    async def __aenter__(self) -> Self:
        self._opened = self._open_stack()
        self._stack = await self._opened.__aenter__()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        if self._opened is not None:
            await self._opened.__aexit__(*exc_info)

    @property
    def scanning(self) -> bool:
        return self._scan.running

    def source(
        self,
        driver: Driver,
        address: str | None = None,
        *,
        insole: str | None = None,
        side: Side | None = None,
        limits: Limits | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        jitter: Callable[[], float] = random.random,
    ) -> RadioSource:
        """The insole at `address`, or of that name; without one, the first that `driver` recognises (for `side`).

        :raises ValueError: neither `address` nor `insole` names it.
        """
        name = insole or address
        if name is None:
            raise ValueError("an insole without an address needs a name")

        def wanted(heard: Advertisement) -> bool:
            if address is not None:
                return address.casefold() in (heard.address.casefold(), (heard.name or "").casefold())
            recognised = driver.recognise(heard)
            return recognised is not None and side in (None, recognised.side)

        return RadioSource(
            self, driver, name, address=address, wanted=wanted, limits=limits or Limits(), now_ns=now_ns, jitter=jitter
        )

    async def scan(self, seconds: float, recognise: Recogniser) -> list[Heard]:
        """Everything in range, the strongest first.

        :raises UnderfootError: RADIO_OFF when no adapter answers.
        """
        latest: dict[str, Advertisement] = {}

        def on_heard(_device: BLEDevice, heard: Advertisement) -> None:
            latest[heard.address] = heard

        async with self._scan.listening(on_heard):
            await asyncio.sleep(seconds)
        by_strength = sorted(latest.values(), key=lambda heard: (-heard.rssi_dbm, heard.address))
        return [Heard(heard, recognise(heard)) for heard in by_strength]

    # for RadioSource

    async def find(self, wanted: Callable[[Advertisement], bool], seconds: float) -> BLEDevice:
        """A device fresh from a scan; BlueZ forgets it some 30 s later. Raises as `SharedScan.find`."""
        return await self._scan.find(wanted, seconds)

    async def close_stale(self, address: str, limits: Limits) -> None:
        """End a link that an earlier process left open; while it is, the insole does not advertise."""
        if "backend" not in self._stack.client:
            try:
                async with asyncio.timeout(limits.disconnect_s):
                    await close_stale_connections_by_address(address)
            except RADIO_ERRORS as error:
                _log.debug("no stale link to %s could be closed: %s", address, error)

    async def connect(self, device: BLEDevice, lost: asyncio.Event, limits: Limits) -> BleakClient:
        """A connected client whose services are known; give it back to `disconnect`. `lost` is set when its link ends.

        :raises UnderfootError: LINK_REFUSED when the adapter holds all the links it can; else what bleak raises.
        """
        if self._slots.locked():
            raise UnderfootError(FaultCode.LINK_REFUSED, "the adapter holds all the links it can")
        await self._slots.acquire()
        try:
            async with self._connecting, asyncio.timeout(limits.connect_s):
                return await establish_connection(
                    BleakClient,
                    device,
                    device.name or device.address,
                    lambda _client: lost.set(),
                    max_attempts=limits.connect_attempts,
                    use_services_cache=False,  # an update may have changed them
                    **self._stack.client,
                )
        except BaseException:
            self._slots.release()
            raise

    async def disconnect(self, client: BleakClient, limits: Limits) -> None:
        """End the link, cancelled or not. After a loss too: BlueZ would hand every later notification over twice."""
        try:
            await see_through(self._hang_up(client, limits))
        finally:
            self._slots.release()

    async def _hang_up(self, client: BleakClient, limits: Limits) -> None:
        try:
            async with asyncio.timeout(limits.disconnect_s):
                await client.disconnect()
        except RADIO_ERRORS as error:
            _log.debug("%s was not disconnected in good order: %s", client.address, error)


@asynccontextmanager
async def _bluez_stack(name: str | None) -> AsyncIterator[_Stack]:
    chosen = {} if name is None else {"bluez": {"adapter": name}}
    yield _Stack(scanner=chosen, client=chosen)


@asynccontextmanager
async def _virtual_stack(air: Air) -> AsyncIterator[_Stack]:
    from ingest.sources.radio.bumble_backend import backends_for
    from ingest.sources.virtual.air import power_off_hub, power_on_hub

    controller = air.controller("hub")
    hub = await power_on_hub(controller)
    backends = backends_for(hub)
    try:
        yield _Stack(scanner={"backend": backends.scanner}, client={"backend": backends.client})
    finally:
        await power_off_hub(hub)
        air.remove(controller)
