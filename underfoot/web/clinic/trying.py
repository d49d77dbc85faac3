"""Trials of other limits: each works in a thread, and whoever asked looks at how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from processing.rules.ruleset import Value
from underfoot.simulated import Simulated, Tell

_KEPT = 8


class TrialState(StrEnum):
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Trial:
    """What was asked, how far it is, and what came of it. `first` and `last`: ISO days, both included."""

    id: str
    person: str
    key: str
    value: Value
    first: str
    last: str
    state: TrialState = TrialState.WORKING
    walks_done: int = 0
    walks: int = 0
    result: Simulated | None = None
    fault: Fault | None = None


Work = Callable[[Tell], Simulated]


class Trials:
    """One at a time: the machine has other things to do."""

    def __init__(self) -> None:
        self._trials: dict[str, Trial] = {}
        self._working: asyncio.Future[None] | None = None

    def of(self, person: str, trial_id: str) -> Trial:
        """:raises UnderfootError: UNKNOWN_NAME."""
        trial = self._trials.get(trial_id)
        if trial is None or trial.person != person:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no trial {trial_id!r}; the last {_KEPT} are kept")
        return trial

    def start(self, person: str, key: str, value: Value, first: str, last: str, work: Work) -> Trial:
        """:raises UnderfootError: ENTRY_REFUSED while another one works."""
        if any(each.state is TrialState.WORKING for each in self._trials.values()):
            raise UnderfootError(FaultCode.ENTRY_REFUSED, "another trial is being worked on")
        trial = Trial(id=uuid4().hex[:12], person=person, key=key, value=value, first=first, last=last)
        self._trials[trial.id] = trial
        for old in list(self._trials)[:-_KEPT]:
            del self._trials[old]
        self._working = asyncio.get_running_loop().run_in_executor(None, _through, trial, work)
        return trial


def _through(trial: Trial, work: Work) -> None:
    def tell(_walk: str, done: int, of: int) -> None:
        trial.walks_done, trial.walks = done, of

    try:
        trial.result = work(tell)
    except UnderfootError as error:
        trial.fault = error.fault
    finally:
        if trial.result is None and trial.fault is None:
            trial.fault = Fault(FaultCode.INTERNAL, "the trial broke off")
        trial.state = TrialState.DONE if trial.fault is None else TrialState.FAILED
