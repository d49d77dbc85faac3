"""Days, numbers and happenings of a record in the words of the page. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from underfoot.web.record.days import Gap
from underfoot.web.record.events import Event, Kind
from underfoot.words import Words
from underfoot.words.times import day_short

_MINUS = "\N{MINUS SIGN}"
_MOST_GAPS = 6  # more are told by their number


def long_day(t: Words, day: date) -> str:
    return f"{day_short(day, t)} {day.year}"


def stretch(t: Words, first: date, last: date) -> str:
    return day_short(first, t) if first == last else f"{day_short(first, t)} – {day_short(last, t)}"


def number(t: Words, value: float | None, digits: int = 0, *, signed: bool = False) -> str:
    """With the language's decimal sign; of None that it was not measured."""
    if value is None:
        return t("page.not_measured")
    near = round(value, digits)
    sign = _MINUS if near < 0 else "+" if signed and near else ""
    return sign + t.number(abs(near), digits)


def gaps_said(t: Words, gaps: Iterable[Gap]) -> list[str]:
    """One sentence each; where there are many, the longest and how many there are."""
    found = sorted(gaps, key=lambda gap: (-gap.days, gap.first))
    shown = sorted(found[:_MOST_GAPS], key=lambda gap: gap.first)
    said = [t.count("record.gap", gap.days, days=stretch(t, gap.first, gap.last)) for gap in shown]
    hidden = found[_MOST_GAPS:]
    return [*said, t.count("record.gaps_more", len(hidden))] if hidden else said


def rule_name(t: Words, rule: str) -> str:
    """`T2_long` is told as a T2 of its own name; a rule that has none here is told by its id."""
    key = f"rule.{rule}"
    return f"{rule.partition('_')[0]} {t(key)}" if t.has(key) else rule


def event_said(t: Words, event: Event) -> str:
    """What it was, without what somebody wrote."""
    named = dict(event.named)
    if event.kind in (Kind.ALERT, Kind.ANSWER):
        side, state = t(f"page.{named['side']}"), f"clinic.alert_state.{named['state']}"
        said = t(f"record.event.{event.key}", name=rule_name(t, str(named["rule"])), side=side, rule=named["rule"])
        return said if event.kind is Kind.ANSWER else f"{said} ({t(state)})"
    if event.kind is Kind.FLAG:
        flags = named["flags"]
        assert isinstance(flags, tuple)  # noqa: S101 - of a flag they always are
        return t("record.event.flag", flags=", ".join(t(f"flag.{flag}") for flag in flags))
    if event.kind is Kind.PROGRAMME:
        cap = t("record.no_cap") if named["cap"] is None else named["cap"]
        name = t(f"programme.name.{named['programme']}")
        return t(f"record.event.{event.key}", programme=name, cap=cap)
    value = named.get("value")
    shown = f"{value:g}" if isinstance(value, float) else value
    return t(f"record.event.{event.key}", key=named.get("key", ""), value=shown)
