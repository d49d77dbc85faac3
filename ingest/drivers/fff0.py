"""Driver of the generic 18-sensor insole with service FFF0 (`Left01_foot`, `Right01_foot`): lines of text.

Facts: jot143/fighter-man @aa23137 (2025-12), a reader of it. It has not met the hardware.

Written to FFF2: `begin` (subscribe first) and `end`. Notified by FFF1: `L_[[a,b,c,d],…]` and a line feed, six rows of
four numbers from the toes to the heel, split anywhere; six of the 24 have no sensor. 10 to 20 lines a second with one
decimal, 0 to 1000 and more, the ADC's own unit; codes here are tenths of it.
The places are the centres of the cells in that project's drawing of a right foot; that the left insole counts its
columns from the inner edge as well follows from the same six being empty.
No stamp, no number, no battery. So: rows are counted as they come, a line that cannot be read counts as one missing
row, one that never came does not; the period is measured over the first 40 lines of the first link and those are held
until then; times rest on arrivals (`ArrivalGrid`). Said to send only while it is loaded: the radio takes three seconds
of that for a dead link and makes it afresh, which cannot be told from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ingest.drivers.base import Advertisement, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.counting import ArrivalGrid
from ingest.drivers.places import cells_at
from ingest.drivers.plain import ROWS_MAY_COME, PlainDriver, State
from ingest.drivers.sig import sig_uuid
from ingest.wire.block import Codes
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side

SERVICE, DATA, COMMAND = sig_uuid(0xFFF0), sig_uuid(0xFFF1), sig_uuid(0xFFF2)
BEGIN, END = b"begin", b"end"
SCALE = 0.1
FULL_SCALE = 32767
LONGEST_LINE = 512  # 24 numbers of ten characters and their brackets take less
LINES_MEASURED = 40
_MOST_HELD = 8 * LINES_MEASURED
_SLOWEST_NS, _FASTEST_NS = 250_000_000, 5_000_000
_NS_PER_MS = 1_000_000
_NUMBERS = 24
_EMPTY = frozenset({8, 12, 16, 19, 20, 23})
_SENSORS = [index for index in range(_NUMBERS) if index not in _EMPTY]
_NAME = re.compile(r"(left|right)\d*_foot", re.IGNORECASE)
_SIDES = {"l": Side.LEFT, "r": Side.RIGHT}
_NUMBER = rb"\s*(\d{1,5}(?:\.\d{1,6})?)\s*"
_ROW = rb"\s*\[" + rb",".join([_NUMBER] * 4) + rb"\]\s*"
_LINE = re.compile(rb"([LR])_\[" + rb",".join([_ROW] * 6) + rb"\]\s*")

_BOX = (255.44, 790.13)  # of the drawing: x from the inner edge, y from the toes
_DRAWN = (
    (27, 75), (82, 70), (132, 75), (204, 90), (31, 212), (98, 212), (160, 215), (225, 220), (66, 343), (148, 347),
    (224, 348), (93, 468), (158, 472), (212, 475), (111, 593), (184, 597), (111, 730), (189, 730),
)  # fmt: skip
PLACES = tuple((x / _BOX[0], 1 - y / _BOX[1]) for x, y in _DRAWN)


def unpack_line(line: bytes) -> tuple[Side, Codes]:
    """The foot and one row of codes, int16, 1 × 18. :raises UnderfootError: FRAME_MALFORMED."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a line of {len(line)} bytes that is no row")
    side = _SIDES[match[1].decode().lower()]
    codes = [round(float(match[2 + index]) / SCALE) for index in _SENSORS]
    if max(codes) > FULL_SCALE:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a value of {max(codes) * SCALE:g}")
    return side, np.array([codes], dtype=np.int16)


