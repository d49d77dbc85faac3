"""A stored walk as frames: both feet 25 times a second, each with the place of its centre of pressure. Pure.

A frame shows the latest row that is not older than 1.5 rows; nothing is made up in between, so a gap stays one. Level =
254 × load of the cell / the largest load of any cell in the walk, in the unit that its calibration allows (`shown`);
255: not measured. Cells that were found unfit in the walk are not measured in any frame.

CoPx = Σ xᵢ Fᵢ / Σ Fᵢ, CoPy = Σ yᵢ Fᵢ / Σ Fᵢ over the cells that are measured and fit, while the foot carries at least
max(40 N, 5 % of the body's weight), without newton 10 % of the P95 of its load in the walk (clinical basis 1.3, as
`processing.metrics.centre_of_pressure`); else there is none. In 1/254 of the insole; 255: none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.calibration import CalibrationVersion, Correction
from processing.metrics.centre_of_pressure import in_parts, least_load, moment_arms
from processing.metrics.load import LoadScale
from processing.metrics.masks import lacking
from processing.metrics.rows import cells_in, load_of, masks_of, times_of
from processing.metrics.signal import Bools, FootSignal, Ints
from underfoot.shown import Factors, ShownUnit, shown

Bytes = NDArray[np.uint8]

FRAME_NS = 40_000_000
TOP = 254
NOT_MEASURED = 255
_AT_ONCE = 256  # blocks: one by one, most of the time would go into the calls
REACH_NS = 2 * 10**9  # before the first frame of a stretch: its rows may lie so far back


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmedFoot:
    """`layout` describes the corrected rows. `peak`: the load of a cell that is level 254, in `unit`.

    `gaps`: stretches (UTC, up to) without rows, in order; `unfit`: mask of the cells that were found unfit.
    """

    layout: Layout
    correction: Correction | None
    unfit: int
    unit: ShownUnit
    factors: Factors
    scale: LoadScale
    peak: float
    least: float  # load from which on there is a centre of pressure
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """What the frames of a walk rest on; a foot without a layout is not in it. `end_t_ns`: after its last row."""

    start_t_ns: int
    end_t_ns: int
    feet: Mapping[Side, FilmedFoot]

    @property
    def frames(self) -> int:
        return -(-(self.end_t_ns - self.start_t_ns) // FRAME_NS)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """`levels`: n × cells, `x`, `y`: n."""

    levels: Bytes
    x: Bytes
    y: Bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    t_ns: Ints
    ns_per_row: Ints
    codes: NDArray[np.int16]
    lacking: Bools


def film_of(
    start_t_ns: int,
    end_t_ns: int,
    layouts: Iterable[Layout],
    blocks: Iterable[Block],
    version: CalibrationVersion | None = None,
    unfit: Mapping[Side, int] | None = None,
) -> Film:
    """Seen once from end to end. A foot's first layout decides, as in the pipeline.

    :raises UnderfootError: STORE_DAMAGED when the calibration does not fit the cells it names.
    """
    given: dict[Side, Layout] = {}
    for layout in layouts:
        given.setdefault(layout.side, layout)
    seen = {side: _Seen(layout, version, (unfit or {}).get(side, 0)) for side, layout in given.items()}
    for block in blocks:
        if block.side in seen:
            seen[block.side].add(block)
    for each in seen.values():
        each.look()
    units = {each.unit for each in seen.values()}
    peak = max((each.peak for each in seen.values()), default=0.0) if len(units) == 1 else None
    weight_kg = version.weight_kg if version else None
    feet = {side: each.foot(start_t_ns, end_t_ns, peak, weight_kg) for side, each in seen.items()}
    return Film(start_t_ns=start_t_ns, end_t_ns=end_t_ns, feet=feet)


def frames_of(film: Film, blocks: Iterable[Block], first: int, count: int) -> dict[Side, Frames]:
    """Frames `first … first + count - 1` of each foot that is in the film.

    `blocks`: at least those that reach into the time from `REACH_NS` before the first frame up to the last one.
    """
    held: dict[Side, list[Block]] = {side: [] for side in film.feet}
    for block in blocks:
        if block.side in held:
            held[block.side].append(block)
    times = film.start_t_ns + np.arange(first, first + count, dtype=np.int64) * FRAME_NS
    return {side: _frames(foot, held[side], times) for side, foot in film.feet.items()}


class _Seen:
    """One foot while the walk is seen."""

    def __init__(self, given: Layout, version: CalibrationVersion | None, unfit: int) -> None:
        self.given = given
        self.correction = Correction.of(given, version)
        self.layout = given if self.correction is None else self.correction.layout
        self.unfit = unfit
        self.shown = shown(self.layout)
        self.unit = self.shown.cell_unit
        self.scale = LoadScale.of(self.layout)
        self.peak = 0.0
        self._waiting: list[Block] = []
        self._loads: list[Ints] = [np.zeros(0, dtype=np.int64)]
        self._spans: list[tuple[int, int, int]] = []

    def add(self, block: Block) -> None:
        self._waiting.append(block)
        if len(self._waiting) == _AT_ONCE:
            self.look()

    def look(self) -> None:
        """At the blocks that wait; to be asked once more when there are no others."""
        cells = len(self.given.cells)
        every = (1 << cells) - 1
        fit = [each for each in _fitting(self._waiting, self.given, self.correction) if each.rows]
        fit = [each for each in fit if (each.not_measured | self.unfit) & every != every]
        self._waiting.clear()
        if not fit:
            return
        codes, masks = np.concatenate([each.codes for each in fit]), masks_of(fit)
        counted = np.where(lacking(masks, cells), 0, codes).max(axis=0) if masks.any() else codes.max(axis=0)
        left_in = 1 - cells_in(self.unfit, cells)
        self.peak = max(self.peak, float((counted * self.shown.cell_factors * left_in).max()))
        self._loads.append(load_of(codes, masks, self.scale.weights, self.unfit))
        self._spans += [(each.t_ns, each.end_t_ns, each.ns_per_row) for each in fit]

    def foot(self, start_t_ns: int, end_t_ns: int, peak: float | None, weight_kg: float | None) -> FilmedFoot:
        signal = _loads_only(np.concatenate(self._loads), self.scale.newton_per_unit)
        return FilmedFoot(
            layout=self.layout,
            correction=self.correction,
            unfit=self.unfit,
            unit=self.unit,
            factors=self.shown.cell_factors,
            scale=self.scale,
            peak=self.peak if peak is None else peak,
            least=least_load(signal, weight_kg) if signal.rows else 0.0,
            gaps=tuple(_gaps(sorted(self._spans), start_t_ns, end_t_ns)),
        )


def _loads_only(load: Ints, newton_per_unit: float | None) -> FootSignal:
    none = np.zeros(0, dtype=np.int64)
    return FootSignal(load, newton_per_unit, own_ns=none, walk_ns=none, ns_per_row=1, stretches=())


def _gaps(spans: list[tuple[int, int, int]], start_t_ns: int, end_t_ns: int) -> Iterator[tuple[int, int]]:
    """Where frames have no row; a span ends when the row after its last one is due."""
    reached, late = start_t_ns, 0
    for begin, end, ns_per_row in spans:
        if begin - reached > late:
            yield reached, begin
        if end > reached:
            reached, late = end, ns_per_row // 2
    if end_t_ns - reached > late:
        yield reached, end_t_ns


def _fitting(blocks: Iterable[Block], given: Layout, correction: Correction | None) -> Iterator[Block]:
    """Rows that the layout describes, corrected; others mean nothing that we know."""
    described = (given.insole, len(given.cells), given.unit, given.scale)
    for block in blocks:
        if (block.insole, block.cells, block.unit, block.scale) == described:
            yield block if correction is None else correction.corrected(block)


def _frames(foot: FilmedFoot, blocks: list[Block], times: Ints) -> Frames:
    cells = len(foot.layout.cells)
    levels: Bytes = np.full((times.size, cells), NOT_MEASURED, dtype=np.uint8)
    x: Bytes = np.full(times.size, NOT_MEASURED, dtype=np.uint8)
    y = x.copy()
    rows = _rows(foot, blocks)
    if rows is None:
        return Frames(levels, x, y)
    at = np.searchsorted(rows.t_ns, times, side="right") - 1
    there = (at >= 0) & (2 * (times - rows.t_ns[at]) < 3 * rows.ns_per_row[at])
    at = at[there]
    measured = ~rows.lacking[at]
    codes = rows.codes[at].astype(np.float64)
    loads = np.clip(codes * foot.factors / foot.peak, 0.0, 1.0) if foot.peak > 0 else np.zeros_like(codes)
    levels[there] = np.where(measured, np.rint(loads * TOP), NOT_MEASURED).astype(np.uint8)
    forces, moved_x, moved_y = ((codes * measured) @ moment_arms(foot.layout, foot.scale.weights)).T
    carries = (forces >= foot.least) & (forces > 0)
    for axis, moved in ((x, moved_x), (y, moved_y)):
        axis[np.flatnonzero(there)[carries]] = _in_steps(in_parts(forces, moved)[carries])
    return Frames(levels, x, y)


def _in_steps(parts: NDArray[np.float64]) -> Bytes:
    return np.rint(np.clip(parts, 0.0, 1.0) * TOP).astype(np.uint8)


def _rows(foot: FilmedFoot, blocks: list[Block]) -> _Rows | None:
    """The rows in order of time; of two at one time the one that was taken last counts."""
    given = foot.layout if foot.correction is None else foot.correction.given
    held = list(_fitting(blocks, given, foot.correction))
    if not held:
        return None
    counts = [block.rows for block in held]
    t_ns = times_of(held, [block.t_ns for block in held])
    number = np.concatenate([np.arange(block.seq, block.end_seq, dtype=np.int64) for block in held])
    boot = np.repeat(np.array([block.boot for block in held], dtype=np.int64), counts)
    order = np.lexsort((number, boot, t_ns))
    unfit = cells_in(foot.unfit, len(given.cells)).astype(np.bool_)
    return _Rows(
        t_ns=t_ns[order],
        ns_per_row=np.repeat(np.array([block.ns_per_row for block in held], dtype=np.int64), counts)[order],
        codes=np.concatenate([block.codes for block in held])[order],
        lacking=lacking(masks_of(held), len(given.cells))[order] | unfit,
    )
