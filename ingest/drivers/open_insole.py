"""Driver of the Open Insole profile 1 (`open_insole.md`): hand-shake, rows, status, end of the stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Intent, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.handshake import HandShake
from ingest.drivers.open_insole_layout import LayoutReader, unpack_announced
from ingest.drivers.open_insole_memory import Memory
from ingest.drivers.open_insole_records import HELD, RACP
from ingest.drivers.open_insole_states import ROWS_MAY_COME, TRANSITIONS, State
from ingest.drivers.order import RowOrder
from ingest.events import BatterySeen, FaultSeen, LayoutSeen, Request, Rows, Setting, TakenSeen
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side, checksum
from ingest.wire.messages import Layout

_LAYOUT_READINGS = 2
_VITAL = {wire.INFO, wire.LAYOUT, wire.DATA, wire.CONTROL}


class OpenInsoleDriver(HandShake[State]):
    """One insole across links. `side` set: it overrules what the insole says of itself."""

    name: ClassVar[str] = "open-insole"
    use_start_notify: ClassVar[bool] = True

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(State, TRANSITIONS)
        self._insole = insole
        self._side = side
        self._worn_on = side or Side.LEFT  # INFO settles it before anybody asks
        self._order = RowOrder(wire.FASTEST_ROW_NS)
        self._due_seq = 0  # when the present hand-shake began
        self._info: wire.Info | None = None
        self._layout = LayoutReader()
        self._layout_readings = 0
        self._model = self._firmware = ""
        self._faults = control.DeviceFault.NONE
        self._stop_wanted = False
        self._memory = Memory()
        self._setting: Setting | None = None

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its service data, or by its service alone where a scan did not hear that."""
        announced = unpack_announced(heard.service_data.get(wire.SERVICE, b""))
        if announced is None and wire.SERVICE not in heard.service_uuids:
            return None
        return Recognised(driver=OpenInsoleDriver.name, model="Open Insole", side=announced.side if announced else None)

    @property
    def boot(self) -> int | None:
        return self._info.boot if self._info else None

    # -- what the radio tells ---------------------------------------------------------------------------------------

    def on_connected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._begin(State.INFO)
        return [Read(wire.INFO)]

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if characteristic == sig.BATTERY_LEVEL:
            return list(self._guarded(self._on_battery(data)))
        if characteristic == wire.INFO and self._state is State.INFO:
            return list(self._on_info(data))
        if self._info is not None and characteristic == wire.LAYOUT and self._state is State.LAYOUT:
            return list(self._on_layout(self._info, data))
        if characteristic == HELD:
            return list(self._guarded(self._memory.on_held(data)))
        return self._on_identity(characteristic, sig.unpack_text(data), now_ns)

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if self._info is None or self._state not in ROWS_MAY_COME:
            return []
        heard = self._heard(self._info, characteristic, data, now_ns)
        return [*self._guarded(heard), *self._memory.access.on_time(now_ns)]

    def _heard(self, info: wire.Info, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic in (HELD, RACP) or self._memory.is_record(characteristic, data):
            return self._memory.on_notified(characteristic, data, now_ns)
        if characteristic == wire.DATA:
            return self._on_rows(info, data, now_ns)
        if characteristic == wire.CONTROL:
            return self._on_reply(info, data)
        if characteristic == wire.STATUS:
            return self._on_status(info, data)
        return self._on_battery(data) if characteristic == sig.BATTERY_LEVEL else iter(())

    def on_request(self, request: Request, now_ns: int) -> Iterable[Output]:
        """As `Remembering.on_request`."""
        return list(self._memory.access.ask(request, now_ns))

    def on_setting(self, setting: Setting, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - part of the interface
        self._setting = setting
        return [Write(wire.CONTROL, control.pack_request(control.asking(setting)))]

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        asked = "" if isinstance(intent, Drop) else intent.characteristic
        fault = Fault(FaultCode.LINK_REFUSED, f"{type(intent).__name__.lower()} {asked}: {reason}")
        if asked in _VITAL:
            return list(self._refuse(fault))
        return [FaultSeen(fault), *self._memory.on_failed(intent, now_ns), *self._on_identity(asked, "", now_ns)]

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._link_gone()
        return list(self._memory.end())

    def on_stop(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._stop_wanted = True  # without a link now: the next hand-shake ends with STOP
        if self._state not in (State.STARTING, State.STREAMING):
            return []
        self._enter(State.STOPPING)
        return [*self._memory.access.stop(), _ask(control.Op.STOP)]

    def _guarded(self, outputs: Iterator[Output]) -> Iterator[Output]:
        try:
            yield from outputs
        except UnderfootError as error:
            yield FaultSeen(error.fault)

    # -- hand-shake -------------------------------------------------------------------------------------------------

    def _on_info(self, data: bytes) -> Iterator[Output]:
        try:
            info = wire.unpack_info(data)
        except UnderfootError as error:
            yield from self._refuse(error.fault)
            return
        side = self._side or info.side
        if side is None:
            yield from self._refuse(Fault(FaultCode.SIDE_UNKNOWN, self._insole))
            return
        self._worn_on = side
        if info.boot != self.boot:
            self._faults = control.DeviceFault.NONE
        self._info = info
        self._order.begin(info.boot)
        self._due_seq = self._order.due_seq
        if self._layout.knows(info):
            self._enter(State.MODEL)
            yield Read(sig.MODEL_NUMBER)
        else:
            self._enter(State.LAYOUT)
            self._layout_readings = 1
            yield from self._layout.ask(afresh=True)

    def _on_layout(self, info: wire.Info, part: bytes) -> Iterator[Output]:
        try:
            whole = self._layout.take(part, info)
        except UnderfootError as error:
            if error.code is FaultCode.LAYOUT_MISMATCH and self._layout_readings < _LAYOUT_READINGS:
                self._layout_readings += 1
                yield FaultSeen(error.fault)
                yield from self._layout.ask(afresh=True)
            else:
                yield from self._refuse(error.fault)
            return
        if whole:
            self._enter(State.MODEL)
            yield Read(sig.MODEL_NUMBER)
        else:
            yield from self._layout.ask(afresh=False)

    def _on_identity(self, characteristic: str, text: str, now_ns: int) -> list[Output]:
        if characteristic == sig.MODEL_NUMBER and self._state is State.MODEL:
            self._model = text
            self._enter(State.FIRMWARE)
            return [Read(sig.FIRMWARE_REVISION)]
        if self._info is not None and characteristic == sig.FIRMWARE_REVISION and self._state is State.FIRMWARE:
            return self._on_firmware(self._info, text, now_ns)
        return []

    def _on_firmware(self, info: wire.Info, firmware: str, now_ns: int) -> list[Output]:
        self._firmware = firmware
        self._enter(State.STOPPING if self._stop_wanted else State.STARTING)
        return [
            LayoutSeen(self._described(info)),
            Write(sig.CURRENT_ELAPSED_TIME, sig.pack_elapsed_time(sig.ElapsedTime(now_ns))),
            Read(sig.BATTERY_LEVEL),
            Subscribe(sig.BATTERY_LEVEL),
            *self._memory.greet(info),
            Subscribe(wire.STATUS),
            Subscribe(wire.CONTROL),
            Subscribe(wire.DATA),
            # by a command after the subscription, because the first notifications right after it may get lost
            _ask(control.Op.STOP if self._stop_wanted else control.Op.START),
        ]

    def _described(self, info: wire.Info) -> Layout:
        return Layout(
            insole=self._insole,
            side=self._worn_on,
            cells=self._layout.cells,
            unit=info.unit,
            scale=float(info.scale),
            rate_hz=1e9 / info.ns_per_row,
            calibration=info.calibration,
            checksum=checksum(self._layout.cells),
            model=self._model,
            firmware=self._firmware,
        )

    # -- stream -----------------------------------------------------------------------------------------------------

    def _on_rows(self, info: wire.Info, data: bytes, now_ns: int) -> Iterator[Output]:
        frame = wire.unpack_rows(data, info.cells)
        wire.check(frame.boot_low == info.boot & 0xFFFF, "a DATA frame of another boot")
        rows = Rows(
            boot=info.boot,
            seq=frame.seq,
            ticks=frame.ticks,
            tick_ns=info.tick_ns,
            ns_per_row=info.ns_per_row,
            codes=frame.codes,
            not_measured=frame.not_measured,
            arrived_ns=now_ns,
        )
        yield from self._order.admit(rows)
        if self._order.insists:
            yield from self._refuse(Fault(FaultCode.TIME_BACKWARDS, "again and again; the link is made afresh"))

    def _on_reply(self, info: wire.Info, data: bytes) -> Iterator[Output]:
        reply = control.unpack_reply(data)
        started = self._state is State.STARTING and reply.op == control.Op.START
        ended = self._state is State.STOPPING and reply.op == control.Op.STOP
        another_rate = started and reply.ns_per_row != info.ns_per_row
        if (started or ended) and (reply.result is not control.Result.OK or another_rate):
            detail = f"request {reply.op}: {reply.result.name}, {reply.ns_per_row} ns a row"
            yield from self._refuse(Fault(FaultCode.LINK_REFUSED, detail))
            return
        if started and (reply.count.boot != info.boot or reply.count.next_seq < self._due_seq):
            detail = f"row {reply.count.next_seq} of boot {reply.count.boot:#x} is next, {self._due_seq} was due"
            yield from self._refuse(Fault(FaultCode.FRAME_MALFORMED, detail))
            return
        yield _taken(info, reply.count)
        if (answer := control.answer_in(reply, self._setting)) is not None:
            yield answer
        if started:
            self._enter(State.STREAMING)
            yield from self._memory.begin(info, reply.count)
        elif ended:
            self._enter(State.STOPPED)

    def _on_status(self, info: wire.Info, data: bytes) -> Iterator[Output]:
        status = control.unpack_status(data)
        yield _taken(info, status.count)
        yield from self._memory.on_count(status.count)
        news = int(status.faults) & ~int(self._faults)  # plain integers: bits without a name count too
        self._faults = status.faults
        if news & control.DeviceFault.BATTERY_LOW:
            yield FaultSeen(Fault(FaultCode.BATTERY_LOW, self._insole))
        others = news & ~int(control.DeviceFault.BATTERY_LOW)
        if others:
            names = [(fault.name or "").lower() for fault in control.DeviceFault if fault & others]
            yield FaultSeen(Fault(FaultCode.DEVICE_FAULT, ", ".join(names) or f"bits {others:#x}"))

    @staticmethod
    def _on_battery(data: bytes) -> Iterator[Output]:
        yield BatterySeen(sig.unpack_battery(data))


def _ask(op: control.Op) -> Write:
    return Write(wire.CONTROL, control.pack_request(control.Request(op)))


def _taken(info: wire.Info, count: control.Count) -> TakenSeen:
    wire.check(count.boot == info.boot, f"a count of boot {count.boot:#x}, this is {info.boot:#x}")
    return TakenSeen(boot=count.boot, first_seq=count.first_seq, next_seq=count.next_seq)
