"""Rules over days and walks, judged (A7, A8, A10). Pure: figures in, what they say out. Clinical basis 5.2.

- A7: steps > usual steps + `steps_over`, or load > `load_factor` × usual load. What was seen of a day is enough to
  raise it; to call the day usual, 80 % of it has to be measured. One figure that lacks leaves it to the other
- A8, a walk: stride CV > max(`cv_floor_pct`, baseline + `cv_spreads` · s), or cadence below the baseline by more than
  `cadence_drop_pct` of it. A walk counts with 30 strides, 80 % of both feet and both figures
- A10: mean worn time of `days` finished days < `least_h_per_day`; or nothing worn for `none_h`. A day on which the hub
  ran for less than 12 h is not known: neither how little was worn then, nor that nothing was
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.wire.geometry import Side
from processing.rules.baseline import MIN_COVERAGE_PCT, Baseline, Summary, number
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.rules.day_rule import DoseRule, GaitChangeRule, WearRule

HUB_RAN_S = 12 * 3600.0  # Reasoned: a hub that runs for half a day runs while people are up
STRIDES_NEEDED = 30  # of both feet: the fewest that a stride CV is stated for (clinical basis 5.1)
_NOTHING_OVER = "no limit is passed"


@dataclass(frozen=True, slots=True)
class Raised:
    """The rule is met; `found` for the clinician."""

    found: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """The rule was judged and is not met."""

    found: str = ""


@dataclass(frozen=True, slots=True)
class CannotJudge:
    """What was measured does not suffice."""

    reason: str


Judged = Raised | Quiet | CannotJudge


def judge_dose(rule: DoseRule, day: DayFacts, usual_steps: int | None, usual_load_bw_s: float | None) -> Judged:
    """A day so far against what is usual for the person."""
    over = [_steps_over(rule, day, usual_steps), _load_over(rule, day, usual_load_bw_s)]
    found = [each.found for each in over if isinstance(each, Raised)]
    if found:
        return Raised(" ".join(found))
    if day.measured is not DayMeasured.MEASURED:
        return CannotJudge(day.reason or "the day was not measured")
    reasons = [each.reason for each in over if isinstance(each, CannotJudge)]
    return CannotJudge("; ".join(reasons)) if len(reasons) == len(over) else Quiet(_NOTHING_OVER)


def _steps_over(rule: DoseRule, day: DayFacts, usual: int | None) -> Judged:
    if day.steps is None:
        return CannotJudge("steps were not measured")
    if usual is None:
        return CannotJudge("usual steps are not known yet")
    more = day.steps - usual
    if more <= rule.steps_over:
        return Quiet()
    return Raised(f"{day.steps} steps, {more:+} against the usual {usual} (limit {rule.steps_over:+}).")


def _load_over(rule: DoseRule, day: DayFacts, usual: float | None) -> Judged:
    if day.load_bw_s is None:
        return CannotJudge("load in body weights was not measured")
    if usual is None or usual <= 0:
        return CannotJudge("the usual load is not known yet")
    if day.load_bw_s <= rule.load_factor * usual:
        return Quiet()
    return Raised(
        f"Load {day.load_bw_s:.0f} BW s, {day.load_bw_s / usual:.2f} × the median of the last {rule.load_days} days "
        f"measured (limit {rule.load_factor:g} ×)."
    )


def judge_gait(rule: GaitChangeRule, walk: Summary, baseline: Baseline | None) -> Judged:
    """One walk against the baseline in force when it began."""
    reason = _why_no_gait(walk)
    if reason is not None:
        return CannotJudge(reason)
    cv_pct, cadence = number(walk, "stride.cv_pct"), number(walk, "cadence_spm")
    figures = {} if baseline is None else baseline.figures
    usual_cv, usual_cadence = figures.get("stride.cv_pct"), figures.get("cadence_spm")
    if cv_pct is None or cadence is None:
        return CannotJudge("the walk states no stride CV" if cv_pct is None else "the walk states no cadence")
    if usual_cv is None or usual_cadence is None:
        return CannotJudge("no baseline of stride CV and cadence")
    limit_pct = max(rule.cv_floor_pct, usual_cv.median + rule.cv_spreads * usual_cv.spread)
    least_spm = (1 - rule.cadence_drop_pct / 100) * usual_cadence.median
    found = (
        f"Stride CV {cv_pct:.1f} % (usual {usual_cv.median:.1f} %, limit {limit_pct:.1f} %), "
        f"cadence {cadence:.0f} (usual {usual_cadence.median:.0f}, limit {least_spm:.0f}) steps/min."
    )
    return Raised(found) if cv_pct > limit_pct or cadence < least_spm else Quiet(found)


def _why_no_gait(walk: Summary) -> str | None:
    covered = [number(walk, f"coverage_pct.{side}") or 0.0 for side in Side]
    if min(covered) < MIN_COVERAGE_PCT:
        return f"{min(covered):.0f} % of a foot was measured"
    strides = sum(number(walk, f"stride.kept.{side}") or 0.0 for side in Side)
    return None if strides >= STRIDES_NEEDED else f"{strides:.0f} strides are too few"


def judge_wear(rule: WearRule, days: Sequence[DayFacts]) -> Judged:
    """Finished days, the latest `rule.days` of which are judged."""
    last = days[-rule.days :]
    if len(last) < rule.days:
        return CannotJudge(f"{len(last)} of {rule.days} days are over")
    worn = [worn_h(day) for day in last]
    known = [hours for hours in worn if hours is not None]
    mean_h = sum(known) / rule.days
    if mean_h >= rule.least_h_per_day:
        return Quiet(f"{mean_h:.1f} h a day")
    unknown = next((day for day, hours in zip(last, worn, strict=True) if hours is None or not _is_whole(day)), None)
    if unknown is not None:
        return CannotJudge(f"{unknown.day}: {unknown.reason or 'the hub ran for less than half of the day'}")
    return Raised(
        f"Worn {mean_h:.1f} h a day over {rule.days} days (limit {rule.least_h_per_day:g} h): "
        f"{', '.join(f'{hours:.1f}' for hours in known)} h."
    )


def judge_no_wear(rule: WearRule, since_worn_h: float | None, hub_ran_h: float) -> Judged:
    """`since_worn_h`: since the insoles were last worn; None: they never were."""
    if since_worn_h is None:
        return CannotJudge("the insoles were not worn yet")
    if since_worn_h < rule.none_h:
        return Quiet(f"worn {since_worn_h:.0f} h ago")
    if hub_ran_h < rule.none_h / 2:
        return CannotJudge(f"the hub ran for {hub_ran_h:.0f} h of that time")
    return Raised(f"Not worn for {rule.none_h:g} h, of which the hub ran for {min(hub_ran_h, rule.none_h):.0f} h.")


def worn_h(day: DayFacts) -> float | None:
    """Hours worn; 0 only where the hub would have heard of them."""
    if day.worn_min is not None:
        return day.worn_min / 60
    return 0.0 if not day.walks and (day.heard_s or 0.0) >= HUB_RAN_S else None


def _is_whole(day: DayFacts) -> bool:
    """Whether no more than these hours were worn, as far as anybody can know."""
    return day.measured is not DayMeasured.PARTLY and (day.heard_s or 0.0) >= HUB_RAN_S
