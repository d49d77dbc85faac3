"""Where a cell stands: healthy → suspect after 3 bad stances → unfit once it has been bad for 20 stances, or for 10 s.

Unfit lasts for the walk: a cell that comes and goes is no measurement (clinical basis 4.3: latched).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from ingest.wire.messages import CellFaultKind

SUSPECT_STANCES = 3
UNFIT_STANCES = 20
UNFIT_NS = 10 * 10**9
_FEWEST = 8  # within the 10 s: a pause between a few odd stances proves nothing


class CellState(Enum):
    HEALTHY = auto()
    SUSPECT = auto()
    UNFIT = auto()


class CellEvent(Enum):
    DOUBTED = auto()
    CONDEMNED = auto()
    CLEARED = auto()


TRANSITIONS: dict[CellState, dict[CellEvent, CellState]] = {
    CellState.HEALTHY: {
        CellEvent.DOUBTED: CellState.SUSPECT,
        CellEvent.CONDEMNED: CellState.UNFIT,
        CellEvent.CLEARED: CellState.HEALTHY,
    },
    CellState.SUSPECT: {
        CellEvent.DOUBTED: CellState.SUSPECT,
        CellEvent.CONDEMNED: CellState.UNFIT,
        CellEvent.CLEARED: CellState.HEALTHY,
    },
    CellState.UNFIT: dict.fromkeys(CellEvent, CellState.UNFIT),
}


@dataclass(slots=True)
class CellCourse:
    """One cell through the walk; `bad` stances in a row since `since_t_ns`, the first of them bad in the way `kind`."""

    state: CellState = CellState.HEALTHY
    kind: CellFaultKind | None = None
    bad: int = 0
    since_t_ns: int = 0

    def judge(
        self, kind: CellFaultKind | None, initial_contact_t_ns: int, t_ns: int, *, is_slight: bool = False
    ) -> bool:
        """One more stance: bad in this way, or not (None). Returns whether the state changed.

        What is slight has to last for the 20 stances.
        """
        if kind is None:
            self.bad = 0
            return self.take(CellEvent.CLEARED)
        if not self.bad:
            self.since_t_ns, self.kind = initial_contact_t_ns, kind
        self.bad += 1
        lasting = not is_slight and self.bad >= _FEWEST and t_ns - self.since_t_ns >= UNFIT_NS
        if lasting or self.bad >= UNFIT_STANCES:
            return self.take(CellEvent.CONDEMNED)
        return self.bad >= SUSPECT_STANCES and self.take(CellEvent.DOUBTED)

    def take(self, event: CellEvent) -> bool:
        """Whether the state changed."""
        before, self.state = self.state, TRANSITIONS[self.state][event]
        return self.state is not before
