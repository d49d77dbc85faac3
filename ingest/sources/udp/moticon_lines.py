"""Datagrams of the Moticon OpenGo desktop app to rows. Pure.

51 ASCII numbers apart by white space: time; left acceleration 1–3, angular rate 4–6, centre of pressure 7–8, pressures
9–24, total force 25; the same of the right foot 26–50. 100 Hz. Facts: maximyudayev/hermes-moticon@cdfcb91, ielmakri/
PhysioSense, moticon.com/de/realtime-foot-pressure-mapping. This reader has not met the app.
Decided without knowing: time is in seconds and pressures are in N/cm², both as in the app's text export. Codes are
tenths of a kPa (0.01 N/cm²). There is no row number: it is the time over 10 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np

from ingest.drivers.counting import Placed, RowGrid
from ingest.events import Rows
from ingest.sources.replay.moticon import cells_of
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit, checksum
from ingest.wire.messages import Layout

WORDS = 51
NS_PER_ROW = 10_000_000
TICK_NS = 1_000_000
SCALE_KPA = 0.1

_FIRST_PRESSURE = {Side.LEFT: 9, Side.RIGHT: 34}
_CELLS = 16
_CODES_PER_N_CM2 = 100
_CODE_MAX = 32_767
_LONGEST_S = 1e9


@dataclass(frozen=True, slots=True)
class Line:
    """`pressures`: codes of each foot's cells, None where a cell is not measured."""

    time_s: float
    pressures: dict[Side, tuple[int | None, ...]]


def read_line(data: bytes) -> Line:
    """:raises UnderfootError: FRAME_MALFORMED."""
    text = data.decode("ascii", "replace").strip("\r\n\0 ")
    words = [word.strip() for word in text.split("\t")] if "\t" in text else text.split()  # a tab keeps a blank's place
    if len(words) != WORDS:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a datagram of {len(words)} numbers, {WORDS} are due")
    time_s = _number(words[0])
    if time_s is None or not 0 <= time_s < _LONGEST_S:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"time {words[0][:20]!r} in a datagram")
    pressures = {side: tuple(map(_code, words[first : first + _CELLS])) for side, first in _FIRST_PRESSURE.items()}
    return Line(time_s, pressures)


class RowMaker:
    """Rows of both feet, in a boot of their own for as long as the app's time goes on."""

    def __init__(self, now_ns: int) -> None:
        self._grid = RowGrid(NS_PER_ROW, TICK_NS)
        self._grid.begin(now_ns)

    def rows(self, line: Line, now_ns: int) -> dict[Side, Rows] | Fault:
        """A foot none of whose cells is measured is left out."""
        placed = self._grid.place(round(line.time_s * 1000) * TICK_NS, 1, now_ns)
        if isinstance(placed, Fault):
            return placed
        return {
            side: _rows(placed, codes, now_ns)
            for side, codes in line.pressures.items()
            if any(code is not None for code in codes)
        }


def layout_of(insole: str, side: Side) -> Layout:
    cells = cells_of(side)
    return Layout(
        insole=insole,
        side=side,
        cells=cells,
        unit=Unit.KILOPASCAL,
        scale=SCALE_KPA,
        rate_hz=1e9 / NS_PER_ROW,
        calibration=Calibration.MAKER,
        checksum=checksum(cells),
        model="Moticon OpenGo",
    )


def _rows(placed: Placed, codes: tuple[int | None, ...], now_ns: int) -> Rows:
    return Rows(
        boot=placed.boot,
        seq=placed.seq,
        ticks=placed.ticks,
        tick_ns=TICK_NS,
        ns_per_row=NS_PER_ROW,
        codes=np.array([[code or 0 for code in codes]], dtype=np.int16),
        not_measured=sum(1 << cell for cell, code in enumerate(codes) if code is None),
        arrived_ns=now_ns,
    )


def _code(word: str) -> int | None:
    """:raises UnderfootError: FRAME_MALFORMED for what is neither a pressure nor the word for none."""
    value = _number(word) if word else None
    if value is None:
        if word and not _is_nan(word):
            raise UnderfootError(FaultCode.FRAME_MALFORMED, f"pressure {word[:20]!r} in a datagram")
        return None
    code = round(value * _CODES_PER_N_CM2)
    if not 0 <= code <= _CODE_MAX:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"pressure {word[:20]!r} in a datagram")
    return code


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in word else None  # Python alone reads 1_0 as ten


def _is_nan(word: str) -> bool:
    try:
        return isnan(float(word))
    except ValueError:
        return False
