"""Seconds of figures, and a person to whom they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import (
    Activity,
    CellFault,
    CellFaultKind,
    Figure,
    Metrics,
    PerFoot,
    StanceLoad,
    Sustained,
    SustainedPerFoot,
)
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.rules.engine import Judgement, RuleEngine

S = 10**9
T0_NS = 946_684_800 * S  # 2000-01-01T00:00:00Z
WALK = "walk-1"
USUAL_PCT, USUAL_SI_PCT = 43.0, 8.0
FORBIDDEN = ("danger", "safe", "ulcer", "diagnos", "prevent")  # in words for people


def baseline(spread: float = 0.5) -> Baseline:
    share = Usual(median=USUAL_PCT, spread=spread)
    return Baseline(
        forefoot_share_pct=UsualPerFoot(left=share, right=share),
        load_si_pct=Usual(median=USUAL_SI_PCT, spread=2.0),
        walks=7,
    )


def figure(value: float | None, coverage_pct: float = 100.0, reason: str | None = None) -> Figure:
    return Figure(value=value, coverage_pct=coverage_pct, reason=reason)


def fault(
    side: Side,
    area: str | None = "heel",
    *,
    kind: CellFaultKind = CellFaultKind.DEAD,
    cell: int | None = 0,
    at_s: int = 0,
) -> CellFault:
    return CellFault(side=side, kind=kind, t_ns=T0_NS + at_s * S, cell=cell, area=area or "")


def second(
    at_s: int,
    *,
    left_pct: float | None = USUAL_PCT,
    right_pct: float | None = USUAL_PCT,
    si_pct: float | None = USUAL_SI_PCT,
    coverage_pct: float = 100.0,
    walking: bool | None = True,
    absent: tuple[Side, ...] = (),
    steps: int | None = None,
    si_note: str | None = None,
    margin_points: float = 0.0,
    faults: tuple[CellFault, ...] = (),
    activity: Activity = Activity.UNKNOWN,
    sustained: SustainedPerFoot | None = None,
    stances: tuple[StanceLoad, ...] = (),
) -> Metrics:
    """The figures of one second; a foot that is `absent` has no load."""

    def load(side: Side) -> Figure:
        return figure(None, 0.0, "no data") if side in absent else figure(400.0)

    return Metrics(
        t_ns=T0_NS + at_s * S,
        walk=WALK,
        forefoot_share_pct=PerFoot(left=figure(left_pct, coverage_pct), right=figure(right_pct, coverage_pct)),
        load_si_pct=Figure(value=si_pct, coverage_pct=coverage_pct, note=si_note),
        load=PerFoot(left=load(Side.LEFT), right=load(Side.RIGHT)),
        cadence_spm=figure(100.0),
        steps=2 * at_s if steps is None else steps,
        walking=walking,
        unit="N",
        calibration=Calibration.MAKER,
        load_si_margin_points=margin_points,
        cell_faults=faults,
        activity=activity,
        sustained=sustained,
        stances=stances,
    )


def pressed(
    areas_pct: Mapping[str, float | None],
    *,
    right: Mapping[str, float | None] | None = None,
    coverage_pct: float = 100.0,
    reason: str | None = None,
    limit_kpa: float | None = None,
) -> SustainedPerFoot:
    """Shares of the last 15 min on the left foot; nothing is pressed on the right one unless it is given."""

    def foot(shares: Mapping[str, float | None]) -> Sustained:
        return Sustained(areas_pct=dict(shares), coverage_pct=coverage_pct, reason=reason, limit_kpa=limit_kpa)

    return SustainedPerFoot(left=foot(areas_pct), right=foot(right or dict.fromkeys(areas_pct, 0.0)))


def window(pressed_in: Callable[[int], bool], at_s: int) -> SustainedPerFoot:
    """The heel of the left foot after `at_s` + 1 seconds, of which it was pressed in some: a real window of 900 s."""
    seconds = range(max(0, at_s - 899), at_s + 1)
    share = 100 * sum(map(pressed_in, seconds)) / len(seconds)
    return pressed({"heel": share}, coverage_pct=100 * len(seconds) / 900)


def stance(
    at_s: int, impulse: Mapping[str, float], *, side: Side = Side.LEFT, peak_kpa: Mapping[str, float] | None = None
) -> tuple[StanceLoad, ...]:
    return (StanceLoad(side=side, t_ns=T0_NS + at_s * S, impulse=dict(impulse), peak_kpa=dict(peak_kpa or {})),)


def feed(engine: RuleEngine, seconds: Iterable[Metrics]) -> list[Alert]:
    return [alert for metrics in seconds for alert in engine.feed(metrics)]


def judgement(engine: RuleEngine, rule: str, side: Side | None) -> Judgement:
    return next(each for each in engine.judgements if (each.rule, each.side) == (rule, side))


def at_s(t_ns: int | None) -> int | None:
    return None if t_ns is None else (t_ns - T0_NS) // S
