"""An alert, and a line of the clinician's short list, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from ingest.wire.alerts import Alert, AlertState, Audience, Outcome, Quiet
from processing.times import local_time
from underfoot.cli._people import when

if TYPE_CHECKING:
    from processing.alerts.clinic_list import ClinicLine

_OUTCOME = {
    Outcome.OFFLOADED: "the load went off within 20 min",
    Outcome.NOT_OFFLOADED: "the load did not go off within 20 min",
    Outcome.NOT_MEASURED: "whether the load went off was not measured",
}
_QUIET = {
    Quiet.LISTED: "silent: this kind is listed only",
    Quiet.LATE: "silent: found in rows that came late",
    Quiet.SAME_CAUSE: "silent: another alert tells of it",
    Quiet.SPACED: "silent for now: another one had sounded shortly before",
    Quiet.DAY_FULL: "silent: the day has had its number of sounds",
    Quiet.QUIET_HOURS: "silent for now: quiet hours",
    Quiet.MUTED: "silent for now: muted by a clinician",
}
_OVER = (AlertState.CLEARED, AlertState.CLOSED)


def alert_lines(alert: Alert, where: tzinfo, *, undelivered: bool) -> Iterator[str]:
    """The alert in one line, and what became of it below."""
    sounded = when(alert.raised_t_ns, where)
    yield f"{alert.id}  {alert.state:<12} {alert.level:<6} {sounded}  {alert.text}"
    facts = list(_facts(alert, where))
    if undelivered:
        facts.append("NOT DELIVERED: a message about it reached nobody")
    if facts:
        yield f"    {'; '.join(facts)}"


def _facts(alert: Alert, where: tzinfo) -> Iterator[str]:
    if alert.audience is not Audience.PATIENT:
        yield f"for the {alert.audience}" if alert.audience is Audience.CLINICIAN else "technical"
    if alert.areas:
        yield f"at {', '.join(alert.areas)}"
    if alert.sounded_t_ns:
        yield "sounded " + ", ".join(f"{local_time(each, where):%H:%M}" for each in alert.sounded_t_ns)
    if alert.quiet is not None:
        words = _QUIET[alert.quiet]
        yield words.replace("silent for now", "silent until it was over") if alert.state in _OVER else words
    if alert.acknowledged_by is not None:
        yield f"answered by {alert.acknowledged_by}" + (f": {alert.action}" if alert.action else "")
    if alert.escalated_t_ns is not None:
        yield f"handed on {when(alert.escalated_t_ns, where)}: {alert.escalated_because or 'no reason given'}"
    if alert.outcome is not None:
        yield _OUTCOME[alert.outcome]
    if alert.useful is not None:
        yield "said to be useful" if alert.useful else "said not to be useful"


def clinic_lines(line: ClinicLine, where: tzinfo) -> Iterator[str]:
    """What it is, the task if there is one, and the evidence of each alert behind it."""
    yield f"{line.rank.name.lower().replace('_', ' ')}  {when(line.t_ns, where)}  {line.text}"
    if line.task is not None:
        yield f"    task {line.task.id}, due {line.task.due}"
    for alert in line.alerts:
        yield f"    {alert.id}  {alert.evidence}"
