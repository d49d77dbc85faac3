"""What is usual for one person: median and robust spread of their own first valid walks.

median and s = 1.4826 · median(|x − median|), the standard deviation where the walks scatter normally (clinical basis
5.2). A walk counts when it lasted ten minutes with 80 % of both feet. What rests on cells comes from walks with the
same insoles in which no cell was found unfit; timing outlives a bad cell. Only a person replaces a baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from statistics import median
from typing import TypeGuard

from ingest.wire.geometry import Side
from processing.metrics.learned import LearnedCells

WALKS_NEEDED = 7
MIN_DURATION_S = 600.0
MIN_COVERAGE_PCT = 80.0
_MAD_TO_SD = 1.4826  # makes the median absolute deviation of normal data its standard deviation

_LEFT, _RIGHT, _BOTH = (Side.LEFT,), (Side.RIGHT,), (Side.LEFT, Side.RIGHT)
# a figure of the summary under its dotted path, and the feet whose cells it rests on
FIGURES: Mapping[str, tuple[Side, ...]] = {
    "forefoot_share_pct.left": _LEFT,
    "forefoot_share_pct.right": _RIGHT,
    "asymmetry.load_si_pct": _BOTH,
    "asymmetry.swing_si_pct": (),
    "asymmetry.stance_si_pct": (),
    "asymmetry.step_si_pct": (),
    "cadence_spm": (),
    "stride.mean_s": (),
    "stride.cv_pct": (),
    "stance.pct": (),
    "double_support_pct": (),
    "evenness.left.n_eff": _LEFT,
    "evenness.right.n_eff": _RIGHT,
    "forefoot_rearfoot.left.impulse_ratio": _LEFT,
    "forefoot_rearfoot.right.impulse_ratio": _RIGHT,
    "progression.left.excursion_pct": _LEFT,
    "progression.right.excursion_pct": _RIGHT,
    "progression.left.ml_deviation_pct": _LEFT,
    "progression.right.ml_deviation_pct": _RIGHT,
    "health.load_ratio": _BOTH,
}
_NEEDED = ("forefoot_share_pct.left", "forefoot_share_pct.right", "asymmetry.load_si_pct")

Summary = Mapping[str, object]
Insoles = tuple[int | None, ...]


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
    """A person's own usual figures, from `walks` walks. Replaced only by a person, never by itself.

    `figures`: by their dotted path in the walk summary, those that seven of the walks state. `cells`: what is usual
    for each cell of the insoles worn.
    """

    forefoot_share_pct: UsualPerFoot
    load_si_pct: Usual  # + = right larger
    walks: int
    figures: Mapping[str, Usual] = field(default_factory=dict)
    cells: Mapping[Side, LearnedCells] = field(default_factory=dict)


def learn_baseline(summaries: Iterable[Summary]) -> Baseline | None:
    """Baseline of the first seven valid walks with the same insoles, in the order given; None while there are fewer."""
    given = list(summaries)
    walks = first_valid(given)
    if len(walks) < WALKS_NEEDED:
        return None
    long = [summary for summary in given if _why_too_little(summary) is None]
    of_figures = {path: _stated(walks if feet else long, path)[:WALKS_NEEDED] for path, feet in FIGURES.items()}
    figures = {path: usual(found) for path, found in of_figures.items() if len(found) == WALKS_NEEDED}
    left, right, load_si = (figures[path] for path in _NEEDED)
    cells = {side: _usual_cells([_cells(walk, side) for walk in walks]) for side in Side}
    return Baseline(
        forefoot_share_pct=UsualPerFoot(left=left, right=right),
        load_si_pct=load_si,
        walks=len(walks),
        figures=figures,
        cells={side: learned for side, learned in cells.items() if learned is not None},
    )


def first_valid(summaries: Iterable[Summary]) -> list[Summary]:
    """Valid walks in the order given, up to the first seven that share their insoles; fewer: the most that do."""
    together: dict[Insoles, list[Summary]] = {}
    for summary in summaries:
        if why_not(summary) is None:
            walks = together.setdefault(insoles(summary), [])
            walks.append(summary)
            if len(walks) == WALKS_NEEDED:
                return walks
    return max(together.values(), key=len, default=[])


def why_not(summary: Summary) -> str | None:
    """Why a walk does not count for what rests on cells; None: it does."""
    too_little = _why_too_little(summary)
    if too_little is not None:
        return too_little
    for side in Side:
        if is_unfit(summary, side):
            return f"a cell of the {side} insole was found unfit"
    missing = next((path for path in _NEEDED if number(summary, path) is None), None)
    return None if missing is None else f"{missing} was not measured"


def _why_too_little(summary: Summary) -> str | None:
    duration_s = number(summary, "duration_s")
    if duration_s is None or duration_s < MIN_DURATION_S:
        return f"shorter than {MIN_DURATION_S / 60:.0f} min"
    covered_pct = {side: number(summary, f"coverage_pct.{side}") or 0.0 for side in Side}
    short = next((side for side in Side if covered_pct[side] < MIN_COVERAGE_PCT), None)
    return None if short is None else f"less than {MIN_COVERAGE_PCT:.0f} % of the {short} foot measured"


def usual(figures: Sequence[float]) -> Usual:
    """Median and 1.4826 · median(|x - median|) of at least one figure."""
    middle = median(figures)
    return Usual(median=middle, spread=_MAD_TO_SD * median(abs(figure - middle) for figure in figures))


def insoles(summary: Summary) -> Insoles:
    """Checksum of each foot's layout; None where the summary does not say."""
    return tuple(_checksum(summary, side) for side in Side)


