"""The rows of a walk on the even grid that EDF needs, as digital numbers. Pure.

EDF knows one rate a signal. Each slot of the nominal rate takes the row nearest to it in time; no value is made up in
between. A slot without a row, and a cell that was not measured, has the lowest number there is: `NOT_MEASURED`, which
no measured value ever has. The file is continuous (EDF+C): edfio writes no discontinuous ones, so a stretch without
rows is filled with that number and has an annotation.

Totals: Σ code × weight in N where both insoles know newton; the feet's shares of their sum in percent where both have
one and the same unit and scale; none otherwise. A slot in which any cell is not measured has no total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale

NOT_MEASURED = -32768
_HIGHEST = 32767
_S = 10**9
_LONGEST_S = 24 * 3600  # it is held in memory: 2 bytes a slot and cell
_LONGEST_RECORD_S = 60
_SHARE_STEP = 0.01

Digital = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signal:
    """`step`: what one digital number is in `unit`."""

    label: str
    unit: str
    step: float
    rate_hz: float
    digital: Digital
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """At `onset_s` of the file; `duration_s` None: a moment."""

    onset_s: float
    duration_s: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signals:
    """`rows`: put into the grid; `odd_rows`: left out, their cells or scale are not the layout's."""

    person: str
    start_t_ns: int  # a whole second
    record_s: int
    signals: tuple[Signal, ...]
    notes: tuple[Note, ...]
    slots: int
    rows: Mapping[Side, int]
    odd_rows: int

    def words(self) -> str:
        taken = ", ".join(f"{side} {rows} rows" for side, rows in self.rows.items())
        odd = f", {self.odd_rows} rows of another layout left out" if self.odd_rows else ""
        return f"{self.slots} slots of the file take {taken}{odd}; the lowest number of a signal is not measured"


@dataclass(slots=True, eq=False)
class _Foot:
    layout: Layout
    rate_hz: float
    codes: Digital  # slots × cells
    rows: int = 0
    notes: list[Note] = field(default_factory=list)


def signals_of(
    person: str,
    span_t_ns: tuple[int, int],
    layouts: Sequence[Layout],
    blocks: Iterable[Block],
    alerts: Iterable[Alert] = (),
) -> Signals:
    """`span_t_ns`: time of the first row, and of the one due after the last. A foot's first layout describes it.

    :raises UnderfootError: NOTHING_STORED without a layout, ENTRY_REFUSED for more than a day.
    """
    first = {layout.side: layout for layout in reversed(layouts) if layout.cells and layout.rate_hz > 0}
    if not first:
        raise UnderfootError(FaultCode.NOTHING_STORED, "no insole has described its cells")
    start_t_ns = span_t_ns[0] // _S * _S
    if span_t_ns[1] - start_t_ns > _LONGEST_S * _S:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "an EDF file holds a walk of a day at most")
    record_s = _record_s([each.rate_hz for each in first.values()])
    records = max(1, ceil((span_t_ns[1] - start_t_ns) / (record_s * _S)))
    feet = {side: _foot(first[side], record_s, records) for side in Side if side in first}
    odd = 0
    for block in blocks:
        foot = feet.get(block.side)
        if foot is None or not _fits(block, foot.layout):
            odd += block.rows
        else:
            _place(foot, block, start_t_ns)
    for side, foot in feet.items():
        foot.notes += _silences(side, foot)
    made = [signal for side, foot in feet.items() for signal in _cells(side, foot)]
    told = [note for foot in feet.values() for note in foot.notes] + [_alert(each, start_t_ns) for each in alerts]
    return Signals(
        person=person,
        start_t_ns=start_t_ns,
        record_s=record_s,
        signals=(*made, *_totals(feet)),
        notes=tuple(sorted(told, key=lambda each: (each.onset_s, each.text))),
        slots=sum(len(foot.codes) for foot in feet.values()),
        rows={side: foot.rows for side, foot in feet.items()},
        odd_rows=odd,
    )


def _record_s(rates: Sequence[float]) -> int:
    """Whole seconds that hold a whole number of slots of every rate; the longest there may be where none does."""
    fits = (s for s in range(1, _LONGEST_RECORD_S) if all(abs(rate * s - round(rate * s)) < 1e-6 for rate in rates))
    return next(fits, _LONGEST_RECORD_S)


def _foot(layout: Layout, record_s: int, records: int) -> _Foot:
    in_record = max(1, round(layout.rate_hz * record_s))
    codes = np.full((in_record * records, len(layout.cells)), NOT_MEASURED, dtype=np.int16)
    return _Foot(layout, in_record / record_s, codes)


def _fits(block: Block, layout: Layout) -> bool:
    return (block.cells, block.unit, block.scale) == (len(layout.cells), layout.unit, layout.scale)