class Lines:
    """Text that comes in pieces, as lines. Without a line feed in `LONGEST_LINE` bytes it is no text of ours."""

    def __init__(self) -> None:
        self._rest = b""
        self._torn = True  # the first line after a subscription may have begun before it

    def add(self, piece: bytes) -> Iterator[bytes | None]:
        """Every line that is whole now; None for one that was too long."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for line in whole:
            torn, self._torn = self._torn, False
            if len(line) > LONGEST_LINE:
                yield None
            elif line.strip() and not (torn and _LINE.fullmatch(line.strip()) is None):
                yield line
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._torn = b"", True
            yield None


class Pace:
    """The time from line to line, measured over the first of them; pauses and bursts of the radio are left out."""

    def __init__(self) -> None:
        self._latest_ns: int | None = None
        self._intervals_ns: list[int] = []

    def add(self, now_ns: int) -> int | None:
        """A line came; ns a row in whole ms once that is known."""
        if self._latest_ns is not None and 0 <= now_ns - self._latest_ns <= _SLOWEST_NS:
            self._intervals_ns.append(now_ns - self._latest_ns)
        self._latest_ns = now_ns
        if len(self._intervals_ns) < LINES_MEASURED:
            return None
        mean_ns = max(_FASTEST_NS, sum(self._intervals_ns) // len(self._intervals_ns))
        return max(1, round(mean_ns / _NS_PER_MS)) * _NS_PER_MS

    def interrupted(self) -> None:
        """A new link: the time to its first line is no interval."""
        self._latest_ns = None


class Fff0Driver(PlainDriver):
    """One insole across links. `side` set: it overrules what its lines say."""

    name: ClassVar[str] = "fff0"
    model: ClassVar[str] = "FFF0 18-sensor insole"
    vital: ClassVar[frozenset[str]] = frozenset({DATA, COMMAND})

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(insole, side)
        self._lines = Lines()
        self._pace = Pace()
        self._grid: ArrivalGrid | None = None
        self._held: list[tuple[Codes | None, int]] = []
        self._described = False
        self._says: Side | None = None

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its name: others have the service FFF0 too."""
        named = _NAME.fullmatch(heard.name or "")
        if named is None:
            return None
        return Recognised(driver=Fff0Driver.name, model=Fff0Driver.model, side=_SIDES[named[1][0].lower()])

    def _greet(self, now_ns: int) -> Iterator[Output]:
        self._lines = Lines()
        self._pace.interrupted()
        self._held.clear()
        self._described, self._says = False, None
        if self._grid is not None:
            self._grid.begin(now_ns)
        yield from self._ask_identity()

    def _answer(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        if self._state is State.STOPPING and characteristic == DATA:
            self._halted()
        yield from ()

    def _start(self, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        yield Subscribe(DATA)
        yield Write(COMMAND, BEGIN)

    def _halt(self) -> Iterator[Output]:
        yield Write(COMMAND, END)
        yield Read(DATA)  # it confirms nothing; that this is carried out shows that the write was

    def _notice(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic != DATA or self._state not in ROWS_MAY_COME:
            return
        broken: UnderfootError | None = None
        for line in self._lines.add(data):
            try:
                yield from self._on_line(line, now_ns)
            except UnderfootError as error:
                broken = error  # the lines after it are none the worse
                yield from self._place(None, now_ns)
        if broken is not None:
            raise broken

    def _on_line(self, line: bytes | None, now_ns: int) -> Iterator[Output]:
        if line is None:
            raise UnderfootError(FaultCode.FRAME_MALFORMED, f"more than {LONGEST_LINE} bytes without a line feed")
        side, codes = unpack_line(line)
        if self._says not in (None, side):
            raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a line of the {side} foot from the {self._says} one")
        self._says = side
        if self._grid is None:
            period_ns = self._pace.add(now_ns)
            if period_ns is not None:
                self._grid = ArrivalGrid(period_ns)
                self._grid.begin(self._held[0][1] if self._held else now_ns)
        if self._grid is not None and not self._described:
            self._described = True
            cells = cells_at(PLACES, FULL_SCALE)
            yield self._layout(self._side(side), cells, self._grid.ns_per_row, scale=SCALE)
            held, self._held = self._held, []
            for earlier, came_ns in held:
                yield from self._place(earlier, came_ns)
        yield from self._place(codes, now_ns)

    def _place(self, codes: Codes | None, came_ns: int) -> Iterator[Output]:
        """A row, or one that could not be read; held while the period is not known."""
        if self._grid is None:
            self._held.append((codes, came_ns))
            if len(self._held) > _MOST_HELD:
                yield from self._refuse(Fault(FaultCode.LINK_REFUSED, "lines too far apart to tell their rate"))
        elif codes is None:
            self._grid.skip(1)
        else:
            placed = self._grid.place(1, came_ns)
            yield self._rows(
                placed, codes, tick_ns=self._grid.tick_ns, ns_per_row=self._grid.ns_per_row, now_ns=came_ns
            )
