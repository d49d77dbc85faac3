"""Figures of several walks as one: means weighted by what each rests on, and totals. Pure over walk summaries.

Σ weight × figure / Σ weight over the walks that state the figure. Cadence is weighted by the time its strides took,
so that it stays 120 / mean stride over all strides. A variability is the mean of the walks' own, not that of one
series: what changes between two walks does not enter it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.wire.geometry import Side
from processing.rules.baseline import Summary, insoles, number, value_at


class Rests(StrEnum):
    """What a figure rests on; it is weighted with that."""

    STRIDES = "strides that count"
    STRIDE_TIME = "time of the strides that count"
    LEFT_LOAD = "load of the left foot"
    RIGHT_LOAD = "load of the right foot"
    BOTH_FEET = "time in which the feet were measured"


_BOTH = tuple(Side)
_FEET_OF = {Rests.LEFT_LOAD: (Side.LEFT,), Rests.RIGHT_LOAD: (Side.RIGHT,), Rests.BOTH_FEET: _BOTH}


def _of_foot(name: str) -> dict[str, Rests]:
    of = {Side.LEFT: Rests.LEFT_LOAD, Side.RIGHT: Rests.RIGHT_LOAD}
    return {name.format(side=side): of[side] for side in Side}


FIGURES: Mapping[str, Rests] = {
    "cadence_spm": Rests.STRIDE_TIME,
    "stride.mean_s": Rests.STRIDES,
    "stride.cv_pct": Rests.STRIDES,
    "stance.pct": Rests.STRIDES,
    "swing.pct": Rests.STRIDES,
    "double_support_pct": Rests.STRIDES,
    "asymmetry.swing_si_pct": Rests.STRIDES,
    "asymmetry.stance_si_pct": Rests.STRIDES,
    "asymmetry.load_si_pct": Rests.BOTH_FEET,
    **_of_foot("forefoot_share_pct.{side}"),
    **_of_foot("evenness.{side}.n_eff"),
    **_of_foot("forefoot_rearfoot.{side}.impulse_ratio"),
    **_of_foot("progression.{side}.excursion_pct"),
    "health.load_ratio": Rests.BOTH_FEET,
}
# and the feet whose coverage a total rests on
TOTALS: Mapping[str, tuple[Side, ...]] = {
    "steps.left": (Side.LEFT,),
    "steps.right": (Side.RIGHT,),
    "activity.walking_s": _BOTH,
    "activity.standing_s": _BOTH,
    "activity.seated_s": _BOTH,
    "activity.unworn_s": _BOTH,
    "activity.unknown_s": _BOTH,
    "direction_min.forward": _BOTH,
    "direction_min.backward": _BOTH,
    "direction_min.unclear": _BOTH,
    "dose.left.impulse_bw_s": (Side.LEFT,),
    "dose.left.impulse_n_s": (Side.LEFT,),
    "dose.right.impulse_bw_s": (Side.RIGHT,),
    "dose.right.impulse_n_s": (Side.RIGHT,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """`value` None: not measured, `reason` says why. `coverage_pct`: of the time recorded. `walks` that state it."""

    value: float | None
    coverage_pct: float
    walks: int
    reason: str | None = None


def pooled(walks: Sequence[Summary], path: str, rests: Rests) -> Pooled:
    """The weighted mean of a figure; None over insoles of different layouts where it rests on cells."""
    feet = _FEET_OF.get(rests, ())
    stating = [walk for walk in walks if number(walk, path) is not None]
    if not stating:
        return _nothing(walks, path)
    if any(_differ(stating, side) for side in feet):
        return Pooled(value=None, coverage_pct=0.0, walks=0, reason="measured with insoles of different layouts")
    weigh = _weigher(stating, rests)
    weights = [weigh(walk) for walk in stating]
    whole = sum(weights)
    if whole <= 0:
        return Pooled(value=None, coverage_pct=0.0, walks=0, reason=f"no walk says its {rests}")
    value = sum(weight * (number(walk, path) or 0.0) for weight, walk in zip(weights, stating, strict=True)) / whole
    return Pooled(value=value, coverage_pct=_covered_pct(walks, stating, feet or _BOTH), walks=len(stating))


def total(walks: Sequence[Summary], path: str, feet: Sequence[Side]) -> Pooled:
    """What the walks that state it add up to; of the others nothing is known, which is what the coverage says."""
    stating = [walk for walk in walks if number(walk, path) is not None]
    if not stating:
        return _nothing(walks, path)
    value = sum(number(walk, path) or 0.0 for walk in stating)
    return Pooled(value=value, coverage_pct=_covered_pct(walks, stating, feet), walks=len(stating))


def worn_s(walks: Sequence[Summary]) -> Pooled:
    """Seconds in which the insoles are known to have been worn: sitting, standing and walking, added up."""
    parts = [total(walks, f"activity.{state}_s", _BOTH) for state in ("seated", "standing", "walking")]
    value = sum(part.value for part in parts if part.value is not None)
    return parts[-1] if any(part.value is None for part in parts) else replace(parts[-1], value=value)


def walks_found(walks: Sequence[Summary]) -> Pooled:
    """How many walks were found in the recordings: a recording lasts as long as the insoles send."""
    found = [(walk, value_at(walk, "activity.walks")) for walk in walks]
    stating = [walk for walk, each in found if isinstance(each, list)]
    if not stating:
        return _nothing(walks, "activity")
    value = sum(len(each) for _, each in found if isinstance(each, list))
    return Pooled(value=value, coverage_pct=_covered_pct(walks, stating, _BOTH), walks=len(stating))


def _nothing(walks: Sequence[Summary], path: str) -> Pooled:
    reason = "no walk was recorded"
    if walks:
        said = (walk.get("reasons") for walk in walks)
        reason = next((str(of[path]) for of in said if isinstance(of, Mapping) and path in of), "no walk states it")
    return Pooled(value=None, coverage_pct=0.0, walks=0, reason=reason)


def _differ(walks: Sequence[Summary], side: Side) -> bool:
    worn = {insoles(walk)[_BOTH.index(side)] for walk in walks}
    return len(worn - {None}) > 1


def _weigher(walks: Sequence[Summary], rests: Rests) -> Callable[[Summary], float]:
    if rests is Rests.STRIDES:
        return _strides
    if rests is Rests.STRIDE_TIME:
        return lambda walk: _strides(walk) * (number(walk, "stride.mean_s") or 0.0)
    feet = _FEET_OF[rests]
    paths = [f"impulse.{side}" for side in feet]
    if len(feet) == 1 and all(number(walk, paths[0]) for walk in walks):
        return lambda walk: number(walk, paths[0]) or 0.0
    return lambda walk: _measured_s(walk, feet)


def _strides(walk: Summary) -> float:
    return sum(number(walk, f"stride.kept.{side}") or 0.0 for side in Side)


def _measured_s(walk: Summary, feet: Sequence[Side]) -> float:
    """Seconds in which every one of these feet was measured, at best."""
    return min(number(walk, f"coverage_pct.{side}") or 0.0 for side in feet) / 100 * (number(walk, "duration_s") or 0.0)


def _covered_pct(walks: Sequence[Summary], stating: Sequence[Summary], feet: Sequence[Side]) -> float:
    recorded_s = sum(number(walk, "duration_s") or 0.0 for walk in walks)
    return 100 * sum(_measured_s(walk, feet) for walk in stating) / recorded_s if recorded_s > 0 else 0.0
