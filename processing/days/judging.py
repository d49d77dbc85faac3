"""The past under the rules over days: every alert that should stand in the journal by now. Pure.

Everything is folded from the facts each time, so that rows that come late, a restart or a repeat lead to what would
have been said had all been there in time. A rule is the one in force when a walk began, or when a day was over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from processing.days.alerts import DAY_NS, day_alert
from processing.days.facts import day_facts
from processing.days.record import KeptWalk, Past, rule_at
from processing.household import Household
from processing.rules.daily import CannotJudge, Judged, Raised, judge_dose, judge_gait
from processing.rules.day_facts import DayFacts, usual_load_bw_s, usual_steps
from processing.rules.day_rule import DoseRule, GaitChangeRule, TemperatureRule
from processing.rules.ruleset import RulesAt
from processing.rules.run import runs
from processing.rules.temperature import DayDifference, found_warm, judge_warmth
from processing.times import day_bounds_ns

LOOK_BACK_NS = 30 * DAY_NS
_LONGEST_RUN_NS = 15 * DAY_NS  # that a rule may ask for

Warmth = Sequence[tuple[date, DayDifference]]


def looks_back_to_ns(past: Past, rules: frozenset[str]) -> int:
    """From where on alerts of these rules are found: far enough for what is open to be found again."""
    is_open = [each.raised_t_ns for each in past.known.values() if each.rule in rules and each.cleared_t_ns is None]
    return min([past.t_ns - LOOK_BACK_NS, *(raised_ns - _LONGEST_RUN_NS for raised_ns in is_open)])


def dose_alerts(past: Past, since_ns: int, rules_at: RulesAt, house: Household) -> Iterator[Alert]:
    """A7 of each day: raised by the walk with which a limit was passed, over with the day."""
    for index, facts in enumerate(past.facts):
        ends_ns = day_bounds_ns(facts.day, past.zone)[1]
        if not facts.walks or ends_ns < since_ns:
            continue
        walks = past.walks_on[facts.day]
        in_force = rule_at(rules_at, DoseRule, walks[-1].begun_t_ns)
        if in_force is None:
            continue
        rule, rules = in_force
        before = past.facts[:index]
        usual = usual_steps(before), usual_load_bw_s(before, rule.load_days)
        for count, walk in enumerate(walks, 1):
            judged = judge_dose(rule, _so_far(walks[:count], facts, past), *usual)
            if isinstance(judged, Raised):
                over = past.t_ns >= ends_ns
                yield day_alert(
                    rule,
                    rules,
                    house,
                    when=f"{facts.day:%Y%m%d}",
                    found=judged.found,
                    raised_t_ns=walk.ended_t_ns,
                    cleared_t_ns=max(ends_ns, walk.ended_t_ns) if over else None,
                )
                break


def _so_far(walks: Sequence[KeptWalk], facts: DayFacts, past: Past) -> DayFacts:
    if len(walks) == facts.walks:
        return facts
    return day_facts(walks, (), facts.day, facts.day, past.zone)[0]


def gait_alerts(past: Past, since_ns: int, rules_at: RulesAt, house: Household) -> Iterator[Alert]:
    """A8: raised by the last of enough odd walks running, over after as many usual ones."""
    walks = [walk for walk in past.walks if walk.begun_t_ns >= since_ns]
    in_force = [rule_at(rules_at, GaitChangeRule, walk.begun_t_ns) for walk in walks]
    judged: list[Judged] = [
        CannotJudge("no such rule")
        if found is None
        else judge_gait(found[0], walk.summary, past.baseline_at(walk.begun_t_ns))
        for found, walk in zip(in_force, walks, strict=True)
    ]
    needed = [1 if found is None else found[0].walks for found in in_force]
    for run in runs(judged, needed, gap_breaks=False):
        found, walk, last = in_force[run.begun], walks[run.begun], judged[run.begun]
        if found is None or not isinstance(last, Raised):
            continue
        rule, rules = found
        yield day_alert(
            rule,
            rules,
            house,
            when=walk.name,
            found=f"{last.found} {rule.walks} walks running.",
            raised_t_ns=walk.ended_t_ns,
            cleared_t_ns=None if run.ended is None else walks[run.ended].ended_t_ns,
        )


def warm_alerts(
    past: Past, area: str, days: Warmth, timely: Warmth, rules_at: RulesAt, house: Household
) -> Iterator[Alert]:
    """A9 of one area over finished days running. `timely`: the same from readings that came on their day.

    What those alone do not show was found late.
    """
    for side in Side:
        found = list(_warm(past, area, side, days, rules_at, house))
        in_time = {alert.id for alert in _warm(past, area, side, timely, rules_at, house)} if found else set()
        for alert in found:
            yield alert if alert.id in in_time else replace(alert, late=True)


def _warm(past: Past, area: str, side: Side, days: Warmth, rules_at: RulesAt, house: Household) -> Iterator[Alert]:
    ends = [day_bounds_ns(day, past.zone)[1] for day, _ in days]
    in_force = [rule_at(rules_at, TemperatureRule, ends_ns - 1) for ends_ns in ends]
    judged: list[Judged] = [
        CannotJudge("no such rule") if found is None else judge_warmth(found[0], difference, side)
        for found, (_, difference) in zip(in_force, days, strict=True)
    ]
    needed = [1 if found is None else found[0].days for found in in_force]
    for run in runs(judged, needed, gap_breaks=True):
        found = in_force[run.begun]
        if found is not None:
            rule, rules = found
            yield day_alert(
                rule,
                rules,
                house,
                when=f"{days[run.begun][0]:%Y%m%d}",
                found=found_warm(rule, area, side, judged[: run.begun + 1]),
                raised_t_ns=ends[run.begun],
                cleared_t_ns=None if run.ended is None else ends[run.ended],
                side=side,
                area=area,
            )
