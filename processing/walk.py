"""One walk under way: pipeline and rules as one pure step, `feed(item) -> messages`, driven by event time alone.

Live, late, replayed or in a cohort, every host feeds this and nothing else, so the same rows give the same words.

Figures:
schema [name]: the form of the summary and its version
walk [name]: the walk's name
source [name]: the file, or the insoles worn
rules [name]: the preset of limits under which the walk was judged
units.FIGURE [unit]: units of the figures whose names do not say it
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.block import Block
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Metrics, Stride
from processing.correcting import Correcting
from processing.metrics.calibration import CalibrationVersion
from processing.metrics.recipe import Recipe
from processing.packed_seconds import PackedSeconds
from processing.pipeline import Heartbeat, Pipeline
from processing.rules.baseline import Baseline
from processing.rules.engine import Judgement, RuleEngine
from processing.rules.preset import RuleSet

REPLAY_S = 60  # seconds that are closed at once where nobody waits for them
Item = Block | Layout | Heartbeat
Said = Metrics | Stride | Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which a walk is judged; kept with the walk, so that a replay of it is judged alike."""

    walk: str
    recipe: Recipe
    rules: RuleSet
    baseline: Baseline | None
    weight_kg: float | None = None
    calibration: CalibrationVersion | None = None
    source: str | None = None  # a file's name; None: the insoles that were worn


class Walk:
    """Rows in, figures, strides and alerts out, and the summary at the end.

    `seconds`: the figures of every second, where they are to be kept.
    """

    def __init__(
        self, terms: Terms, faults: FaultBook | None = None, at_once_s: int = 1, *, keep_seconds: bool = False
    ) -> None:
        self.terms = terms
        self.seconds = PackedSeconds() if keep_seconds else None
        self.pipeline = Pipeline(
            walk=terms.walk,
            recipe=terms.recipe,
            window_s=terms.rules.window_s,
            faults=faults,
            weight_kg=terms.weight_kg,
            baseline=terms.baseline,
            at_once_s=at_once_s,
        )
        self._correcting = Correcting(terms.calibration, self.pipeline.faults)
        self._engine = RuleEngine(terms.rules, terms.baseline, terms.walk)
        self._alerts: dict[str, Alert] = {}
        self._insoles: dict[Side, str] = {}
        self._worn: set[Side] = set()  # a foot's first layout decides for the walk
        self._last_row_t_ns = 0

    def feed(self, item: Item) -> list[Said]:
        if isinstance(item, Layout):
            self._insoles[item.side] = item.insole
        elif isinstance(item, Block):
            self._last_row_t_ns = max(self._last_row_t_ns, item.end_t_ns)
        said: list[Said] = []
        for each in self._correcting.feed(item):
            if isinstance(each, Layout) and each.side not in self._worn:
                self._worn.add(each.side)
                self._engine.wear(each.side, each.checksum)
            said += self._judge(self.pipeline.feed(each))
        return said

    def go_live(self) -> None:
        """What was replayed goes on: from now on every second is told as soon as it is over."""
        self.pipeline.at_once_s = 1

    def close(self) -> list[Said]:
        """No more rows will come: what is still held back comes out, and what is still active ends with the walk."""
        return [*self._judge(self.pipeline.close()), *self._engine.finish()]

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that rests on rows of this walk, as they left it: what silence after them did is not."""
        rested = (alert for alert in self._alerts.values() if alert.raised_t_ns <= self._last_row_t_ns)
        return tuple(
            replace(alert, state=AlertState.ACTIVE, cleared_t_ns=None)
            if (alert.cleared_t_ns or 0) > self._last_row_t_ns
            else alert
            for alert in rested
        )

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Where every rule stands now, and why one cannot be judged."""
        return self._engine.judgements

    def summary(self) -> dict[str, Any]:
        """The walk summary."""
        source = self.terms.source or " + ".join(self._insoles[side] for side in Side if side in self._insoles)
        summary = self.pipeline.summary(self.alerts, source)
        version = self.terms.calibration.version if self.terms.calibration else None
        if version is None:
            reasons = {**summary["reasons"], "calibration_version": "the insoles were never calibrated here"}
            summary["reasons"] = dict(sorted(reasons.items()))
        return {**summary, "rules": self.terms.rules.name, "calibration_version": version}

    def _judge(self, figures: Iterable[Metrics | Stride]) -> list[Said]:
        said: list[Said] = []
        for figure in figures:
            said.append(figure)
            if isinstance(figure, Metrics):
                if self.seconds is not None:
                    self.seconds.add(figure)
                for alert in self._engine.feed(figure):
                    self._alerts[alert.id] = alert
                    said.append(alert)
        return said


def run(terms: Terms, items: Iterable[Item]) -> Walk:
    """A whole walk at once, from wherever its items come."""
    walk = Walk(terms, at_once_s=REPLAY_S)
    for item in items:
        walk.feed(item)
    walk.close()
    return walk
