"""A virtual insole that breaks one rule of the Open Insole profile, by the name of the check that has to see it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bumble import att, gatt
from bumble.core import UUID

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import OFFSET, PART_OCTETS
from ingest.drivers.open_insole_records import (
    RacpCode,
    RacpOp,
    RacpRequest,
    RacpResponse,
    pack_count,
    pack_held,
    pack_racp_request,
    pack_racp_response,
    pack_record,
    unpack_count,
    unpack_racp_request,
    unpack_record,
)
from ingest.drivers.open_insole_wire import RowsFrame
from ingest.sources.virtual.updatable import UpdatableInsole

_SILENT_S, _LATE_S = 3.3, 2.4
_INNER_ROWS = 40
_SAID = {  # request → what it is answered, and nothing done
    "control-unknown": lambda data: data[0] == 0x7F and control.Result.OK,
    "control-length": lambda data: data in (b"\x01\x00", b"\x02\x00") and control.Result.OK,
    "control-rate": lambda data: data == b"\x01\x01\0\0\0" and control.Result.OK,
    "control-side": lambda data: data == b"\x05\x03" and control.Result.OK,
    "status-request": lambda data: data == b"\x03" and control.Result.FAILED,
}


class BrokenInsole(UpdatableInsole):
    """`breaks` "": it breaks none."""

    def __init__(self, controller: Any, *, breaks: str, **insole: Any) -> None:
        self.breaks = breaks
        if breaks == "boot-id":
            insole["new_boot"] = lambda: 0xB007B007
        super().__init__(controller, **insole)
        self._sent_frames = 0
        self._stopped_once = False
        self._late_until_s = 0.0
        prepare: dict[str, Callable[[], None]] = {
            "services": self._lack_indications_of_time,
            "device-information": lambda: setattr(self._the(sig.MANUFACTURER_NAME), "value", b""),
            "layout-offset": self._begin_layout_anywhere,
            "layout-errors": self._take_any_offset,
            "control-subscription": lambda: self._take_writes(self._database.control, self.on_request),
            "records-subscription": lambda: self._take_writes(self._database.record_access, self._on_access),
            "full-frames": lambda: setattr(self._stream, "_rows_per_frame", lambda: 3),
            "numbers-away": self._pause_without_a_link,
            "rows-away": self._record_with_a_hole,
            "live-first": self._hold_up_live_rows,
        }
        prepare.get(breaks, lambda: None)()

    async def gone(self) -> None:
        """What its restart began has come to its end."""
        if self._on is not None:
            await asyncio.gather(self._on, return_exceptions=True)

    # -- before it is switched on -----------------------------------------------------------------------------------

    def _the(self, uuid: str) -> Any:
        every = (one for service in self._database.services for one in service.characteristics)
        return next(one for one in every if one.uuid == UUID(uuid))

    def _lack_indications_of_time(self) -> None:
        properties = gatt.Characteristic.Properties
        self._the(sig.CURRENT_ELAPSED_TIME).properties = properties.READ | properties.WRITE

    def _begin_layout_anywhere(self) -> None:
        offsets, whole = self._database._offsets, self._layout
        value = self._the(wire.LAYOUT).value
        value.read = lambda connection: whole[(at := offsets.get(connection.handle, 7)) : at + PART_OCTETS]

    def _take_any_offset(self) -> None:
        def seek(connection: Any, data: bytes) -> None:
            if len(data) == OFFSET.size:
                self._database._offsets[connection.handle] = OFFSET.unpack(data)[0]

        self._the(wire.LAYOUT).value.write = seek

    @staticmethod
    def _take_writes(characteristic: Any, on_write: Callable[[Any, bytes], Any]) -> None:
        characteristic.value.write = lambda connection, data: on_write(connection, bytes(data))

    def _on_access(self, connection: Any, data: bytes) -> None:
        if not self.on_record_request(connection, data):
            raise att.ATT_Error(att.ErrorCode.PROCEDURE_ALREADY_IN_PROGRESS)

    def _pause_without_a_link(self) -> None:
        recorder = self._stream.recorder
        take = recorder.take

        def take_connected(upto_ns: int, *more: Any) -> list[RowsFrame]:
            if self._listener is None and recorder.count().next_seq:
                recorder._taking._taken_upto_ns = upto_ns
                return []
            return take(upto_ns, *more)

        recorder.take = take_connected

    def _record_with_a_hole(self) -> None:
        assert self.flash is not None
        add = self.flash.add

        def add_most(frame: RowsFrame) -> None:
            rows, hole = len(frame.codes), len(frame.codes) // 2 if len(frame.codes) > 1000 else len(frame.codes)
            add(replace(frame, codes=frame.codes[:hole]))
            if rows > hole:
                after = hole + 10
                ticks = frame.ticks + after * self._description.ns_per_row // self._description.tick_ns
                add(replace(frame, seq=frame.seq + after, ticks=ticks, codes=frame.codes[after:]))

        self._stream.recorder._taking._keep = add_most

    def _hold_up_live_rows(self) -> None:
        put, held_back = self._sending.put, list[tuple[int, bytes]]()

        def let_go() -> None:
            while held_back:
                put(*held_back.pop(0))
            self._sending.put = put

        def put_late(seq: int, frame: bytes) -> None:
            if not held_back and self.access is not None and self.access.reporting:
                loop = asyncio.get_running_loop()
                self._late_until_s = loop.time() + _LATE_S
                loop.call_at(self._late_until_s, let_go)
            if self._late_until_s:
                held_back.append((seq, frame))
            else:
                put(seq, frame)

        self._sending.put = put_late

    def _on_disconnection(self, connection: Any) -> None:
        super()._on_disconnection(connection)
        if self.breaks == "advertises-again":
            self._chores.begin(self._be_silent())

    async def _be_silent(self) -> None:
        await asyncio.sleep(0.05)
        await self._device.stop_advertising()

    async def power_on(self) -> None:
        if self.breaks == "rows-over-restart" and self._device is not None and self.flash is not None:
            self.flash._boots.clear()
        await super().power_on()
        if self.breaks == "advertisement":
            await self._device.stop_advertising()
            self._device.advertising_data = bytes([2, 1, 6])
            await self._device.start_advertising(auto_restart=True)
        if self.breaks == "att-mtu":
            self._device.gatt_server.max_mtu = 185
        if self.breaks == "update":
            self._told_firmware.value = b"9.9.9"

    # -- what it says of itself -------------------------------------------------------------------------------------

    def info(self) -> bytes:
        info = bytearray(super().info())
        if self.breaks == "info":
            info[1] = 0
        if self.breaks == "identify":
            info[32] &= ~int(wire.Features.IDENTIFY)
        if self.breaks == "rate":
            info[8:16] = struct.pack("<II", 103_000, 10_300_000)
        return bytes(info)

    def layout(self) -> bytes:
        layout = super().layout()
        return layout[:-1] + bytes([layout[-1] ^ 1]) if self.breaks == "layout" else layout

    def battery(self) -> bytes:
        return b"\x65" if self.breaks == "battery" else super().battery()

    def set_elapsed_time(self, time: sig.ElapsedTime) -> None:
        if self.breaks != "time":
            super().set_elapsed_time(time)

    def status(self) -> bytes:
        data = super().status()
        frame = control.unpack_status(data)
        if self.breaks == "status-read":
            return data[:1] + bytes([data[1] | 0x02]) + data[2:]
        if self.breaks == "status-books":
            count = replace(frame.count, next_seq=max(frame.count.first_seq, frame.count.next_seq - 50))
            return control.pack_status(replace(frame, count=count))
        if self.breaks == "mask":
            return control.pack_status(replace(frame, faults=frame.faults | control.DeviceFault.CELL))
        return data

    def held(self) -> bytes:
        data = super().held()
        if self.breaks == "held":
            return data[:2] + b"\x01\x00" + data[4:]
        if self.breaks == "held-time" and self.flash is not None:
            return pack_held(tuple(replace(one, booted_t_ns=None) for one in self.flash.held()))
        return data

    # -- requests ---------------------------------------------------------------------------------------------------

    def on_request(self, connection: Any, data: bytes) -> None:
        said = _SAID.get(self.breaks, lambda _: False)(data)
        if self.breaks == "stop-at-rest" and data == b"\x02" and not self._stream.wanted:
            said = control.Result.FAILED
        if said is False:
            super().on_request(connection, data)
        else:
            self._chores.begin(self._reply(connection, data[0], said))

    async def _stop(self, connection: Any) -> None:
        if self.breaks == "live-first" and self._late_until_s:
            await asyncio.sleep(self._late_until_s - asyncio.get_running_loop().time())
        if self.breaks != "stop":
            self._stopped_once = self._stopped_once or self._stream.wanted
            await super()._stop(connection)
            return
        ran, framer = self._stream.wanted, self._stream.recorder._taking._framer
        while ran and not framer.pending_rows:  # one row at least is to be flushed
            await asyncio.sleep(0.01)
            self._stream.take()
        held_back: list[tuple[int, bytes]] = []
        put, self._sending.put = self._sending.put, lambda seq, frame: held_back.append((seq, frame))
        await super()._stop(connection)
        self._sending.put = put
        for seq, frame in held_back:
            put(seq, frame)

    async def _reply(self, connection: Any, op: int, result: control.Result) -> None:
        count, ns_per_row = self._stream.recorder.count(), self._description.ns_per_row
        if op == control.Op.START and self.breaks == "start":
            ns_per_row *= 2
        if op == control.Op.START and self.breaks == "start-again" and not self._stopped_once:
            count = replace(count, first_seq=count.next_seq)
        if op == control.Op.START and self.breaks == "start-anew" and self._stopped_once:
            count = replace(count, first_seq=0)
        if self.breaks == "rate":
            ns_per_row = 10_300_000
        packed = control.pack_reply(control.Reply(op=op, result=result, count=count, ns_per_row=ns_per_row))
        for _ in range(2 if self.breaks == "control-replies" else 1):
            await self._device.indicate_subscriber(connection, self._database.control, packed)

    # -- rows -------------------------------------------------------------------------------------------------------

    async def _tell(self, characteristic: Any) -> None:
        if not (self.breaks == "status-notified" and characteristic is self._database.status):
            await super()._tell(characteristic)

    async def _send(self, frame: bytes) -> None:
        self._sent_frames += 1
        if self.breaks == "numbers" and self._sent_frames == 5:
            return
        if self.breaks == "frames" and self._sent_frames % 10 == 5:
            await super()._send(frame[:1] + b"\x09" + frame[2:])
        if self.breaks == "ticks" and self._sent_frames % 10 == 5:
            ticks = int.from_bytes(frame[10:16], "little") // 2
            frame = frame[:10] + ticks.to_bytes(6, "little") + frame[16:]
        if self.breaks == "link-holds" and self._sent_frames == 40:
            for connection in list(self._device.connections.values()):
                await connection.disconnect()
            return
        if self.breaks == "silence" and self._sent_frames == 5:
            await asyncio.sleep(_SILENT_S)
        await super()._send(frame)

    # -- rows from flash --------------------------------------------------------------------------------------------

    def on_record_request(self, connection: Any, data: bytes) -> bool:
        request = unpack_racp_request(data)
        if self.access is not None and self.access.reporting:
            if self.breaks == "records-busy" and data[0] == RacpOp.COUNT:
                return True
            if self.breaks == "records-abort" and data[0] == RacpOp.ABORT:
                answer = pack_racp_response(RacpResponse(RacpOp.ABORT, RacpCode.SUCCESS))
                self._chores.begin(self._answer(connection, answer))
                return True
        if isinstance(request, RacpRequest):
            rows = request.last - request.first + 1
            if self.breaks == "records-range" and request.op is RacpOp.REPORT and rows == _INNER_ROWS:
                data = pack_racp_request(replace(request, last=request.first))
            if self.breaks == "delete" and request.op is RacpOp.DELETE and request.last < 0xFFFFFFFF:
                data = pack_racp_request(replace(request, last=request.last + 100))
        return super().on_record_request(connection, data)

    async def _give_record(self, connection: Any, record: bytes) -> None:
        if self.breaks == "rows-same":
            frame = unpack_record(record, len(self._description.cells))
            record = pack_record(replace(frame, codes=frame.codes + 1))
        for _ in range(2 if self.breaks == "records" else 1):
            await super()._give_record(connection, record)

    async def _answer(self, connection: Any, data: bytes) -> None:
        if self.breaks == "records-count" and data[0] == RacpOp.COUNT_RESPONSE and unpack_count(data) == _INNER_ROWS:
            data = pack_count(_INNER_ROWS + 1)
        nothing = bytes([RacpOp.RESPONSE, 0, RacpOp.REPORT, RacpCode.NO_RECORDS])
        if self.breaks == "records-none" and data == nothing:
            data = nothing[:3] + bytes([RacpCode.SUCCESS])
        if self.breaks == "records-refusals" and data[-1] == RacpCode.OPERAND_UNSUPPORTED:
            data = data[:-1] + bytes([RacpCode.INVALID_OPERAND])
        await super()._answer(connection, data)
