"""Days and walks watched over a journal on disk: what is raised, what ends it, and what rows that come late change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from days_kit import CLINICAL, MIN_NS, Watched, at, changed, put_walk, status, warm, worn_summary
from desk_kit import PERSON, stores_in
from msgspec.structs import replace
from store_kit import block

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.geometry import Side
from processing.days.record import DayRecord
from processing.household import Household
from processing.outgoing import Stores

VIENNA = ZoneInfo("Europe/Vienna")
FIRST = date(2026, 1, 5)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with stores_in(tmp_path / "data") as opened:
        yield opened


def seven_usual_days(watched: Watched, first: date = FIRST) -> date:
    """The day after seven with 4000 steps."""
    for k in range(7):
        assert not [each for each in watched.walk(at(first + timedelta(days=k), 9)) if each.rule == "A7"]
    return first + timedelta(days=7)


def of(rule: str, alerts: list[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.rule == rule]


def test_a_day_of_too_many_steps_is_told_by_the_walk_that_passed_the_limit(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    assert not of("A7", watched.walk(at(day, 9), worn_summary(3000, load_bw_s=500.0)))
    (alert,) = of("A7", watched.walk(at(day, 15), worn_summary(2002, load_bw_s=500.0)))
    assert (alert.id, alert.level, alert.audience) == ("A7-both-20260112", AlertLevel.INFO, Audience.PATIENT)
    assert (alert.raised_t_ns, alert.state, alert.late, alert.walk) == (at(day, 16), AlertState.ACTIVE, False, "")
    assert alert.text == "That is more walking than your usual day. Look at both feet tonight."
    assert alert.evidence.startswith("5002 steps, +1002 against the usual 4000 (limit +1000).")
    assert not of("A7", watched.walk(at(day, 18), worn_summary(2002)))
    assert not of("A7", watched.time(at(day, 23.9)))
    (over,) = of("A7", watched.time(at(day, 24.1)))
    assert (over.id, over.state, over.cleared_t_ns) == (alert.id, AlertState.CLEARED, at(day, 24))


def test_just_as_many_steps_as_are_allowed_raise_nothing(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    assert not of("A7", watched.walk(at(day, 9), worn_summary(5000, load_bw_s=3000.0)))


def test_a_day_of_too_much_load_is_told_whatever_its_steps(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    (alert,) = of("A7", watched.walk(at(day, 9), worn_summary(None, load_bw_s=3001.0)))
    assert "1.50 × the median of the last 14 days" in alert.evidence


def test_a_day_that_rows_complete_later_is_judged_again_and_buzzes_nobody(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    watched.walk(at(day, 9), worn_summary(3000))
    watched.time(at(day, 34))
    (alert,) = of("A7", watched.walk(at(day, 15), worn_summary(2500), late=True))
    assert (alert.late, alert.state, alert.cleared_t_ns) == (True, AlertState.CLEARED, at(day, 24))
    assert alert.raised_t_ns == at(day, 16)


def test_an_alert_whose_ground_is_gone_ends_and_says_so(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    (alert,) = of("A7", watched.walk(at(day, 9), worn_summary(6000)))
    (over,) = of("A7", watched.walk(at(day, 9), worn_summary(4500), late=True))
    assert (over.id, over.state) == (alert.id, AlertState.CLEARED)
    assert over.evidence.endswith("rows came later and the figures were computed again.")
    assert not of("A7", watched.walk(at(day, 9), worn_summary(4500), late=True))


def test_a_restart_tells_nothing_twice_and_forgets_nothing(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    ended = put_walk(stores, at(day, 9), worn_summary(6000))
    watched.watch.walk_kept(ended, False)  # and killed before the journal had it
    watched.restart()
    (alert,) = of("A7", watched.time(ended + 1))
    assert (alert.id, alert.late) == ("A7-both-20260112", False)
    watched.restart()
    assert not of("A7", watched.time(ended + 2))
    watched.restart()
    (over,) = of("A7", watched.time(at(day, 25)))
    assert over.cleared_t_ns == at(day, 24)


def test_the_day_ends_at_the_persons_own_midnight_on_a_day_of_23_hours(stores: Stores) -> None:
    watched = Watched(stores, VIENNA)
    first = date(2026, 3, 22)
    for k in range(7):
        watched.walk(at(first + timedelta(days=k), 9, VIENNA))
    sunday = date(2026, 3, 29)
    assert of("A7", watched.walk(at(sunday, 9, VIENNA), worn_summary(6000)))
    assert not of("A7", watched.time(at(sunday, 22.9, VIENNA)))
    (over,) = of("A7", watched.time(at(sunday, 23.1, VIENNA)))
    assert over.cleared_t_ns == at(date(2026, 3, 30), 0, VIENNA)


def test_a_walk_over_midnight_is_waited_for_before_a_day_is_judged(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    assert of("A7", watched.walk(at(day, 9), worn_summary(6000)))
    stores.recordings.append(PERSON, "open", [block(t_ns=at(day, 23.5))])
    assert not watched.time(at(day, 24.2))
    stores.recordings.end_walk("open")
    assert of("A7", watched.time(at(day, 24.5)))


def test_what_a_rule_was_when_the_walk_began_is_what_counts(stores: Stores) -> None:
    day = FIRST + timedelta(days=7)
    strict = changed(CLINICAL, "A7", steps_over=100)
    watched = Watched(stores, rules_at=lambda t_ns: strict if t_ns >= at(day, 12) else CLINICAL)
    seven_usual_days(watched)
    assert not of("A7", watched.walk(at(day, 9), worn_summary(4600)))
    assert not of("A7", watched.time(at(day, 25)))
    assert of("A7", watched.walk(at(day, 33), worn_summary(4600)))


def test_old_days_are_not_told_of_when_a_journal_is_first_watched(stores: Stores) -> None:
    for k in range(7):
        put_walk(stores, at(FIRST + timedelta(days=k), 9), worn_summary())
    for k in (7, 20, 40):
        put_walk(stores, at(FIRST + timedelta(days=k), 9), worn_summary(9000))
    watched = Watched(stores)
    (alert,) = of("A7", watched.time(at(FIRST + timedelta(days=44))))
    assert (alert.id, alert.late) == ("A7-both-20260214", True)


def test_an_older_walk_that_is_first_heard_of_after_a_restart_ends_nothing_of_today(stores: Stores) -> None:
    watched = Watched(stores)
    day = seven_usual_days(watched)
    assert of("A7", watched.walk(at(day, 9), worn_summary(6000)))
    watched.restart()
    assert not of("A7", watched.walk(at(FIRST, 9), worn_summary(3900), late=True))


def test_a_hub_that_began_in_1970_makes_no_days_before_the_first_walk(stores: Stores) -> None:
    watched = Watched(stores)
    for t_ns in (1, at(FIRST, 8)):
        watched.heard(status(t_ns))
    assert [each.day for each in stores.journal.days_in_touch(PERSON)] == ["1970-01-01", "2026-01-05"]
    past = DayRecord(PERSON, stores.journal, Household()).as_of(at(FIRST, 9))
    assert [facts.day for facts in past.facts] == [FIRST]


def lived(stores: Stores, seed: int, *, kills: bool) -> list[Alert]:
    """Three weeks of chance; `kills`: the journal has nothing of what was found then, and all comes again."""
    chance, fate = Random(seed), Random(seed + 1)
    watched = Watched(stores)
    for number in range(21):
        day = FIRST + timedelta(days=number)
        messages = [status(at(day, hour / 4), battery_pct=chance.choice([10, 30])) for hour in range(32, 96)]
        late = chance.random() < 0.2
        walk = worn_summary(chance.choice([3000, 9000]) if number > 9 else 4000, worn_h=chance.choice([0.5, 5.0]))
        warmer_c = chance.choice([0.0, 3.0])
        readings = [
            warm(at(day, 9) + k * MIN_NS, side, 30.0 + (warmer_c if side is Side.LEFT else 0.0))
            for k in range(15)
            for side in Side
        ]
        for turn, message in enumerate(messages):
            if turn == 24:
                watched.temperature(*readings)
                if chance.random() < 0.8:
                    if kills and fate.random() < 0.5:
                        watched.watch.walk_kept(put_walk(stores, at(day, 10), walk), late)
                        watched.restart()
                    watched.walk(at(day, 10), walk, late=late)
            if kills and fate.random() < 0.1:
                watched.watch.heard(message)
                watched.restart()
            watched.heard(message)
    return list(stores.journal.alerts(PERSON))


@pytest.mark.parametrize("seed", range(3))
def test_kills_at_any_moment_change_no_alert(tmp_path: Path, seed: int) -> None:
    with stores_in(tmp_path / "whole") as whole, stores_in(tmp_path / "killed") as killed:
        expected = lived(whole, seed, kills=False)
        assert {"A7", "A9", "A10", "T3"} <= {alert.rule for alert in expected}
        found = lived(killed, seed, kills=True)
    assert [_but_hours(each) for each in found] == [_but_hours(each) for each in expected]


def _but_hours(alert: Alert) -> Alert:
    """Of a hub that is still running the line of A10 counts the hours up to when it is written, which a kill moves."""
    return replace(alert, evidence=re.sub(r"the hub ran for \d+ h", "the hub ran", alert.evidence))
