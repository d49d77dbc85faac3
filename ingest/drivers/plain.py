"""The life of a driver whose insole confirms little: what those of other makers have in common.

GREETING collects answers; when the last one is in, the stream is asked for (STARTING), and the first row is the proof
that it runs (STREAMING). Subscribed but silent therefore never counts as streaming: the radio's watchdog makes the link
afresh. Nothing of a link is taken for granted on the next one, because these insoles forget their settings with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import ClassVar

from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Intent, Output, Read, Recognised, Subscribe
from ingest.drivers.counting import Placed
from ingest.drivers.handshake import HandShake
from ingest.events import BatterySeen, FaultSeen, LayoutSeen, Rows
from ingest.wire.block import Codes
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Cell, Side, Unit, checksum
from ingest.wire.messages import Layout


class State(Enum):
    """Where the hand-shake stands on the present link."""

    IDLE = "idle"
    GREETING = "greeting"
    STARTING = "starting"
    STREAMING = "streaming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REFUSED = "refused"


_ALWAYS = {State.IDLE, State.REFUSED}
TRANSITIONS: dict[State, set[State]] = {
    State.IDLE: {State.GREETING},
    State.GREETING: {State.STARTING, State.STOPPING} | _ALWAYS,
    State.STARTING: {State.STREAMING, State.STOPPING} | _ALWAYS,
    State.STREAMING: {State.STOPPING} | _ALWAYS,
    State.STOPPING: {State.STOPPED} | _ALWAYS,
    State.STOPPED: {State.IDLE},
    State.REFUSED: {State.IDLE},
}
ROWS_MAY_COME = {State.STARTING, State.STREAMING, State.STOPPING}


class PlainDriver(HandShake[State], ABC):
    """What is left to a driver: what to ask, how answers and notifications read, how to start and to stop."""

    name: ClassVar[str]
    model: ClassVar[str]
    use_start_notify: ClassVar[bool] = True
    vital: ClassVar[frozenset[str]]  # characteristics without which there is no stream

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(State, TRANSITIONS)
        self._insole = insole
        self._told_side = side
        self._awaited: set[str] = set()
        self._stop_wanted = False
        self._model_number = self._firmware = ""

    @staticmethod
    @abstractmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """As `Driver.recognise`."""

    @abstractmethod
    def _greet(self, now_ns: int) -> Iterator[Output]:
        """A new link: forget the last one, put what has to be answered into `_awaited`, and ask."""

    @abstractmethod
    def _answer(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        """What was read of a characteristic of the insole's own. :raises UnderfootError: it makes no sense."""

    @abstractmethod
    def _notice(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        """A notification of the insole's own. :raises UnderfootError: the rest of it makes no sense."""

    @abstractmethod
    def _start(self, now_ns: int) -> Iterator[Output]:
        """Everything has been answered: tell the layout, set the clock, ask for rows. :raises UnderfootError: as is."""

    @abstractmethod
    def _halt(self) -> Iterator[Output]:
        """End the stream; what shows that it has ended calls `_halted`."""

    # -- what the radio tells ---------------------------------------------------------------------------------------

    def on_connected(self, now_ns: int) -> Iterable[Output]:
        self._begin(State.GREETING)
        self._awaited.clear()
        return list(self._greet(now_ns))

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if self._state in (State.IDLE, State.REFUSED):
            return []
        try:
            return list(self._on_read(characteristic, data, now_ns))
        except UnderfootError as error:
            if self._state is State.GREETING and characteristic in self.vital:
                return list(self._refuse(error.fault))
            return [FaultSeen(error.fault), *self._settled(characteristic, now_ns)]

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if self._state in (State.IDLE, State.REFUSED):
            return []
        outputs: list[Output] = []
        notice = self._on_battery(data) if characteristic == sig.BATTERY_LEVEL else None
        try:
            for output in notice or self._notice(characteristic, data, now_ns):
                outputs.append(output)  # noqa: PERF402 - what came before the error stands
        except UnderfootError as error:
            outputs.append(FaultSeen(error.fault))
        return outputs

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        asked = "" if isinstance(intent, Drop) else intent.characteristic
        fault = Fault(FaultCode.LINK_REFUSED, f"{type(intent).__name__.lower()} {asked}: {reason}")
        if self._state in (State.IDLE, State.REFUSED):
            return []
        if asked in self.vital and self._state is State.STOPPING:
            self._halted()  # an end that cannot be confirmed is not waited for
        elif asked in self.vital:
            return list(self._refuse(fault))
        return [FaultSeen(fault), *self._settled(asked, now_ns)]

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._link_gone()
        return []

    def on_stop(self, now_ns: int) -> Iterable[Output]:  # noqa: ARG002 - the time is part of the interface
        self._stop_wanted = True  # without a link now: the next hand-shake ends with the stop
        if self._state not in (State.STARTING, State.STREAMING):
            return []
        self._enter(State.STOPPING)
        return list(self._halt())

    # -- for the drivers --------------------------------------------------------------------------------------------

    def _ask_identity(self) -> Iterator[Output]:
        """Model, firmware and battery, none of which is vital; the first two are awaited."""
        self._awaited |= {sig.MODEL_NUMBER, sig.FIRMWARE_REVISION}
        yield Read(sig.MODEL_NUMBER)
        yield Read(sig.FIRMWARE_REVISION)
        yield Read(sig.BATTERY_LEVEL)
        yield Subscribe(sig.BATTERY_LEVEL)

    def _settled(self, answer: str, now_ns: int) -> Iterator[Output]:
        """An answer is in, or will not come; after the last one the stream is asked for."""
        if self._state is not State.GREETING or answer not in self._awaited:
            return
        self._awaited.discard(answer)
        if self._awaited:
            return
        if self._stop_wanted:
            self._enter(State.STOPPING)
            yield from self._halt()
            return
        self._enter(State.STARTING)
        try:
            yield from self._start(now_ns)
        except UnderfootError as error:
            yield from self._refuse(error.fault)

    def _halted(self) -> None:
        if self._state is State.STOPPING:
            self._enter(State.STOPPED)

    def _side(self, of_insole: Side | None) -> Side:
        """:raises UnderfootError: SIDE_UNKNOWN."""
        side = self._told_side or of_insole
        if side is None:
            raise UnderfootError(FaultCode.SIDE_UNKNOWN, self._insole)
        return side

    def _layout(self, side: Side, cells: tuple[Cell, ...], ns_per_row: int, *, scale: float = 1.0) -> LayoutSeen:
        return LayoutSeen(
            Layout(
                insole=self._insole,
                side=side,
                cells=cells,
                unit=Unit.RAW,
                scale=scale,
                rate_hz=1e9 / ns_per_row,
                calibration=Calibration.NONE,
                checksum=checksum(cells),
                model=self._model_number or self.model,
                firmware=self._firmware,
            )
        )

    def _rows(self, placed: Placed, codes: Codes, *, tick_ns: int, ns_per_row: int, now_ns: int) -> Rows:
        """The rows; the first of a link are the proof that it streams."""
        if self._state is State.STARTING:
            self._enter(State.STREAMING)
        return Rows(
            boot=placed.boot,
            seq=placed.seq,
            ticks=placed.ticks,
            tick_ns=tick_ns,
            ns_per_row=ns_per_row,
            codes=codes,
            arrived_ns=now_ns,
        )

    # -- within -----------------------------------------------------------------------------------------------------

    def _on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic == sig.BATTERY_LEVEL:
            yield from self._on_battery(data)
        elif characteristic == sig.MODEL_NUMBER:
            self._model_number = sig.unpack_text(data)
        elif characteristic == sig.FIRMWARE_REVISION:
            self._firmware = sig.unpack_text(data)
        else:
            yield from self._answer(characteristic, data, now_ns)
        yield from self._settled(characteristic, now_ns)

    @staticmethod
    def _on_battery(data: bytes) -> Iterator[Output]:
        yield BatterySeen(sig.unpack_battery(data))
