"""One outing as it is felt under both feet: the synthetic walker at 50 Hz, with what happens to single cells. Pure.

Same outing and seed, same rows, whichever minute is asked for first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.sources.virtual.gait import Array, Gait, Story
from ingest.sources.virtual.walker import SCALE, TICK_NS, WalkerFoot, cells
from ingest.wire.block import Codes
from ingest.wire.geometry import Calibration, Side, Unit, checksum
from ingest.wire.messages import Layout

RATE_HZ = 50
NS_PER_ROW = 10**9 // RATE_HZ
TICKS_PER_ROW = NS_PER_ROW // TICK_NS
MINUTE_ROWS = 60 * RATE_HZ
_NOISE = 0.02  # of each reading, standard deviation
_NOISE_PATTERNS = 8  # drawn for each foot and outing; their order is drawn too


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From `at_s` on the person goes over to `gait`, within `over_s`."""

    at_s: float
    gait: Gait
    over_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEffect:
    """A cell reads `factor` times what it should, from `from_s` up to `to_s`."""

    side: Side
    area: str
    factor: float
    from_s: float = 0.0
    to_s: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """Insoles in the shoes for whole `minutes`, from `start_min` after midnight by the person's clock.

    `away_min`: both feet out of the hub's range, remembered and fetched later. `lost_min`: a foot that falls silent and
    remembers nothing. Both from one minute of the outing up to another.
    """

    start_min: int
    minutes: int
    turns: tuple[Turn, ...]
    effects: tuple[CellEffect, ...] = ()
    away_min: tuple[int, int] | None = None
    lost_min: tuple[Side, int, int] | None = None

    def is_away(self, minute: int) -> bool:
        return self.away_min is not None and self.away_min[0] <= minute < self.away_min[1]

    def is_lost(self, minute: int, side: Side) -> bool:
        return self.lost_min is not None and self.lost_min[0] is side and self.lost_min[1] <= minute < self.lost_min[2]


def layout(person: str, side: Side) -> Layout:
    """The insole as it describes itself."""
    sole = cells()
    return Layout(
        insole=f"{person}-{side}",
        side=side,
        cells=sole,
        unit=Unit.NEWTON,
        scale=float(SCALE),
        rate_hz=RATE_HZ,
        calibration=Calibration.MAKER,
        checksum=checksum(sole),
        model="Virtual Insole 16",
        firmware="1.0.0",
    )


class OutingFoot:
    """One foot of an outing. `seed`: of this outing alone."""

    def __init__(self, outing: Outing, side: Side, seed: tuple[int, ...]) -> None:
        self.side = side
        self._foot = WalkerFoot(side, _story(outing))
        self._effects = [effect for effect in outing.effects if effect.side is side]
        areas = [cell.area for cell in cells()]
        self._cells = [areas.index(effect.area) for effect in self._effects]
        drawn = np.random.default_rng([*seed, int(side is Side.RIGHT)])
        shape = (_NOISE_PATTERNS, MINUTE_ROWS, len(areas))
        self._noise = 1.0 + _NOISE * drawn.standard_normal(shape, dtype=np.float32)
        self._order = drawn.integers(0, _NOISE_PATTERNS, outing.minutes)

    def minute(self, minute: int) -> Codes:
        """The rows of one minute of the outing; int16, rows × cells."""
        t_s = minute * 60.0 + np.arange(MINUTE_ROWS, dtype=np.float64) / RATE_HZ
        forces: Array = self._foot.forces_n(t_s) * self._noise[self._order[minute]]
        for effect, cell in zip(self._effects, self._cells, strict=True):
            forces[(t_s >= effect.from_s) & (t_s < effect.to_s), cell] *= effect.factor
        codes: Codes = np.clip(np.rint(forces / float(SCALE)), 0, 32767).astype(np.int16)
        return codes


def _story(outing: Outing) -> Story:
    first, *others = outing.turns
    story = Story(first.gait)
    for turn in others:
        story.change(turn.at_s, turn.gait, turn.over_s)
    return story
