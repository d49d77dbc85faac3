"""Runs of stances that go the same way, and what may be stated of them: runs of parts add up to those of the walk.

A run goes on with a stance of the same label at most 2.5 s (the longest stride that counts) after the one before, from
middle to middle, unless the other foot has a stance of the opposite label between the two. A run of at least three is
stated; the stances of a shorter one are unclear (clinical basis 1.7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np

from processing.metrics.centre_of_pressure import LONGEST_STRIDE_S
from processing.metrics.signal import Ints

LEAST_RUN = 3
_LONGEST_STRIDE_NS = round(LONGEST_STRIDE_S * 1e9)


class Direction(IntEnum):
    """The sign is the way the centre of pressure goes: towards the toe, neither, towards the heel."""

    UNCLEAR = 0
    FORWARD = 1
    BACKWARD = -1


@dataclass(frozen=True, slots=True)
class Tally:
    """Stances and the time they stand for, by `Direction`, whose value is the place in each tuple (−1: the last)."""

    stances: tuple[int, int, int] = (0, 0, 0)
    lasts_ns: tuple[int, int, int] = (0, 0, 0)

    @property
    def total(self) -> int:
        return sum(self.stances)

    def __add__(self, other: Tally) -> Tally:
        a, b, t, u = self.stances, other.stances, self.lasts_ns, other.lasts_ns
        return Tally((a[0] + b[0], a[1] + b[1], a[2] + b[2]), (t[0] + u[0], t[1] + u[1], t[2] + u[2]))


@dataclass(frozen=True, slots=True)
class Run:
    """Stances of one foot that are alike and follow one another; middles of the first and of the last."""

    label: int
    stances: int
    lasts_ns: int
    first_ns: int
    last_ns: int

    def goes_on_in(self, later: Run, barred: frozenset[int]) -> bool:
        near = later.first_ns - self.last_ns <= _LONGEST_STRIDE_NS
        return near and self.label == later.label and self.label not in barred

    def __add__(self, later: Run) -> Run:
        stances, lasts_ns = self.stances + later.stances, self.lasts_ns + later.lasts_ns
        return Run(self.label, stances, lasts_ns, self.first_ns, later.last_ns)


@dataclass(frozen=True, slots=True)
class FootRuns:
    """One foot in a part of a walk. `first` and `last` may go on beyond it; those between are counted in `inner`.

    `last` None: there is one run at most. `barred_before`, `barred_after`: labels that cannot go on across the part's
    beginning or end, because the other foot has the opposite there; both the same where this foot has no stance.
    """

    first: Run | None = None
    inner: Tally = Tally()
    last: Run | None = None
    barred_before: frozenset[int] = frozenset()
    barred_after: frozenset[int] = frozenset()

    @property
    def tally(self) -> Tally:
        """Everything counted, the part taken as the whole walk."""
        return self.inner + tally_of(run for run in (self.first, self.last) if run is not None)

    def __add__(self, later: FootRuns) -> FootRuns:
        before = self.barred_before if self.first else self.barred_before | later.barred_before
        after = later.barred_after if later.first else later.barred_after | self.barred_after
        mine, theirs = self._ends, later._ends
        if mine and theirs and mine[-1].goes_on_in(theirs[0], self.barred_after | later.barred_before):
            runs = [*mine[:-1], mine[-1] + theirs[0], *theirs[1:]]
        else:
            runs = [*mine, *theirs]
        return _foot_runs(runs, self.inner + later.inner, before, after)

    @property
    def _ends(self) -> list[Run]:
        return [run for run in (self.first, self.last) if run is not None]


def tally_of(runs: Iterable[Run]) -> Tally:
    stances, lasts_ns = [0, 0, 0], [0, 0, 0]
    for run in runs:
        stated = run.label if run.stances >= LEAST_RUN else Direction.UNCLEAR
        stances[stated] += run.stances
        lasts_ns[stated] += run.lasts_ns
    return Tally((stances[0], stances[1], stances[2]), (lasts_ns[0], lasts_ns[1], lasts_ns[2]))


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """m stances of one foot in order: label, how long until the next, and their middle on the clock of both feet."""

    labels: Ints
    lasts_ns: Ints
    middle_ns: Ints

    def runs_beside(self, other: Labelled | None) -> FootRuns:
        """Of this foot; `other`: what the other foot did meanwhile, None: it was not measured."""
        opposite = {label: _counted_up_to(self.middle_ns, other, -label) for label in (1, -1)}
        before = frozenset(label for label, seen in opposite.items() if seen[0])
        if not self.labels.size:
            return FootRuns(barred_before=before, barred_after=before)
        after = frozenset(label for label, seen in opposite.items() if seen[-1] > seen[-2])
        met = np.select(
            [self.labels[1:] == label for label in opposite], [np.diff(seen[:-1]) > 0 for seen in opposite.values()]
        ).astype(bool)
        apart = np.diff(self.middle_ns) > _LONGEST_STRIDE_NS
        cuts = np.flatnonzero((np.diff(self.labels) != 0) | apart | met) + 1
        runs = [
            Run(
                label=int(self.labels[begin]),
                stances=end - begin,
                lasts_ns=int(self.lasts_ns[begin:end].sum()),
                first_ns=int(self.middle_ns[begin]),
                last_ns=int(self.middle_ns[end - 1]),
            )
            for begin, end in pairwise([0, *cuts.tolist(), self.labels.size])
        ]
        return _foot_runs(runs, Tally(), before, after)


def _counted_up_to(middle_ns: Ints, other: Labelled | None, label: int) -> list[int]:
    """How many stances of that label the other foot has before each of these, and in all: m + 1 numbers."""
    if other is None:
        return [0] * (middle_ns.size + 1)
    times = other.middle_ns[other.labels == label]
    return [*np.searchsorted(times, middle_ns).tolist(), int(times.size)]


def _foot_runs(runs: list[Run], inner: Tally, before: frozenset[int], after: frozenset[int]) -> FootRuns:
    if len(runs) < 2:
        return FootRuns(runs[0] if runs else None, inner, None, before, after)
    return FootRuns(runs[0], inner + tally_of(runs[1:-1]), runs[-1], before, after)
