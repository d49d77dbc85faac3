"""A stop watch in every family of the pipeline: how long each one takes without what it calls of the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from processing import lane
from processing.lane import Lane
from processing.metrics.activity import ActivityTracker
from processing.metrics.coverage import CoveragePart
from processing.metrics.direction import DirectionPart
from processing.metrics.dose import DosePart
from processing.metrics.health import PairHealth
from processing.metrics.load_part import LoadPart
from processing.metrics.progression import ProgressionPart
from processing.metrics.regions import RegionsPart
from processing.metrics.rolling import RollingFigures
from processing.metrics.rolling_gait import Gait
from processing.metrics.rolling_load import FootLoads
from processing.metrics.rolling_pair import PairLoads
from processing.metrics.rows import FootRows
from processing.metrics.running import RunningContacts
from processing.metrics.support import SupportPart
from processing.metrics.sustained import Pressed
from processing.metrics.timing import TimingPart
from processing.parts import Tally
from processing.pipeline import Pipeline
from processing.rules.engine import RuleEngine
from processing.sections import WalkSections
from processing.walk import Walk

_REST = "blocks in, words out"
_WATCHED: tuple[tuple[str, Any, str], ...] = (
    ("order of rows, whole seconds", Lane, "close"),
    ("order of rows, whole seconds", Lane, "push"),
    ("live: contacts", RunningContacts, "feed"),
    ("live: stances by cell", lane, "measure"),
    ("live: health of cells", PairHealth, "feed"),
    ("live: loads", FootLoads, "push"),
    ("live: asymmetry", PairLoads, "push"),
    ("live: sustained load", Pressed, "push"),
    ("live: cadence, strides", Gait, "close"),
    ("live: activity", ActivityTracker, "close"),
    ("live: figures of a second", RollingFigures, "close"),
    ("rules", RuleEngine, "feed"),
    ("section: its rows", FootRows, "section"),
    ("section: its rows", FootRows, "forget"),
    ("section: its rows", WalkSections, "advance"),
    ("section: contacts, strides", Tally, "with_section"),
    ("section: coverage", CoveragePart, "of"),
    ("section: timing", TimingPart, "of"),
    ("section: support", SupportPart, "of_pair"),
    ("section: loads", LoadPart, "of"),
    ("section: regions", RegionsPart, "of"),
    ("section: centre of pressure", ProgressionPart, "of"),
    ("section: dose", DosePart, "of"),
    ("section: direction", DirectionPart, "of_pair"),
    ("summary", Pipeline, "summary"),
    (_REST, Walk, "feed"),
    (_REST, Walk, "close"),
)


class Shares:
    """While it is entered, `seconds` fills with processor time by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._within: list[float] = []  # of each watched call under way: what others took in it
        self._as_it_was: list[tuple[Any, str, Any]] = []

    @property
    def total_s(self) -> float:
        return sum(self.seconds.values())

    def rows(self) -> list[tuple[str, float]]:
        """By name in the order of the river."""
        names = dict.fromkeys(name for name, _, _ in _WATCHED)
        return [(name, self.seconds[name]) for name in names if name in self.seconds]

    def __enter__(self) -> None:
        for name, owner, method in _WATCHED:
            plain = vars(owner)[method]
            self._as_it_was.append((owner, method, plain))
            setattr(owner, method, self._watched(name, plain))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for where, method, plain in reversed(self._as_it_was):
            setattr(where, method, plain)

    def _watched(self, name: str, plain: Any) -> Any:
        if isinstance(plain, classmethod):
            return classmethod(self._timed(name, plain.__func__))
        return self._timed(name, plain)

    def _timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            self._within.append(0.0)
            begin = time.process_time()
            try:
                return work(*given, **named)
            finally:
                took = time.process_time() - begin
                inner = self._within.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + took - inner
                if self._within:
                    self._within[-1] += took

        return timed
