"""What can happen on an outing, and how it feels under the feet. Pure.

Each function takes the person's gait of that day and the minutes to walk, and gives one outing of them. The person
sits for a minute to put the shoes on, and for two at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ingest.sources.virtual.gait import Gait
from ingest.wire.geometry import Side
from underfoot.twelve_weeks.gait import CellEffect, Outing, Turn

_SEATED_N = 40.0
_SHOES_ON_MIN, _SHOES_OFF_MIN = 1, 2
_SHIFT_MIN = 7  # longer than any hold and the window before it
_LEAST_MIN = 12  # of walking: below it there is no room for what is to happen
_TORN = ("heel medial rear", "heel lateral rear")  # the cells on one lead


@dataclass
class Way:
    """An outing while it is made up: parts of so many minutes, one after the other."""

    turns: list[Turn] = field(default_factory=list)
    minute: int = 0

    def go(self, minutes: int, gait: Gait) -> Way:
        if minutes > 0:
            self.turns.append(Turn(at_s=self.minute * 60.0, gait=gait))
            self.minute += minutes
        return self

    def sit(self, minutes: int, gait: Gait) -> Way:
        return self.go(minutes, replace(gait, cadence_spm=0.0, body_weight_n=_SEATED_N))

    def stand(self, minutes: int, gait: Gait) -> Way:
        return self.go(minutes, replace(gait, cadence_spm=0.0))

    def outing(self, start_min: int) -> Outing:
        return Outing(start_min=start_min, minutes=self.minute, turns=tuple(self.turns))


Happening = Callable[[Gait, int, int], Outing]  # gait, minutes to walk, minute of the day it starts


def plain(gait: Gait, minutes: int, start_min: int) -> Outing:
    return _with_ends(gait, lambda way: way.go(minutes, gait), start_min)


def market_then_bench(gait: Gait, minutes: int, start_min: int) -> Outing:
    """Stands at a stall for longer than a quarter of an hour, then finds a bench."""
    way = _halves(gait, minutes, lambda way: way.stand(21, gait).sit(5, gait))
    return _with_ends(gait, way, start_min)


def market_to_the_end(gait: Gait, minutes: int, start_min: int) -> Outing:
    """Stands at a stall and stays, whatever is said."""
    return _with_ends(gait, _halves(gait, minutes, lambda way: way.stand(42, gait)), start_min)


def new_shoes(gait: Gait, minutes: int, start_min: int) -> Outing:
    """For a while more of the weight is on the front of the left foot."""
    tight = replace(gait, forefoot_share_left_pct=gait.forefoot_share_left_pct + 20.0)
    return _shifted(gait, tight, minutes, start_min)


def leaning(gait: Gait, minutes: int, start_min: int) -> Outing:
    return _shifted(gait, replace(gait, load_si_pct=gait.load_si_pct + 18.0), minutes, start_min, shift_min=5)


def leaning_hard(gait: Gait, minutes: int, start_min: int) -> Outing:
    return _shifted(gait, replace(gait, load_si_pct=gait.load_si_pct + 31.0), minutes, start_min, shift_min=9)


def pebble(gait: Gait, minutes: int, start_min: int) -> Outing:
    """Something in the right shoe, under the fifth metatarsal head; shaken out on a bench."""
    before, after = _around(minutes, _SHIFT_MIN)
    way = Way().sit(_SHOES_ON_MIN, gait).go(before, gait)
    from_s = way.minute * 60.0
    way.go(_SHIFT_MIN, gait)
    effect = CellEffect(
        side=Side.RIGHT, area="fifth metatarsal head", factor=1.9, from_s=from_s, to_s=way.minute * 60.0
    )
    way.sit(2, gait).go(after, gait).sit(_SHOES_OFF_MIN, gait)
    return replace(way.outing(start_min), effects=(effect,))


def bad_night(gait: Gait, minutes: int, start_min: int) -> Outing:
    """Slow and unsteady all the way."""
    return plain(replace(gait, cadence_spm=0.72 * gait.cadence_spm, stride_wobble_pct=9.0), minutes, start_min)


def out_of_range(gait: Gait, minutes: int, start_min: int) -> Outing:
    """As with new shoes, but the hub hears of it only at home."""
    outing = new_shoes(gait, max(minutes, 34), start_min)
    changed_min = int(outing.turns[2].at_s // 60)
    return replace(outing, away_min=(changed_min - 2, changed_min + _SHIFT_MIN + 4))


def silent_foot(gait: Gait, minutes: int, start_min: int) -> Outing:
    """The right insole is not heard for four minutes."""
    outing = plain(gait, max(minutes, _LEAST_MIN), start_min)
    return replace(outing, lost_min=(Side.RIGHT, 6, 10))


def long_day(gait: Gait, minutes: int, start_min: int) -> Outing:
    """A visit in town: far more than the plan."""
    return plain(gait, minutes + 55, start_min)


def with_torn_lead(happening: Happening) -> Happening:
    """Two cells of the left heel read nothing, whatever else happens."""

    def torn(gait: Gait, minutes: int, start_min: int) -> Outing:
        dead = tuple(CellEffect(side=Side.LEFT, area=area, factor=0.0) for area in _TORN)
        return replace(happening(gait, minutes, start_min), effects=dead)

    return torn


def backward(gait: Gait, minutes: int, start_min: int) -> Outing:
    """In short bouts with a rest between them, somebody beside."""
    back = replace(gait, backward=1.0, cadence_spm=0.8 * gait.cadence_spm)
    way = Way().sit(_SHOES_ON_MIN, gait)
    left = minutes
    while left > 0:
        bout = min(5, left)
        way.go(bout, back)
        left -= bout
        if left > 0:
            way.sit(1, gait)
    return way.sit(_SHOES_OFF_MIN, gait).outing(start_min)


def _with_ends(gait: Gait, middle: Callable[[Way], Way], start_min: int) -> Outing:
    return middle(Way().sit(_SHOES_ON_MIN, gait)).sit(_SHOES_OFF_MIN, gait).outing(start_min)


def _halves(gait: Gait, minutes: int, between: Callable[[Way], Way]) -> Callable[[Way], Way]:
    return lambda way: between(way.go(minutes // 2, gait)).go(minutes - minutes // 2, gait)


def _shifted(gait: Gait, other: Gait, minutes: int, start_min: int, shift_min: int = _SHIFT_MIN) -> Outing:
    before, after = _around(minutes, shift_min)
    return _with_ends(gait, lambda way: way.go(before, gait).go(shift_min, other).go(after, gait), start_min)


def _around(minutes: int, shift_min: int) -> tuple[int, int]:
    """Minutes of usual walking before and after: enough to know what is usual, and to see that it is so again."""
    rest = max(minutes - shift_min, _LEAST_MIN)
    return rest // 2, rest - rest // 2
