"""Two weeks through a desk over stores on disk, killed fifty times in the middle of it: the same as undisturbed."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from care_lives import HOUSE, Recorded, Tick, nursery, published, to_broker
from desk_kit import ADDRESS, PERSON, stores_in

from ingest.wire.alerts import Outcome, Quiet
from ingest.wire.geometry import Side
from ingest.wire.messages import Status
from processing.in_figures import InFigures
from processing.rules.preset import load_preset
from processing.store.journal import TaskWhy
from processing.store.seconds import SecondsReader
from processing.times import local_day
from underfoot.places import Places
from underfoot.twelve_weeks.person import ZONE

KILLS = 50
SEED = 3
S = 10**9
RULES = {"T1", "T2", "T2_long", "T3", "A1", "A2", "A3", "A4", "A6", "A7", "A8", "A9", "A10"}
ANEW = "-backlog-"  # how long rows have waited is counted anew by each start: told later, or not at all

pytestmark = [pytest.mark.timeout(900), pytest.mark.computes]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tick]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with stores_in(folder) as stores:
        return folder, Recorded(stores, to_broker(folder)).live()


def test_nothing_is_lost_and_nothing_told_twice_over_fifty_kills(
    tmp_path: Path, undisturbed: tuple[Path, list[Tick]]
) -> None:
    whole, ticks = undisturbed
    killed, chance = tmp_path / "killed", random.Random(SEED)
    killed.mkdir()
    first = kills = 0
    with nursery(tmp_path, ticks) as births:
        for until, writes in moments(ticks, chance):
            if writes is None:
                first = births.live(killed, first, max(first, until), chance.uniform(0, ticks[until].took_s))
            else:
                first = births.live_for_writes(killed, first, max(first, until), writes)
            kills += 1
        assert births.live(killed, first, len(ticks)) == len(ticks) - 1
    assert kills > KILLS
    it_was_worth_looking_at(whole)
    it_kept_the_peace(killed)
    left, expected = left_in(killed, ticks), left_in(whole, ticks)
    for what in expected:
        assert left[what] == expected[what], what
    nobody_was_told_twice(killed, whole, kills)


def moments(ticks: Sequence[Tick], chance: random.Random) -> list[tuple[int, int | None]]:
    """Ticks to die in, and after how many of their writes; None: at any moment.

    Most of them while rows come or somebody says something, for most of the time passes without; some twice running.
    And one after each single write: that in which most follows from a status, a walk joined and computed again.
    """
    rows = [number for number, tick in enumerate(ticks) if len(tick.messages) > 2]
    said = [number for number, tick in enumerate(ticks) if len(tick.messages) == 1]
    some = chance.sample(rows, KILLS - 20) + chance.sample(said, 6) + chance.sample(range(len(ticks)), 6)
    some += chance.choices(some, k=KILLS - len(some))
    told = [number for number, tick in enumerate(ticks) if all(isinstance(each, Status) for each in tick.messages)]
    busiest = max(told, key=lambda number: ticks[number].writes)
    assert ticks[busiest].writes > 10
    torn = [(busiest, writes) for writes in range(1, ticks[busiest].writes + 1)]
    return sorted([*((number, None) for number in some), *torn], key=lambda each: (each[0], each[1] or 0))


def left_in(folder: Path, ticks: Sequence[Tick]) -> dict[str, Any]:
    """What stands when everything is over."""
    with stores_in(folder) as stores:
        journal, recordings = stores.journal, stores.recordings
        alerts = tuple(alert for alert in journal.alerts(PERSON) if ANEW not in alert.id)
        walks = recordings.walks(PERSON)
        return {
            "alerts": {alert.id: alert for alert in alerts},
            "alert histories": {alert.id: journal.alert_history(PERSON, alert.id) for alert in alerts},
            "replies": journal.replies(PERSON),
            "entries": journal.entries(PERSON),
            "tasks": journal.tasks(PERSON),
            "audit": journal.audit(),
            "baselines": journal.baselines(PERSON),
            "walks": walks,
            "books": [recordings.books(walk.walk) for walk in walks],
            "rows": Counter({side: sum(walk.rows[side] for walk in walks) for side in Side}),
            "summaries": journal.walks(PERSON),
            "seconds": seconds_in(folder),
            "series": series_in(folder),
            "state": InFigures(PERSON, journal, HOUSE).state(alerts, ticks[-1].t_ns),
            "days": journal.days_in_touch(PERSON),
            "retained": retained_of(folder),
        }


def retained_of(folder: Path) -> dict[str, Any]:
    """What a broker holds at the end. The person's figures without their time: a new start says them again."""
    kept = {
        topic: message for topic, message in published(folder) if topic != ADDRESS.alert_event and ANEW not in topic
    }
    state = msgspec.json.decode(kept[ADDRESS.state] or "")
    return kept | {ADDRESS.state: {name: value for name, value in state.items() if name != "t_ns"}}


def seconds_in(folder: Path) -> list[Any]:
    reader = SecondsReader(Places(folder).seconds)
    return [(walk, *reader.packs(PERSON, walk.walk)) for walk in reader.walks(PERSON, 0, 2**62)]


def series_in(folder: Path) -> dict[str, list[Any]]:
    """Every point, and every sum."""
    with closing(sqlite3.connect(Places(folder).series)) as file:
        return {
            table: file.execute(
                f"SELECT name, field, tags, {table}.* FROM {table} JOIN series ON series.id = {table}.series "
                f"ORDER BY name, field, tags, t_ns"
            ).fetchall()
            for table in ("point", "minute", "hour")
        }


def it_was_worth_looking_at(folder: Path) -> None:
    with stores_in(folder) as stores:
        alerts = stores.journal.alerts(PERSON)
        assert {alert.rule for alert in alerts} == {"T1", "T2", "T2_long", "T3", *(f"A{n}" for n in range(1, 11))} - {
            "A5"
        }
        assert {alert.outcome for alert in alerts} == {None, *Outcome}
        assert {task.why for task in stores.journal.tasks(PERSON)} == set(TaskWhy)
        assert {Quiet.SPACED, Quiet.QUIET_HOURS, Quiet.LATE} <= {alert.quiet for alert in alerts}
        assert stores.journal.baseline(PERSON) is not None


def it_kept_the_peace(folder: Path) -> None:
    with stores_in(folder) as stores:
        peace, alerts = load_preset("clinical").peace, stores.journal.alerts(PERSON)
    sounds = sorted(t_ns for alert in alerts for t_ns in alert.sounded_t_ns)
    assert max(Counter(local_day(t_ns, ZONE) for t_ns in sounds).values()) <= peace.per_day
    assert min(later - earlier for earlier, later in pairwise(sounds)) >= peace.gap_s * S


def nobody_was_told_twice(killed: Path, whole: Path, kills: int) -> None:
    """News are told at most once. What was kept and not yet told when it died is told by what is retained alone."""
    told, expected = (
        Counter(message for topic, message in published(folder) if topic == ADDRESS.alert_event and ANEW not in message)
        for folder in (killed, whole)
    )
    assert not told - expected
    assert (expected - told).total() <= kills
