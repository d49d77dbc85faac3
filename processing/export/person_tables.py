"""A person's days, alerts and words as tables. Pure."""

from __future__ import annotations

from ingest.wire.alerts import Alert
from ingest.wire.entries import (
    AllRight,
    ClinicNote,
    Entry,
    FootCheck,
    Mute,
    NoWalk,
    ProgrammeChange,
    RuleChange,
    Symptoms,
    TaskDone,
)
from processing.export.extract import Extract, day_of
from processing.export.table import Row, Table, Value, number, text, whole, yes_no
from processing.rules.day_facts import DayFacts
from processing.times import local_time

_OF_THE_WEARER = (Symptoms, FootCheck, NoWalk, AllRight, ClinicNote)


def days_table(extract: Extract) -> Table:
    columns = (
        text("day", "the wearer's own day"),
        text("measured", "measured, partly, not-worn (the hub was in touch and nobody wore them) or no-data"),
        text("reason", "why it is not wholly measured"),
        whole("walks", "recordings that began on it", "count"),
        whole("steps", "steps of both feet", "count"),
        number("walked_min", "time walked", "min"),
        number("forward_min", "time walked forward", "min"),
        number("backward_min", "time walked backward", "min"),
        number("unclear_min", "time walked in a direction that is not clear", "min"),
        number("worn_min", "time known to be worn", "min"),
        number("coverage_pct", "share of the time recorded that the worse foot was measured", "%"),
        number("load_bw_s", "load on both feet, by body weight", "BW s"),
        yes_no("in_touch", "whether the hub met an insole; empty: it did not run"),
        number("heard_s", "how long the hub ran", "s"),
    )
    return Table(name="days", columns=columns, rows=[_day(each) for each in extract.facts])


def _day(day: DayFacts) -> Row:
    return (
        day.day.isoformat(), str(day.measured), day.reason, day.walks, day.steps, day.walked_min, day.forward_min,
        day.backward_min, day.unclear_min, day.worn_min, day.coverage_pct, day.load_bw_s, day.in_touch, day.heard_s,
    )  # fmt: skip


def alerts_table(extract: Extract) -> Table:
    columns = (
        text("id", "the alert"),
        text("rule", "the rule that raised it"),
        text("level", "info, low or medium"),
        text("state", "where it stands now"),
        text("audience", "whom it is for in the first place"),
        text("side", "the foot; empty: both, or none"),
        text("areas", "areas, the worst first"),
        text("walk", "the walk; empty: it is not of one walk"),
        whole("raised_t_ns", "when it was raised", "ns UTC"),
        text("raised", "the same by the wearer's clock"),
        whole("cleared_t_ns", "when what raised it ended; empty: not yet", "ns UTC"),
        whole("acknowledged_t_ns", "when somebody acknowledged it; empty: nobody did", "ns UTC"),
        text("acknowledged_by", "who did"),
        text("action", "what was done"),
        text("note", "what was said to it"),
        whole("escalated_t_ns", "when it was handed to the clinician", "ns UTC"),
        text("escalated_because", "why"),
        text("outcome", "whether the load went off the foot within 20 min"),
        yes_no("useful", "whether it was useful; empty: nobody has said"),
        yes_no("late", "found in rows that came late"),
        whole("times_sounded", "how often it was allowed to sound", "count"),
        text("quiet", "why it made no sound"),
        text("text", "what the wearer read"),
        text("evidence", "what it rests on"),
    )
    return Table(name="alerts", columns=columns, rows=[_alert(each, extract) for each in extract.alerts])


def _alert(alert: Alert, extract: Extract) -> Row:
    words: tuple[Value, ...] = (alert.outcome and str(alert.outcome), alert.useful, alert.late, len(alert.sounded_t_ns))
    return (
        alert.id, alert.rule, str(alert.level), str(alert.state), str(alert.audience), alert.side and str(alert.side),
        ", ".join(alert.areas) or None, alert.walk or None, alert.raised_t_ns,
        local_time(alert.raised_t_ns, extract.zone).isoformat(), alert.cleared_t_ns, alert.acknowledged_t_ns,
        alert.acknowledged_by, alert.action, alert.note, alert.escalated_t_ns, alert.escalated_because, *words,
        alert.quiet and str(alert.quiet), alert.text, alert.evidence,
    )  # fmt: skip


