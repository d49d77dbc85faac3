"""A muted alert stands in the list without a sound, and sounds afterwards if it still holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alerts_kit import (
    DAY,
    HOUR,
    MIN,
    NINE,
    PERSON,
    alerting_over,
    an_alert,
    journal_in,
    medium,
    over,
    soundings,
    the_alert,
    told,
)
from msgspec.structs import replace

from ingest.wire.alerts import AlertLevel, Quiet
from ingest.wire.entries import Entry, Mute, Role
from ingest.wire.geometry import Side
from processing.alerts.mutes import A_DAY_NS, latest, mutes, mutes_in_force
from processing.store.journal_sqlite import SqliteJournal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with journal_in(tmp_path) as opened:
        yield opened


def mute(
    journal: SqliteJournal,
    alert: str,
    from_t_ns: int,
    until_t_ns: int,
    name: str = "m-1",
    level: AlertLevel | None = None,
) -> None:
    said = Mute(alert=alert, until_t_ns=until_t_ns, level=level)
    entry = Entry(
        id=name, by="ward", role=Role.CLINICIAN, t_ns=from_t_ns, said=said, why="a new insert is being worn in"
    )
    journal.put_entry(PERSON, entry)


def test_the_next_alert_of_a_muted_cause_is_listed_and_sounds_when_the_mute_is_over(journal: SqliteJournal) -> None:
    first = an_alert("A3", NINE)
    alerting = alerting_over(journal)
    assert told(alerting.raised(first)) == ["raised A3 !"]
    mute(journal, first.id, NINE + MIN, NINE + 3 * HOUR)
    alerting.raised(over(first, NINE + 2 * MIN))
    second = an_alert("A3", NINE + HOUR)
    assert told(alerting.raised(second)) == ["raised A3"]
    assert journal.alerts(PERSON)[1].quiet is Quiet.MUTED
    assert told(alerting.time_passed(NINE + 3 * HOUR - MIN)) == []
    again = alerting_over(journal)  # a restart forgets no mute
    assert told(again.time_passed(NINE + 3 * HOUR - 1)) == []
    assert told(again.time_passed(NINE + 3 * HOUR)) == ["raised A3 !"]
    assert soundings(journal) == [NINE, NINE + 3 * HOUR]


def test_a_mute_is_of_one_rule_and_foot(journal: SqliteJournal) -> None:
    muted = an_alert("A3", NINE)
    alerting = alerting_over(journal)
    alerting.raised(muted)
    mute(journal, muted.id, NINE, NINE + 9 * HOUR)
    assert told(alerting.raised(an_alert("A3", NINE + HOUR, side=Side.RIGHT))) == ["raised A3 !"]
    assert told(alerting.raised(an_alert("A6", NINE + 2 * HOUR))) == ["raised A6 !"]


def test_a_medium_one_is_silent_for_a_day_however_long_its_rule_is_muted(journal: SqliteJournal) -> None:
    low = an_alert("A4", NINE)
    alerting = alerting_over(journal)
    alerting.raised(over(low, NINE))
    mute(journal, low.id, NINE, NINE + 10 * DAY)
    assert told(alerting.raised(an_alert("A4", NINE + DAY + HOUR))) == ["raised A4"]
    assert told(alerting.raised(medium("A4", NINE + DAY + 2 * HOUR))) == ["raised A4 !"]
    (said,) = mutes(journal.entries(PERSON), lambda _: low)
    assert said.covers(replace(low, level=AlertLevel.MEDIUM), NINE + A_DAY_NS - 1)


def test_a_muted_medium_one_takes_no_sound_from_a_low_one(journal: SqliteJournal) -> None:
    first = medium("A1", NINE, areas=("M1",))
    alerting = alerting_over(journal)
    alerting.raised(first)
    mute(journal, first.id, NINE, NINE + 12 * HOUR)
    assert told(alerting.raised(medium("A1", NINE + HOUR, areas=("M5",)))) == ["raised A1"]
    assert told(alerting.raised(an_alert("A3", NINE + HOUR + MIN))) == ["raised A3 !"]


def test_a_muted_medium_one_that_had_sounded_is_not_repeated_until_the_mute_is_over(journal: SqliteJournal) -> None:
    alert = medium("A1", NINE)
    alerting = alerting_over(journal)
    alerting.raised(alert)
    mute(journal, alert.id, NINE + MIN, NINE + 2 * HOUR)
    assert told(alerting.time_passed(NINE + HOUR)) == []
    assert the_alert(journal, "A1").quiet is None
    assert told(alerting.time_passed(NINE + 2 * HOUR)) == ["repeated A1 !"]


def test_what_was_said_last_counts(journal: SqliteJournal) -> None:
    alert = an_alert("A3", NINE)
    alerting_over(journal).raised(alert)
    mute(journal, alert.id, NINE, NINE + 10 * HOUR)
    assert [each.by for each in mutes_in_force(journal, PERSON, NINE + HOUR)] == ["ward"]
    mute(journal, alert.id, NINE + HOUR, NINE + HOUR, "m-2")  # unmuted
    assert mutes_in_force(journal, PERSON, NINE + HOUR) == ()
    said = mutes(journal.entries(PERSON), lambda _: alert)
    assert [each.until_t_ns for each in latest(said, NINE + MIN)] == [NINE + 10 * HOUR]
    assert mutes(journal.entries(PERSON), lambda _: None) == ()


def test_a_mute_of_a_low_one_is_none_of_the_medium_one_that_it_grows_into(journal: SqliteJournal) -> None:
    low = an_alert("A4", NINE)
    alerting = alerting_over(journal)
    alerting.raised(over(low, NINE))
    mute(journal, low.id, NINE, NINE + 10 * DAY, level=AlertLevel.LOW)
    second = an_alert("A4", NINE + HOUR)
    assert told(alerting.raised(second)) == ["raised A4"]
    grown = replace(second, level=AlertLevel.MEDIUM)
    alerting.raised(grown)
    assert soundings(journal) == []
    alerting.time_passed(NINE + HOUR + MIN)
    assert soundings(journal) == [NINE + HOUR + MIN]


@pytest.mark.parametrize(("rule", "silent"), [("T1", False), ("T2", False), ("A3", True)])
def test_insoles_that_do_not_measure_are_muted_for_a_day_at_most(
    journal: SqliteJournal, rule: str, silent: bool
) -> None:
    first = an_alert(rule, NINE)
    alerting = alerting_over(journal)
    alerting.raised(over(first, NINE))
    mute(journal, first.id, NINE, NINE + 10 * DAY)
    (said,) = mutes(journal.entries(PERSON), lambda _: first)
    assert said.covers(first, NINE + DAY - 1)
    assert said.covers(first, NINE + DAY) is silent
