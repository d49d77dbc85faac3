"""A load ratio that moved: a walk's mean(L + R) / body weight against the median of the seven days before it.

moved % = 100 × (ratio / median − 1), told beyond ± 8 % (clinical basis 4.3). The median is that of at least three walks
(reasoned) with the same insoles under the same calibration, which began in the 7 × 24 h before. Over whole strides of
level walking the two are equal, so what moves is a sensor, a calibration that no longer holds, or a load carried.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from ingest.wire.geometry import Side
from processing.periods import TimedWalk
from processing.rules.baseline import Summary, insoles, number, value_at

WINDOW_NS = 7 * 86_400 * 10**9
FEWEST_WALKS = 3
LIMIT_PCT = 8.0
_PATH = "health.load_ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRatio:
    """A walk whose load ratio lies beyond the limit; `usual`: the median of `walks` walks before it."""

    begun_t_ns: int
    ratio: float
    usual: float
    walks: int

    @property
    def moved_pct(self) -> float:
        return _moved_pct(self.ratio, self.usual)


def moved_ratios(walks: Iterable[TimedWalk]) -> list[MovedRatio]:
    """The walks whose load ratio moved by more than 8 %, earliest first, whatever order they come in."""
    seen: list[tuple[int, object, float]] = []
    moved: list[MovedRatio] = []
    for walk in sorted(walks, key=lambda each: each.begun_t_ns):
        ratio = number(walk.summary, _PATH)
        if ratio is None or ratio <= 0:
            continue
        like = _measured_with(walk.summary)
        since_ns = walk.begun_t_ns - WINDOW_NS
        before = [other for t_ns, with_, other in seen if since_ns <= t_ns < walk.begun_t_ns and with_ == like]
        seen.append((walk.begun_t_ns, like, ratio))
        if len(before) < FEWEST_WALKS:
            continue
        usual = median(before)
        if abs(_moved_pct(ratio, usual)) > LIMIT_PCT:
            moved.append(MovedRatio(begun_t_ns=walk.begun_t_ns, ratio=ratio, usual=usual, walks=len(before)))
    return moved


def _moved_pct(ratio: float, usual: float) -> float:
    return 100 * (ratio / usual - 1)


def _measured_with(summary: Summary) -> object:
    states = tuple(value_at(summary, f"calibration.{side}") for side in Side)
    return insoles(summary), states, value_at(summary, "calibration_version")
