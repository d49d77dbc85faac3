"""A record as templates and scripts take it: strip, charts, table, in words and numbers of one language. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from ingest.wire.entries import ProgrammeId
from processing.rules.baseline import MIN_COVERAGE_PCT
from underfoot.web.record.days import Strip, StripDay
from underfoot.web.record.events import Event, Kind
from underfoot.web.record.said import event_said, number
from underfoot.web.record.svg import Drawn, draw
from underfoot.web.record.trend import Chart, Level, Line
from underfoot.web.signs import MEASURED_SIGNS, PROGRAMME_SIGNS
from underfoot.words import Words
from underfoot.words.times import day_short

_DIGITS = {"pct": 1, "si": 1, "bw_s": 0, "kn_s": 0, "spm": 0, "min": 0, "steps": 0}
_SIGNED = {"si"}
_MARK_SIGNS = {Kind.ALERT: "!", Kind.FLAG: "⚑", Kind.NOTE: "✎", Kind.RULE: "±", Kind.PROGRAMME: "▸"}
_DASHED = {"right": [9, 4]}
_LIMIT_DASH, _USUAL_DASH = [9, 5], [2, 5]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """One cell of the strip. `state`: of `DayMeasured`. `signs`: what each programme came to, sign and state."""

    day: date
    number: str
    state: str
    sign: str
    said: str
    href: str
    signs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChart:
    """`now`: its limits on the last day, in words; "" where none is known."""

    chart: Chart
    title: str
    unit: str
    label: str
    now: str
    drawn: Drawn


def weeks_shown(t: Words, strip: Strip, up: str, person: str) -> list[tuple[str, list[ShownDay]]]:
    """Each week with the day that it begins on."""
    shown = [[_day_shown(t, each, up, person) for each in week] for week in strip.weeks_since_began]
    return [(day_short(week[0].day, t), week) for week in shown]


def _day_shown(t: Words, each: StripDay, up: str, person: str) -> ShownDay:
    facts = each.facts
    return ShownDay(
        day=each.day,
        number=str(each.day.day),
        state=facts.measured.value,
        sign=MEASURED_SIGNS[facts.measured],
        said=_day_said(t, each),
        href=_day_href(each, up, person),
        signs=tuple((state.value, PROGRAMME_SIGNS[state]) for state in each.programmes.values()),
    )


def _day_said(t: Words, each: StripDay) -> str:
    facts = each.facts
    parts = [t(f"record.measured.{facts.measured}")]
    if facts.walked_min is not None:
        parts.append(t("record.walked", minutes=number(t, facts.walked_min)))
    parts += [
        f"{t(f'programme.name.{id_}')} {t(f'programme.became.{state}')}" for id_, state in each.programmes.items()
    ]
    return f"{day_short(each.day, t)}: {', '.join(parts)}"


def _day_href(each: StripDay, up: str, person: str) -> str:
    """To the one walk of a day, else to its row in the table, with all of them or why there is none."""
    return f"{up}p/{person}/walks/{each.walks[0]}" if len(each.walks) == 1 else f"#day-{each.day}"


def charts_shown(t: Words, charts: Sequence[Chart], days: Sequence[date], events: Sequence[Event]) -> list[ShownChart]:
    return [_chart_shown(t, chart, days, events) for chart in charts]


def _chart_shown(t: Words, chart: Chart, days: Sequence[date], events: Sequence[Event]) -> ShownChart:
    title, unit = t(f"record.chart.{chart.id}"), t(f"record.unit.{chart.unit}")
    marked = [event.day for event in events if chart.id in event.charts]
    known = [sum(value is not None for value in line.values) for line in chart.lines]
    return ShownChart(
        chart=chart,
        title=title,
        unit=unit,
        label=t("record.chart_label", title=title, unit=unit, known=max(known), days=len(days)),
        now=", ".join(f"{level_name(t, level)} {_figure(t, chart, level.values[-1])}" for level in _in_force(chart)),
        drawn=draw(chart, days, marked),
    )


def _in_force(chart: Chart) -> list[Level]:
    return [level for level in chart.levels if level.values and level.values[-1] is not None]


def line_name(t: Words, line: Line) -> str:
    return t(f"record.line.{line.key}")


def level_name(t: Words, level: Level) -> str:
    return t(f"record.level.{level.key}")


def trend_json(
    t: Words, shown: Sequence[ShownChart], days: Sequence[date], events: Sequence[Event], zone: tzinfo
) -> dict[str, object]:
    """What static/record.js draws; a value that is not known is null."""
    return {
        "zone": str(zone),
        "t_ms": [_noon_ms(day, zone) for day in days],
        "charts": [_chart_json(t, each, events, zone) for each in shown],
    }


def _chart_json(t: Words, shown: ShownChart, events: Sequence[Event], zone: tzinfo) -> dict[str, object]:
    chart = shown.chart
    return {
        "id": chart.id,
        "label": shown.label,
        "range": [chart.low, chart.high],
        "bars": chart.bars,
        "lines": [
            {
                "label": line_name(t, line),
                "tone": line.tone,
                "dash": _DASHED.get(line.key),
                "values": _rounded(line.values),
                "hollow": line.few,
            }
            for line in chart.lines
        ],
        "levels": [
            {
                "label": level_name(t, level),
                "tone": level.tone,
                "dash": _USUAL_DASH if level.usual else _LIMIT_DASH,
                "values": _rounded(level.values),
            }
            for level in chart.levels
        ],
        "marks": [
            {
                "t_ms": _noon_ms(event.day, zone),
                "label": f"{day_short(event.day, t)}: {event_said(t, event)}",
                "href": f"#{event.anchor}",
                "sign": _MARK_SIGNS[event.kind],
                "kind": event.kind,
            }
            for event in events
            if chart.id in event.charts
        ],
    }


def table_head(t: Words, charts: Sequence[Chart]) -> list[str]:
    names = [
        t(f"record.chart.{chart.id}")
        if len(chart.lines) == 1
        else f"{t(f'record.chart.{chart.id}')}, {line_name(t, line)}"
        for chart in charts
        for line in chart.lines
    ]
    units = [t(f"record.unit.{chart.unit}") for chart in charts for _ in chart.lines]
    return [f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True)]


def table_row(t: Words, charts: Sequence[Chart], index: int) -> list[tuple[str, bool]]:
    """Each figure of a day and whether it is known; one of little coverage carries it."""
    return [_cell(t, chart, line, index) for chart in charts for line in chart.lines]


def _cell(t: Words, chart: Chart, line: Line, index: int) -> tuple[str, bool]:
    value, pct = line.values[index], line.coverage_pct[index]
    text = _figure(t, chart, value)
    if value is not None and (pct is None or pct < MIN_COVERAGE_PCT):
        text = f"{text} ({t('record.covered', pct=number(t, pct))})"
    return text, value is not None


def _figure(t: Words, chart: Chart, value: float | None) -> str:
    if value is None:
        return "–"
    return number(t, value, _DIGITS[chart.unit], signed=chart.unit in _SIGNED)


def programmes_of(strip: Strip) -> list[ProgrammeId]:
    found: Mapping[ProgrammeId, None] = {id_: None for each in strip.days for id_ in each.programmes}
    return list(found)


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in values]


def _noon_ms(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(12), zone).timestamp()) * 1000
