"""The synthetic walker: vertical forces under sixteen cells of each foot. Pure: same story and seed, same rows.

Over whole strides the mean of left + right equals body weight and each foot's forefoot share is what was asked for.
The curves are plausible, not physiological: they exist to exercise the chain, not to stand for anybody's gait.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ingest.sources.virtual.gait import Array, Gait, Story
from ingest.sources.virtual.walk import Description, Piece
from ingest.wire.block import Codes
from ingest.wire.geometry import Calibration, Cell, Side, Unit, region_at, zone_of

STANCE_SHARE = 0.62  # of a stride, as in level walking at a comfortable speed
NS_PER_ROW = 10_000_000
TICK_NS = 100_000
SCALE = Fraction(1, 20)  # N per code
_TICKS_PER_ROW = NS_PER_ROW // TICK_NS
_ROWS_PER_NOISE = 100  # noise is drawn for so many rows together, so that it hangs on the row and not on the asking
_GRID = 100_000


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the sole: the stretch of stance in which it bears, and where in that stretch it bears most."""

    begins: float
    ends: float
    lean: float  # 1 in the middle, more: later


_PARTS = (_Part(0.0, 0.55, 0.9), _Part(0.08, 0.80, 1.0), _Part(0.20, 0.97, 1.4), _Part(0.42, 1.0, 1.5))
_HEEL, _MID, _BALL, _TOES = range(4)
_TOES_OF_FOREFOOT = 0.22
_MID_OF_REST = 0.22


class _Place(NamedTuple):
    area: str
    x: float
    y: float
    area_mm2: float
    part: int
    weight: float  # its share of the part's force


_SOLE = (
    _Place("heel medial rear", 0.32, 0.07, 620.0, _HEEL, 0.26),
    _Place("heel lateral rear", 0.66, 0.07, 620.0, _HEEL, 0.26),
    _Place("heel medial front", 0.33, 0.20, 560.0, _HEEL, 0.25),
    _Place("heel lateral front", 0.67, 0.20, 560.0, _HEEL, 0.23),
    _Place("midfoot medial", 0.30, 0.40, 700.0, _MID, 0.12),
    _Place("midfoot lateral rear", 0.72, 0.36, 640.0, _MID, 0.43),
    _Place("midfoot lateral front", 0.74, 0.46, 640.0, _MID, 0.45),
    _Place("first metatarsal shaft", 0.18, 0.64, 420.0, _BALL, 0.10),
    _Place("first metatarsal head", 0.19, 0.73, 420.0, _BALL, 0.22),
    _Place("second metatarsal head", 0.40, 0.72, 380.0, _BALL, 0.23),
    _Place("third metatarsal head", 0.55, 0.70, 380.0, _BALL, 0.21),
    _Place("fourth metatarsal head", 0.69, 0.67, 380.0, _BALL, 0.14),
    _Place("fifth metatarsal head", 0.86, 0.63, 380.0, _BALL, 0.10),
    _Place("big toe", 0.20, 0.90, 450.0, _TOES, 0.62),
    _Place("second and third toe", 0.48, 0.90, 400.0, _TOES, 0.25),
    _Place("fourth and fifth toe", 0.74, 0.85, 400.0, _TOES, 0.13),
)
_PART_OF_CELL = np.array([place.part for place in _SOLE])
_WEIGHT_OF_CELL = np.array([place.weight for place in _SOLE])


def cells() -> tuple[Cell, ...]:
    """The walker's sixteen cells, in the ten regions of the default mask."""
    return tuple(
        Cell(
            area=place.area,
            zone=zone_of(region_at(place.x, place.y)),
            x=place.x,
            y=place.y,
            region=region_at(place.x, place.y),
            area_mm2=place.area_mm2,
        )
        for place in _SOLE
    )


def _bearing(stance: Array, part: _Part) -> Array:
    """How much a part bears at times of stance (0 … 1), not yet scaled."""
    inside = np.clip((stance - part.begins) / (part.ends - part.begins), 0.0, 1.0)
    curve: Array = np.sin(np.pi * inside**part.lean).clip(0.0) ** 0.8  # below 1: contacts begin crisply
    return curve


_MIDDLES = (np.arange(_GRID) + 0.5) / _GRID
_MEANS = [float(_bearing(_MIDDLES, part).mean()) * STANCE_SHARE for part in _PARTS]


def _course(stride: Array, backward: Array) -> Array:
    """Parts × times: each part's force over a stride (0 … 1), its mean over the stride being 1."""
    stance = stride / STANCE_SHARE
    on = stance < 1.0
    courses = []
    for part, mean in zip(_PARTS, _MEANS, strict=True):
        ahead, back = _bearing(stance, part), _bearing(1.0 - stance, part)
        courses.append(np.where(on, (1.0 - backward) * ahead + backward * back, 0.0) / mean)
    return np.array(courses)


