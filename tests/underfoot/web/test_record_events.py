"""What happened, by day: alerts where their curve is, and what people said in the words that they used."""

from __future__ import annotations

from datetime import UTC

from programme_kit import BEGUN, alert, begin, said, symptoms

from ingest.wire.entries import ClinicNote, RedFlag, Role, RuleChange
from underfoot.web.record.events import Event, Kind, events
from underfoot.web.record.said import event_said
from underfoot.web.record.trend import ChartId
from underfoot.words import LANGUAGES, words_in


def told(*entries: object, alerts: tuple[object, ...] = ()) -> tuple[Event, ...]:
    return events(alerts, entries, BEGUN, BEGUN, UTC)


def test_each_kind_is_told_in_every_language() -> None:
    found = told(
        begin(),
        symptoms(BEGUN, red_flags=(RedFlag.FAINT,)),
        said(RuleChange(key="A4.enter_points", value=20.0), BEGUN, role=Role.CLINICIAN),
        said(ClinicNote(day=BEGUN.isoformat(), text="<b>New shoes</b>"), BEGUN, role=Role.CLINICIAN),
        alerts=(alert(BEGUN),),
    )
    assert {each.kind for each in found} == {Kind.PROGRAMME, Kind.FLAG, Kind.RULE, Kind.NOTE, Kind.ALERT}
    assert all(event_said(words_in(language), each) for each in found for language in LANGUAGES)
    note = next(each for each in found if each.kind is Kind.NOTE)
    assert (note.text, note.alert, note.charts) == ("<b>New shoes</b>", None, tuple(ChartId))
    rule = next(each for each in found if each.kind is Kind.RULE)
    assert (rule.charts, event_said(words_in("en"), rule)) == (
        (ChartId.ASYMMETRY,),
        "Limit A4.enter_points set to 20",
    )


def test_grades_without_a_flag_are_no_event() -> None:
    assert told(symptoms(BEGUN, pain=9)) == ()
