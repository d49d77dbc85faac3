"""A virtual insole: a Bluetooth peripheral of the Open Insole profile that wears a walk."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bumble.keys import MemoryKeyStore

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import pack_layout
from ingest.drivers.open_insole_records import HeldBoot, pack_held
from ingest.sources.virtual import saying
from ingest.sources.virtual.chores import Chores
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gatt import Database, Identity, advertisement, announce, assemble, hang_up
from ingest.sources.virtual.record_access import RecordAccess
from ingest.sources.virtual.sending import Sending
from ingest.sources.virtual.streaming import Streaming
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

_STATUS_S = 2.0


def _new_boot() -> int:
    return secrets.randbits(32)


class VirtualInsole:
    """`side` None: it does not say which foot it is for. Rows are taken from START to STOP, connected or not.

    With a `flash` it keeps them, and after a reset goes on taking rows by itself. `encrypted`: asks for pairing
    (Just Works) before it obeys. `taken`: rows taken since it was made, over all boots; `sent`: those handed to the air
    as they were taken.
    """

    def __init__(
        self,
        controller: Any,
        *,
        serial: str,
        side: Side | None,
        walk: Walk,
        address: str,
        world: World | None = None,
        name: str | None = None,
        battery_pct: int = 80,
        seed: int = 0,
        new_boot: Callable[[], int] = _new_boot,
        flash: Flash | None = None,
        encrypted: bool = False,
    ) -> None:
        self.serial, self.side, self.walk, self.address = serial, side, walk, address
        self.name = name or serial
        self.world = world or World()
        self.flash = flash
        self.battery_pct = battery_pct
        self.identified_s = 0
        self.sent = 0
        self._controller = controller
        self._description = walk.description
        self._layout = pack_layout(self._description.cells)
        self._listener: Any = None
        self._device: Any = None
        self._chores = Chores(serial)
        identity = Identity(serial, self._description.model, self._description.firmware)
        self._database = Database(self, identity, flash=flash is not None, encrypted=encrypted)
        self._sending = Sending(self._send, seed)
        self._stream = Streaming(walk, self.world, self._sending, flash, new_boot)
        self._taker: asyncio.Task[None] | None = None
        self.world.enlist(serial, walk.duration_ns, self._stream)
        self.access: RecordAccess | None = None
        if flash is not None:
            self.access = RecordAccess(flash, self._sending, self._give_record, self._answer, self._chores.begin)

    # -- on command -------------------------------------------------------------------------------------------------

    async def power_on(self) -> None:
        """Boot and advertise."""
        if self._device is None:
            self._device = assemble(self._controller, self._database, name=self.name, address=self.address)
            self._device.advertising_data = advertisement(self.side)
            self._device.on("connection", self._on_connection)
        else:
            self._stream.boot_again()
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)
        self._chores.begin(self._sending.run())
        self._chores.begin(self._keep_telling())
        if self._stream.goes_on and self.battery_pct > saying.BATTERY_LOW_PCT:
            self._taker = self._chores.begin(self._stream.start())

    async def power_off(self) -> None:
        """Hang up, stop advertising and taking rows; nothing when it is off."""
        if self._device is None:
            return
        self._stream.reset()
        await self._chores.end()
        await hang_up(self._device)
        self._nobody_listens()  # out of range, a link does not end by hanging up
        await self._device.stop_advertising()
        await self._device.power_off()

    async def reboot(self, down_s: float = 0.5) -> None:
        """A reset: the link is gone, numbers and ticks begin again under a new boot id once it is up."""
        await self.power_off()
        await asyncio.sleep(down_s)
        await self.power_on()

    async def power_cut(self, down_s: float = 0.5) -> None:
        """As a reset, but nothing is put in order before: the open record and the setting of the clock are gone."""
        await self.power_off()
        self._stream.recorder.lose_power()
        await asyncio.sleep(down_s)
        await self.power_on()

    def forget_bonds(self) -> None:
        """As after a reset to how it left the factory: whoever was paired has to pair again."""
        self._device.keystore = MemoryKeyStore()

    def lose_clock(self) -> None:
        self._stream.recorder.lose_clock()

    @property
    def trouble(self) -> Trouble:
        return self._stream.trouble

    @trouble.setter
    def trouble(self, trouble: Trouble) -> None:
        self._stream.take()  # what is due was taken before the trouble began
        self._stream.trouble = self._sending.trouble = trouble
        if self.access is not None:
            self.access.trouble = trouble
        self._chores.begin(self._tell(self._database.status))

    async def set_battery(self, pct: int) -> None:
        self.battery_pct = pct
        await self._tell(self._database.battery)
        await self._tell(self._database.status)

    # -- the books --------------------------------------------------------------------------------------------------

    @property
    def taken_by_boot(self) -> dict[int, int]:
        return self._stream.recorder.taken_by_boot

    @property
    def taken(self) -> int:
        return sum(self.taken_by_boot.values())

    @property
    def boot(self) -> int:
        return self._stream.recorder.boot

    @property
    def clock_set_to(self) -> sig.ElapsedTime | None:
        return self._stream.recorder.clock_set_to

    @property
    def connected(self) -> bool:
        return bool(self._device is not None and self._device.connections)

    # -- what the database asks -------------------------------------------------------------------------------------

    def info(self) -> bytes:
        flash = self.flash is not None
        return saying.info(self._description, self._layout, boot=self.boot, side=self.side, flash=flash)

    def layout(self) -> bytes:
        return self._layout

    def status(self) -> bytes:
        return saying.status(
            self._stream.recorder.count(),
            bad_cells=bool(self.trouble.masked),
            flash_full=self.flash is not None and self.flash.full,
            battery_pct=self.battery_pct,
            streaming=self._stream.wanted,
        )

    def battery(self) -> bytes:
        return bytes([self.battery_pct])

    def elapsed_time(self) -> bytes:
        return saying.elapsed_time(self._stream.recorder.utc_ns(self._stream.now_ns()), self.clock_set_to)

    def set_elapsed_time(self, time: sig.ElapsedTime) -> None:
        self._stream.recorder.set_clock(time, self._stream.now_ns())

    def held(self) -> bytes:
        self._stream.take()
        return pack_held(() if self.flash is None else self.flash.held())

    def on_record_request(self, connection: Any, data: bytes) -> bool:
        self._stream.take()
        return self.access is not None and self.access.on_request(connection, data)

    def on_request(self, connection: Any, data: bytes) -> None:
        request = control.unpack_request(data)
        if not isinstance(request, control.Request):
            self._chores.begin(self._reply(connection, data[0] if data else 0, request))
        elif request.op is control.Op.STOP:
            self._chores.begin(self._stop(connection))
        else:
            self._chores.begin(self._reply(connection, request.op, self._obey(connection, request)))

    def _obey(self, connection: Any, request: control.Request) -> control.Result:
        if request.op is control.Op.IDENTIFY:
            self.identified_s += request.argument
        if request.op is control.Op.SET_SIDE:
            return self._set_side(request.argument)
        if request.op is not control.Op.START:
            return control.Result.OK
        if request.argument not in (0, self._description.ns_per_row):
            return control.Result.RATE_NOT_OFFERED
        if not wire.rows_that_fit(connection.att_mtu, len(self._description.cells)):
            return control.Result.NOT_NOW
        self._listener = connection
        self.world.told_to_start(self.serial)
        self._stream.att_mtu = connection.att_mtu
        if not self._stream.wanted:
            self._taker = self._chores.begin(self._stream.start())
        return control.Result.OK

    def _set_side(self, code: int) -> control.Result:
        if not 0 < code < len(wire.SIDES):
            return control.Result.FAILED
        self.side = wire.SIDES[code]
        self._chores.begin(announce(self._device, self.side))
        return control.Result.OK

    # -- what it sends ----------------------------------------------------------------------------------------------

    async def _send(self, frame: bytes) -> None:
        if self._listener is not None:
            await self._device.notify_subscriber(self._listener, self._database.data, frame)
            self.sent += frame[2]

    async def _stop(self, connection: Any) -> None:
        self._stream.stop()
        if self._taker is not None:
            self._taker.cancel()
        await self._sending.drained()
        await self._reply(connection, control.Op.STOP, control.Result.OK)

    async def _reply(self, connection: Any, op: int, result: control.Result) -> None:
        count, ns_per_row = self._stream.recorder.count(), self._description.ns_per_row
        reply = control.Reply(op=op, result=result, count=count, ns_per_row=ns_per_row)
        await self._device.indicate_subscriber(connection, self._database.control, control.pack_reply(reply))

    async def _give_record(self, connection: Any, record: bytes) -> None:
        await self._device.notify_subscriber(connection, self._database.data, record)

    async def _answer(self, connection: Any, data: bytes) -> None:
        await self._device.indicate_subscriber(connection, self._database.record_access, data)

    async def _tell(self, characteristic: Any) -> None:
        if self._listener is not None:
            await self._device.notify_subscriber(self._listener, characteristic)

    def _held_but_for_growth(self) -> list[HeldBoot]:
        held = [] if self.flash is None else [*self.flash.held()]
        return held[:-1] + [replace(running, next_seq=running.first_seq) for running in held[-1:]]

    async def _keep_telling(self) -> None:
        told = self._held_but_for_growth()
        while True:
            await asyncio.sleep(_STATUS_S)
            await self._tell(self._database.status)
            if (held := self._held_but_for_growth()) != told:
                await self._tell(self._database.held)
                told = held

    # -- the link ---------------------------------------------------------------------------------------------------

    def _on_connection(self, connection: Any) -> None:
        connection.on("disconnection", lambda _reason: self._on_disconnection(connection))

    def _on_disconnection(self, connection: Any) -> None:
        self._database.forget(connection)
        if self.access is not None:
            self.access.forget(connection)
        if self._listener is connection:
            self._nobody_listens()

    def _nobody_listens(self) -> None:
        self._listener = self._stream.att_mtu = None
        self._sending.drop_all()
        self.world.gone(self.serial)
