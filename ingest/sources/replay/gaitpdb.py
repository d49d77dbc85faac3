"""PhysioNet gaitpdb 1.0.0 text: 19 columns: time s, 8 cells left N, 8 cells right N, total left, total right."""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ingest.sources.replay.recording import TICK_NS, Recording, Track
from ingest.sources.replay.table import fixed_point
from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout

COLUMNS = 19
STEP_N = 0.11  # every value of the data set is a whole multiple of it
_DECIMALS = 4
_ONE = 10**_DECIMALS
_STEP = round(STEP_N * _ONE)
_CODE_MAX = 32_767
_MADE_OF = {Side.LEFT: slice(1, 9), Side.RIGHT: slice(9, 17)}
_TOTAL_SLACK = round(0.02 * _ONE)  # totals are sums of two-decimal numbers

# format.txt of the data set: x 300…700 outwards from between the legs, y −800…800 from heel to toe, arbitrary units
_PLACES = (
    ("heel", Zone.REARFOOT, 500, -800),
    ("rear_lateral", Zone.REARFOOT, 700, -400),
    ("rear_medial", Zone.REARFOOT, 300, -400),
    ("mid_lateral", Zone.MIDFOOT, 700, 0),
    ("mid_medial", Zone.MIDFOOT, 300, 0),
    ("forefoot_lateral", Zone.FOREFOOT, 700, 400),
    ("forefoot_medial", Zone.FOREFOOT, 300, 400),
    ("toe", Zone.FOREFOOT, 500, 800),
)
CELLS = tuple(
    Cell(area=area, zone=zone, x=(x - 100) / 800, y=(y + 1000) / 2000, full_scale=_CODE_MAX)
    for area, zone, x, y in _PLACES
)


def recognise(head: bytes) -> bool:
    """Whether one of the first lines is 19 numbers."""
    for line in head[:4096].splitlines()[:5]:
        words = line.split()
        if len(words) == COLUMNS and all(_number(word) is not None for word in words[:2]):
            return True
    return False


def read(text: bytes, name: str, start_t_ns: int, faults: FaultBook) -> Recording:
    """The recording; `faults` gets what was left out."""
    numbers = fixed_point(text, COLUMNS, _DECIMALS)
    rows: NDArray[np.int64] | None = None
    if numbers is None:
        rows, numbers = _line_by_line(text, faults)
    rows, numbers = _forwards(rows, numbers, faults)
    values = numbers[:, 1:17]
    step, notes = _step_of(values)
    ticks = (numbers[:, 0] - numbers[:1, 0]) * (100_000 // TICK_NS)
    codes = (values // step if step == _STEP else np.rint(values / step)).astype(np.int16)
    return Recording(
        name=name,
        layouts={side: _layout(name, side, step / _ONE) for side in Side},
        tracks={
            side: Track(seq=rows, ticks=ticks, codes=np.ascontiguousarray(codes[:, _columns(side)])) for side in Side
        },
        start_t_ns=start_t_ns,
        faults=faults,
        notes=notes,
    )


def _columns(side: Side) -> slice:
    made_of = _MADE_OF[side]
    return slice(made_of.start - 1, made_of.stop - 1)


def _step_of(values: NDArray[np.int64]) -> tuple[float, tuple[str, ...]]:
    largest = int(np.abs(values).max(initial=0))
    if not (values % _STEP).any() and largest <= _CODE_MAX * _STEP:
        return _STEP, ()
    step = max(largest / _CODE_MAX, _STEP / 10)
    return step, (f"values are no multiples of {STEP_N} N; they were rounded to steps of {step / _ONE:.4g} N",)


def _layout(name: str, side: Side, scale: float) -> Layout:
    return Layout(
        insole=f"gaitpdb:{name}:{side}",
        side=side,
        cells=CELLS,
        unit=Unit.NEWTON,
        scale=scale,
        rate_hz=100.0,
        calibration=Calibration.MAKER,
        checksum=checksum(CELLS),
        model="Ultraflex (gaitpdb)",
    )


def _forwards(
    rows: NDArray[np.int64] | None, numbers: NDArray[np.int64], faults: FaultBook
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Without the rows whose time does not lie after every time before them."""
    if rows is None:
        rows = np.arange(len(numbers), dtype=np.int64)
    times = numbers[:, 0]
    if (np.diff(times) > 0).all():
        return rows, numbers
    latest = np.maximum.accumulate(times)
    good = np.concatenate(([True], times[1:] > latest[:-1]))
    first = int(np.flatnonzero(~good)[0])
    detail = f"row {int(rows[first]) + 1}: {times[first] / _ONE} s after {latest[first - 1] / _ONE} s"
    faults.note(Fault(FaultCode.TIME_BACKWARDS, detail), int((~good).sum()))
    return rows[good], numbers[good]


def _line_by_line(text: bytes, faults: FaultBook) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    whole = text.endswith(b"\n")
    lines = text.rstrip(b"\r\n").split(b"\n")
    kept: list[int] = []
    made: list[list[int]] = []
    for place, line in enumerate(lines):
        got = _row(line, last=not whole and place == len(lines) - 1)
        if isinstance(got, FaultCode):
            faults.note(Fault(got, f"line {place + 1}"))
        else:
            kept.append(place)
            made.append(got)
    return np.array(kept, dtype=np.int64), np.array(made, dtype=np.int64).reshape(-1, COLUMNS)


def _row(line: bytes, last: bool) -> list[int] | FaultCode:
    """Numbers times 10**4; `last`: no line end follows, so the line may be cut anywhere, in its last number as well."""
    words = line.split(b"\t") if b"\t" in line else line.split()
    if len(words) != COLUMNS:
        return FaultCode.FILE_TORN_LINE if last else FaultCode.FILE_COLUMNS
    numbers = [_number(word) for word in words]
    if any(number is None for number in numbers):
        return FaultCode.FILE_TORN_LINE if last and None not in numbers[:-1] else FaultCode.FILE_NOT_A_NUMBER
    fixed = [round(number * _ONE) for number in numbers if number is not None]
    if last and abs(sum(fixed[9:17]) - fixed[18]) > _TOTAL_SLACK:
        return FaultCode.FILE_TORN_LINE
    return fixed


def _number(word: bytes) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if isfinite(number) and abs(number) < 1e9 and b"_" not in word else None
