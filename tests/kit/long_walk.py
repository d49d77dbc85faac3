"""A recording made long by repeating it, and loads shifted in it from a given second on."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.sources.replay import Recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side, Zone
from processing.calibrating import evidence_of, with_zeros
from processing.metrics.calibration import CalibrationVersion, layout_under
from processing.metrics.recipe import STEADY
from processing.metrics.symmetry import symmetry_index_pct
from processing.rules.preset import load_preset
from processing.walk import Terms

Codes = NDArray[np.int16]
Shift = Callable[[Side, Codes], Codes]
_IN_THE_AIR = 0.1  # of what the foot carries at its most (P95)
Factors = Mapping[Side, NDArray[np.float64]]  # of each cell


def repeated(recording: Recording, seconds: float) -> Iterator[Block]:
    """The recording again and again as one walk; where two repetitions meet, the rows go on evenly."""
    once = list(recording.blocks())
    rows = max(block.end_seq for block in once)
    ticks = max(int(track.ticks[-1]) for track in recording.tracks.values()) + once[0].ns_per_row // once[0].tick_ns
    stop_t_ns = recording.start_t_ns + round(seconds * 1e9)
    number = 0
    while True:
        for block in once:
            later_ns = number * ticks * block.tick_ns
            if block.t_ns + later_ns >= stop_t_ns:
                return
            yield replace(
                block,
                seq=block.seq + number * rows,
                ticks=block.ticks + number * ticks,
                t_ns=block.t_ns + later_ns,
            )
        number += 1


def shifted(blocks: Iterator[Block], shift: Shift, from_t_ns: int) -> Iterator[Block]:
    """The same rows; those from `from_t_ns` on with other loads."""
    for block in blocks:
        before = min(max(-(-(from_t_ns - block.t_ns) // block.ns_per_row), 0), block.rows)
        if before:
            yield block.cut(0, before)
        if before < block.rows:
            rest = block.cut(before, block.rows)
            yield replace(rest, codes=shift(block.side, rest.codes))


def by_factors(factors: Factors, recording: Recording) -> Shift:
    """Every cell's reading times its factor, in whole codes, while the foot carries load; none in the air."""
    totals = {side: np.sort(track.codes.sum(axis=1, dtype=np.int64)) for side, track in recording.tracks.items()}
    least = {side: _IN_THE_AIR * float(each[each.size * 95 // 100]) for side, each in totals.items()}

    def shift(side: Side, codes: Codes) -> Codes:
        if side not in factors:
            return codes
        made = np.rint(codes * factors[side])
        cells = recording.layouts[side].cells
        assert (np.abs(made) < [cell.full_scale for cell in cells]).all(), "beyond the insole's range"
        carries = codes.sum(axis=1, dtype=np.int64) > least[side]
        whole: Codes = np.where(carries[:, None], made, codes).astype(np.int16)
        return whole

    return shift


def more_forefoot(recording: Recording, side: Side, points: float) -> Factors:
    """So many points of the foot's load move under its forefoot; over the recording its load stays what it was."""
    is_fore = np.isin(np.arange(len(recording.layouts[side].cells)), forefoot_cells(recording, side))
    sums = recording.tracks[side].codes.sum(axis=0, dtype=np.int64)
    share = float(sums[is_fore].sum() / sums.sum())
    wanted = share + points / 100
    assert 0 < wanted < 1
    return {side: np.where(is_fore, wanted / share, (1 - wanted) / (1 - share))}


def leaning(recording: Recording, points: float) -> Factors:
    """The symmetry index moves by so many points, + towards the right; over the recording the sum of loads stays."""
    left, right = (float(recording.tracks[side].codes.sum(dtype=np.int64)) for side in Side)
    index = symmetry_index_pct(left, right)
    assert index is not None
    ratio = (200 + index + points) / (200 - index - points)
    cells = {side: len(recording.layouts[side].cells) for side in Side}
    new_left = (left + right) / (1 + ratio)
    return {
        Side.LEFT: np.full(cells[Side.LEFT], new_left / left),
        Side.RIGHT: np.full(cells[Side.RIGHT], (left + right - new_left) / right),
    }


def pressed_harder(recording: Recording, side: Side, cells: Container[int], factor: float) -> Factors:
    """These cells read more, the others what they did: the foot carries more."""
    count = len(recording.layouts[side].cells)
    return {side: np.array([factor if cell in cells else 1.0 for cell in range(count)])}


def forefoot_cells(recording: Recording, side: Side) -> list[int]:
    return [number for number, cell in enumerate(recording.layouts[side].cells) if cell.zone is Zone.FOREFOOT]


def zeroed(recording: Recording) -> Recording:
    """With the zero that a calibration from this walk takes: what is left in swing is taken away.

    :raises UnderfootError: CALIBRATION_REFUSED with the reason.
    """
    terms = Terms(walk=recording.name, recipe=STEADY, rules=load_preset("clinical"), baseline=None)
    evidence = evidence_of(terms, [*recording.layouts.values(), *recording.blocks()])
    version = with_zeros(CalibrationVersion(version=1, t_ns=1, by="test", what="zero"), evidence)
    known = {side: version.of(layout) for side, layout in recording.layouts.items()}
    return replace(
        recording,
        layouts={side: layout_under(layout, known[side]) for side, layout in recording.layouts.items()},
        tracks={
            side: replace(track, codes=(track.codes - np.array(known[side].zero_codes)).astype(np.int16))
            for side, track in recording.tracks.items()
        },
    )