class WalkerFoot:
    """One foot of the walker; a `Walk` without an end unless `seconds` is given."""

    def __init__(self, side: Side, story: Story, *, seed: int = 0, seconds: float | None = None) -> None:
        self._story = story
        self._seed = seed
        self._sign = 1.0 if side is Side.RIGHT else -1.0
        self._end_ns = None if seconds is None else round(seconds * 1e9)
        self._description = Description(
            side=side,
            cells=cells(),
            unit=Unit.NEWTON,
            scale=SCALE,
            calibration=Calibration.MAKER,
            tick_ns=TICK_NS,
            ns_per_row=NS_PER_ROW,
            model="Virtual Insole 16",
            firmware="1.0.0",
        )

    @property
    def description(self) -> Description:
        return self._description

    @property
    def duration_ns(self) -> int | None:
        return self._end_ns

    def rows_between(self, start_ns: int, stop_ns: int) -> list[Piece]:
        if self._end_ns is not None:
            stop_ns = min(stop_ns, self._end_ns)
        first = -(-max(start_ns, 0) // NS_PER_ROW)
        stop = -(-stop_ns // NS_PER_ROW)
        return [Piece(first * _TICKS_PER_ROW, self._codes(first, stop))] if stop > first else []

    def next_due_ns(self, after_ns: int) -> int | None:
        due = -(-max(after_ns, 0) // NS_PER_ROW) * NS_PER_ROW
        return due if self._end_ns is None or due < self._end_ns else None

    def forces_n(self, t_s: Array) -> Array:
        """Times × cells, without noise and not yet rounded to codes."""
        story = self._story
        name = "forefoot_share_right_pct" if self._sign > 0 else "forefoot_share_left_pct"
        forefoot = story.at(name, t_s) / 100.0
        walking = story.walking(t_s)
        half = self._sign * 0.25 + 0.25  # the right foot is half a stride behind the left
        course = _course((story.strides(t_s) + half) % 1.0, story.at("backward", t_s))
        sway = 0.05 * np.sin(2 * np.pi * 0.29 * t_s)
        share = _shares(forefoot) * walking * course + _shares(forefoot * (1.0 + sway)) * (1.0 - walking)
        side_sway = self._sign * 0.03 * np.sin(2 * np.pi * 0.21 * t_s) * (1.0 - walking)
        mean_n = story.at("body_weight_n", t_s) / 2 * (1.0 + self._sign * story.at("load_si_pct", t_s) / 200.0)
        part_n = share * mean_n * (1.0 + side_sway)
        forces: Array = part_n[_PART_OF_CELL].T * _WEIGHT_OF_CELL
        return forces

    def _codes(self, first: int, stop: int) -> Codes:
        t_s: Array = np.arange(first, stop, dtype=np.float64) * (NS_PER_ROW / 1e9)
        noise = self._story.at("noise_pct", t_s)[:, None] / 100.0 * self._noise(first, stop)
        codes = np.rint(self.forces_n(t_s) * (1.0 + noise) / float(SCALE))
        return np.clip(codes, 0, 32767).astype(np.int16)

    def _noise(self, first: int, stop: int) -> Array:
        draws = range(first // _ROWS_PER_NOISE, (stop - 1) // _ROWS_PER_NOISE + 1)
        side = int(self._sign > 0)
        drawn = [
            np.random.default_rng([self._seed, side, draw]).standard_normal((_ROWS_PER_NOISE, len(_SOLE)))
            for draw in draws
        ]
        offset = draws.start * _ROWS_PER_NOISE
        return np.concatenate(drawn)[first - offset : stop - offset]


def _shares(forefoot: Array) -> Array:
    """Parts × times: what share of a foot's force each part bears."""
    rest = 1.0 - forefoot
    return np.array(
        [
            rest * (1.0 - _MID_OF_REST),
            rest * _MID_OF_REST,
            forefoot * (1.0 - _TOES_OF_FOREFOOT),
            forefoot * _TOES_OF_FOREFOOT,
        ]
    )


def walker(story: Story | Gait | None = None, *, seed: int = 0, seconds: float | None = None) -> dict[Side, WalkerFoot]:
    """Both feet of one walker; they share the story, which may go on being told while they walk."""
    shared = story if isinstance(story, Story) else Story(story)
    return {side: WalkerFoot(side, shared, seed=seed, seconds=seconds) for side in Side}
