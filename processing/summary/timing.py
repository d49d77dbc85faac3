"""The times of a walk: steps, cadence, strides, support. Formulas in `metrics.timing` and `metrics.support`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.wire.geometry import Side
from processing.judged import Reasons, absent
from processing.metrics.moments import Moments
from processing.metrics.recipe import Recipe
from processing.metrics.support import SupportPart
from processing.metrics.timing import TimingPart

_NO_FOOT = "no foot was measured"
_NO_STRIDES = "no stride counts under this recipe"
_FEW = "each foot needs two strides that count"
_FEW_STEPS = "each foot needs two steps that count"
_NEVER_TOGETHER = "the feet were never measured at the same time"


def steps(parts: Mapping[Side, TimingPart], why: Reasons) -> dict[str, Any]:
    """The key `steps`: initial contacts that were seen."""
    return {"steps": {side.value: _count(parts, side, "steps", "steps", why) for side in Side}}


def timing(parts: Mapping[Side, TimingPart], duration_s: float | None, why: Reasons) -> dict[str, Any]:
    """The keys `cadence_spm`, `stride`, `stance` and `swing`."""
    feet = list(parts.values())
    stride, stance, swing, swing_pct = (
        _pooled([getattr(foot, name) for foot in feet]) for name in ("stride", "stance", "swing", "swing_pct")
    )
    reason = _NO_STRIDES if feet else _NO_FOOT
    removed = sum(foot.complete - foot.used for foot in feet) if feet else None
    complete = {side: _count(parts, side, "stride.complete", "complete", why) for side in Side}
    return {
        "cadence_spm": why.value("cadence_spm", 120 / stride.mean if stride.mean else None, reason),
        "stride": {
            "kept": {side.value: _count(parts, side, "stride.kept", "used", why) for side in Side},
            "removed": why.value("stride.removed", removed, _NO_FOOT),
            "complete": {side.value: complete[side] for side in Side},
            "complete_per_min": {
                side.value: _per_min(complete[side], duration_s, f"stride.complete_per_min.{side}", why)
                for side in Side
            },
            "mean_s": why.value("stride.mean_s", stride.value, reason),
            "cv_pct": why.value("stride.cv_pct", _mean_cv_pct([foot.stride for foot in feet]), _FEW),
        },
        "stance": {
            "mean_s": why.value("stance.mean_s", stance.value, reason),
            "pct": why.value("stance.pct", 100 - swing_pct.mean if swing_pct.n else None, reason),
        },
        "swing": {
            "mean_s": why.value("swing.mean_s", swing.value, reason),
            "pct": why.value("swing.pct", swing_pct.value, reason),
            "cv_pct": why.value("swing.cv_pct", _mean_cv_pct([foot.swing for foot in feet]), _FEW),
        },
    }


def support(parts: Mapping[Side, SupportPart], recipe: Recipe, missing: str | None, why: Reasons) -> dict[str, Any]:
    """The keys `double_support_pct`, `single_support_pct` and `step`; `missing`: why the feet cannot be compared."""
    if missing is not None or not parts:
        return _no_support(missing or _NEVER_TOGETHER, why)
    of_walk = recipe.double_support_of == "walk"
    double = _of_walk(parts, "both_ns") if of_walk else _pooled([part.double_pct for part in parts.values()]).value
    reason = _NEVER_TOGETHER if of_walk else "no stride counts during which both feet were measured"
    single = {
        side: _share(part.alone_ns, part.measured_ns) if of_walk else part.single_pct.value
        for side, part in parts.items()
    }
    step = {side: part.step for side, part in parts.items()}
    both = _pooled(list(step.values()))
    no_steps = "no step counts under this recipe"
    return {
        "double_support_pct": why.value("double_support_pct", double, reason),
        "single_support_pct": {
            side.value: why.value(f"single_support_pct.{side}", single[side], reason) for side in Side
        },
        "step": {
            "mean_s": {side.value: why.value(f"step.mean_s.{side}", step[side].value, no_steps) for side in Side},
            "cv_pct": why.value("step.cv_pct", _mean_cv_pct(list(step.values())), _FEW_STEPS),
            "cadence_spm": why.value("step.cadence_spm", 60 / both.mean if both.mean else None, no_steps),
        },
    }


def _no_support(reason: str, why: Reasons) -> dict[str, Any]:
    for path in ("double_support_pct", "single_support_pct", "step"):
        why.value(path, None, reason)
    nobody = {side.value: None for side in Side}
    return {
        "double_support_pct": None,
        "single_support_pct": dict(nobody),
        "step": {"mean_s": dict(nobody), "cv_pct": None, "cadence_spm": None},
    }


def _count(parts: Mapping[Side, TimingPart], side: Side, path: str, name: str, why: Reasons) -> int | None:
    if side not in parts:
        why.value(f"{path}.{side}", None, absent(side))
        return None
    return int(getattr(parts[side], name))


def _per_min(count: int | None, duration_s: float | None, path: str, why: Reasons) -> float | None:
    rate = None if count is None or not duration_s else 60 * count / duration_s
    return why.value(path, rate, "a single row has no duration" if count is not None else _NO_FOOT)


def _pooled(moments: Sequence[Moments]) -> Moments:
    return sum(moments, Moments())


def _mean_cv_pct(moments: Sequence[Moments]) -> float | None:
    """Mean of the feet that have values; None when one of them has a single one."""
    of_feet = [each.cv_pct for each in moments if each.n]
    known = [value for value in of_feet if value is not None]
    return sum(known) / len(known) if known and len(known) == len(of_feet) else None


def _of_walk(parts: Mapping[Side, SupportPart], name: str) -> float | None:
    part = parts[Side.LEFT]  # what both feet do is the same seen from either
    return _share(getattr(part, name), part.measured_ns)


def _share(part_ns: float, whole_ns: float) -> float | None:
    return 100 * part_ns / whole_ns if whole_ns > 0 else None