def _place(foot: _Foot, block: Block, start_t_ns: int) -> None:
    """From half a slot before its first row to half a slot before its end, each slot takes the nearest row."""
    slot_ns = _S / foot.rate_hz
    at_ns, end_ns = block.t_ns - start_t_ns, block.end_t_ns - start_t_ns
    if block.lost_before and block.lost_reason is not None:
        lost_s = block.lost_before * block.ns_per_row / _S
        text = f"{block.side} foot: {block.lost_before} rows lost, {block.lost_reason}"
        foot.notes.append(Note(onset_s=max(0.0, at_ns / _S - lost_s), duration_s=lost_s, text=text))
    slots = np.arange(max(0, ceil(at_ns / slot_ns - 0.5)), min(len(foot.codes), ceil(end_ns / slot_ns - 0.5)))
    if not slots.size:
        return
    nearest = np.clip(np.rint((slots * slot_ns - at_ns) / block.ns_per_row).astype(np.int64), 0, block.rows - 1)
    taken = np.maximum(block.codes[nearest], NOT_MEASURED + 1)  # the lowest number says something else
    missing = [at for at in range(block.cells) if block.not_measured >> at & 1]
    taken[:, missing] = NOT_MEASURED
    foot.codes[slots] = taken
    foot.rows += int(np.unique(nearest).size)


def _silences(side: Side, foot: _Foot) -> list[Note]:
    """Stretches in which the foot, or single cells of it, were not measured."""
    lacks = foot.codes == NOT_MEASURED
    whole = lacks.all(axis=1)
    found = [_silence(side, "", run, foot.rate_hz) for run in _runs(whole)]
    for at in range(lacks.shape[1]):
        name = f" cell {at} ({foot.layout.cells[at].area})"
        found += [_silence(side, name, run, foot.rate_hz) for run in _runs(lacks[:, at] & ~whole)]
    return found


def _silence(side: Side, name: str, run: tuple[int, int], rate_hz: float) -> Note:
    begins, ends = run
    return Note(onset_s=begins / rate_hz, duration_s=(ends - begins) / rate_hz, text=f"{side} foot{name}: not measured")


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _cells(side: Side, foot: _Foot) -> list[Signal]:
    known = foot.layout.calibration not in (Calibration.NONE, Calibration.ZERO)
    unit, step = (str(foot.layout.unit), foot.layout.scale) if known else ("raw", 1.0)
    return [
        Signal(
            label=f"{side.value[0].upper()}{at:02d} {cell.region or cell.area}",
            unit=unit,
            step=step,
            rate_hz=foot.rate_hz,
            digital=np.ascontiguousarray(foot.codes[:, at]),
            about=f"{cell.area}; calibration {foot.layout.calibration}",
        )
        for at, cell in enumerate(foot.layout.cells)
    ]


def _totals(feet: Mapping[Side, _Foot]) -> list[Signal]:
    scales = {side: LoadScale.of(foot.layout) for side, foot in feet.items()}
    in_newton = {side: scale.newton_per_unit for side, scale in scales.items() if scale.newton_per_unit is not None}
    loads = {side: _load(foot, scales[side]) for side, foot in feet.items()}
    if len(in_newton) == len(feet):
        return [_total(side, feet[side], load, in_newton[side]) for side, load in loads.items()]
    alike = {(foot.layout.unit, foot.layout.scale, len(foot.codes)) for foot in feet.values()}
    if len(feet) < len(Side) or len(alike) > 1 or in_newton:
        return []
    return _shares(feet, loads)


def _load(foot: _Foot, scale: LoadScale) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Σ code × weight of every slot, and in which of them all cells are measured."""
    whole = (foot.codes != NOT_MEASURED).all(axis=1)
    return foot.codes.astype(np.int64) @ scale.weights, whole


def _total(
    side: Side, foot: _Foot, load: tuple[NDArray[np.int64], NDArray[np.bool_]], newton_per_unit: float
) -> Signal:
    newton = load[0] * newton_per_unit
    peak = float(np.abs(newton[load[1]]).max(initial=0.0))
    step = max(0.001, ceil(1000 * peak / _HIGHEST) / 1000)
    digital = np.where(load[1], np.rint(newton / step), NOT_MEASURED).astype(np.int16)
    about = f"all cells of the foot; calibration {foot.layout.calibration}"
    return Signal(label=f"{side.value} total", unit="N", step=step, rate_hz=foot.rate_hz, digital=digital, about=about)


def _shares(
    feet: Mapping[Side, _Foot], loads: Mapping[Side, tuple[NDArray[np.int64], NDArray[np.bool_]]]
) -> list[Signal]:
    both = loads[Side.LEFT][0] + loads[Side.RIGHT][0]
    known = loads[Side.LEFT][1] & loads[Side.RIGHT][1] & (both > 0)
    made = []
    for side, foot in feet.items():
        share = np.divide(100.0 * loads[side][0], both, out=np.zeros(len(both)), where=known)
        in_range = known & (np.abs(share) < _HIGHEST * _SHARE_STEP)
        digital = np.where(in_range, np.rint(share / _SHARE_STEP), NOT_MEASURED).astype(np.int16)
        about = "share of both feet; the scale is not known in newton"
        label = f"{side.value} share"
        made.append(Signal(label=label, unit="%", step=_SHARE_STEP, rate_hz=foot.rate_hz, digital=digital, about=about))
    return made


def _alert(alert: Alert, start_t_ns: int) -> Note:
    foot = f" {alert.side}" if alert.side is not None else ""
    onset_s = max(0.0, (alert.raised_t_ns - start_t_ns) / _S)
    return Note(onset_s=onset_s, duration_s=None, text=f"alert {alert.rule}{foot}, {alert.level}: {alert.text}")
