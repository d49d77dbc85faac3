"""The stages of an update and which leads to which. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.faults import Fault


class Stage(StrEnum):
    CHECKING = "checking"  # battery, version, shoe not worn, what is in the slots
    UPLOADING = "uploading"  # beside the firmware that runs
    MARKING = "marking"  # to be tried at the next start
    RESTARTING = "restarting"
    PROVING = "proving"  # the new firmware runs and must show that it works
    CONFIRMING = "confirming"
    ROLLING_BACK = "rolling-back"
    # ends
    UPDATED = "updated"
    UP_TO_DATE = "up-to-date"  # this very image runs already
    REFUSED = "refused"  # nothing was changed
    INTERRUPTED = "interrupted"  # the old firmware runs; trying again goes on where it stopped, or begins anew
    ROLLED_BACK = "rolled-back"  # the new firmware did not show that it works; the old one runs
    NOT_HEARD = "not-heard"  # the insole has not come back within the time; what it runs is not known


_ENDS_BEFORE = {Stage.REFUSED, Stage.INTERRUPTED}
TRIED = frozenset({Stage.RESTARTING, Stage.PROVING, Stage.CONFIRMING, Stage.ROLLING_BACK})
_ENDS_AFTER = {Stage.ROLLED_BACK, Stage.NOT_HEARD}
TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    Stage.CHECKING: frozenset(
        {Stage.UPLOADING, Stage.MARKING, Stage.RESTARTING, Stage.PROVING, Stage.UP_TO_DATE} | _ENDS_BEFORE
    ),
    Stage.UPLOADING: frozenset({Stage.MARKING, Stage.CHECKING} | _ENDS_BEFORE),
    Stage.MARKING: frozenset({Stage.RESTARTING, Stage.CHECKING} | _ENDS_BEFORE),
    Stage.RESTARTING: frozenset({Stage.PROVING, Stage.INTERRUPTED} | _ENDS_AFTER),  # the request was lost
    Stage.PROVING: frozenset({Stage.CONFIRMING, Stage.ROLLING_BACK} | _ENDS_AFTER),
    Stage.CONFIRMING: frozenset({Stage.UPDATED, Stage.PROVING, Stage.ROLLING_BACK} | _ENDS_AFTER),
    Stage.ROLLING_BACK: frozenset(_ENDS_AFTER),
    Stage.UPDATED: frozenset(),
    Stage.UP_TO_DATE: frozenset(),
    Stage.REFUSED: frozenset(),
    Stage.INTERRUPTED: frozenset(),
    Stage.ROLLED_BACK: frozenset(),
    Stage.NOT_HEARD: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an update ended. `fault` says why when it is not UPDATED or UP_TO_DATE; `runs`: the version that runs now."""

    stage: Stage
    runs: str | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is under way; the octets are those of the upload, 0 of 0 in any other stage."""

    stage: Stage
    done_octets: int = 0
    total_octets: int = 0
