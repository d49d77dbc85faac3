"""One Bluetooth adapter and what its users must share: the scanner, the connecting, the number of links."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Any, Self

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from ingest.drivers.base import Advertisement, Driver, Recognised
from ingest.sources.radio.health import Ailment, Health, Recovery
from ingest.sources.radio.link import Limits
from ingest.sources.radio.links import Links, VanishedError, steer
from ingest.sources.radio.pairing import Heard, is_called
from ingest.sources.radio.scanning import SharedScan
from ingest.sources.radio.source import RadioSource
from ingest.sources.radio.stack import Change, NoHelm, Stack, virtual_stack
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side

if TYPE_CHECKING:
    from ingest.sources.virtual.air import Air

_log = logging.getLogger(__name__)

_BONDED_S = 5.0

Recogniser = Callable[[Advertisement], Recognised | None]
OnChange = Callable[[Change], None]
Held = Callable[[], Collection[str]]  # addresses
OpenStack = Callable[[OnChange, Held], AbstractAsyncContextManager[Stack]]


class Adapter:
    """Use as `async with`. Opening it touches no radio: a hub may start before its adapter is plugged in."""

    def __init__(self, open_stack: OpenStack, slots: int, recovery: Recovery) -> None:
        self._open_stack = open_stack
        self._opened: AbstractAsyncContextManager[Stack] | None = None
        self._stack = Stack({}, {}, NoHelm())
        self._health = Health(recovery)
        self._scan = SharedScan(
            lambda callback: BleakScanner(callback, **self._stack.scanner), health=self._health, on_cured=self._on_cured
        )
        self._links = Links(slots, self._health, self._on_cured)
        self._tellers: set[Callable[[Fault], None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._curing = asyncio.Lock()

    @classmethod
    def bluez(cls, name: str | None = None, *, slots: int = 5, recovery: Recovery | None = None) -> Adapter:
        """A real adapter, `hci0` for instance; None: the first one that is powered."""

        def open_stack(on_change: OnChange, held: Held) -> AbstractAsyncContextManager[Stack]:
            from ingest.sources.radio.bluez_helm import bluez_stack

            return bluez_stack(name, on_change, held)

        return cls(open_stack, slots, recovery or Recovery())

    @classmethod
    def virtual(cls, air: Air, *, slots: int = 5, recovery: Recovery | None = None) -> Adapter:
        """An adapter on virtual air, made when it is opened and gone when it is closed."""
        return cls(lambda _on_change, _held: virtual_stack(air), slots, recovery or Recovery())

    async def __aenter__(self) -> Self:
        self._opened = self._open_stack(self._on_change, lambda: self._links.held)
        self._stack = await self._opened.__aenter__()
        self._keep(self._mind_health())
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await end_all(self._tasks)
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
            recognised = driver.recognise(heard)  # of an address too: the driver may settle its model by it
            if address is not None:
                return is_called(heard, address)
            return recognised is not None and side in (None, recognised.side)

        def ours(heard: Advertisement) -> bool:
            return wanted(heard) or (address is None and driver.recognise(heard) is not None)

        return RadioSource(
            self,
            driver,
            name,
            wanted=wanted,
            ours=ours,
            limits=limits or Limits(),
            now_ns=now_ns,
            jitter=jitter,
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

    async def find(
        self, wanted: Callable[[Advertisement], bool], seconds: float, burst_s: float | None = None
    ) -> BLEDevice:
        """A device fresh from a scan, which lasts `burst_s` at most while a link is up. Raises as `SharedScan.find`."""

        def allowed_s() -> float:
            return seconds if burst_s is None or not self._links.up else min(seconds, burst_s)

        return await self._scan.find(wanted, allowed_s)

    def heard_anything_since(self, since_s: float) -> bool:
        """Of anyone, since that loop time."""
        return self._scan.last_heard_s >= since_s

    async def close_stale(self, is_ours: Callable[[Advertisement], bool], limits: Limits) -> None:
        """End links that an earlier process left open; while one is, its insole does not advertise."""
        await steer(self._stack.helm.close_stale(is_ours, self._links.held), limits)

    async def connect(self, device: BLEDevice, lost: asyncio.Event, limits: Limits, holder: str = "") -> BleakClient:
        """As `Links.connect`; an adapter that needs it is cured first."""
        if await self._look_after():
            raise VanishedError
        found_s = self._scan.found_s(device.address)
        how = self._stack.client
        return await self._links.connect(device, found_s, holder or device.address, lost, limits, self._stack.helm, how)

    async def disconnect(self, client: BleakClient, limits: Limits) -> None:
        """As `Links.disconnect`."""
        await self._links.disconnect(client, limits, self._stack.helm)

    async def bond(self, client: BleakClient, limits: Limits) -> None:
        """Pair, when that has not been done; an encrypted link afterwards.

        :raises UnderfootError: BOND_REFUSED by the insole, or it took longer than `bond_s`.
        """
        try:
            async with asyncio.timeout(limits.bond_s):
                await self._stack.helm.bond(client)
        except RADIO_ERRORS as error:
            reason = f"no end in {limits.bond_s:g} s" if isinstance(error, TimeoutError) else fault_of(error).detail
            raise UnderfootError(FaultCode.BOND_REFUSED, reason) from error

    async def bonded(self) -> frozenset[str] | None:
        """Addresses, in capitals, of the devices that share keys with this adapter; None: it does not say."""
        try:
            async with asyncio.timeout(_BONDED_S):
                return frozenset(address.upper() for address in await self._stack.helm.bonded())
        except RADIO_ERRORS:
            return None

    async def forget_bond(self, address: str) -> None:
        """Delete the keys shared with an insole. Raises `RADIO_ERRORS`."""
        await self._stack.helm.forget_bond(address)

    async def unbond(self, address: str) -> bool:
        """As `forget_bond`; whether the stack did it."""
        try:
            async with asyncio.timeout(_BONDED_S):
                await self.forget_bond(address)
        except RADIO_ERRORS:
            return False
        return True

    async def forget_cache(self, address: str, limits: Limits | None = None) -> bool:
        """Have the services read anew at the next connection, as after a firmware update.

        False: it failed, or the insole is paired. BlueZ forgets a paired insole's services only together with its
        keys, so they are left; such an insole has to announce the change itself (Service Changed).
        """
        return bool(await steer(self._stack.helm.forget_cache(address), limits or Limits()))

    # faults of the adapter itself

    def listen(self, tell: Callable[[Fault], None]) -> Callable[[], None]:
        """Hand faults of the adapter to `tell`, until the answer is called."""
        self._tellers.add(tell)
        return lambda: self._tellers.discard(tell)

    def _tell(self, fault: Fault) -> None:
        _log.info("%s", fault)
        for tell in list(self._tellers):
            tell(fault)

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_change(self, change: Change) -> None:
        _log.info("the Bluetooth adapter is %s", change)
        if change is Change.GONE:
            self._links.all_lost()
        else:
            self._keep(self._scan_anew())

    async def _scan_anew(self) -> None:
        with suppress(UnderfootError):  # whoever listens hears of it at its next search
            await self._scan.renew()

    def _on_cured(self) -> None:
        self._tell(Fault(FaultCode.ADAPTER_RECOVERED))

    async def _mind_health(self) -> None:
        while True:
            await asyncio.sleep(self._health.look_s)
            await self._look_after()

    async def _look_after(self) -> bool:
        """Whether the adapter was switched off and on, or that was tried."""
        async with self._curing:
            ailment = self._health.ailment(asyncio.get_running_loop().time())
            if ailment is None or self._links.up:
                return False
            if ailment is Ailment.ENDLESS and not await self._links.endless(self._stack.helm):
                self._health.ended()
                return False
            await self._cure(ailment)
            return True

    async def _cure(self, ailment: Ailment) -> None:
        self._tell(Fault(FaultCode.ADAPTER_SILENT, ailment))
        try:
            async with self._links.none_being_made(), self._scan.interrupted():
                await self._stack.helm.power_cycle()
        except UnderfootError as error:
            self._tell(error.fault)
        finally:
            self._health.treated(ailment, asyncio.get_running_loop().time())
