"""The clinician's short list: what is worth reading first, each line with its evidence.

Its order: an answer with a red flag, a warm place (A9), skin that is not clear, sustained load of one place again and
again (A1), what somebody has handed on, a medium asymmetry (A4), what is for the clinician alone, a fault of an insole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from processing.store.journal import Task, TaskWhy


class Rank(IntEnum):
    """The place of a line in the list; the most urgent first."""

    RED_FLAG = 0
    WARM = 1
    SKIN = 2
    REPEATED = 3
    HANDED_ON = 4
    ASYMMETRY = 5
    FOR_CLINICIAN = 6
    TECHNICAL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicLine:
    """One thing to read. `task` None: nobody has to do anything yet; `alerts`: those it rests on, oldest first."""

    rank: Rank
    t_ns: int
    text: str
    alerts: tuple[Alert, ...]
    task: Task | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(alert.evidence for alert in self.alerts)


_OF_TASK = {
    TaskWhy.RED_FLAG: Rank.RED_FLAG,
    TaskWhy.WARM: Rank.WARM,
    TaskWhy.SKIN: Rank.SKIN,
    TaskWhy.REPEATED: Rank.REPEATED,
    TaskWhy.ASKED: Rank.HANDED_ON,
}


def clinic_list(alerts: Iterable[Alert], tasks: Iterable[Task]) -> tuple[ClinicLine, ...]:
    """Open tasks, and the open alerts worth reading that no open task tells of; within a rank the latest first."""
    known = {alert.id: alert for alert in alerts}
    lines = [
        ClinicLine(
            rank=_OF_TASK[task.why],
            t_ns=task.opened_t_ns,
            text=task.text,
            alerts=tuple(known[each] for each in task.about if each in known),
            task=task,
        )
        for task in tasks
        if task.done_by is None
    ]
    told = {alert.id for line in lines for alert in line.alerts}
    for alert in known.values():
        rank = None if alert.id in told else _rank_of(alert)
        if rank is not None:
            lines.append(ClinicLine(rank=rank, t_ns=alert.raised_t_ns, text=alert.text, alerts=(alert,)))
    return tuple(sorted(lines, key=lambda line: (line.rank, -line.t_ns, line.text)))


def _rank_of(alert: Alert) -> Rank | None:
    if alert.state in (AlertState.CLOSED, AlertState.PENDING):
        return None
    if alert.rule == "A9":
        return Rank.WARM
    if alert.state is AlertState.ESCALATED:
        return Rank.HANDED_ON
    if alert.rule == "A4" and alert.level is AlertLevel.MEDIUM:
        return Rank.ASYMMETRY
    if alert.audience is Audience.CLINICIAN:
        return Rank.FOR_CLINICIAN
    return Rank.TECHNICAL if alert.rule == "T1" else None
