"""The first baseline: set once there are enough valid walks; after that it is only a person's matter."""

from __future__ import annotations

import json

from processing.metrics.recipe import STEADY
from processing.rules.baseline import learn_baseline
from processing.store.journal import BaselineSet, Journal

BY = "underfoot, from the first valid walks"


def learn_first_baseline(journal: Journal, person: str, t_ns: int) -> bool:
    """Whether a baseline was set, in force from `t_ns` on. Where one was ever set, or taken back, nothing is done.

    :raises UnderfootError: as the journal.
    """
    if journal.baseline(person) is not None:
        return False
    learned = learn_baseline(json.loads(walk.summary) for walk in journal.walks(person, STEADY.name))
    if learned is None:
        return False
    journal.set_baseline(BaselineSet(person=person, baseline=learned, by=BY, t_ns=t_ns))
    return True
