"""A walk summary as a person reads it: groups of lines, a column for each foot, and why figures lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SIDES = ("left", "right")
_PLACES_TOLD = 3  # of one reason

# title, unit, path, digits; `{side}` in a path: one value for each foot
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, int], ...]], ...] = (
    (
        "walk",
        (
            ("coverage", "%", "coverage_pct.{side}", 1),
            ("steps", "", "steps.{side}", 0),
            ("strides kept", "", "stride.kept.{side}", 0),
            ("strides left out", "", "stride.removed", 0),
            ("walking", "s", "activity.walking_s", 0),
            ("standing", "s", "activity.standing_s", 0),
            ("forward, stances", "", "direction.{side}.forward", 0),
            ("backward, stances", "", "direction.{side}.backward", 0),
        ),
    ),
    (
        "timing",
        (
            ("cadence", "steps/min", "cadence_spm", 1),
            ("stride", "s", "stride.mean_s", 3),
            ("stride CV", "%", "stride.cv_pct", 2),
            ("stance", "%", "stance.pct", 1),
            ("swing", "%", "swing.pct", 1),
            ("swing CV", "%", "swing.cv_pct", 2),
            ("double support", "%", "double_support_pct", 1),
            ("single support", "%", "single_support_pct.{side}", 1),
            ("step", "s", "step.mean_s.{side}", 3),
        ),
    ),
    (
        "load",
        (
            ("mean force", "N", "mean_force.{side}", 1),
            ("peak force", "N", "peak_force.{side}.mean", 1),
            ("impulse", "N s", "impulse.{side}", 0),
            ("impulse", "body weight s", "dose.{side}.impulse_bw_s", 1),
            ("forefoot share", "%", "forefoot_share_pct.{side}", 1),
            ("forefoot/rearfoot impulse", "", "forefoot_rearfoot.{side}.impulse_ratio", 2),
            ("load spread", "areas", "evenness.{side}.n_eff", 2),
            ("load excursion", "% of length", "progression.{side}.excursion_pct", 1),
            ("calibration", "", "calibration.{side}", 0),
        ),
    ),
    (
        "asymmetry",
        (
            ("load", "%, + right", "asymmetry.load_si_pct", 1),
            ("stance", "%, + right", "asymmetry.stance_si_pct", 1),
            ("swing", "%, + right", "asymmetry.swing_si_pct", 1),
            ("step", "%, + right", "asymmetry.step_si_pct", 1),
        ),
    ),
)


def walk_table(summary: Mapping[str, Any]) -> str:
    lines = [
        f"{summary['walk']}  ({summary['source']}, recipe {summary['recipe']}, {_told(summary['duration_s'], 1)} s)",
        f"  {'':<32}{'left':>14}{'right':>14}",
    ]
    for title, rows in _GROUPS:
        lines.append(f"  {title}")
        lines += [line for row in rows if (line := _line(summary, *row)) is not None]
    lines += _faults(summary.get("health") or {})
    lines += _alerts(summary)
    lines += _reasons(summary["reasons"])
    return "\n".join(lines) + "\n"


def _line(summary: Mapping[str, Any], title: str, unit: str, path: str, digits: int) -> str | None:
    """None where the summary knows no such figure, or nobody asked for it (a weight was not given)."""
    paths = [path.format(side=side) for side in _SIDES] if "{side}" in path else [path]
    values = [_at(summary, each) for each in paths]
    if all(value is None for value in values) and path.endswith("impulse_bw_s"):
        return None
    if any(value is _ABSENT for value in values):
        return None
    name = f"  {title} [{unit}]" if unit else f"  {title}"
    return f"  {name:<32}" + "".join(f"{_told(value, digits):>14}" for value in values)


_ABSENT = object()


def _at(summary: Mapping[str, Any], path: str) -> Any:
    found: Any = summary
    for key in path.split("."):
        if found is None:
            return None
        if not isinstance(found, Mapping) or key not in found:
            return _ABSENT
        found = found[key]
    return found


def _told(value: object, digits: int) -> str:
    if isinstance(value, (int, float)):
        return f"{value:.{digits}f}"
    return "not measured" if value is None else str(value)


def _faults(health: Mapping[str, Any]) -> list[str]:
    return [
        f"  {side} {fault['area']}: {fault['kind']}, found after {fault['found_s']:.0f} s; left out of every load"
        for side in _SIDES
        for fault in (health.get(side) or {}).get("faults", ())
    ]


def _alerts(summary: Mapping[str, Any]) -> list[str]:
    return [
        f"  alert {alert['rule']} {alert['side'] or ''} after {alert['raised_s']:.0f} s: {alert['evidence']}"
        for alert in summary["alerts"]
    ]


def _reasons(reasons: Mapping[str, str]) -> list[str]:
    """One line for each reason, with the first figures that lack for it."""
    lacking: dict[str, list[str]] = {}
    for path, reason in reasons.items():
        lacking.setdefault(reason, []).append(path)
    lines = []
    for reason, paths in lacking.items():
        more = f" and {len(paths) - _PLACES_TOLD} more" if len(paths) > _PLACES_TOLD else ""
        lines.append(f"  not measured, {reason}: {', '.join(paths[:_PLACES_TOLD])}{more}")
    return lines
