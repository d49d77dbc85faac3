"""The figures of the last second as a person reads them: a label, words with the unit, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ingest.wire.geometry import Side
from ingest.wire.messages import Activity, CellFault, CellFaultKind, Figure, Metrics, Sustained

_ACTIVITY_WORDS = {
    Activity.UNWORN: "the insoles are not worn",
    Activity.SEATED: "sitting",
    Activity.STANDING: "standing",
    Activity.WALKING: "walking",
}
_FAULT_WORDS = {
    CellFaultKind.DEAD: "does not react",
    CellFaultKind.STUCK: "stuck",
    CellFaultKind.SATURATED: "at its limit",
    CellFaultKind.NOISY: "noisy",
    CellFaultKind.DRIFTING: "drifting",
    CellFaultKind.FROZEN: "the insole repeats the same reading",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One figure and how it is said; `words` None: not measured, `reason` says why.

    `value` is None beside words where a range, a state or a place is told. `note`: what the words leave out.
    """

    name: str
    label: str
    value: float | None
    words: str | None
    coverage_pct: float
    reason: str | None
    note: str | None = None

    @property
    def rests(self) -> str:
        """What the words rest on, or why there are none."""
        if self.words is None:
            return self.reason or ""
        return f"coverage {self.coverage_pct:.0f} %" + (f", {self.note}" if self.note else "")


def figures(metrics: Metrics | None, reason: str) -> tuple[FigureView, ...]:
    """Those that a person is shown; without metrics none of them is measured, for that reason."""
    if metrics is None:
        unknown = Figure(value=None, coverage_pct=0.0, reason=reason)
        return _basic(unknown, unknown, unknown, unknown)
    share = metrics.forefoot_share_pct
    return (
        *_basic(share.left, share.right, metrics.load_si_pct, metrics.cadence_spm),
        _activity(metrics),
        *_long_load(metrics),
        *_sustained(metrics),
    )


def fault_words(fault: CellFault) -> str:
    """What is wrong with a cell, or with the whole foot, in a few words."""
    words = _FAULT_WORDS[fault.kind]
    return words if fault.cell is None else f"{_place(fault.area)}: {words}"


def _basic(left: Figure, right: Figure, asymmetry: Figure, cadence: Figure) -> tuple[FigureView, ...]:
    return (
        _figure("forefoot-left", "Front of left foot", left, _share, " % of its load"),
        _figure("forefoot-right", "Front of right foot", right, _share, " % of its load"),
        _asymmetry(asymmetry),
        _figure("cadence", "Steps a minute", cadence, "{:.0f}".format, ""),
    )


def _activity(metrics: Metrics) -> FigureView:
    words = _ACTIVITY_WORDS.get(metrics.activity)
    return FigureView(
        name="activity",
        label="Now",
        value=None,
        words=words,
        coverage_pct=min(metrics.load.left.coverage_pct, metrics.load.right.coverage_pct),
        reason=None if words else "cannot be told",
    )


def _long_load(metrics: Metrics) -> tuple[FigureView, ...]:
    if metrics.forefoot_load is None:
        return ()
    of_feet = metrics.forefoot_load.last_900_s
    unit, say = (" N", "{:.0f}".format) if metrics.unit == "N" else (" % of its load", _share)
    return tuple(
        _figure(f"front-load-{side}", f"Front of {side} foot, 15 min", figure, say, unit)
        for side, figure in ((Side.LEFT, of_feet.left), (Side.RIGHT, of_feet.right))
    )


def _sustained(metrics: Metrics) -> tuple[FigureView, ...]:
    if metrics.sustained is None:
        return ()
    of_feet = metrics.sustained
    return tuple(
        _longest_pressed(side, pressed) for side, pressed in ((Side.LEFT, of_feet.left), (Side.RIGHT, of_feet.right))
    )


def _longest_pressed(side: Side, pressed: Sustained) -> FigureView:
    judged = {area: pct for area, pct in pressed.areas_pct.items() if pct is not None}
    area = max(judged, key=lambda each: judged[each], default=None)
    silent = len(pressed.areas_pct) - len(judged)
    return FigureView(
        name=f"sustained-{side}",
        label=f"Pressed longest, {side} foot",
        value=None if area is None else judged[area],
        words=None if area is None else f"{_place(area)}, {judged[area]:.0f} % of 15 min",
        coverage_pct=pressed.coverage_pct,
        reason=None if area is not None else pressed.reason or "too little measured",
        note=f"{silent} of {len(pressed.areas_pct)} areas not measured" if area is not None and silent else None,
    )


def _asymmetry(figure: Figure) -> FigureView:
    view = _figure("asymmetry", "Left and right differ by", figure, "{:.1f}".format, " %")
    return view if figure.value is None else replace(view, words=_difference(figure.value))


def _difference(si_pct: float) -> str:
    more = f", more on the {Side.RIGHT if si_pct > 0 else Side.LEFT}" if abs(si_pct) >= 0.05 else ""
    return f"{abs(si_pct):.1f} %{more}"


def _share(share_pct: float) -> str:
    return f"{share_pct:.1f}"


def _figure(name: str, label: str, figure: Figure, say: Callable[[float], str], unit: str) -> FigureView:
    words = None
    if figure.value is not None:
        words = f"{say(figure.value)}{unit}"
    elif figure.low is not None and figure.high is not None:
        words = f"between {say(figure.low)} and {say(figure.high)}{unit}"
    return FigureView(
        name=name,
        label=label,
        value=figure.value,
        words=words,
        coverage_pct=figure.coverage_pct,
        reason=figure.reason,
        note=figure.note or (figure.reason if figure.value is None and words else None),
    )


def _place(area: str) -> str:
    return area.replace("_", " ")
