"""One walk under way: pipeline and rules as one pure step, `feed(item) -> messages`, driven by event time alone.

Live, late, replayed or in a cohort, every host feeds this and nothing else, so the same rows give the same words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ingest.wire.block import Block
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import Alert, AlertState, Layout, Metrics, Stride
from processing.metrics.recipe import Recipe
from processing.pipeline import Heartbeat, Pipeline
from processing.rules.baseline import Baseline
from processing.rules.engine import RuleEngine
from processing.rules.preset import RuleSet

Item = Block | Layout | Heartbeat
Said = Metrics | Stride | Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which a walk is judged; kept with the walk, so that a replay of it is judged alike."""

    walk: str
    recipe: Recipe
    rules: RuleSet
    baseline: Baseline | None
    source: str | None = None  # a file's name; None: the insoles that were worn


class Walk:
    """Rows in, figures, strides and alerts out, and the summary at the end."""

    def __init__(self, terms: Terms, faults: FaultBook | None = None) -> None:
        self.terms = terms
        self.pipeline = Pipeline(walk=terms.walk, recipe=terms.recipe, window_s=terms.rules.window_s, faults=faults)
        self._engine = RuleEngine(terms.rules, terms.baseline, terms.walk)
        self._alerts: dict[str, Alert] = {}
        self._insoles: dict[Side, str] = {}
        self._last_row_t_ns = 0

    def feed(self, item: Item) -> list[Said]:
        if isinstance(item, Layout):
            self._insoles[item.side] = item.insole
        elif isinstance(item, Block):
            self._last_row_t_ns = max(self._last_row_t_ns, item.end_t_ns)
        return self._judge(self.pipeline.feed(item))

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

    def summary(self) -> dict[str, Any]:
        """The walk summary."""
        source = self.terms.source or " + ".join(self._insoles[side] for side in Side if side in self._insoles)
        return {**self.pipeline.summary(self.alerts, source), "rules": self.terms.rules.name}

    def _judge(self, figures: Iterable[Metrics | Stride]) -> list[Said]:
        said: list[Said] = []
        for figure in figures:
            said.append(figure)
            if isinstance(figure, Metrics):
                for alert in self._engine.feed(figure):
                    self._alerts[alert.id] = alert
                    said.append(alert)
        return said


def run(terms: Terms, items: Iterable[Item]) -> Walk:
    """A whole walk at once, from wherever its items come."""
    walk = Walk(terms)
    for item in items:
        walk.feed(item)
    walk.close()
    return walk
