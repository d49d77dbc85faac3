"""How long the hub ran and met an insole, by the person's days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from days_kit import MIN_NS, at, status
from desk_kit import PERSON, stores_in

from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from processing.days.hub_hours import HubHours
from processing.household import Household
from processing.outgoing import Stores

VIENNA = ZoneInfo("Europe/Vienna")
SUNDAY = date(2026, 3, 29)  # of 23 hours


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with stores_in(tmp_path / "data") as opened:
        yield opened


def hours(stores: Stores) -> dict[str, tuple[float, float]]:
    found = stores.journal.days_in_touch(PERSON)
    return {each.day: (each.heard_s / 3600, each.in_touch_s / 3600) for each in found}


def run(watch: HubHours, from_h: float, to_h: float, link: LinkState = LinkState.SEARCHING, every_min: int = 5) -> None:
    for minute in range(round(from_h * 60), round(to_h * 60) + 1, every_min):
        watch.heard(status(at(SUNDAY, 0, VIENNA) + minute * MIN_NS, link))


def test_heartbeats_make_hours_and_midnight_parts_them(stores: Stores) -> None:
    run(HubHours(PERSON, stores.journal, Household(zone=VIENNA)), 0, 30)
    assert hours(stores) == {"2026-03-29": (23.0, 0.0), "2026-03-30": (7.0, 0.0)}


@pytest.mark.parametrize(
    ("link", "met_h"),
    [(LinkState.STREAMING, 2.0), (LinkState.SILENT, 2.0), (LinkState.GREETING, 2.0), (LinkState.LOST, 0.0)],
)
def test_the_hub_is_in_touch_while_a_link_is_up(stores: Stores, link: LinkState, met_h: float) -> None:
    watch = HubHours(PERSON, stores.journal, Household(zone=VIENNA))
    run(watch, 8, 10, link)
    run(watch, 10, 12)
    assert hours(stores) == {"2026-03-29": (4.0, pytest.approx(met_h, abs=0.1))}


def test_either_foot_is_enough(stores: Stores) -> None:
    watch = HubHours(PERSON, stores.journal, Household(zone=VIENNA))
    for minute in range(0, 61, 5):
        t_ns = at(SUNDAY, 9, VIENNA) + minute * MIN_NS
        watch.heard(status(t_ns, LinkState.LOST, Side.LEFT))
        watch.heard(status(t_ns, LinkState.SILENT, Side.RIGHT))
    assert hours(stores)["2026-03-29"] == (1.0, 1.0)


def test_time_in_which_the_hub_was_off_does_not_count(stores: Stores) -> None:
    watch = HubHours(PERSON, stores.journal, Household(zone=VIENNA))
    run(watch, 8, 9)
    run(watch, 9.26, 10.26)
    run(watch, 40, 41)
    assert hours(stores) == {"2026-03-29": (pytest.approx(2.0, abs=0.02), 0.0), "2026-03-30": (1.0, 0.0)}


def test_a_hub_that_met_no_insole_leaves_its_mark(stores: Stores) -> None:
    run(HubHours(PERSON, stores.journal, Household(zone=VIENNA)), 8, 8)
    assert hours(stores) == {"2026-03-29": (0.0, 0.0)}


def test_a_restart_goes_on_with_what_is_written_and_counts_nothing_twice(stores: Stores) -> None:
    house = Household(zone=VIENNA)
    run(HubHours(PERSON, stores.journal, house), 8, 10)
    run(HubHours(PERSON, stores.journal, house), 10, 12)
    assert hours(stores) == {"2026-03-29": (4.0, 0.0)}
    watch = HubHours(PERSON, stores.journal, house)
    for t_h in (12.0, 11.0, 12.0, 12.2):  # retained statuses come out of order
        watch.heard(status(at(SUNDAY, t_h, VIENNA)))
    assert hours(stores) == {"2026-03-29": (4.2, 0.0)}


def test_killed_after_every_status_it_counts_what_one_run_counts(tmp_path: Path) -> None:
    """Each status comes to the one that is killed twice, the later time to its successor, over a midnight."""
    links = [LinkState.SEARCHING, LinkState.STREAMING, LinkState.STREAMING, LinkState.LOST]
    told = [
        status(at(SUNDAY, 21.5, VIENNA) + step * 4 * MIN_NS, links[step // 2 % 4], side)
        for step in range(40)
        for side in Side
    ]
    house = Household(zone=VIENNA)
    with stores_in(tmp_path / "whole") as whole, stores_in(tmp_path / "killed") as killed:
        watch = HubHours(PERSON, whole.journal, house)
        for first, second in zip(told[::2], told[1::2], strict=True):
            for each in (first, second):
                watch.heard(each)
        before: list[Status] = []
        for first, second in zip(told[::2], told[1::2], strict=True):
            for _ in range(2):
                watch = HubHours(PERSON, killed.journal, house)
                for each in (*before, first, second):
                    watch.heard(each)
            before = [first, second]
        last = told[-1].t_ns + 15 * MIN_NS  # whatever had not been written yet
        for stores in (whole, killed):
            HubHours(PERSON, stores.journal, house).heard(status(last))
        assert hours(killed) == hours(whole)
        assert len(hours(whole)) == 2
