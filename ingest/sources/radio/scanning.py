"""One scanner for everybody who listens: BlueZ answers a second one with InProgress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback

from ingest.drivers.base import Advertisement
from ingest.sources.radio.health import Health, Recovery
from ingest.sources.radio.tasks import see_through
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError

_log = logging.getLogger(__name__)

_ANSWER_S = 10.0  # a Bluetooth service that hangs does not answer at all
_LOOK_S = 0.25  # how soon a search notices that it has become shorter

Listener = Callable[[BLEDevice, Advertisement], None]


class SharedScan:
    """A scanner that runs while somebody listens. `answer_s`: how long it may take to start or stop."""

    def __init__(
        self,
        make_scanner: Callable[[AdvertisementDataCallback], BleakScanner],
        *,
        answer_s: float = _ANSWER_S,
        health: Health | None = None,
        on_cured: Callable[[], None] = lambda: None,
    ) -> None:
        self._make_scanner = make_scanner
        self._answer_s = answer_s
        self._scanner: BleakScanner | None = None
        self._listeners: dict[object, Listener] = {}
        self._changing = asyncio.Lock()
        self._health = health or Health(Recovery())
        self._on_cured = on_cured
        self._found_s: dict[str, float] = {}
        self.last_heard_s = float("-inf")  # loop time of the latest advertisement of anyone

    @property
    def running(self) -> bool:
        return self._scanner is not None

    @asynccontextmanager
    async def listening(self, listener: Listener) -> AsyncIterator[None]:
        """Hand every advertisement to `listener`.

        :raises UnderfootError: RADIO_OFF when the radio cannot scan, whatever bleak says of it: no insole is involved.
        """
        token = object()
        async with self._changing:
            if self._scanner is None:
                await self._start()
            self._listeners[token] = listener
        try:
            yield
        finally:
            await see_through(self._leave(token))

    async def _leave(self, token: object) -> None:
        async with self._changing:
            del self._listeners[token]
            if not self._listeners:
                await self._stop()

    async def find(self, wanted: Callable[[Advertisement], bool], allowed_s: Callable[[], float]) -> BLEDevice:
        """The first device that is `wanted`. Raises TimeoutError when none was heard in time, and as `listening`.

        `allowed_s`: how long the search may last; it may change meanwhile.
        """
        loop = asyncio.get_running_loop()
        found: asyncio.Future[BLEDevice] = loop.create_future()

        def on_heard(device: BLEDevice, heard: Advertisement) -> None:
            if not found.done() and wanted(heard):
                self._found_s[device.address] = loop.time()
                found.set_result(device)

        async with self.listening(on_heard):
            begun_s = loop.time()
            while (left_s := begun_s + allowed_s() - loop.time()) > 0:
                await asyncio.wait({found}, timeout=min(left_s, _LOOK_S))
                if found.done():
                    return found.result()
            # An adapter that was off or unplugged meanwhile leaves a scanner behind that never hears anything.
            await self._renew(at_least=2)  # alone it is about to be stopped anyway
            raise TimeoutError("not heard")

    def found_s(self, address: str) -> float:
        """Loop time at which `find` last found it."""
        return self._found_s.get(address, float("-inf"))

    async def renew(self) -> None:
        """A new scanner in the place of the present one, if anybody listens. Raises as `listening`."""
        await self._renew(at_least=1)

    async def _renew(self, *, at_least: int) -> None:
        async with self._changing:
            if len(self._listeners) >= at_least:
                await self._stop()
                await self._start()

    @asynccontextmanager
    async def interrupted(self) -> AsyncIterator[None]:
        """No scan while this lasts."""
        async with self._changing:
            await self._stop()
            try:
                yield
            finally:
                if self._listeners:
                    await self._start()

    async def _start(self) -> None:
        try:
            scanner = self._make_scanner(self._on_detected)
            async with asyncio.timeout(self._answer_s):
                await scanner.start()
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.RADIO_OFF, fault_of(error).detail) from error
        self._scanner = scanner
        self._health.listening(asyncio.get_running_loop().time())

    async def _stop(self) -> None:
        scanner, self._scanner = self._scanner, None
        self._health.not_listening(asyncio.get_running_loop().time())
        if scanner is not None:
            try:
                async with asyncio.timeout(self._answer_s):
                    await scanner.stop()
            except RADIO_ERRORS as error:
                _log.debug("the scanner did not stop in good order: %s", error)

    def _on_detected(self, device: BLEDevice, advertised: AdvertisementData) -> None:
        self.last_heard_s = asyncio.get_running_loop().time()
        if self._health.heard(self.last_heard_s):
            self._on_cured()
        heard = Advertisement(
            address=device.address,
            name=advertised.local_name,
            rssi_dbm=advertised.rssi,
            service_uuids=tuple(advertised.service_uuids),
            service_data=advertised.service_data,
            manufacturer_data=advertised.manufacturer_data,
        )
        for listener in list(self._listeners.values()):
            listener(device, heard)
