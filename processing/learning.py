"""Baselines in the journal: the first is set once there are enough valid walks; after that it is a person's matter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from processing.metrics.recipe import STEADY
from processing.rules.baseline import Baseline, Summary, learn_baseline
from processing.store.journal import BaselineSet, Journal, JournalReading, WalkSummary

BY = "underfoot, from the first valid walks"


def learn_first_baseline(journal: Journal, person: str, t_ns: int) -> bool:
    """Whether a baseline was set, in force from `t_ns` on. Where one was ever set, or taken back, nothing is done.

    :raises UnderfootError: as the journal.
    """
    if journal.baseline(person) is not None:
        return False
    learned = learn_baseline(_summaries(journal.walks(person, STEADY.name)))
    if learned is None:
        return False
    journal.set_baseline(BaselineSet(person=person, baseline=learned, by=BY, t_ns=t_ns))
    return True


def latest_baseline(journal: JournalReading, person: str) -> Baseline | None:
    """The baseline of the latest seven valid walks, not set; None while there are fewer.

    :raises UnderfootError: as the journal.
    """
    return learn_baseline(_summaries(reversed(journal.walks(person, STEADY.name))))


def _summaries(walks: Iterable[WalkSummary]) -> Iterator[Summary]:
    return (json.loads(walk.summary) for walk in walks)
