"""The ten regions of both feet as shapes with a value each: before, after, and the change. Pure.

Regions are those of `ingest.wire.geometry.region_at`; colours are cividis (Nuñez 2018, PLoS ONE 13(7):e0199239, the
fit that d3-scale-chromatic publishes), from 0 to the largest value of both times; of the change blue is less and
orange is more. A region without a value has no colour: it is hatched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.wire.geometry import Region, Side
from processing.metrics.change import RegionChange

WIDTH, HEIGHT = 200, 460
_LEFT, _TOP, _ACROSS, _LENGTH = 12.0, 10.0, 176.0, 440.0
# x 0 medial … 1 lateral, y 0 heel … 1 toe, as in static/feet.js
_SOLE = (
    (0.5, 0), (0.3, 0.02), (0.17, 0.09), (0.14, 0.2), (0.2, 0.33), (0.22, 0.45), (0.13, 0.57), (0.03, 0.68),
    (0.01, 0.78), (0.05, 0.89), (0.17, 0.975), (0.34, 1), (0.54, 0.97), (0.74, 0.9), (0.9, 0.8), (0.98, 0.68),
    (0.97, 0.55), (0.91, 0.42), (0.87, 0.3), (0.86, 0.18), (0.81, 0.07), (0.69, 0.015),
)  # fmt: skip
_BOXES: Mapping[Region, tuple[float, float, float, float]] = {  # x from, x to, y from, y to
    Region.T1: (0, 0.333, 0.81, 1),
    Region.T2_5: (0.333, 1, 0.81, 1),
    Region.M1: (0, 0.333, 0.51, 0.81),
    Region.M2: (0.333, 0.477, 0.51, 0.81),
    Region.M3: (0.477, 0.621, 0.51, 0.81),
    Region.M4: (0.621, 0.765, 0.51, 0.81),
    Region.M5: (0.765, 1, 0.51, 0.81),
    Region.MF: (0, 1, 0.31, 0.51),
    Region.HM: (0, 0.5, 0, 0.31),
    Region.HL: (0.5, 1, 0, 0.31),
}
_MIDDLE = {Region.T1: (0.2, 0.88), Region.T2_5: (0.58, 0.87), Region.M1: (0.18, 0.68), Region.M2: (0.405, 0.73),
           Region.M3: (0.549, 0.67), Region.M4: (0.693, 0.61), Region.M5: (0.86, 0.66),
           Region.MF: (0.55, 0.41), Region.HM: (0.33, 0.17), Region.HL: (0.67, 0.17)}  # fmt: skip
_CIVIDIS = (
    (-4.54, -35.34, 2381.73, -6402.7, 7024.72, -2710.57),
    (32.49, 170.73, 52.82, -131.46, 176.58, -67.37),
    (81.24, 442.36, -2482.43, 6167.24, -6614.94, 2475.67),
)
_LESS, _SAME, _MORE = (47, 104, 176), (245, 244, 240), (196, 98, 20)
_LEAST_APART = 0.1  # of the top: full colour for less than this would cry wolf
_DARK_BELOW = 0.32  # relative luminance below which white letters read better

Colour = tuple[int, int, int]
Paint = Callable[[float], Colour]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A region's box and where its value is written; `fill` None: not measured."""

    region: Region
    x: float
    y: float
    width: float
    height: float
    text_x: float
    text_y: float
    value: float | None
    fill: str | None
    light_ink: bool


@dataclass(frozen=True, slots=True)
class FootMap:
    side: Side
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """`top`: the value of the brightest colour, None: no region has a value. `others`: areas that are no region."""

    before: tuple[FootMap, ...]
    after: tuple[FootMap, ...]
    change: tuple[FootMap, ...]
    top: float | None
    others: bool


def maps(rows: Sequence[RegionChange]) -> Maps:
    """`rows` of one figure."""
    of = {(row.side, row.area): row.of for row in rows}
    before = {key: change.before.value for key, change in of.items()}
    after = {key: change.after.value for key, change in of.items()}
    change = {key: each.change for key, each in of.items()}
    top = _largest((*before.values(), *after.values()))
    apart = max(_largest(change.values()) or 0.0, _LEAST_APART * (top or 0.0))
    regions = {region.value for region in Region}
    return Maps(
        before=_feet(before, lambda value: _ramp(value / top) if top else _ramp(0.0)),
        after=_feet(after, lambda value: _ramp(value / top) if top else _ramp(0.0)),
        change=_feet(change, lambda value: _diverging(value / apart) if apart else _SAME),
        top=top,
        others=any(area not in regions for _, area in of),
    )


def outline(side: Side) -> str:
    """A closed Catmull-Rom curve around the sole, as the `d` of an SVG path."""
    points = [_place(side, x, y) for x, y in _SOLE]
    count = len(points)
    pieces = [f"M{_pair(points[0])}"]
    for index, point in enumerate(points):
        before, following, after = (points[(index + step) % count] for step in (-1, 1, 2))
        first = (point[0] + (following[0] - before[0]) / 6, point[1] + (following[1] - before[1]) / 6)
        second = (following[0] - (after[0] - point[0]) / 6, following[1] - (after[1] - point[1]) / 6)
        pieces.append(f"C{_pair(first)} {_pair(second)} {_pair(following)}")
    return "".join(pieces) + "Z"


def colours(steps: int) -> tuple[str, ...]:
    """The ramp from nothing to the top, for a legend."""
    return tuple(_hex(_ramp(step / (steps - 1))) for step in range(steps))


def _feet(values: Mapping[tuple[Side, str], float | None], paint: Paint) -> tuple[FootMap, ...]:
    return tuple(
        FootMap(side, tuple(_patch(side, region, values.get((side, region.value)), paint) for region in Region))
        for side in Side
    )


def _patch(side: Side, region: Region, value: float | None, paint: Paint) -> Patch:
    x_from, x_to, y_from, y_to = _BOXES[region]
    corners = [_place(side, x_from, y_to), _place(side, x_to, y_from)]
    middle = _MIDDLE.get(region, ((x_from + x_to) / 2, (y_from + y_to) / 2))
    text_x, text_y = _place(side, *middle)
    colour = None if value is None else paint(value)
    return Patch(
        region=region,
        x=min(corner[0] for corner in corners),
        y=corners[0][1],
        width=abs(corners[1][0] - corners[0][0]),
        height=corners[1][1] - corners[0][1],
        text_x=text_x,
        text_y=text_y,
        value=value,
        fill=None if colour is None else _hex(colour),
        light_ink=colour is not None and _luminance(colour) < _DARK_BELOW,
    )


def _place(side: Side, x: float, y: float) -> tuple[float, float]:
    across = 1 - x if side is Side.LEFT else x
    return _LEFT + _ACROSS * across, _TOP + _LENGTH * (1 - y)


def _pair(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _largest(values: Iterable[float | None]) -> float | None:
    return max((abs(value) for value in values if value is not None), default=None) or None


def _ramp(level: float) -> Colour:
    level = min(1.0, max(0.0, level))
    red, green, blue = (sum(factor * level**power for power, factor in enumerate(each)) for each in _CIVIDIS)
    return _channel(red), _channel(green), _channel(blue)


def _diverging(level: float) -> Colour:
    end = _MORE if level > 0 else _LESS
    red, green, blue = (_channel(same + abs(level) * (to - same)) for same, to in zip(_SAME, end, strict=True))
    return red, green, blue


def _channel(value: float) -> int:
    return max(0, min(255, round(value)))


def _luminance(colour: Colour) -> float:
    red, green, blue = ((channel / 255) ** 2.2 for channel in colour)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
