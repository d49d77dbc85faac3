"""Which alerts buzz when a walk under way was computed again: those that people can still act upon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from away_kit import FETCHED_S, HOME_S, OUT_S, at, away, ended, fetched, walking, woven
from desk_kit import ADDRESS, PERSON, stores_in
from hub_at_home import Hub, stuck
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.faults import FaultBook
from processing.alerts.alerting import Alerting

UNTIL = 1_000
RAISED = Alert(
    id="A3-left", rule="A3", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=UNTIL, walk="w",
    text="text", evidence="evidence",
)  # fmt: skip


@pytest.fixture
def alerting(tmp_path: Path) -> Iterator[Alerting]:
    with stores_in(tmp_path / "data") as stores:
        yield Alerting(ADDRESS, stores.journal, FaultBook())


def is_late(alerting: Alerting, alert: Alert, until: int | None = UNTIL) -> bool:
    out, *_ = alerting.found_late([alert], until)
    assert isinstance(out.message, Alert)
    return out.message.late


def test_what_late_rows_raised_is_late(alerting: Alerting) -> None:
    assert is_late(alerting, RAISED)


def test_what_live_rows_raised_and_is_still_so_is_not(alerting: Alerting) -> None:
    assert not is_late(alerting, replace(RAISED, raised_t_ns=UNTIL + 1))


def test_what_is_over_is_late(alerting: Alerting) -> None:
    over = replace(RAISED, raised_t_ns=UNTIL + 1, cleared_t_ns=UNTIL + 2, state=AlertState.CLEARED)
    assert is_late(alerting, over)


def test_all_of_a_walk_that_is_over_is_late(alerting: Alerting) -> None:
    assert is_late(alerting, replace(RAISED, raised_t_ns=UNTIL + 1), None)


def test_after_a_restart_amid_the_coming_home_what_live_rows_raise_is_not_late(tmp_path: Path) -> None:
    """Processing is killed when rows of a cell that got stuck at home are kept and nothing is said of them."""
    home = woven(walking(HOME_S, FETCHED_S, to_fetch=5), fetched(OUT_S, HOME_S))
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores)
        for tick in [*walking(0, OUT_S), *away(OUT_S, HOME_S), *home]:
            hub.take(tick, work=False)
        for tick in stuck(walking(FETCHED_S, FETCHED_S + 60)):
            stores.recordings.append_all(hub.desk.receive(tick).portions)
        hub.said.clear()
        hub.start()
        found = [each for each in hub.said if isinstance(each, Alert) and each.raised_t_ns > at(FETCHED_S)]
        assert found
        assert not any(each.late for each in found)


def test_no_signal_that_was_told_says_so_when_the_rows_have_come(tmp_path: Path) -> None:
    """The walk is over by then."""
    out = [*walking(0, OUT_S), *away(OUT_S, 200), *walking(200, 260, to_fetch=5), *ended(261)]
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores).live_through(out)
        told = stores.journal.alerts(PERSON)
        assert {each.rule for each in told} == {"T2"}
        hub.live_through([*fetched(OUT_S, 200), *walking(1_000, 1_030), *ended(1_031)])
        hub.finish()
        kept = [each for each in stores.journal.alerts(PERSON) if each.raised_t_ns < at(200)]
        assert [each.id for each in kept] == [each.id for each in told]
        assert all(each.evidence.endswith("The rows came later.") for each in kept)
        assert all(each.cleared_t_ns is not None for each in kept)
