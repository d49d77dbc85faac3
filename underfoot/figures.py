"""The figures of the last second as a person reads them: a label, words with the unit, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.wire.geometry import Side
from ingest.wire.messages import Activity, CellFault, Figure, Metrics, Sustained
from underfoot.words import DEFAULT, ENGLISH, Words
from underfoot.words.areas import area_words
from underfoot.words.reasons import reason_words


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One figure and how it is said; `words` None: not measured, `reason` says why.

    `value` is None beside words where a range, a state or a place is told. `note`: what the words leave out. `rests`:
    what the words rest on, or why there are none.
    """

    name: str
    label: str
    value: float | None
    words: str | None
    coverage_pct: float
    reason: str | None
    rests: str
    note: str | None = None


def figures(metrics: Metrics | None, reason: str, words: Words = ENGLISH) -> tuple[FigureView, ...]:
    """Those that a person is shown; without metrics none of them is measured, for that reason in those words."""
    say = _Saying(words)
    if metrics is None:
        unknown = Figure(value=None, coverage_pct=0.0, reason=reason)
        return say.basic(unknown, unknown, unknown, unknown)
    share = metrics.forefoot_share_pct
    return (
        *say.basic(share.left, share.right, metrics.load_si_pct, metrics.cadence_spm),
        say.activity(metrics),
        *say.long_load(metrics),
        *say.sustained(metrics),
    )


def fault_words(fault: CellFault, words: Words = ENGLISH) -> str:
    """What is wrong with a cell, or with the whole foot, in a few words."""
    wrong = words(f"state.cell_fault.{fault.kind}")
    return wrong if fault.cell is None else f"{area_words(fault.area, words)}: {wrong}"


@dataclass(frozen=True, slots=True)
class _Saying:
    """Figures in the words of one language."""

    words: Words

    def basic(self, left: Figure, right: Figure, asymmetry: Figure, cadence: Figure) -> tuple[FigureView, ...]:
        return (
            self._figure("forefoot-left", left, _SHARE),
            self._figure("forefoot-right", right, _SHARE),
            self._asymmetry(asymmetry),
            self._figure("cadence", cadence, _CADENCE),
        )

    def activity(self, metrics: Metrics) -> FigureView:
        known = metrics.activity is not Activity.UNKNOWN
        told = self.words(f"state.activity.{metrics.activity}")
        return self._view(
            "activity",
            words=told if known else None,
            coverage_pct=min(metrics.load.left.coverage_pct, metrics.load.right.coverage_pct),
            reason=None if known else told,
        )

    def long_load(self, metrics: Metrics) -> tuple[FigureView, ...]:
        if metrics.forefoot_load is None:
            return ()
        of_feet = metrics.forefoot_load.last_900_s
        how = _NEWTON if metrics.unit == "N" else _SHARE
        return tuple(
            self._figure(f"front-load-{side}", figure, how)
            for side, figure in ((Side.LEFT, of_feet.left), (Side.RIGHT, of_feet.right))
        )

    def sustained(self, metrics: Metrics) -> tuple[FigureView, ...]:
        if metrics.sustained is None:
            return ()
        of_feet = metrics.sustained
        return (self._longest_pressed(Side.LEFT, of_feet.left), self._longest_pressed(Side.RIGHT, of_feet.right))

    def _longest_pressed(self, side: Side, pressed: Sustained) -> FigureView:
        judged = {area: pct for area, pct in pressed.areas_pct.items() if pct is not None}
        area = max(judged, key=lambda each: judged[each], default=None)
        name = f"sustained-{side}"
        if area is None:
            why = self._reason(pressed.reason) or self.words("state.value.too_little")
            return self._view(name, words=None, coverage_pct=pressed.coverage_pct, reason=why)
        silent, areas = len(pressed.areas_pct) - len(judged), len(pressed.areas_pct)
        return self._view(
            name,
            value=judged[area],
            words=self.words(
                "state.value.pressed", place=area_words(area, self.words), pct=self.words.percent(judged[area])
            ),
            coverage_pct=pressed.coverage_pct,
            note=self.words("state.value.areas_lacking", count=silent, areas=areas) if silent else None,
        )

    def _asymmetry(self, figure: Figure) -> FigureView:
        view = self._figure("asymmetry", figure, _ASYMMETRY)
        return view if figure.value is None else replace(view, words=self._difference(figure.value))

    def _difference(self, si_pct: float) -> str:
        told = self.words.percent(abs(si_pct), 1)
        if abs(si_pct) < _EVEN_PCT:
            return told
        return self.words("state.value.more_right" if si_pct > 0 else "state.value.more_left", value=told)

    def _figure(self, name: str, figure: Figure, how: _How) -> FigureView:
        told = None
        if figure.value is not None:
            told = self.words(how.key, value=self._number(figure.value, how))
        elif figure.low is not None and figure.high is not None:
            low, high = self._number(figure.low, how), self._number(figure.high, how)
            told = self.words(how.key, value=self.words("state.value.between", low=low, high=high))
        reason = self._reason(figure.reason)
        return self._view(
            name,
            value=figure.value,
            words=told,
            coverage_pct=figure.coverage_pct,
            reason=reason,
            note=self._note(figure.note) or (reason if figure.value is None and told else None),
        )

    def _view(
        self,
        name: str,
        *,
        words: str | None,
        coverage_pct: float,
        value: float | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> FigureView:
        covered = self.words("state.coverage", pct=self.words.percent(coverage_pct))
        return FigureView(
            name=name,
            label=self.words(f"state.figure.{name}"),
            value=value,
            words=words,
            coverage_pct=coverage_pct,
            reason=reason,
            rests=reason or "" if words is None else ", ".join(filter(None, (covered, note))),
            note=note,
        )

    def _number(self, value: float, how: _How) -> str:
        return self.words.number(value, how.digits)

    def _reason(self, reason: str | None) -> str | None:
        return None if reason is None else reason_words(reason, self.words)

    def _note(self, note: str | None) -> str | None:
        """What processing left out; its English figures are not taken out of the sentence."""
        if note is None or self.words.language == DEFAULT:
            return note
        return self.words("state.value.cells_left_out")


@dataclass(frozen=True, slots=True)
class _How:
    """`key`: of the words around the number."""

    key: str
    digits: int


_SHARE = _How("state.value.share", 1)
_NEWTON = _How("state.value.newton", 0)
_ASYMMETRY = _How("state.value.percent", 1)
_CADENCE = _How("state.value.plain", 0)
_EVEN_PCT = 0.05  # below it the figure is 0.0 % and leans nowhere
