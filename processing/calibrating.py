"""What a stored walk says about the scale of its insoles, and the calibration versions that a person makes of it.

Pure: a walk's layouts and blocks in, a new version out. Nothing is ever calibrated by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import CellFault, CellFaultKind, Layout, Metrics, Stride
from processing.metrics.bench_table import BenchTable
from processing.metrics.calibration import CalibrationVersion, Correction, InsoleCalibration
from processing.metrics.gain import GRAVITY, StrideRows, check_weight, common_gain, refused, swing_zero
from processing.metrics.load import LoadScale
from processing.metrics.signal import Ints
from processing.walk import REPLAY_S, Item, Terms, Walk

_WHOLE_SHARE = 0.98  # of the rows that a stride of this length has
_SWING_PART = (0.2, 0.8)
_UNDONE_BY_A_ZERO = (CellFaultKind.STUCK, CellFaultKind.DRIFTING)


@dataclass(frozen=True, slots=True, eq=False)
class FootEvidence:
    """One foot of a walk: `given` as the insole describes itself, `layout` and even strides as the version has them."""

    given: Layout
    layout: Layout
    strides: StrideRows

    @property
    def mean_n(self) -> float:
        """Mean load over whole strides; where the insole knows no newton, in units of its own."""
        newton = LoadScale.of(self.layout).newton_per_unit
        return self.strides.mean_load() * (self.layout.scale if newton is None else newton)

    @property
    def in_newton(self) -> bool:
        return LoadScale.of(self.layout).newton_per_unit is not None


@dataclass(frozen=True, slots=True, eq=False)
class WalkEvidence:
    """Both feet of a walk, and the cells that were found unfit in it."""

    walk: str
    feet: Mapping[Side, FootEvidence]
    faults: tuple[CellFault, ...]

    @property
    def strides(self) -> int:
        """Of the foot that has fewer."""
        return min(foot.strides.strides for foot in self.feet.values())

    def load_ratio(self, weight_kg: float | None) -> float | None:
        """Mean (left + right) / body weight; None without a weight, a stride or a scale in newton."""
        if not weight_kg or not self.strides or not all(foot.in_newton for foot in self.feet.values()):
            return None
        return sum(foot.mean_n for foot in self.feet.values()) / (weight_kg * GRAVITY)


def evidence_of(terms: Terms, items: Iterable[Item]) -> WalkEvidence:
    """What a walk says, its rows corrected by the terms' calibration.

    :raises UnderfootError: CALIBRATION_REFUSED when a foot is missing.
    """
    walk = Walk(terms, at_once_s=REPLAY_S)
    layouts: dict[Side, Layout] = {}
    blocks: dict[Side, list[Block]] = {side: [] for side in Side}
    said: list[object] = []
    for item in items:
        if isinstance(item, Layout):
            layouts.setdefault(item.side, item)
        elif isinstance(item, Block):
            blocks[item.side].append(item)
        said += walk.feed(item)
    said += walk.close()
    missing = next((side for side in Side if side not in layouts or not blocks[side]), None)
    if missing is not None:
        raise refused(f"the walk has no rows of the {missing} foot")
    strides = [each for each in said if isinstance(each, Stride)]
    latest = next((each for each in reversed(said) if isinstance(each, Metrics)), None)
    feet = {
        side: _foot(layouts[side], blocks[side], [each for each in strides if each.side is side], terms.calibration)
        for side in Side
    }
    return WalkEvidence(terms.walk, feet, latest.cell_faults if latest is not None else ())


def unscaled(version: CalibrationVersion | None, *, zeroed: bool) -> CalibrationVersion | None:
    """The version without its gains and, unless `zeroed`, without its zeros: what a new one has to be measured with."""
    if version is None:
        return None
    insoles = [replace(each, gain=None, zero_codes=each.zero_codes if zeroed else None) for each in version.insoles]
    return replace(version, insoles=tuple(insoles))


def with_zeros(version: CalibrationVersion, evidence: WalkEvidence) -> CalibrationVersion:
    """The swing zeros of a walk, which was measured without zeros.

    :raises UnderfootError: CALIBRATION_REFUSED with the reason.
    """
    _all_fit(evidence, but=_UNDONE_BY_A_ZERO)
    for side, foot in evidence.feet.items():
        zeros = swing_zero(foot.strides, side)
        version = version.with_insole(replace(_known(version, foot.given), zero_codes=zeros))
    return replace(version, what=f"zero in swing, from {evidence.walk}")


def with_gain(version: CalibrationVersion, weight_kg: float, evidence: WalkEvidence) -> CalibrationVersion:
    """One gain for both feet from a walk, which was measured without a gain.

    :raises UnderfootError: CALIBRATION_REFUSED with the reason.
    """
    _all_fit(evidence)
    feet = evidence.feet
    if any(foot.layout.calibration is Calibration.BENCH for foot in feet.values()):
        raise refused("insoles with a bench table need no gain from body weight")
    if len({(foot.layout.unit, foot.layout.scale, foot.in_newton) for foot in feet.values()}) > 1:
        raise refused("the two insoles measure in different units")
    if not evidence.strides:
        raise refused("the walk has no even strides")
    left, right = (feet[side] for side in Side)
    in_newton = left.in_newton
    gain = common_gain(weight_kg, left.mean_n, right.mean_n, evidence.strides, in_newton=in_newton)
    version = _without_gains(version)  # an earlier pair's was taken with an earlier weight
    for foot in feet.values():
        version = version.with_insole(replace(_known(version, foot.given), gain=gain))
    what = f"weight {weight_kg:g} kg, gain {gain:.3f} from {evidence.walk}"
    return replace(version, what=what, weight_kg=weight_kg, scaled_t_ns=version.t_ns, load_ratio=1.0)


def with_weight(version: CalibrationVersion, weight_kg: float) -> CalibrationVersion:
    """Only the weight; gains that were taken with another one are no longer true and go.

    :raises UnderfootError: CALIBRATION_REFUSED for a weight that nobody has.
    """
    check_weight(weight_kg)
    if version.weight_kg != weight_kg:
        version = replace(_without_gains(version), weight_kg=weight_kg)
    return replace(version, what=f"weight {weight_kg:g} kg")


def with_bench(version: CalibrationVersion, table: BenchTable, layouts: Iterable[Layout]) -> CalibrationVersion:
    """The table for every insole of its model; zeros and gains of theirs were measured without it and go.

    :raises UnderfootError: CALIBRATION_REFUSED when there is no such insole, or it has another number of cells.
    """
    given = list(layouts)
    meant = [layout for layout in given if layout.model == table.model]
    if not meant:
        worn = ", ".join(sorted({layout.model or "without a model" for layout in given})) or "none"
        raise refused(f"the bench table is for {table.model}, worn were insoles {worn}")
    for layout in meant:
        if len(layout.cells) != len(table.cells):
            raise refused(f"the bench table has {len(table.cells)} cells, {layout.insole} has {len(layout.cells)}")
        version = version.with_insole(
            InsoleCalibration(insole=layout.insole, layout_checksum=layout.checksum, bench=table)
        )
    return replace(version, what=f"bench table of {table.model} by {table.by}")


def next_version(before: CalibrationVersion | None, *, by: str, t_ns: int) -> CalibrationVersion:
    """What is known so far, as the beginning of a new version."""
    if before is None:
        return CalibrationVersion(version=1, t_ns=t_ns, by=by, what="")
    return replace(before, version=before.version + 1, t_ns=t_ns, by=by, what="")


def _without_gains(version: CalibrationVersion) -> CalibrationVersion:
    insoles = tuple(replace(each, gain=None) for each in version.insoles)
    return replace(version, insoles=insoles, scaled_t_ns=None, load_ratio=None)


def _known(version: CalibrationVersion, layout: Layout) -> InsoleCalibration:
    return version.of(layout) or InsoleCalibration(insole=layout.insole, layout_checksum=layout.checksum)


def _all_fit(evidence: WalkEvidence, but: Sequence[CellFaultKind] = ()) -> None:
    unfit = [each for each in evidence.faults if each.kind not in but]
    if unfit:
        named = ", ".join(f"{each.side} {each.area} {each.kind}" for each in unfit)
        hint = (
            "; the zero of this walk may put it right" if all(each.kind in _UNDONE_BY_A_ZERO for each in unfit) else ""
        )
        raise refused(f"a cell does not measure as it should: {named}{hint}")


def _foot(
    given: Layout, blocks: Sequence[Block], strides: Sequence[Stride], version: CalibrationVersion | None
) -> FootEvidence:
    correction = Correction.of(given, version)
    layout = given if correction is None else correction.layout
    described = (given.insole, len(given.cells), given.unit, given.scale)
    ordered = sorted(
        (each for each in blocks if (each.insole, each.cells, each.unit, each.scale) == described),
        key=lambda block: block.t_ns,
    )
    if not ordered:
        raise refused(f"no rows of {given.insole} fit its own description")
    if correction is not None:
        ordered = [correction.corrected(block) for block in ordered]
    codes = np.concatenate([block.codes for block in ordered]).astype(np.int64)
    taken = [block.t_ns + np.arange(block.rows, dtype=np.int64) * block.ns_per_row for block in ordered]
    t_ns = np.maximum.accumulate(np.concatenate(taken))  # the hub's clock may step back a little
    lacking = np.concatenate([np.full(block.rows, bool(block.not_measured)) for block in ordered])
    whole = [each for each in strides if each.stride_s > 0]
    begins = np.array([each.t_ns for each in whole], dtype=np.int64)
    stride, stance = (
        np.array([round(getattr(each, name) * 1e9) for each in whole], dtype=np.int64)
        for name in ("stride_s", "stance_s")
    )

    def rows_at(times: Ints) -> Ints:
        return np.searchsorted(t_ns, times).astype(np.int64)

    first, stop = rows_at(begins), rows_at(begins + stride)
    swing_first, swing_stop = (
        rows_at(begins + stance + ((stride - stance) * part).astype(np.int64)) for part in _SWING_PART
    )
    lacking_before = np.concatenate([[0], np.cumsum(lacking)])
    keep = (stop - first) * ordered[0].ns_per_row >= _WHOLE_SHARE * stride
    keep &= lacking_before[stop] == lacking_before[first]
    found = StrideRows(
        codes, LoadScale.of(layout).weights, first[keep], stop[keep], swing_first[keep], swing_stop[keep]
    )
    return FootEvidence(given, layout, found.steady())
