"""Driver of the Botz sensing system (Zephyr): one link to the right shoe, which relays the left one.

Source: Botz-Limited/sensing_system-Zephyr@95d6833; facts only. This driver has not met the hardware.
Both feet come in one packet five times a second, stamped with the right shoe's uptime; what is told of the left one is
wrapped in `OfOther`. The left shoe can be stale without a word, see `botz_stale`. The link has to be bonded.
Decided without knowing: STOP takes the same numbers as START; the first of two battery levels is the right shoe's, and
0 % of a shoe means that nothing is known of it. The rows are ADC counts, calibration none. What the shoes compute
themselves (cadence, asymmetry, balance) is left out; activity files are read by `botz_file`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import ClassVar

from ingest.drivers import botz_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Intent, OfOther, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.botz_stale import Freshness
from ingest.drivers.counting import Placed, RowGrid, Unwrap
from ingest.drivers.handshake import HandShake
from ingest.events import BatterySeen, FaultSeen, LayoutSeen, LinkChanged, Rows
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit, checksum
from ingest.wire.messages import Layout, LinkState

_NAME = "BotzRightSh"


class State(StrEnum):
    IDLE = "idle"
    FIRMWARE = "firmware"
    STARTING = "starting"  # asked to stream, no packet yet
    STREAMING = "streaming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REFUSED = "refused"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.FIRMWARE}),
    State.FIRMWARE: frozenset({State.STARTING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.STARTING: frozenset({State.STREAMING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.STREAMING: frozenset({State.STOPPING, State.IDLE, State.REFUSED}),
    State.STOPPING: frozenset({State.STOPPED, State.IDLE, State.REFUSED}),
    State.STOPPED: frozenset({State.IDLE}),
    State.REFUSED: frozenset({State.IDLE}),
}
_PACKETS_MAY_COME = frozenset({State.STARTING, State.STREAMING, State.STOPPING})
_VITAL = {wire.SAMPLES, wire.START}


class BotzDriver(HandShake[State]):
    """Both shoes across links. `side` says nothing here: the shoe that has the link is the right one."""

    name: ClassVar[str] = "botz-zephyr"
    use_start_notify: ClassVar[bool] = True
    wants_bond: ClassVar[bool] = True

    def __init__(self, insole: str, side: Side | None = None) -> None:  # noqa: ARG002 - every driver is made alike
        super().__init__(State, TRANSITIONS)
        self._insole = insole
        self._stop_wanted = False
        self._uptime = Unwrap(32, wire.TICK_NS)
        self._grid = RowGrid(wire.NS_PER_ROW, wire.TICK_NS)
        self._left: Freshness[Rows] = Freshness()
        self._left_told = LinkState.STREAMING

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """The shoe that serves both. The left one alone is none of ours: it has no samples for a hub."""
        if heard.name != _NAME and wire.INFO_SERVICE not in heard.service_uuids:
            return None
        return Recognised(driver=BotzDriver.name, model="Botz sensing system, both shoes", side=Side.RIGHT)

    @staticmethod
    def other_of(insole: str) -> str:
        """The name of the left shoe that this right one relays."""
        return f"{insole}-left"

    # -- what the radio tells ---------------------------------------------------------------------------------------

    def on_connected(self, now_ns: int) -> Iterable[Output]:
        self._begin(State.FIRMWARE)
        self._uptime = Unwrap(32, wire.TICK_NS)  # the shoe may have been switched off meanwhile
        self._grid.begin(now_ns)
        self._left = Freshness()
        self._left_told = LinkState.STREAMING  # as the link itself will say once it streams
        return [Read(sig.FIRMWARE_REVISION, service=sig.DEVICE_INFORMATION_SERVICE)]

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if characteristic == sig.FIRMWARE_REVISION:
            return list(self._on_firmware(sig.unpack_text(data), now_ns))
        if characteristic == wire.BATTERIES:
            return list(self._guarded(self._on_batteries(data)))
        if characteristic == wire.STATUS and self._state is State.STOPPING:
            self._enter(State.STOPPED)
        return []

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if characteristic != wire.SAMPLES or self._state not in _PACKETS_MAY_COME:
            return []
        return list(self._guarded(self._on_samples(data, now_ns)))

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        asked = "" if isinstance(intent, Drop) else intent.characteristic
        fault = Fault(FaultCode.LINK_REFUSED, f"{type(intent).__name__.lower()} {asked}: {reason}")
        if asked in _VITAL and self._state in (State.STARTING, State.STREAMING):
            return list(self._refuse(fault))
        if asked == sig.FIRMWARE_REVISION:
            return [FaultSeen(fault), *self._on_firmware("", now_ns)]
        return [FaultSeen(fault)]

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._link_gone()
        return []

    def on_stop(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._stop_wanted = True  # without a link now: the next hand-shake ends with it
        return list(self._stop()) if self._state in (State.STARTING, State.STREAMING) else []

    # -- hand-shake -------------------------------------------------------------------------------------------------

    def _on_firmware(self, firmware: str, now_ns: int) -> Iterator[Output]:
        if self._state is not State.FIRMWARE:
            return
        if self._stop_wanted:
            yield from self._stop()
            return
        self._enter(State.STARTING)
        yield LayoutSeen(self._layout(self._insole, Side.RIGHT, firmware))
        yield OfOther(LayoutSeen(self._layout(self.other_of(self._insole), Side.LEFT, firmware)))
        yield _order(wire.SET_TIME, wire.pack_time(now_ns))
        yield _order(wire.PROFILE, wire.FAST_PROFILE)
        yield Read(wire.BATTERIES, service=wire.INFO_SERVICE)
        yield Subscribe(wire.SAMPLES, service=wire.INFO_SERVICE)
        yield _order(wire.START, bytes([wire.Stream.FOOT]))

    def _stop(self) -> Iterator[Output]:
        self._enter(State.STOPPING)
        yield _order(wire.STOP, bytes([wire.Stream.FOOT]))
        yield Read(wire.STATUS, service=wire.INFO_SERVICE)  # answered after the order before it

    @staticmethod
    def _layout(insole: str, side: Side, firmware: str) -> Layout:
        cells = wire.cells(side)
        return Layout(
            insole=insole,
            side=side,
            cells=cells,
            unit=Unit.RAW,
            scale=1.0,
            rate_hz=1e9 / wire.NS_PER_ROW,
            calibration=Calibration.NONE,
            checksum=checksum(cells),
            model="Botz sensing system",
            firmware=firmware,
        )

    @staticmethod
    def _on_batteries(data: bytes) -> Iterator[Output]:
        right_pct, left_pct = wire.unpack_batteries(data)
        if right_pct:
            yield BatterySeen(right_pct)
        if left_pct:
            yield OfOther(BatterySeen(left_pct))

    # -- stream -----------------------------------------------------------------------------------------------------

    def _on_samples(self, data: bytes, now_ns: int) -> Iterator[Output]:
        samples = wire.unpack_samples(data)
        stamp_ns = self._uptime.at(samples.uptime_ms, now_ns) * wire.TICK_NS
        placed = self._grid.place(stamp_ns, 1, now_ns)
        if isinstance(placed, Fault):
            yield FaultSeen(placed)
            return
        first = self._state is State.STARTING
        if first:
            self._enter(State.STREAMING)
        yield self._rows(placed, samples.right, now_ns)
        for rows in self._left.rows_after(samples.left, self._rows(placed, samples.left, now_ns)):
            yield OfOther(rows)
        if not first:  # one packet proves nothing
            yield from self._tell_of_left(now_ns)

    def _rows(self, placed: Placed, foot: wire.Foot, now_ns: int) -> Rows:
        codes, not_measured = foot.row()
        return Rows(
            boot=placed.boot,
            seq=placed.seq,
            ticks=placed.ticks,
            tick_ns=self._grid.tick_ns,
            ns_per_row=self._grid.ns_per_row,
            codes=codes,
            not_measured=not_measured,
            arrived_ns=now_ns,
        )

    def _tell_of_left(self, now_ns: int) -> Iterator[Output]:
        state = LinkState.SILENT if self._left.stale else LinkState.STREAMING
        if state is self._left_told:
            return
        self._left_told = state
        yield OfOther(LinkChanged(state, now_ns))
        if state is LinkState.SILENT:
            detail = "the left shoe's values do not change: it is not measured until they do"
            yield OfOther(FaultSeen(Fault(FaultCode.LINK_SILENT, detail)))

    def _guarded(self, outputs: Iterator[Output]) -> Iterator[Output]:
        try:
            yield from outputs
        except UnderfootError as error:
            yield FaultSeen(error.fault)


def _order(characteristic: str, data: bytes) -> Write:
    return Write(characteristic, data, service=wire.CONTROL_SERVICE)
