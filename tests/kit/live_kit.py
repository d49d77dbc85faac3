"""Feet as the figures of every second take them, whole or cut into any number of seconds at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Metrics, Stride
from processing.metrics.learned import LearnedCells
from processing.metrics.live_foot import LiveFoot
from processing.metrics.load import LoadScale
from processing.metrics.rolling import RollingFigures
from processing.metrics.running import Edge, Footfall
from processing.metrics.stances import Stances, no_stances
from processing.windows import Slab

FIRST = 1_700_000_020  # a second that is no multiple of half a minute
SECOND = 10**9
MS = 10**6


def live(
    layout: Layout, codes: np.ndarray, *, rows_per_second: int = 100, missing: Sequence[int] = (), **more: object
) -> LiveFoot:
    """Rows from second FIRST on, those of the seconds `missing` (counted from 0) taken out."""
    whole = np.asarray(codes, dtype=np.int16)
    k = -(-len(whole) // rows_per_second)
    second = np.arange(len(whole)) // rows_per_second
    kept = ~np.isin(second, missing)
    scale = LoadScale.of(layout)
    slab = Slab(
        first=FIRST, stop=FIRST + k, codes=whole[kept], second=second[kept],
        not_measured=np.zeros(int(kept.sum()), dtype=np.int64),
    )  # fmt: skip
    nothing = np.zeros(k, dtype=np.int64)
    foot = LiveFoot(
        layout=layout, scale=scale, ns_per_row=SECOND // rows_per_second, slab=slab, falls=(),
        stances=no_stances(whole.shape[1]), unfit=nothing, suspect=nothing,
    )  # fmt: skip
    return replace(foot, **more)


def steps_of(side: Side, stop_s: float, start_s: float = 0.0, stride_ms: int = 1100) -> tuple[Footfall, ...]:
    """Contacts of an even walk from FIRST on, known 0.1 s later; the right ones come half a stride later."""
    falls: list[Footfall] = []
    at_ms = round(start_s * 1000) + (stride_ms // 2 if side is Side.RIGHT else 0)
    while at_ms + 100 < stop_s * 1000:
        began, off = _edge(at_ms - stride_ms), _edge(at_ms - stride_ms // 3)
        at = _edge(at_ms)
        known_t_ns = at.t_ns + 100 * MS
        falls.append(Footfall(at, began, off, known_t_ns) if falls else Footfall(at, known_t_ns=known_t_ns))
        at_ms += stride_ms
    return tuple(falls)


def _edge(at_ms: int) -> Edge:
    return Edge(own_ns=at_ms * MS, t_ns=FIRST * SECOND + at_ms * MS)


def stances_at(t_ns: Sequence[int], peaks: Sequence[int], in_swing: Sequence[int], spread: int = 0) -> Stances:
    """Even stances of 70 rows; in swing half of 20 rows reads `spread` over and half as much under `in_swing`."""
    m, cells = len(t_ns), len(peaks)
    each = np.ones((m, cells), dtype=np.int64)
    swing = each * np.array(in_swing)
    at = np.array(t_ns, dtype=np.int64)
    return Stances(
        t_ns=at, initial_contact_t_ns=at - SECOND, rows=np.full(m, 70), peak=each * np.array(peaks), low=swing,
        sums=70 * each * np.array(peaks) // 2, rows_at_peak=each, swing_rows=np.full(m, 20), swing_median=swing,
        swing_sums=20 * swing, swing_squares=10 * ((swing + spread) ** 2 + (swing - spread) ** 2), rise=np.full(m, 0.5),
    )  # fmt: skip


def learned_cells(layout: Layout, peak_codes: float) -> LearnedCells:
    n = len(layout.cells)
    return LearnedCells(checksum=layout.checksum, peak_codes=(peak_codes,) * n, share_pct=(100 / n,) * n)


def piece(foot: LiveFoot, first: int, stop: int) -> LiveFoot:
    """The seconds `first … stop - 1` of a foot, counted from its own first."""
    slab = foot.slab
    begin, end = np.searchsorted(slab.second, (first, stop)).tolist()
    from_t_ns, to_t_ns = ((slab.first + at) * SECOND for at in (first, stop))
    known = (foot.stances.t_ns >= from_t_ns) & (foot.stances.t_ns < to_t_ns)
    return replace(
        foot,
        slab=Slab(
            first=slab.first + first, stop=slab.first + stop, codes=slab.codes[begin:end],
            second=slab.second[begin:end] - first, not_measured=slab.not_measured[begin:end],
        ),
        falls=tuple(fall for fall in foot.falls if from_t_ns <= fall.known_t_ns < to_t_ns),
        stances=Stances(*(getattr(foot.stances, each.name)[known] for each in fields(Stances))),
        unfit=foot.unfit[first:stop],
        suspect=foot.suspect[first:stop],
    )  # fmt: skip


def closed(
    feet: Mapping[Side, LiveFoot], cuts: Iterable[int] = (), window_s: int = 60, weight_kg: float | None = None
) -> tuple[RollingFigures, list[Metrics | Stride]]:
    """Everything said of the feet's seconds, which are closed from cut to cut."""
    figures = RollingFigures("w", window_s, weight_kg)
    k = next(foot.slab.stop - foot.slab.first for foot in feet.values())
    said: list[Metrics | Stride] = []
    bounds = sorted({0, k, *(cut for cut in cuts if cut < k)})
    for first, stop in pairwise(bounds):
        pieces = {side: piece(foot, first, stop) for side, foot in feet.items()}
        said += figures.close(FIRST + first, FIRST + stop, pieces)
    return figures, said


def metrics_of(said: Iterable[Metrics | Stride]) -> list[Metrics]:
    return [each for each in said if isinstance(each, Metrics)]
