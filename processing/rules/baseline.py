"""What is usual for one person: median and robust spread of their own first valid walks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from statistics import median

from ingest.wire.geometry import Side

WALKS_NEEDED = 7
MIN_DURATION_S = 600.0
MIN_COVERAGE_PCT = 80.0
_MAD_TO_SD = 1.4826  # makes the median absolute deviation of normal data its standard deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Median and spread (1.4826 · MAD) of one figure over the baseline walks, in the figure's unit."""

    median: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualPerFoot:
    left: Usual
    right: Usual

    def of(self, side: Side) -> Usual:
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A person's own usual figures, from `walks` walks. Replaced only by a person, never by itself."""

    forefoot_share_pct: UsualPerFoot
    load_si_pct: Usual  # + = right larger
    walks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _WalkFigures:
    left_pct: float
    right_pct: float
    load_si_pct: float


def learn_baseline(summaries: Iterable[Mapping[str, object]]) -> Baseline | None:
    """Baseline of the first seven valid walks, in the order given (oldest first); None while there are fewer."""
    first = list(islice((figures for summary in summaries if (figures := _figures(summary)) is not None), WALKS_NEEDED))
    if len(first) < WALKS_NEEDED:
        return None
    return Baseline(
        forefoot_share_pct=UsualPerFoot(
            left=usual([walk.left_pct for walk in first]), right=usual([walk.right_pct for walk in first])
        ),
        load_si_pct=usual([walk.load_si_pct for walk in first]),
        walks=len(first),
    )


def usual(figures: list[float]) -> Usual:
    """Median and 1.4826 · median(|x - median|) of at least one figure."""
    middle = median(figures)
    return Usual(median=middle, spread=_MAD_TO_SD * median(abs(figure - middle) for figure in figures))


def _figures(summary: Mapping[str, object]) -> _WalkFigures | None:
    duration_s = _number(summary, "duration_s")
    covered = [_number(summary, "coverage_pct", side) for side in Side]
    left_pct, right_pct = (_number(summary, "forefoot_share_pct", side) for side in Side)
    load_si_pct = _number(summary, "asymmetry", "load_si_pct")
    if duration_s is None or duration_s < MIN_DURATION_S:
        return None
    if any(pct is None or pct < MIN_COVERAGE_PCT for pct in covered):
        return None
    if left_pct is None or right_pct is None or load_si_pct is None:
        return None
    return _WalkFigures(left_pct=left_pct, right_pct=right_pct, load_si_pct=load_si_pct)


def _number(summary: Mapping[str, object], *path: str) -> float | None:
    """The finite number at a path of keys; None when it is missing, null or no number."""
    here: object = summary
    for key in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(key)
    if isinstance(here, bool) or not isinstance(here, int | float) or not isfinite(here):
        return None
    return float(here)
