"""Runs of walks or days that say the same, as rules ask for before they are raised and before they end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from processing.rules.daily import CannotJudge, Judged, Raised


@dataclass(frozen=True, slots=True)
class Run:
    """`begun`: index of the one with which enough in a row met the rule; `ended`: did not; None: not yet."""

    begun: int
    ended: int | None


def runs(judged: Sequence[Judged], needed: Sequence[int], *, gap_breaks: bool) -> list[Run]:
    """Where a rule is raised and where it ends, in order. `needed`: how many in a row, for each.

    What cannot be judged neither counts nor breaks a run; with `gap_breaks` it ends one that has not been enough yet.
    """
    found: list[Run] = []
    met = unmet = 0
    is_raised = False
    for index, (each, enough) in enumerate(zip(judged, needed, strict=True)):
        if isinstance(each, CannotJudge):
            met = met if is_raised or not gap_breaks else 0
            continue
        met, unmet = (met + 1, 0) if isinstance(each, Raised) else (0, unmet + 1)
        if not is_raised and met >= enough:
            is_raised = True
            found.append(Run(index, None))
        elif is_raised and unmet >= enough:
            is_raised = False
            found[-1] = Run(found[-1].begun, index)
    return found
