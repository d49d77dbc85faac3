"""The two feet of a walk against each other; + = right larger. Formulas and limits in `metrics.symmetry`.

Load: mean load over every row while both feet were measured. Impulse and forefoot impulse: mean over the stances that
count, as are the times. Where a cell is missing, loads are compared on the mirrored pairs that are left
(`metrics.withhold`) and `rests_on` says how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.wire.geometry import Side, Zone
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.load import LoadScale
from processing.metrics.load_part import LoadPart, MaskedSums
from processing.metrics.regions import RegionsPart
from processing.metrics.support import SupportPart
from processing.metrics.symmetry import Symmetry, symmetry_index_pct, too_little_for_symmetry
from processing.metrics.timing import TimingPart
from processing.metrics.withhold import (
    ENOUGH_PCT,
    FootSums,
    fit_pairs,
    kept_impulse_pct,
    left_out,
    pairs_of,
    symmetry_statement,
)
from processing.summary.load import NO_LOAD, learned_shares

ALL_CELLS = "all cells"
_NO_STRIDES = "no stride counts under this recipe"
_INDICES = ("load_si_pct", "swing_si_pct", "stance_si_pct", "stride_si_pct", "step_si_pct")
_QUANTITIES = ("impulse", "stance", "swing", "forefoot")


def asymmetry(
    loads: Mapping[Side, LoadPart],
    regions: Mapping[Side, RegionsPart],
    timing: Mapping[Side, TimingPart],
    support: Mapping[Side, SupportPart],
    facts: WalkFacts,
    why: Reasons,
) -> dict[str, Any]:
    """The key `asymmetry`; everything null with one reason while too little was measured."""
    missing = next((absent(side) for side in Side if side not in loads or side not in timing), None)
    reason = missing or too_little_for_symmetry(
        min(loads[side].together_s for side in Side), (timing[Side.LEFT].used, timing[Side.RIGHT].used)
    )
    if reason is not None:
        names = (*_INDICES, *_QUANTITIES, "rests_on")
        return {"asymmetry": {name: why.value(f"asymmetry.{name}", None, reason) for name in names}}
    feet = {side: _sums(loads[side].together, loads[side], side, facts) for side in Side}
    stances = {side: _sums(regions[side].stance_sums, loads[side], side, facts) for side in Side}
    spacing = {side: loads[side].ns_per_row for side in Side}
    times = {name: {side: getattr(timing[side], name).value for side in Side} for name in ("swing", "stance", "stride")}
    made: dict[str, Any] = _load(feet, why)
    steps = {side: support[side].step.value for side in Side}
    for name, of_feet in {**times, "step": steps}.items():
        made[f"{name}_si_pct"] = _index(name, of_feet, why)
    made["impulse"] = _of_cells("impulse", stances, spacing, None, why)
    for name in ("stance", "swing"):
        left, right = (times[name][side] for side in Side)
        both = None if left is None or right is None else Symmetry.of(left, right)
        made[name] = _told(f"asymmetry.{name}", both, _NO_STRIDES, why)
    made["forefoot"] = _of_cells("forefoot", stances, spacing, Zone.FOREFOOT, why)
    return {"asymmetry": {name: made[name] for name in (*_INDICES, *_QUANTITIES, "rests_on")}}


def _sums(sums: MaskedSums, part: LoadPart, side: Side, facts: WalkFacts) -> FootSums:
    layout = facts.layouts[side]
    missing = part.rows.missing(facts.unfit.get(side, 0))
    rows, of_cells = sums.without(missing)
    return FootSums(
        layout=layout,
        scale=LoadScale.of(layout),
        sums=of_cells,
        rows=rows,
        unfit=missing,
        shares_pct=learned_shares(facts, side),
    )


def _incomparable(feet: Mapping[Side, FootSums]) -> str | None:
    left, right = (feet[side] for side in Side)
    if not left.rows or not right.rows:
        return "the feet were never measured whole at the same time"
    if (left.layout.unit, left.layout.calibration) != (right.layout.unit, right.layout.calibration):
        return "the two insoles are not calibrated alike"
    return None


def _load(feet: Mapping[Side, FootSums], why: Reasons) -> dict[str, Any]:
    left, right = (feet[side] for side in Side)
    reason, index, note = _incomparable(feet), None, None
    if reason is None:
        said = symmetry_statement(left, right, pairs_of(left.layout, right.layout))
        index, reason, note = said.value, said.reason, said.note
    why.value("asymmetry.load_si_pct", index, reason or NO_LOAD)
    why.value("asymmetry.rests_on", index, reason or NO_LOAD)
    return {"load_si_pct": index, "rests_on": None if index is None else note or ALL_CELLS}


def _index(name: str, of_feet: Mapping[Side, float | None], why: Reasons) -> float | None:
    left, right = (of_feet.get(side) for side in Side)
    index = None if left is None or right is None else symmetry_index_pct(left, right)
    return why.value(f"asymmetry.{name}_si_pct", index, _NO_STRIDES)


def _of_cells(
    name: str, feet: Mapping[Side, FootSums], spacing: Mapping[Side, int], zone: Zone | None, why: Reasons
) -> dict[str, float | None] | None:
    """A quantity of the cells of a zone (None: of all) in both feet: their mean sum per stance, times one row."""
    path, (left, right) = f"asymmetry.{name}", (feet[side] for side in Side)
    reason = _incomparable(feet)
    if reason is not None:
        return _told(path, None, reason, why)
    chosen = [_cells_of(foot, zone) for foot in (left, right)]
    missing = [
        foot for foot, cells in zip((left, right), chosen, strict=True) if any(foot.unfit >> c & 1 for c in cells)
    ]
    if missing:
        pairs = [(a, b) for a, b in pairs_of(left.layout, right.layout) if a in chosen[0] and b in chosen[1]]
        kept = fit_pairs(pairs, left.unfit, right.unfit)
        if not _enough(kept, pairs, left, right):
            return _told(path, None, "; ".join(left_out(foot.layout, foot.unfit) for foot in missing), why)
        chosen = [[a for a, _ in kept], [b for _, b in kept]]
    both = Symmetry.of(left.mean_load(chosen[0]) * spacing[Side.LEFT], right.mean_load(chosen[1]) * spacing[Side.RIGHT])
    return _told(path, both, NO_LOAD, why)


def _cells_of(foot: FootSums, zone: Zone | None) -> list[int]:
    return [number for number, cell in enumerate(foot.layout.cells) if zone is None or cell.zone is zone]


def _enough(kept: Sequence[tuple[int, int]], pairs: Sequence[tuple[int, int]], left: FootSums, right: FootSums) -> bool:
    whole = kept_impulse_pct(pairs, left.shares_pct, right.shares_pct)
    return (
        bool(kept)
        and whole > 0
        and kept_impulse_pct(kept, left.shares_pct, right.shares_pct) >= ENOUGH_PCT / 100 * whole
    )


def _told(path: str, both: Symmetry | None, reason: str, why: Reasons) -> dict[str, float | None] | None:
    if both is None:
        why.value(path, None, reason)
        return None
    return {
        "si_pct": both.si_pct,
        "ratio": why.value(f"{path}.ratio", both.ratio, "one foot has nothing"),
        "angle_pct": both.angle_pct,
        "left_share_pct": both.left_share_pct,
    }
