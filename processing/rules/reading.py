"""What a rule says of one second: over, between, under, or why it cannot be judged. One eye for each rule and foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Figure, Metrics, PerFoot, StanceLoad
from processing.rules.baseline import Usual
from processing.rules.phase import Signal

NO_FIGURES = "no figures yet"
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a rule saw. `reason` stands with UNKNOWN only; `usual`, `limit_points`, `deviation` with a judged deviation.

    `figure`, `note`, `others`: see each rule's eye. `areas`: those over the limit, the worst first. `lost`: those that
    are not measured now. `faults`: of the foot, with a fault rule only.
    """

    signal: Signal
    coverage_pct: float
    figure: float | None = None
    usual: Usual | None = None
    limit_points: float | None = None
    deviation: float | None = None
    others: float | None = None
    limit_kpa: float | None = None
    note: str | None = None
    reason: str | None = None
    areas: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    faults: tuple[CellFault, ...] = ()


class Eye(Protocol):
    """Sees every second in the order of time, by one of the two; a repeat of the same second changes nothing."""

    def sense(self, metrics: Metrics, /) -> Signal:
        """What `read` says in a word, without the reasons: most seconds need no more."""

    def read(self, metrics: Metrics, /) -> Reading: ...


class StanceEye(Eye, Protocol):
    """Judges by the stances of one foot, which it is given before the second in which they became known."""

    def take(self, stance: StanceLoad) -> None: ...

    def forget(self) -> None:
        """A cell of the foot was found unfit: what was seen last may have rested on it."""


def of_foot(per_foot: PerFoot, side: Side | None) -> Figure:
    return per_foot.right if side is Side.RIGHT else per_foot.left


def unknown(reason: str, *, coverage_pct: float = 0.0, lost: tuple[str, ...] = ()) -> Reading:
    return Reading(signal=Signal.UNKNOWN, coverage_pct=coverage_pct, reason=reason, lost=lost)
