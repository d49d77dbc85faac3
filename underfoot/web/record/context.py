"""What the templates of the record and of its report are given: sections in words and numbers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from ingest.wire.entries import RuleChange
from ingest.wire.geometry import Side
from processing.periods import TimedWalk
from processing.rules.baseline import WALKS_NEEDED
from processing.rules.baseline import number as stated
from processing.rules.day_facts import DayMeasured
from processing.times import local_time
from underfoot.web.door import Ask
from underfoot.web.record.compared import compared, has_figures
from underfoot.web.record.map import colours, outline
from underfoot.web.record.read import Record
from underfoot.web.record.said import event_said, gaps_said, long_day, number, rule_name
from underfoot.web.record.shown import (
    charts_shown,
    level_name,
    line_name,
    programmes_of,
    table_head,
    table_row,
    trend_json,
    weeks_shown,
)
from underfoot.web.signs import MEASURED_SIGNS, PROGRAMME_SIGNS
from underfoot.words import Words
from underfoot.words.reasons import reason_words
from underfoot.words.times import day_short

_LAST_WALKS = 10
_RAMP_STEPS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLine:
    """A walk in a list."""

    name: str
    when: str
    cells: tuple[str, ...]


def context(ask: Ask, record: Record, zone: tzinfo) -> dict[str, Any]:
    t, strip = ask.words, record.strip
    days = [each.day for each in strip.days]
    shown = charts_shown(t, record.charts, days, record.events)
    known = _known(record)
    return {
        "asked": record.asked,
        "record": record,
        "span": t("record.span", first=long_day(t, days[0]), last=long_day(t, days[-1])),
        "title": t("record.title") if len(days) == 84 else t("record.title_weeks", weeks=len(days) // 7),
        "weeks": weeks_shown(t, strip, ask.up, ask.person),
        "gaps": _gaps(t, record),
        "rests": _rests(t, record, zone),
        "left_out": [t(f"record.{part}") for part, is_known in known.items() if not is_known],
        "known": known,
        "counts": _counts(t, record),
        "signs": [(state.value, MEASURED_SIGNS[state], t(f"record.measured.{state}")) for state in DayMeasured],
        "programmes": [t(f"programme.name.{each}") for each in programmes_of(strip)],
        "programme_signs": [
            (state.value, sign, t(f"programme.became.{state}")) for state, sign in PROGRAMME_SIGNS.items()
        ],
        "charts": shown,
        "trend": trend_json(t, shown, days, record.events, zone),
        "table_head": table_head(t, record.charts),
        "table_rows": [(each, table_row(t, record.charts, index)) for index, each in enumerate(strip.days)],
        "calibration": t(f"foot.calibration.{record.calibration or 'unknown'}"),
        "events": [(event, event_said(t, event)) for event in record.events],
        "notes": [event for event in record.events if event.kind == "note"],
        "walks": [_walk_line(t, walk, zone) for walk in record.walks[: -_LAST_WALKS - 1 : -1]],
        "compared": compared(t, record.compared, record.asked.figure, record.on_both),
        "pairs": [(one, other) for one in record.begun for other in record.begun if one is not other],
        "outlines": {side: outline(side) for side in Side},
        "ramp": colours(_RAMP_STEPS),
        "changed": _changed(record),
        "reason": lambda reason: reason_words(reason, t) if reason else "",
        "n": lambda value, digits=0, signed=False: number(t, value, digits, signed=signed),
        "short": lambda day: day_short(day, t),
        "long": lambda day: long_day(t, day),
        "line_name": lambda line: line_name(t, line),
        "level_name": lambda level: level_name(t, level),
        "rule_name": lambda rule: rule_name(t, rule),
    }


def _gaps(t: Words, record: Record) -> list[str]:
    began, first = record.strip.began, record.asked.first
    if began is None:
        return [t("record.nothing")]
    before = [t("record.began", day=long_day(t, began))] if began > first else []
    over = [each for each in record.strip.days_since_began if each.day != record.strip.open_day]
    return [*before, *(gaps_said(t, record.strip.gaps) or ([t("record.no_gap")] if over else []))]


def _rests(t: Words, record: Record, zone: tzinfo) -> list[str]:
    """How much there is to read at all, and what is still to come."""
    count, walking = len(record.walks), record.under_way
    if not count:
        said = [t("record.walks_none" if walking is None else "record.walks_none_over")]
    else:
        said = [t.count("record.walks_read", count)] if count < WALKS_NEEDED else []
    if walking is None:
        return said
    return [*said, t("record.under_way", clock=local_time(walking.begun_t_ns, zone).strftime("%H:%M"))]


def _known(record: Record) -> dict[str, bool]:
    """Of each part whether anything was measured for it."""
    regions = record.compared.figures.regions
    return {
        "trends": any(chart.is_known for chart in record.charts),
        "maps": any(row.of.before.n or row.of.after.n for row in regions),
        "compare": has_figures(record.compared),
    }


def _counts(t: Words, record: Record) -> str:
    days = record.strip.days_since_began
    if not days:
        return ""
    of = Counter(each.facts.measured for each in days)
    return t.count(
        "record.counts",
        len(days),
        measured=of[DayMeasured.MEASURED],
        partly=of[DayMeasured.PARTLY],
        not_worn=of[DayMeasured.NOT_WORN],
        no_data=of[DayMeasured.NO_DATA],
    )


def _walk_line(t: Words, walk: TimedWalk, zone: tzinfo) -> WalkLine:
    summary = walk.summary
    walking_s, steps = stated(summary, "activity.walking_s"), [stated(summary, f"steps.{side}") for side in Side]
    both = None if None in steps else sum(each or 0.0 for each in steps)
    figures = [(stated(summary, f"forefoot_share_pct.{side}"), 1) for side in Side]
    cells = [(None if walking_s is None else walking_s / 60, 0), (both, 0), *figures]
    begun = local_time(walk.begun_t_ns, zone)
    return WalkLine(
        name=str(summary.get("walk")),
        when=f"{long_day(t, begun.date())}, {begun:%H:%M}",
        cells=tuple(number(t, value, digits) for value, digits in cells),
    )


def _changed(record: Record) -> Sequence[tuple[str, object, str, int, str]]:
    """Key, value, by whom, when and why of each number that is not the preset's."""
    rows = []
    for key, entry in record.changes.items():
        said = entry.said
        if isinstance(said, RuleChange):
            value = f"{said.value:g}" if isinstance(said.value, float) else said.value
            rows.append((key, value, entry.by, entry.t_ns, entry.why))
    return rows
