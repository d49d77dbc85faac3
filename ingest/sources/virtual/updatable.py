"""A virtual insole whose firmware can be updated over the air: MCUmgr's SMP in front of a bootloader with two slots."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from bumble.core import UUID

from ingest.drivers import open_insole_control as control
from ingest.drivers import sig
from ingest.sources.virtual.bootloader import Bootloader
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.smp import SmpService


class UpdatableInsole(VirtualInsole):
    """`boot_s`: how long a start takes; `watchdog_s`: after so long, firmware that does not come up is started again.

    `power_cut_after`: with so many octets of SMP received, its power fails once.
    """

    def __init__(
        self,
        controller: Any,
        *,
        bootloader: Bootloader,
        boot_s: float = 0.2,
        watchdog_s: float = 0.3,
        **insole: Any,
    ) -> None:
        super().__init__(controller, **insole)
        self.bootloader = bootloader
        self.power_cut_after: int | None = None
        self._boot_s = boot_s
        self._watchdog_s = watchdog_s
        self._on: asyncio.Task[None] | None = None
        self.smp = SmpService(bootloader, self._answer_smp, lambda: self._begin(self.reboot(self._boot_s)))
        self._database.services.append(self.smp.service)
        self._told_firmware = self._firmware_characteristic()

    async def power_on(self) -> None:
        again = self._device is not None
        if again and not self.bootloader.boot():
            await asyncio.sleep(self._watchdog_s)
            self.bootloader.boot()  # the watchdog has started it again, and the image that was tried is given up
        self._told_firmware.value = self.bootloader.version.encode()
        await super().power_on()

    def status(self) -> bytes:
        frame = control.unpack_status(super().status())
        supply = control.DeviceFault.SENSOR_SUPPLY if self.bootloader.ill else control.DeviceFault.NONE
        return control.pack_status(replace(frame, faults=frame.faults | supply))

    async def _answer_smp(self, connection: Any, part: bytes) -> None:
        if self.power_cut_after is not None and self.smp.octets_received >= self.power_cut_after:
            self.power_cut_after = None
            self._begin(self.power_cut(self._boot_s))
            return
        await self._device.notify_subscriber(connection, self.smp.characteristic, part)

    def _begin(self, start: Any) -> None:
        """In a task of its own: the insole's other tasks end with its power."""
        self._on = asyncio.get_running_loop().create_task(start)

    def _on_disconnection(self, connection: Any) -> None:
        self.smp.forget(connection)
        super()._on_disconnection(connection)

    def _firmware_characteristic(self) -> Any:
        every = (one for service in self._database.services for one in service.characteristics)
        return next(one for one in every if one.uuid == UUID(sig.FIRMWARE_REVISION))
