"""Driver of ORPHE INSOLE (six cells a foot, 200 or 208 Hz), with gap repair from the insole's ring.

Source: Orphe-OSS/ORPHE-INSOLE.js@dc010fd; facts only. This driver has not met the hardware.
The insole is run in its FIFO mode: packets wait in a ring of about 1500 (some 29 s) and are asked for by serial number,
what is new each 0.2 s, what is lacking when the hub asks for it. The notifying modes would give nothing back. So this
is gap repair and no memory for a walk. Forces are the maker's (`orphe_newton`).
Decided without knowing: packets are asked for up to the serial that the insole calls current; the ring may go on over
a short loss of the link, and is believed when serials and times of day have gone on as they must, else it is emptied
and a new boot begins. Unknown: what the levels of charge mean in percent (none is told); mounting position in the
advertisement; whether the insole takes a second link. Gyroscope, accelerometer and step analysis are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from ingest.drivers import orphe_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Intent, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.counting import boot_of
from ingest.drivers.handshake import HandShake
from ingest.drivers.orphe_layout import layout_of
from ingest.drivers.orphe_reader import RingReader
from ingest.drivers.orphe_states import SUBSCRIBED, TRANSITIONS, State
from ingest.events import FaultSeen, FetchEnded, FetchResult, LayoutSeen, Release, Request
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side

_POLL_S = 0.2
_FILL_S = 1.0
_RESUME_S = 0.3
_COMPANY = 0x0000


class OrpheDriver(HandShake[State]):
    """One insole across links. `side` set: it overrules what the insole says of itself."""

    name: ClassVar[str] = "orphe-insole"
    use_start_notify: ClassVar[bool] = False  # 60 packets a second

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(State, TRANSITIONS)
        self._insole = insole
        self._side = side
        self._worn_on = side or Side.LEFT  # the insole's own word settles it before anybody asks
        self._firmware = ""
        self._charge: wire.Charge | None = None
        self._described = False
        self._stop_wanted = False
        self._asking_again = False
        self._ring = RingReader()

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its services, or by name and maker's data: some firmware does not advertise services."""
        services = {wire.INFORMATION_SERVICE, wire.OTHER_SERVICE}
        named = (heard.name or "").startswith("INS") and _COMPANY in heard.manufacturer_data
        if not named and not services.intersection(heard.service_uuids):
            return None
        return Recognised(driver=OrpheDriver.name, model="ORPHE INSOLE", side=None)

    # -- what the radio tells ---------------------------------------------------------------------------------------

    def on_connected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._asking_again = False
        self._begin(State.INFO)
        return [Read(wire.DEVICE_INFORMATION)]

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if characteristic == sig.FIRMWARE_REVISION:
            return list(self._on_firmware(sig.unpack_text(data), now_ns))
        if characteristic != wire.DEVICE_INFORMATION:
            return []
        try:
            info = wire.unpack_info(data)
        except UnderfootError as error:
            fault = error.fault
            if self._state is State.INFO:
                return list(self._refuse(fault))
            return [FaultSeen(fault), *self._guarded(self._tick(now_ns))]
        rest = self._on_info(info) if self._state is State.INFO else self._guarded(self._tick(now_ns))
        return [*self._on_charge(info), *rest]

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if characteristic != wire.SENSOR_VALUES or self._state not in SUBSCRIBED:
            return []
        return list(self._guarded(self._on_told(data, now_ns)))

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        asked = "" if isinstance(intent, Drop) else intent.characteristic
        if asked == sig.FIRMWARE_REVISION:
            return list(self._on_firmware("", now_ns))
        fault = Fault(FaultCode.LINK_REFUSED, f"{type(intent).__name__.lower()} {asked}: {reason}")
        if asked == wire.DATE_TIME or self._state in (State.STREAMING, State.STOPPING):
            again = self._guarded(self._tick(now_ns)) if isinstance(intent, Read) else ()
            return [FaultSeen(fault), *again]
        return list(self._refuse(fault))

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        outputs = [*self._guarded(self._hand_over()), *self._ring.end_fetch(FetchResult.BROKEN_OFF)]
        self._link_gone()
        return outputs

    def on_stop(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._stop_wanted = True  # without a link now: the next hand-shake ends with it
        if self._state not in SUBSCRIBED or self._state is State.STOPPING:
            return []
        return [*self._ring.end_fetch(FetchResult.BROKEN_OFF), *self._stop()]

    def on_request(self, request: Request, now_ns: int) -> Iterable[Output]:
        """As `Remembering.on_request`. The ring frees itself, so a release needs nothing."""
        if isinstance(request, Release):
            return []
        if self._state is State.STREAMING:
            return list(self._ring.fetch(request, now_ns))
        broken_off = FetchResult.BROKEN_OFF
        return [
            FetchEnded(boot=request.boot, first_seq=request.first_seq, next_seq=request.next_seq, result=broken_off)
        ]

    def _guarded(self, outputs: Iterable[Output]) -> Iterator[Output]:
        try:
            yield from outputs
        except UnderfootError as error:
            if error.code is FaultCode.TIME_BACKWARDS:  # what this boot was known by no longer holds
                yield from self._ring.end_fetch(FetchResult.BROKEN_OFF)
                self._ring = RingReader()
                yield from self._refuse(error.fault)
            else:
                yield FaultSeen(error.fault)

    # -- hand-shake -------------------------------------------------------------------------------------------------

    def _on_info(self, info: wire.Info) -> Iterator[Output]:
        self._worn_on = self._side or info.side
        self._enter(State.FIRMWARE)
        yield Read(sig.FIRMWARE_REVISION)

    def _on_charge(self, info: wire.Info) -> Iterator[Output]:
        if info.charge is wire.Charge.LOW and self._charge is not wire.Charge.LOW:
            yield FaultSeen(Fault(FaultCode.BATTERY_LOW, self._insole))
        self._charge = info.charge

    def _on_firmware(self, firmware: str, now_ns: int) -> Iterator[Output]:
        if self._state is not State.FIRMWARE:
            return
        self._firmware = firmware
        yield Subscribe(wire.SENSOR_VALUES)
        if self._stop_wanted:
            yield from self._stop()
        elif self._ring.may_resume(now_ns):
            self._enter(State.RESUMING)
            yield _command(wire.Op.SERIAL)
            yield from self._ask_again(_RESUME_S)
        else:
            yield from self._prepare(now_ns)

    def _prepare(self, now_ns: int) -> Iterator[Output]:
        self._enter(State.PREPARING)
        self._ring = RingReader(boot_of(now_ns))
        yield Write(wire.DATE_TIME, wire.pack_date_time(now_ns))
        yield Write(wire.DEVICE_INFORMATION, wire.CHOOSE_RING)
        yield from map(_command, (wire.Op.STOP, wire.Op.DELETE, wire.Op.START))

    def _stop(self) -> Iterator[Output]:
        self._enter(State.STOPPING)
        yield _command(wire.Op.STOP)
        yield from self._ask_again(_POLL_S)

    def _stream(self) -> Iterator[Output]:
        if self._ring.grid is not None and self._state in (State.RESUMING, State.FILLING):
            self._enter(State.STREAMING)
            yield from self._describe(self._ring.grid.row_ns)
            yield from self._ring.counts()

    def _describe(self, row_ns: int) -> Iterator[Output]:
        self._described = True
        yield LayoutSeen(layout_of(self._insole, self._worn_on, row_ns, self._firmware))

    # -- the ring ---------------------------------------------------------------------------------------------------

    def _on_told(self, data: bytes, now_ns: int) -> Iterator[Output]:
        match wire.unpack_notification(data):
            case wire.Packet() as packet:
                yield from self._ring.on_packet(packet, now_ns)
            case wire.NotThere() as told:
                self._ring.on_not_there(told, now_ns)
            case wire.Done(op):
                yield from self._on_done(op)
            case wire.Newest() as newest:
                yield from self._on_newest(newest, now_ns)
        yield from self._if_over(now_ns)

    def _on_done(self, op: wire.Op) -> Iterator[Output]:
        if self._state is State.PREPARING and op is wire.Op.START:
            self._enter(State.FILLING)
            yield from self._ask_again(_FILL_S)
        elif self._state is State.STOPPING and op is wire.Op.STOP:
            yield _command(wire.Op.SERIAL)

    def _on_newest(self, newest: wire.Newest, now_ns: int) -> Iterator[Output]:
        if self._state is State.RESUMING:
            if not self._ring.resume(newest, now_ns):
                yield from self._prepare(now_ns)
                return
            yield from self._ring.on_newest(newest, now_ns)
            yield from self._stream()
        elif self._state is State.STOPPING and self._ring.grid is None:
            self._enter(State.STOPPED)
        elif self._state is not State.PREPARING:
            yield from self._ring.on_newest(newest, now_ns)
            yield from self._stop_if_drained()

    def _if_over(self, now_ns: int) -> Iterator[Output]:
        """Rows of a burst that is over, then what comes next: live rows that are known of, then what is lacking."""
        if not self._ring.burst_over(now_ns):
            return
        yield from self._hand_over()
        yield from self._ring.ask_live(now_ns)
        yield from self._stop_if_drained()
        if self._ring.fetching and not self._ring.waits:
            yield _command(wire.Op.SERIAL)

    def _hand_over(self) -> Iterator[Output]:
        rows = list(self._ring.hand_over())  # the first of them settle the layout, which is told before them
        yield from self._stream()
        if rows and not self._described and self._ring.grid is not None:  # the link was given up before it streamed
            yield from self._describe(self._ring.grid.row_ns)
        yield from rows

    def _stop_if_drained(self) -> Iterator[Output]:
        if self._state is State.STOPPING and self._ring.drained:
            self._enter(State.STOPPED)
            yield from self._ring.counts()

    def _tick(self, now_ns: int) -> Iterator[Output]:
        """The answer to the reading that keeps time: what was waited for in vain is given up, what is next asked."""
        self._asking_again = False
        if self._state is State.RESUMING:
            yield from self._prepare(now_ns)
        if self._state not in (State.FILLING, State.STREAMING, State.STOPPING):
            return
        yield from self._if_over(now_ns)
        if not self._ring.waits and not self.stopped:
            yield _command(wire.Op.SERIAL)
        yield from self._ask_again(_POLL_S)

    def _ask_again(self, after_s: float) -> Iterator[Output]:
        if not self._asking_again and self._state is not State.STOPPED:
            self._asking_again = True
            yield Read(wire.DEVICE_INFORMATION, after_s=after_s)


def _command(op: wire.Op) -> Write:
    return Write(wire.DEVICE_INFORMATION, wire.pack_command(op))
