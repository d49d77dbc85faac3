"""Limits of rules as the page shows and takes them: in parts, each value as a person would type it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite

from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.change import Limit
from processing.rules.ruleset import Value
from underfoot.rules_in_force import LimitInForce, RuleHead, RulesInForce
from underfoot.web.fields import iso_day
from underfoot.words import Words

TRIED_DAYS = 28

_UNITS = (
    ("_h_per_day", "h-per-day"), ("_pct", "pct"), ("_kpa", "kpa"), ("_ms", "ms"), ("_spreads", "spreads"),
    ("_factor", "factor"), ("_strides", "strides"), ("_stances", "stances"), ("points", "points"), ("days", "days"),
    ("walks", "walks"), ("steps_over", "steps"), ("_s", "s"), ("_h", "h"), ("_c", "c"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rule, or what is of all of them: `name` "" (the whole set), "peace" or "escalation" has no head."""

    name: str
    head: RuleHead | None
    limits: tuple[LimitInForce, ...]


def parts(found: RulesInForce) -> tuple[Part, ...]:
    """Every rule in its order, also one without limits; then what keeps them bearable; first what is of the set."""
    heads = {head.id: head for head in found.heads}
    names = dict.fromkeys(["", *heads, *(each.part for each in found.limits)])
    return tuple(
        Part(name=name, head=heads.get(name), limits=tuple(each for each in found.limits if each.part == name))
        for name in names
    )


def words_of(limit: Limit, t: Words) -> str:
    """What the number says, in the reader's words."""
    path = limit.key.split(".")
    said = t(f"limits.field.{path[-1]}")
    return t("limits.stronger", what=said) if "stronger" in path[1:-1] else said


def unit_of(key: str) -> str:
    """The name of its unit, "" for what has none."""
    return next((unit for end, unit in _UNITS if key.endswith(end)), "")


def spelled(value: Value | None, key: str, t: Words) -> str:
    """With its unit."""
    if value is None or value == "":
        return t("limits.none")
    if isinstance(value, bool):
        return t("limits.on") if value else t("limits.off")
    if isinstance(value, str):
        return t(f"page.{value}") if t.has(f"page.{value}") else value
    unit = unit_of(key)
    number = t.number(value, len(typed(value).partition(".")[2]))
    return f"{number} {t(f'limits.unit.{unit}')}" if unit else number


def typed(value: Value | None) -> str:
    """As a form holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, int | float) else value


def options(limit: Limit) -> tuple[str, ...]:
    """Of a choice its values; empty where a number or words are wanted."""
    if limit.least is not None or limit.pattern is not None:
        return ()
    return ("true", "false") if limit.wanted == "true or false" else tuple(limit.wanted.split(" or "))


def read(limit: Limit, text: str) -> Value:
    """What was typed for it; its bounds are not looked at here.

    :raises UnderfootError: RULE_REFUSED for what is no number where one is wanted, or nothing at all.
    """
    said = text.strip()
    if not said:
        raise UnderfootError(FaultCode.RULE_REFUSED, f"{limit.key}: nothing was typed, it has to be {limit.wanted}")
    if limit.least is None:
        return said == "true" if limit.wanted == "true or false" and said in ("true", "false") else said
    try:
        number = float(said.replace(",", "."))
    except ValueError as error:
        raise UnderfootError(FaultCode.RULE_REFUSED, f"{limit.key}: {said!r} is no number") from error
    if not isfinite(number):
        raise UnderfootError(FaultCode.RULE_REFUSED, f"{limit.key}: {said!r} is no number to reckon with")
    return number


def days_tried(first: str, last: str, today: date) -> tuple[date, date]:
    """ISO days, both included; left out: the last four weeks.

    :raises UnderfootError: REQUEST_MALFORMED.
    """
    end = iso_day(last) or today
    begin = iso_day(first) or end - timedelta(days=TRIED_DAYS - 1)
    if end < begin:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "the last day is before the first")
    return begin, end


def triable(found: RulesInForce, rules: tuple[str, ...]) -> Iterator[LimitInForce]:
    """Limits that can be tried on stored seconds."""
    return (each for each in found.limits if each.part in rules)
