"""The links of one adapter: made one at a time, and no more of them than it can hold."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from ingest.sources.radio.health import Health
from ingest.sources.radio.link import Limits
from ingest.sources.radio.stack import Helm
from ingest.sources.radio.tasks import CLEANING_UP_S, end_all, see_through
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of, is_aborted, is_hung_up, is_in_progress, is_vanished
from ingest.wire.faults import FaultCode, UnderfootError

_log = logging.getLogger(__name__)

_OF_THAT_MIND = 3
_AGAIN_S = 0.25  # BlueZ and the controller are still clearing up after an attempt that broke off


class VanishedError(TimeoutError):
    """The device was heard too long ago, or the stack has forgotten it since: another scan finds it again."""


class _UnresolvedError(TimeoutError):
    """Connected, but the services did not come."""


@dataclass(slots=True)
class _Held:
    holder: str
    lost: asyncio.Event
    client: BleakClient | None = None


class Links:
    """`slots`: most adapters hold 5 links, some 3, some 7. `on_cured`: connections come to an end again."""

    def __init__(self, slots: int, health: Health, on_cured: Callable[[], None]) -> None:
        self._slots = slots
        self._health = health
        self._on_cured = on_cured
        self._held: dict[str, _Held] = {}
        self._endless: set[str] = set()
        self._hung_up: Counter[str] = Counter()
        self._connecting = asyncio.Lock()

    @property
    def held(self) -> tuple[str, ...]:
        """Addresses of devices that are connected or being connected."""
        return tuple(self._held)

    @property
    def up(self) -> int:
        return sum(held.client is not None for held in self._held.values())

    def all_lost(self) -> None:
        """The adapter is gone. bleak may never say so."""
        for held in self._held.values():
            if held.client is not None:
                held.lost.set()

    @asynccontextmanager
    async def none_being_made(self) -> AsyncIterator[None]:
        async with self._connecting:
            yield

    async def connect(
        self,
        device: BLEDevice,
        found_s: float,
        holder: str,
        lost: asyncio.Event,
        limits: Limits,
        helm: Helm,
        how: dict[str, Any],
    ) -> BleakClient:
        """A connected client whose services are known; give it back to `disconnect`. `lost` is set when its link ends.

        `found_s`: loop time at which the device was heard; `how`: keyword arguments for bleak's client.

        :raises UnderfootError: ADAPTER_FULL, SERVICES_UNRESOLVED, LINK_REFUSED, BOND_REFUSED.
        :raises VanishedError: search again.
        """
        address = device.address.upper()
        self._take_slot(address, holder, lost)
        try:
            async with self._connecting:
                _refuse_old(found_s, limits)
                client = await self._try(device, lost, limits, helm, how)
        except BaseException:
            del self._held[address]
            raise
        self._held[address].client = client
        self._hung_up.pop(address, None)
        if self._health.connected():
            self._on_cured()
        return client

    async def disconnect(self, client: BleakClient, limits: Limits, helm: Helm) -> None:
        """End the link, cancelled or not. After a loss too: BlueZ would hand every later notification over twice."""
        try:
            await see_through(self._hang_up(client, limits, helm))
        finally:
            self._held = {address: held for address, held in self._held.items() if held.client is not client}

    async def _hang_up(self, client: BleakClient, limits: Limits, helm: Helm) -> None:
        await _end(client, limits)
        if await steer(helm.is_linked(client.address), limits):
            self._endless.add(client.address)
            self._health.endless()

    async def endless(self, helm: Helm) -> bool:
        """Whether the stack still believes in a link that could not be ended."""
        limits = Limits()
        self._endless = {each for each in self._endless if await steer(helm.is_linked(each), limits) is not False}
        return bool(self._endless)

    def _take_slot(self, address: str, holder: str, lost: asyncio.Event) -> None:
        if address in self._held:
            raise UnderfootError(FaultCode.LINK_REFUSED, f"{self._held[address].holder} has this insole already")
        if len(self._held) >= self._slots:
            holders = ", ".join(sorted(held.holder for held in self._held.values()))
            raise UnderfootError(FaultCode.ADAPTER_FULL, f"{len(self._held)} of {self._slots}: {holders}")
        self._held[address] = _Held(holder, lost)

    async def _try(
        self, device: BLEDevice, lost: asyncio.Event, limits: Limits, helm: Helm, how: dict[str, Any]
    ) -> BleakClient:
        until_s = asyncio.get_running_loop().time() + limits.connect_s
        attempts_left = limits.connect_attempts
        while True:
            attempts_left -= 1
            lost.clear()
            client = BleakClient(device, lambda _client: lost.set(), timeout=2 * limits.connect_s, **how)
            try:
                await _connect(client, until_s, limits)
            except RADIO_ERRORS as error:
                if attempts_left <= 0 or not is_aborted(error):
                    await self._after_failure(error, device.address, limits, helm)
                    raise
                await asyncio.sleep(_AGAIN_S)
            else:
                return client

    async def _after_failure(self, error: Exception, address: str, limits: Limits, helm: Helm) -> None:
        """Leave the stack fit for the next attempt, and raise what is to be said other than by `error`."""
        if is_vanished(error):
            raise VanishedError from error
        if is_in_progress(error):
            await steer(helm.call_off(address), limits)
        if is_hung_up(error):
            await self._suspect_keys(error, address.upper(), limits, helm)
        if not isinstance(error, TimeoutError):
            return
        self._health.timed_out()
        await steer(helm.call_off(address), limits)
        if isinstance(error, _UnresolvedError):
            await steer(helm.forget_cache(address), limits)
            raise UnderfootError(FaultCode.SERVICES_UNRESOLVED, f"within {limits.connect_s:g} s") from error

    async def _suspect_keys(self, error: Exception, address: str, limits: Limits, helm: Helm) -> None:
        """A paired insole that was reset has no keys and hangs up on ours each time; BlueZ does not tell why."""
        self._hung_up[address] += 1
        if self._hung_up[address] >= _OF_THAT_MIND and address in (await steer(helm.bonded(), limits) or ()):
            raise UnderfootError(FaultCode.BOND_REFUSED, "it hangs up as soon as it is connected") from error


async def _connect(client: BleakClient, until_s: float, limits: Limits) -> None:
    """Raises TimeoutError at that loop time; however it is left but by returning, nothing is up any more."""
    attempt = asyncio.create_task(client.connect())
    try:
        await asyncio.wait({attempt}, timeout=until_s - asyncio.get_running_loop().time())
        came_up = client.is_connected
        await end_all([attempt], again_s=CLEANING_UP_S)
    except asyncio.CancelledError:
        await end_all([attempt], again_s=CLEANING_UP_S)
        if client.is_connected:  # it came up in the very moment it was cancelled
            await see_through(_end(client, limits))
        raise
    if attempt.cancelled():
        raise _UnresolvedError if came_up else TimeoutError
    attempt.result()


async def _end(client: BleakClient, limits: Limits) -> None:
    try:
        async with asyncio.timeout(limits.disconnect_s):
            await client.disconnect()
    except RADIO_ERRORS as error:
        _log.debug("a link was not ended in good order: %s", error)


def _refuse_old(found_s: float, limits: Limits) -> None:
    if asyncio.get_running_loop().time() - found_s > limits.fresh_s:
        raise VanishedError


async def steer(work: Any, limits: Limits) -> Any:
    """The result of a step on the stack; None when it failed, which the next step then finds out."""
    try:
        async with asyncio.timeout(limits.disconnect_s):
            return await work
    except (UnderfootError, *RADIO_ERRORS) as error:
        _log.debug("a step on the Bluetooth stack failed: %s", fault_of(error).detail)
        return None