def diary_table(extract: Extract) -> Table:
    """What was said about how the feet feel and look, and notes; one line an entry."""
    columns = (
        *_SAID,
        whole("pain", "0 none … 10 the worst one can think of; empty: not asked or not answered", "0 … 10"),
        whole("numbness", "as pain", "0 … 10"),
        whole("tingling", "as pain", "0 … 10"),
        text("red_flags", "answers that want a call at once"),
        text("skin_left", "how the left foot looked"),
        text("skin_right", "how the right foot looked"),
        text("note", "a note's words"),
    )
    rows = [(*_head(each, extract), *_diary(each)) for each in extract.entries if isinstance(each.said, _OF_THE_WEARER)]
    return Table(name="diary", columns=columns, rows=rows)


_SAID = (
    text("day", "the wearer's own day that it is about"),
    text("what", "kind of entry"),
    whole("t_ns", "when it was said", "ns UTC"),
    text("by", "who said it"),
    text("role", "in which role"),
)


def _head(entry: Entry, extract: Extract) -> Row:
    what = str(type(entry.said).__struct_config__.tag)
    return (day_of(entry, extract.zone).isoformat(), what, entry.t_ns, entry.by, str(entry.role))


def _diary(entry: Entry) -> Row:
    said = entry.said
    if isinstance(said, Symptoms):
        flags = ", ".join(said.red_flags) or None
        return (said.pain, said.numbness, said.tingling, flags, None, None, None)
    if isinstance(said, FootCheck):
        return (None, None, None, None, str(said.left), str(said.right), None)
    return (*(None,) * 6, said.text if isinstance(said, ClinicNote) else None)


def decisions_table(extract: Extract) -> Table:
    """What was settled about limits, programmes, tasks and sound; one line an entry."""
    columns = (
        *_SAID,
        text("about", "the limit, programme, task or alert"),
        text("settled", "what was settled about it"),
        text("why", "the reason given"),
    )
    rows = [
        (*_head(each, extract), *_decided(each), each.why or None)
        for each in extract.entries
        if not isinstance(each.said, _OF_THE_WEARER)
    ]
    return Table(name="decisions", columns=columns, rows=rows)


def _decided(entry: Entry) -> tuple[str, str]:
    said = entry.said
    if isinstance(said, RuleChange):
        return said.key, "as the preset" if said.value is None else str(said.value)
    if isinstance(said, ProgrammeChange):
        told = [f"{name} {value}" for name, value in (("step_min", said.step_min), ("cap_steps", said.cap_steps))
                if value is not None]  # fmt: skip
        return str(said.programme), ", ".join([said.do, *told])
    if isinstance(said, TaskDone):
        return said.task, "done"
    if isinstance(said, Mute):
        return said.alert, f"no sound until {said.until_t_ns} ns UTC"
    return "", ""


def programme_table(extract: Extract) -> Table:
    """One line for every day of every walking programme in the span."""
    columns = (
        text("programme", "the programme"),
        text("day", "the wearer's own day"),
        text("phase", "walking, brisk or backward"),
        text("state", "done, partial, missed, not-measured, rest or today"),
        whole("planned_min", "minutes asked for", "min"),
        number("done_min", "minutes walked as the phase asks; empty: not measured", "min"),
        number("steps_per_min", "steps a minute walked", "steps/min"),
        number("coverage_pct", "share of the time recorded that the worse foot was measured", "%"),
        text("held", "why the minutes did not grow"),
        text("reason", "why the day stands as it does"),
    )
    rows: list[Row] = [
        (
            str(each.programme.id), day.day.isoformat(), str(day.phase), str(day.state), day.planned_min, day.done_min,
            day.steps_per_min, day.coverage_pct, ", ".join(str(hold.kind) for hold in day.held) or None, day.reason,
        )
        for each in extract.standings
        for day in each.days
        if extract.first <= day.day <= extract.last
    ]  # fmt: skip
    return Table(name="programme", columns=columns, rows=rows)
