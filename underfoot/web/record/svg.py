"""A chart as the geometry of an SVG picture: it prints, and needs no script. Pure; where there is no value is a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from underfoot.web.record.limits import Values
from underfoot.web.record.trend import Chart, Level, Line

WIDTH, HEIGHT = 860.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 10.0, 10.0, 30.0
_TICKS, _LABELS = 4, 8
_NICE = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """`path`: the whole line, broken where values are missing; `dots`: a path of points, `rings`: those of little
    coverage."""

    tone: str
    path: str
    dots: str = ""
    rings: tuple[tuple[float, float], ...] = ()
    usual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`bars`, `few_bars`: paths of boxes. `gaps`: x and width of days without any value."""

    lines: tuple[Curve, ...]
    levels: tuple[Curve, ...]
    bars: str
    few_bars: str
    gaps: tuple[tuple[float, float], ...]
    marks: tuple[float, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[tuple[float, date], ...]
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM


def draw(chart: Chart, days: Sequence[date], marked: Sequence[date] = ()) -> Drawn:
    """`marked`: days with a mark, those of `days` only."""
    low, high = _range(chart)
    step = (WIDTH - _LEFT - _RIGHT) / len(days)

    def x(index: float) -> float:
        return _LEFT + step * (index + 0.5)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    index_of = {day: index for index, day in enumerate(days)}
    return Drawn(
        lines=() if chart.bars else tuple(_line(line, x, y) for line in chart.lines),
        levels=tuple(_level(level, x, y) for level in chart.levels),
        bars=_bars(chart.lines[0], x, y, step, few=False) if chart.bars else "",
        few_bars=_bars(chart.lines[0], x, y, step, few=True) if chart.bars else "",
        gaps=tuple((x(first - 0.5), step * (last - first + 1)) for first, last in _gaps(chart)),
        marks=tuple(x(index_of[day]) for day in sorted(set(marked)) if day in index_of),
        y_ticks=tuple(Tick(y(value), f"{value:g}") for value in _ticks(low, high)),
        x_ticks=tuple((x(index), day) for index, day in enumerate(days) if index % _week_step(len(days)) == 0),
    )


def _range(chart: Chart) -> tuple[float, float]:
    columns = [*(line.values for line in chart.lines), *(level.values for level in chart.levels)]
    values = [value for column in columns for value in column if value is not None]
    low, high = min([chart.low, *values]), max([chart.high, *values])
    step = _nice_step(low, high)
    return floor(low / step) * step, ceil(high / step) * step


def _ticks(low: float, high: float) -> list[float]:
    step = _nice_step(low, high)
    return [low + step * count for count in range(round((high - low) / step) + 1)]


def _nice_step(low: float, high: float) -> float:
    rough = (high - low) / _TICKS
    power = 10.0 ** floor(log10(rough))
    return next(nice * power for nice in _NICE if nice * power >= rough * 0.999)


def _week_step(days: int) -> int:
    return 7 * ceil(days / (7 * _LABELS)) if days > 2 * _LABELS else 1


def _line(line: Line, x: Callable[[float], float], y: Callable[[float], float]) -> Curve:
    runs = [
        "M" + "L".join(f"{x(index):.1f} {y(line.values[index] or 0.0):.1f}" for index in range(first, last + 1))
        for first, last in _runs(line.values)
    ]
    known = [
        (x(index), y(value), few)
        for index, (value, few) in enumerate(zip(line.values, line.few, strict=True))
        if value is not None
    ]
    return Curve(
        tone=line.tone,
        path="".join(runs),
        dots="".join(f"M{across:.1f} {down:.1f}h0" for across, down, few in known if not few),
        rings=tuple((across, down) for across, down, few in known if few),
    )


def _level(level: Level, x: Callable[[float], float], y: Callable[[float], float]) -> Curve:
    """Flat strokes: nothing leads from one value to another."""
    pieces, before = [], None
    for index, value in enumerate(level.values):
        if value is not None and value != before:
            pieces.append(f"M{x(index - 0.5):.1f} {y(value):.1f}")
        if value is not None:
            pieces.append(f"H{x(index + 0.5):.1f}")
        before = value
    return Curve(tone=level.tone, path="".join(pieces), usual=level.usual)


def _bars(line: Line, x: Callable[[float], float], y: Callable[[float], float], step: float, *, few: bool) -> str:
    width, foot = 0.7 * step, HEIGHT - _BOTTOM
    return "".join(
        f"M{x(index) - width / 2:.1f} {foot:.1f}V{y(value):.1f}h{width:.1f}V{foot:.1f}z"
        for index, (value, is_few) in enumerate(zip(line.values, line.few, strict=True))
        if value is not None and is_few is few
    )


def _runs(values: Values) -> Iterator[tuple[int, int]]:
    """First and last index of each stretch that has values."""
    first = None
    for index, value in enumerate((*values, None)):
        if value is not None and first is None:
            first = index
        elif value is None and first is not None:
            yield first, index - 1
            first = None


def _gaps(chart: Chart) -> Iterator[tuple[int, int]]:
    columns = zip(*(line.values for line in chart.lines), strict=True)
    return _runs(tuple(1.0 if all(value is None for value in column) else None for column in columns))
