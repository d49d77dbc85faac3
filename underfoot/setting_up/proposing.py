"""A calibration as it would become, with the figures that speak for it; a keeper looks at them before it is kept.

As `underfoot calibrate` does it: zeros from verified swings of a stored walk, one gain for both feet from body weight,
a bench table for the insoles of its model. Formulas and sources: processing/metrics/gain.py and calibration.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.geometry import Side
from processing.calibrating import WalkEvidence, next_version, unscaled, with_bench, with_gain, with_weight, with_zeros
from processing.metrics.bench_table import read_bench_table
from processing.metrics.calibration import CalibrationVersion
from underfoot.calibrations import LATEST, StoredCalibrations


class Kind(StrEnum):
    ZERO = "zero"
    WEIGHT = "weight"
    GAIN = "gain"
    BENCH = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be taken. `weight_kg` of weight and gain; `walk` of all but weight; `table` (TOML) of bench."""

    kind: Kind
    by: str
    t_ns: int
    weight_kg: float | None = None
    walk: str = LATEST
    table: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootChange:
    """`before_n`, `after_n`: mean load over whole strides, in N only where the insole knows it (`in_newton`)."""

    side: Side
    zero_before: tuple[int, ...] | None = None
    zero_after: tuple[int, ...] | None = None
    before_n: float | None = None
    after_n: float | None = None
    in_newton: bool = True
    top_kpa: float | None = None
    insole: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`before`: what is in force now. `made`: the next version, not yet kept."""

    kind: Kind
    before: CalibrationVersion | None
    made: CalibrationVersion
    walk: str = ""
    strides: int = 0
    gain: float | None = None
    load_ratio: float | None = None
    feet: tuple[FootChange, ...] = ()
    gain_is_older: bool = False
    gain_goes: bool = False


def propose(stored: StoredCalibrations, wish: Wish) -> Proposal:
    """:raises UnderfootError: CALIBRATION_REFUSED with the reason; NOTHING_STORED, UNKNOWN_NAME for the walk."""
    before = stored.in_force
    fresh = next_version(before, by=wish.by, t_ns=wish.t_ns)
    return _HOW[wish.kind](stored, wish, before, fresh)


def _zero(
    stored: StoredCalibrations, wish: Wish, before: CalibrationVersion | None, fresh: CalibrationVersion
) -> Proposal:
    evidence = stored.evidence(wish.walk, unscaled(before, zeroed=False))
    made = with_zeros(fresh, evidence)
    feet = tuple(
        FootChange(side=side, zero_before=_zeros(before, evidence, side), zero_after=_zeros(made, evidence, side))
        for side in evidence.feet
    )
    return Proposal(
        kind=Kind.ZERO, before=before, made=made, walk=evidence.walk, strides=evidence.strides, feet=feet,
        gain_is_older=made.scaled_t_ns is not None,
    )  # fmt: skip


def _weight(
    _stored: StoredCalibrations, wish: Wish, before: CalibrationVersion | None, fresh: CalibrationVersion
) -> Proposal:
    made = with_weight(fresh, wish.weight_kg or 0.0)
    goes = before is not None and before.scaled_t_ns != made.scaled_t_ns
    return Proposal(kind=Kind.WEIGHT, before=before, made=made, gain_goes=goes)


def _gain(
    stored: StoredCalibrations, wish: Wish, before: CalibrationVersion | None, fresh: CalibrationVersion
) -> Proposal:
    evidence = stored.evidence(wish.walk, unscaled(before, zeroed=True))
    weight_kg = wish.weight_kg or 0.0
    made = with_gain(fresh, weight_kg, evidence)
    known = (made.of(foot.given) for foot in evidence.feet.values())
    gain = next(each.gain for each in known if each is not None and each.gain is not None)
    feet = tuple(
        FootChange(side=side, before_n=foot.mean_n, after_n=foot.mean_n * gain, in_newton=foot.in_newton)
        for side, foot in evidence.feet.items()
    )
    return Proposal(
        kind=Kind.GAIN, before=before, made=made, walk=evidence.walk, strides=evidence.strides, gain=gain,
        load_ratio=evidence.load_ratio(weight_kg), feet=feet,
    )  # fmt: skip


def _bench(
    stored: StoredCalibrations, wish: Wish, before: CalibrationVersion | None, fresh: CalibrationVersion
) -> Proposal:
    table = read_bench_table(wish.table)
    layouts = stored.layouts(wish.walk)
    made = with_bench(fresh, table, layouts)
    top = max(kpa for cell in table.cells for kpa in cell.kpa)
    meant = [layout for layout in layouts if layout.model == table.model]
    feet = tuple(FootChange(side=layout.side, insole=layout.insole, top_kpa=top) for layout in meant)
    return Proposal(kind=Kind.BENCH, before=before, made=made, walk=wish.walk, feet=feet)


_How = Callable[[StoredCalibrations, Wish, CalibrationVersion | None, CalibrationVersion], Proposal]
_HOW: dict[Kind, _How] = {Kind.ZERO: _zero, Kind.WEIGHT: _weight, Kind.GAIN: _gain, Kind.BENCH: _bench}


def _zeros(version: CalibrationVersion | None, evidence: WalkEvidence, side: Side) -> tuple[int, ...] | None:
    known = None if version is None else version.of(evidence.feet[side].given)
    return None if known is None else known.zero_codes
