"""The load of a walk: forces, shares of the areas, evenness. Formulas in `metrics.load` and `metrics.evenness`.

What may be said without a cell that was found unfit, or that the insole did not measure, is in `metrics.withhold`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.wire.geometry import Region, Side
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts, absent
from processing.metrics.evenness import Evenness
from processing.metrics.load import LoadScale, area_of_cells, in_regions, masked_areas, per_name, shares_pct
from processing.metrics.load_part import LoadPart
from processing.metrics.signal import Ints
from processing.metrics.withhold import Statement, forefoot_statement

NO_LOAD = "the foot carried no load"
UNCALIBRATED = "the insole is not calibrated: only shares of its load mean something"
NO_CELL = "the insole has no cell there"
_REGIONS = tuple(region.value for region in Region)


@dataclass(frozen=True, slots=True, eq=False)
class FootLoad:
    """Sums of the cells over `rows` rows that lack none but the cells of `missing`."""

    layout: Layout
    scale: LoadScale
    ns_per_row: int
    rows: int
    sums: Ints
    missing: int
    shares_pct: tuple[float, ...] | None

    @property
    def total(self) -> int:
        return int(self.sums @ self.scale.weights)

    @property
    def incomplete(self) -> str | None:
        """Why nothing can be said of the whole foot; None when it can."""
        return f"not measured throughout: {masked_areas(self.layout, self.missing)}" if self.missing else None


def learned_shares(facts: WalkFacts, side: Side) -> tuple[float, ...] | None:
    """Every cell's usual share of its foot's impulse, where it is known for this layout."""
    learned = facts.learned.get(side)
    return learned.share_pct if learned is not None and learned.checksum == facts.layouts[side].checksum else None


def foot_loads(parts: Mapping[Side, LoadPart], facts: WalkFacts) -> dict[Side, FootLoad]:
    """Feet that have rows."""
    made: dict[Side, FootLoad] = {}
    for side, part in parts.items():
        missing = part.rows.missing(facts.unfit.get(side, 0))
        rows, sums = part.rows.without(missing)
        layout = facts.layouts[side]
        if rows:
            shares = learned_shares(facts, side)
            made[side] = FootLoad(layout, LoadScale.of(layout), part.ns_per_row, rows, sums, missing, shares)
    return made


def load(parts: Mapping[Side, LoadPart], facts: WalkFacts, why: Reasons) -> dict[str, Any]:
    """The keys `mean_force`, `impulse`, `forefoot_share_pct`, `region_share_pct` and `evenness`."""
    feet = foot_loads(parts, facts)
    made: dict[str, dict[str, Any]] = {
        name: {} for name in ("mean_force", "impulse", "forefoot_share_pct", "region_share_pct", "evenness")
    }
    for side in Side:
        foot = feet.get(side)
        _forces(made, side, foot, why)
        made["forefoot_share_pct"][side.value] = _forefoot_share(side, foot, why)
        _areas(made, side, foot, facts.layouts.get(side), why)
    return made


def _forces(made: dict[str, dict[str, Any]], side: Side, foot: FootLoad | None, why: Reasons) -> None:
    """Mean total force (N) and its impulse (N s) over every row that was measured whole."""
    reason = absent(side) if foot is None else foot.incomplete
    force = impulse = None
    if foot is not None and reason is None and foot.total < 0:
        reason = "the foot reads less than nothing: its zero is off"
    if foot is not None and reason is None and foot.scale.newton_per_unit is not None:
        newton = foot.scale.newton_per_unit
        force = foot.total / foot.rows * newton
        impulse = foot.total * newton * foot.ns_per_row / 1e9
    made["mean_force"][side.value] = why.value(f"mean_force.{side}", force, reason or UNCALIBRATED)
    made["impulse"][side.value] = why.value(f"impulse.{side}", impulse, reason or UNCALIBRATED)


def _forefoot_share(side: Side, foot: FootLoad | None, why: Reasons) -> float | None:
    path = f"forefoot_share_pct.{side}"
    if foot is None:
        return why.value(path, None, absent(side))
    said = forefoot_statement(foot.sums, foot.scale, foot.layout, foot.missing, foot.shares_pct)
    return why.value(path, said.value, _with_range(said))


def _with_range(said: Statement) -> str:
    reason = said.reason or NO_LOAD
    if said.low is None or said.high is None:
        return reason
    return f"{reason}; it lies between {said.low:.1f} and {said.high:.1f} %"


def names_of_areas(layout: Layout) -> tuple[str, ...]:
    """The ten regions, or the insole's own areas where it does not resolve them."""
    return _REGIONS if in_regions(layout) else tuple(dict.fromkeys(area_of_cells(layout)))


def _areas(
    made: dict[str, dict[str, Any]], side: Side, foot: FootLoad | None, layout: Layout | None, why: Reasons
) -> None:
    """A share is of the whole foot: while a cell is missing, none is known."""
    of_areas = None
    if foot is not None and not foot.missing:
        of_areas = shares_pct(per_name(area_of_cells(foot.layout), (foot.sums * foot.scale.weights).tolist()))
    reason = absent(side) if foot is None else foot.incomplete or NO_LOAD
    made["region_share_pct"][side.value] = _shares(side, of_areas, layout if foot else None, reason, why)
    even = Evenness.of(list(of_areas.values())) if of_areas else None
    if even is None:
        why.value(f"evenness.{side}", None, reason)
    made["evenness"][side.value] = {
        "n_eff": even.n_eff if even else None,
        "pielou": why.value(f"evenness.{side}.pielou", even.pielou, "a single area") if even else None,
        "gini": even.gini if even else None,
        "cv_pct": even.cv_pct if even else None,
    }


def _shares(
    side: Side, of_areas: Mapping[str, float] | None, layout: Layout | None, reason: str, why: Reasons
) -> dict[str, float | None]:
    path = f"region_share_pct.{side}"
    if layout is None:
        why.value(path, None, reason)
        return {}
    present = set(area_of_cells(layout))
    return {
        name: why.value(
            f"{path}.{name}",
            None if of_areas is None else of_areas.get(name),
            reason if name in present else NO_CELL,
        )
        for name in names_of_areas(layout)
    }
