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
from ingest.sources.radio.tasks import see_through
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError

_log = logging.getLogger(__name__)

_ANSWER_S = 10.0  # a Bluetooth service that hangs does not answer at all

Listener = Callable[[BLEDevice, Advertisement], None]


class SharedScan:
    """A scanner that runs while somebody listens. `answer_s`: how long it may take to start or stop."""

    def __init__(
        self, make_scanner: Callable[[AdvertisementDataCallback], BleakScanner], *, answer_s: float = _ANSWER_S
    ) -> None:
        self._make_scanner = make_scanner
        self._answer_s = answer_s
        self._scanner: BleakScanner | None = None
        self._listeners: dict[object, Listener] = {}
        self._changing = asyncio.Lock()

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

    async def find(self, wanted: Callable[[Advertisement], bool], seconds: float) -> BLEDevice:
        """The first device that is `wanted`. Raises TimeoutError when none was heard in time, and as `listening`."""
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def on_heard(device: BLEDevice, heard: Advertisement) -> None:
            if not found.done() and wanted(heard):
                found.set_result(device)

        async with self.listening(on_heard):
            try:
                async with asyncio.timeout(seconds):
                    return await found
            except TimeoutError:
                # An adapter that was off or unplugged meanwhile leaves a scanner behind that never hears anything.
                await self._renew()
                raise TimeoutError("not heard") from None

    async def _start(self) -> None:
        try:
            scanner = self._make_scanner(self._on_detected)
            async with asyncio.timeout(self._answer_s):
                await scanner.start()
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.RADIO_OFF, fault_of(error).detail) from error
        self._scanner = scanner

    async def _stop(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            try:
                async with asyncio.timeout(self._answer_s):
                    await scanner.stop()
            except RADIO_ERRORS as error:
                _log.debug("the scanner did not stop in good order: %s", error)

    async def _renew(self) -> None:
        async with self._changing:
            if len(self._listeners) > 1:  # else it is about to be stopped anyway
                await self._stop()
                await self._start()

    def _on_detected(self, device: BLEDevice, advertised: AdvertisementData) -> None:
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