def is_unfit(summary: Summary, side: Side) -> bool:
    """Whether a cell of the foot was found unfit during the walk."""
    return bool(value_at(summary, f"health.{side}.faults"))


def number(summary: Summary, path: str) -> float | None:
    """The finite number at a dotted path; None when it is missing, null or no number."""
    here = value_at(summary, path)
    if isinstance(here, bool) or not isinstance(here, int | float) or not isfinite(here):
        return None
    return float(here)


def value_at(summary: Summary, path: str) -> object:
    """Whatever stands at a dotted path; None when nothing does."""
    here: object = summary
    for key in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(key)
    return here


def _stated(walks: Iterable[Summary], path: str) -> list[float]:
    return [value for walk in walks if (value := number(walk, path)) is not None]


def _checksum(summary: Summary, side: Side) -> int | None:
    found = value_at(summary, f"layout.{side}")
    return found if isinstance(found, int) else None


def _cells(summary: Summary, side: Side) -> LearnedCells | None:
    """What a walk learned of a foot's cells; None where it is missing or makes no sense."""
    found = value_at(summary, f"health.{side}.cells")
    if not isinstance(found, Mapping):
        return None
    checksum = _checksum(summary, side)
    peaks, shares = found.get("peak_codes"), found.get("share_pct")
    if checksum is None or not _are_numbers(peaks) or not _are_numbers(shares):
        return None
    return LearnedCells(checksum=checksum, peak_codes=tuple(peaks), share_pct=tuple(shares))


def _are_numbers(values: object) -> TypeGuard[Sequence[float]]:
    return isinstance(values, list | tuple) and all(isinstance(v, int | float) and isfinite(v) for v in values)


def _usual_cells(walks: Sequence[LearnedCells | None]) -> LearnedCells | None:
    """Median over the walks, cell by cell; they share their layout."""
    known = [walk for walk in walks if walk is not None]
    if not known or len({len(walk.peak_codes) for walk in known}) > 1:
        return None
    return LearnedCells(
        checksum=known[0].checksum,
        peak_codes=tuple(median(peaks) for peaks in zip(*(walk.peak_codes for walk in known), strict=True)),
        share_pct=tuple(median(shares) for shares in zip(*(walk.share_pct for walk in known), strict=True)),
    )
