"""What began in late rows and still holds becomes an alert of the present; silence that was told is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alerts_kit import HOUR, MIN, NINE, PERSON, S, alerting_over, an_alert, journal_in, over, soundings, the_alert, told

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Quiet
from ingest.wire.geometry import Side
from processing.alerts.alerting import Alerting
from processing.store.journal_sqlite import SqliteJournal

UNTIL = NINE + 2 * MIN  # the end of the last late row
LOOKS_BACK = (60 + 180) * S  # the window and the hold of A3
SPAN = (NINE - HOUR, NINE + HOUR)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with journal_in(tmp_path) as journal:
        yield journal


@pytest.fixture
def alerting(journal: SqliteJournal) -> Alerting:
    alerting = alerting_over(journal)
    alerting.found_late([an_alert()], UNTIL)
    return alerting


def silence(t_ns: int = NINE) -> Alert:
    return an_alert("T2", t_ns, level=AlertLevel.INFO, side=Side.RIGHT)


def test_what_still_holds_when_live_rows_alone_show_it_is_of_the_present_and_sounds(
    alerting: Alerting, journal: SqliteJournal
) -> None:
    assert told(alerting.time_passed(UNTIL + LOOKS_BACK - S)) == []
    assert the_alert(journal, "A3").late
    assert told(alerting.time_passed(UNTIL + LOOKS_BACK)) == ["raised A3 !"]
    assert not the_alert(journal, "A3").late
    assert the_alert(journal, "A3").quiet is None
    assert soundings(journal) == [UNTIL + LOOKS_BACK]


def test_the_clock_alone_is_no_live_row(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.measured(Side.LEFT, UNTIL + LOOKS_BACK - S)
    assert told(alerting.time_passed(UNTIL + HOUR)) == []
    assert the_alert(journal, "A3").late
    alerting.measured(Side.LEFT, UNTIL + HOUR)
    assert told(alerting.time_passed(UNTIL + HOUR)) == ["raised A3 !"]
    assert soundings(journal) == [UNTIL + HOUR]


def test_more_late_rows_put_it_off(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.found_late([], UNTIL + 3 * MIN)
    assert told(alerting.time_passed(UNTIL + LOOKS_BACK)) == []
    assert told(alerting.time_passed(UNTIL + 3 * MIN + LOOKS_BACK)) == ["raised A3 !"]
    assert len(soundings(journal)) == 1


def test_another_one_found_late_is_counted_from_when_it_was_heard_of(
    alerting: Alerting, journal: SqliteJournal
) -> None:
    alerting.raised(an_alert("A6", UNTIL + HOUR), late=True)
    assert told(alerting.time_passed(UNTIL + HOUR + MIN)) == []
    assert the_alert(journal, "A6").late


def test_after_a_restart_that_forgot_where_they_ended_it_counts_from_there(
    alerting: Alerting, journal: SqliteJournal
) -> None:
    again = alerting_over(journal)
    assert told(again.time_passed(UNTIL + 10 * MIN)) == []
    assert told(again.time_passed(UNTIL + 10 * MIN + LOOKS_BACK)) == ["raised A3 !"]


@pytest.mark.parametrize("end_s", [60, 239])
def test_what_is_over_before_that_stays_late(alerting: Alerting, journal: SqliteJournal, end_s: int) -> None:
    alerting.raised(over(an_alert(), UNTIL + end_s * S))
    alerting.time_passed(UNTIL + LOOKS_BACK)
    assert the_alert(journal, "A3").late
    assert soundings(journal) == []


def test_a_bad_cell_is_told_until_the_walk_is_over_and_that_it_holds_shows_nothing(journal: SqliteJournal) -> None:
    alerting = alerting_over(journal)
    alerting.found_late([an_alert("T1")], UNTIL)
    assert told(alerting.time_passed(UNTIL + HOUR)) == []
    assert the_alert(journal, "T1").late


def test_what_the_peace_forbids_then_waits_for_it(journal: SqliteJournal) -> None:
    alerting = alerting_over(journal)
    alerting.raised(an_alert("A6", UNTIL))
    alerting.found_late([an_alert()], UNTIL)
    assert told(alerting.time_passed(UNTIL + LOOKS_BACK)) == []
    assert the_alert(journal, "A3").quiet is Quiet.SPACED
    assert told(alerting.time_passed(UNTIL + 30 * MIN)) == ["raised A3 !"]


def test_silence_that_was_told_is_taken_back_when_its_rows_come(journal: SqliteJournal) -> None:
    alerting = alerting_over(journal)
    alerting.raised(silence())
    assert told(alerting.found_late([], UNTIL, span=SPAN)) == ["cleared T2"]
    taken_back = the_alert(journal, "T2")
    assert (taken_back.state, taken_back.cleared_t_ns) == (AlertState.CLEARED, SPAN[1])
    assert taken_back.evidence == "T2 evidence. The rows came later."
    assert alerting.found_late([], UNTIL, span=SPAN) == []
    assert alerting_over(journal).found_late([], UNTIL, span=SPAN) == []


def test_one_that_had_ended_says_so_too_without_news(journal: SqliteJournal) -> None:
    alerting = alerting_over(journal)
    alerting.raised(silence())
    alerting.raised(over(silence(), NINE + MIN))
    assert told(alerting.found_late([], None, span=SPAN)) == []
    taken_back = the_alert(journal, "T2")
    assert taken_back.evidence.endswith("The rows came later.")
    assert taken_back.cleared_t_ns == NINE + MIN


def test_silence_that_is_found_again_or_is_of_another_walk_stands(journal: SqliteJournal) -> None:
    alerting = alerting_over(journal)
    alerting.raised(silence())
    alerting.raised(an_alert())
    alerting.found_late([silence()], UNTIL, span=SPAN)
    alerting.found_late([], UNTIL, span=(NINE + 1, SPAN[1]))
    alerting.found_late([], UNTIL)
    assert [alert.cleared_t_ns for alert in journal.alerts(PERSON)] == [None, None]
