"""A virtual insole: a Bluetooth peripheral of the Open Insole profile that wears a walk."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from bumble import core

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import pack_layout
from ingest.sources.virtual import saying
from ingest.sources.virtual.gatt import ATT_MTU, Database, Identity, advertisement, assemble, hang_up
from ingest.sources.virtual.sending import Sending
from ingest.sources.virtual.taking import Taking
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

_log = logging.getLogger(__name__)
_STATUS_S = 2.0


def _new_boot() -> int:
    return secrets.randbits(32)


class VirtualInsole:
    """`side` None: it does not say which foot it is for. Rows are taken from START to STOP, connected or not.

    `taken`: rows taken since it was made, over all boots; `sent`: those handed to the air.
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
    ) -> None:
        self.serial, self.side, self.walk, self.address = serial, side, walk, address
        self.name = name or serial
        self.world = world or World()
        self.world.enlist(serial, walk.duration_ns)
        self.battery_pct = battery_pct
        self.clock_set_to: sig.ElapsedTime | None = None
        self.identified_s = 0
        self.sent = 0
        self._controller = controller
        self._new_boot = new_boot
        self._description = walk.description
        self._layout = pack_layout(self._description.cells)
        self._earlier_boots: Counter[int] = Counter()
        self._trouble = NO_TROUBLE
        self._sending = Sending(self._send, seed)
        self._listener: Any = None
        self._streaming = False
        self._device: Any = None
        self._database = Database(self, Identity(serial, self._description.model, self._description.firmware))
        self._tasks: set[asyncio.Task[None]] = set()
        self._taker: asyncio.Task[None] | None = None
        self._taking = Taking(walk, new_boot())
        self._booted_s = asyncio.get_running_loop().time()

    # -- on command -------------------------------------------------------------------------------------------------

    async def power_on(self) -> None:
        """Boot and advertise."""
        if self._device is None:
            self._device = assemble(self._controller, self._database, name=self.name, address=self.address)
            self._device.advertising_data = advertisement(self.side)
            self._device.on("connection", self._on_connection)
        else:
            self._boot()
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)
        self._spawn(self._sending.run())
        self._spawn(self._keep_telling())

    async def power_off(self) -> None:
        """Hang up, stop advertising and taking rows; nothing when it is off."""
        if self._device is None:
            return
        self._streaming = False
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await hang_up(self._device)
        self._nobody_listens()  # out of range, a link does not end by hanging up
        await self._device.stop_advertising()
        await self._device.power_off()

    async def reboot(self, down_s: float = 0.5) -> None:
        """A reset: the link is gone, numbers and ticks begin again under a new boot id once it is up."""
        await self.power_off()
        await asyncio.sleep(down_s)
        await self.power_on()

    @property
    def trouble(self) -> Trouble:
        return self._trouble

    @trouble.setter
    def trouble(self, trouble: Trouble) -> None:
        self._take()  # what is due was taken before the trouble began
        self._trouble = self._sending.trouble = trouble
        self._spawn(self._tell(self._database.status))

    async def set_battery(self, pct: int) -> None:
        self.battery_pct = pct
        await self._tell(self._database.battery)
        await self._tell(self._database.status)

    # -- the books --------------------------------------------------------------------------------------------------

    @property
    def taken_by_boot(self) -> dict[int, int]:
        return dict(self._earlier_boots + Counter({self._taking.boot: self._taking.next_seq}))

    @property
    def taken(self) -> int:
        return sum(self.taken_by_boot.values())

    @property
    def boot(self) -> int:
        return self._taking.boot

    @property
    def connected(self) -> bool:
        return bool(self._device is not None and self._device.connections)

    def _count(self) -> control.Count:
        return control.Count(boot=self.boot, first_seq=self._taking.first_seq, next_seq=self._taking.next_seq)

    # -- what the database asks -------------------------------------------------------------------------------------

    def info(self) -> bytes:
        return saying.info(self._description, self._layout, boot=self.boot, side=self.side)

    def layout(self) -> bytes:
        return self._layout

    def status(self) -> bytes:
        bad_cells = bool(self._trouble.masked)
        return saying.status(
            self._count(), bad_cells=bad_cells, battery_pct=self.battery_pct, streaming=self._streaming
        )

    def battery(self) -> bytes:
        return bytes([self.battery_pct])

    def elapsed_time(self) -> bytes:
        return saying.elapsed_time(self.clock_set_to)

    def set_elapsed_time(self, time: sig.ElapsedTime) -> None:
        self.clock_set_to = time

    def on_request(self, connection: Any, data: bytes) -> None:
        request = control.unpack_request(data)
        if not isinstance(request, control.Request):
            self._spawn(self._reply(connection, data[0] if data else 0, request))
        elif request.op is control.Op.STOP:
            self._spawn(self._stop(connection))
        else:
            self._spawn(self._reply(connection, request.op, self._obey(connection, request)))

    def _obey(self, connection: Any, request: control.Request) -> control.Result:
        if request.op is control.Op.IDENTIFY:
            self.identified_s += request.argument
        if request.op is not control.Op.START:
            return control.Result.OK
        if request.argument not in (0, self._description.ns_per_row):
            return control.Result.RATE_NOT_OFFERED
        if not wire.rows_that_fit(connection.att_mtu, len(self._description.cells)):
            return control.Result.NOT_NOW
        self._listener = connection
        self.world.told_to_start(self.serial)
        if not self._streaming:
            self._streaming = True
            self._taking.first_seq = self._taking.next_seq
            self._taker = self._spawn(self._take_rows())
        return control.Result.OK

    # -- rows -------------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._earlier_boots[self._taking.boot] += self._taking.next_seq
        self._taking = Taking(self.walk, self._new_boot())
        self._booted_s = asyncio.get_running_loop().time()
        self._streaming = False

    def _rows_per_frame(self) -> int:
        att_mtu = ATT_MTU if self._listener is None else self._listener.att_mtu
        return max(1, wire.rows_that_fit(att_mtu, len(self._description.cells)))

    async def _take_rows(self) -> None:
        await self.world.begun.wait()
        boot_ns = round((self._booted_s - self.world.begins_s) * 1e9)
        self._taking.begin(boot_ns, self.world.elapsed_ns())
        while self._streaming:
            self._take()
            next_ns = self._taking.next_ns(self._rows_per_frame())
            if next_ns is None:
                return
            await asyncio.sleep(max(0.0, (next_ns - self.world.elapsed_ns()) / 1e9))

    def _take(self) -> None:
        if self._streaming and self.world.begun.is_set():
            self._put(self._taking.take(self.world.elapsed_ns() + 1, self._trouble, self._rows_per_frame()))

    def _put(self, frames: list[wire.RowsFrame]) -> None:
        for frame in frames:
            if self._listener is not None:
                self._sending.put(frame.seq, wire.pack_rows(frame))

    async def _send(self, frame: bytes) -> None:
        if self._listener is not None:
            await self._device.notify_subscriber(self._listener, self._database.data, frame)
            self.sent += frame[2]

    async def _stop(self, connection: Any) -> None:
        self._take()
        self._streaming = False
        if self._taker is not None:
            self._taker.cancel()
        self._put(self._taking.flush())
        await self._sending.drained()
        await self._reply(connection, control.Op.STOP, control.Result.OK)

    async def _reply(self, connection: Any, op: int, result: control.Result) -> None:
        reply = control.Reply(op=op, result=result, count=self._count(), ns_per_row=self._description.ns_per_row)
        await self._device.indicate_subscriber(connection, self._database.control, control.pack_reply(reply))

    async def _tell(self, characteristic: Any) -> None:
        if self._listener is not None:
            await self._device.notify_subscriber(self._listener, characteristic)

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_STATUS_S)
            await self._tell(self._database.status)

    # -- the link ---------------------------------------------------------------------------------------------------

    def _on_connection(self, connection: Any) -> None:
        connection.on("disconnection", lambda _reason: self._on_disconnection(connection))

    def _on_disconnection(self, connection: Any) -> None:
        self._database.forget(connection)
        if self._listener is connection:
            self._nobody_listens()

    def _nobody_listens(self) -> None:
        self._listener = None
        self._sending.drop_all()
        self.world.gone(self.serial)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, core.BaseBumbleError | TimeoutError):  # those: the link ended
            _log.error("virtual insole %s", self.serial, exc_info=error)
