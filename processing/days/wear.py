"""A10 over a person's past: when the insoles were worn too little, and when enough again. Pure; see `judging`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.wire.alerts import Alert
from processing.days.alerts import cleared, day_alert
from processing.days.record import KeptWalk, Past, rule_at
from processing.household import Household
from processing.rules.daily import Raised, judge_no_wear, judge_wear
from processing.rules.day_facts import DayFacts
from processing.rules.day_rule import WearRule
from processing.rules.ruleset import RulesAt, RuleSet
from processing.times import day_bounds_ns, local_day

_HOUR_NS = 3600 * 10**9


@dataclass(slots=True)
class _Fold:
    """What the days so far have come to."""

    is_open: Alert | None = None
    counts_from: date | None = None  # the first day worn, or the one after a day of enough
    worn_until_ns: int | None = None


def wear_alerts(past: Past, since_ns: int, rules_at: RulesAt, house: Household) -> Iterator[Alert]:
    """One at a time: raised when finished days are too little, or by time alone; over with the walk that is enough."""
    first = local_day(since_ns, past.zone)
    so_far = _Fold()
    for index, facts in enumerate(past.facts):
        walks = [walk for walk in past.walks_on.get(facts.day, ()) if walk.worn_s > 0]
        ends_ns = day_bounds_ns(facts.day, past.zone)[1]
        if walks and so_far.counts_from is None:
            so_far.counts_from = facts.day
        in_force = rule_at(rules_at, WearRule, min(ends_ns, past.t_ns) - 1) if facts.day >= first else None
        if in_force is not None:
            rule, rules = in_force
            so_far.is_open = so_far.is_open or _none_worn(past, facts, walks, so_far, rule, rules, house)
            enough_ns = _enough_ns(rule, walks)
            if so_far.is_open and enough_ns is not None:
                yield cleared(so_far.is_open, enough_ns)
                so_far.is_open, so_far.counts_from = None, facts.day + timedelta(days=1)
            if so_far.is_open is None and ends_ns <= past.t_ns:
                so_far.is_open = _too_little(past.facts[: index + 1], so_far, rule, rules, house, ends_ns)
        so_far.worn_until_ns = max([so_far.worn_until_ns or 0, *(walk.ended_t_ns for walk in walks)]) or None
    if so_far.is_open is not None:
        yield so_far.is_open


def none_due_ns(past: Past, rules_at: RulesAt) -> int | None:
    """When, without another walk, the time without any wear is up; None: it is, or nothing was worn yet."""
    worn = [walk.ended_t_ns for walk in past.walks if walk.worn_s > 0]
    in_force = rule_at(rules_at, WearRule, past.t_ns)
    if not worn or in_force is None:
        return None
    due_ns = max(worn) + round(in_force[0].none_h * _HOUR_NS)
    return due_ns if due_ns > past.t_ns else None


def _enough_ns(rule: WearRule, walks: Sequence[KeptWalk]) -> int | None:
    """The end of the walk with which the day had enough."""
    worn_s = 0.0
    for walk in walks:
        worn_s += walk.worn_s
        if worn_s >= rule.least_h_per_day * 3600:
            return walk.ended_t_ns
    return None


def _too_little(
    days: Sequence[DayFacts], so_far: _Fold, rule: WearRule, rules: RuleSet, house: Household, ends_ns: int
) -> Alert | None:
    judged = judge_wear(rule, [day for day in days if so_far.counts_from is not None and day.day >= so_far.counts_from])
    if not isinstance(judged, Raised):
        return None
    return day_alert(
        rule, rules, house, when=f"{days[-1].day:%Y%m%d}", found=judged.found, raised_t_ns=ends_ns
    )  # fmt: skip


def _none_worn(
    past: Past,
    facts: DayFacts,
    walks: Sequence[KeptWalk],
    so_far: _Fold,
    rule: WearRule,
    rules: RuleSet,
    house: Household,
) -> Alert | None:
    if so_far.worn_until_ns is None:
        return None
    starts_ns, ends_ns = day_bounds_ns(facts.day, past.zone)
    at_ns = max(so_far.worn_until_ns + round(rule.none_h * _HOUR_NS), starts_ns)
    if at_ns >= min(ends_ns, past.t_ns + 1) or any(walk.begun_t_ns <= at_ns for walk in walks):
        return None
    last = local_day(so_far.worn_until_ns, past.zone)
    ran_h = sum(day.heard_s or 0.0 for day in past.facts if last < day.day <= facts.day) / 3600
    judged = judge_no_wear(rule, (at_ns - so_far.worn_until_ns) / _HOUR_NS, ran_h)
    if not isinstance(judged, Raised):
        return None
    return day_alert(rule, rules, house, when=f"{facts.day:%Y%m%d}", found=judged.found, raised_t_ns=at_ns)
