"""Killed fifty times at random moments of two weeks: the same alerts, sounds, tasks and ends as if never killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC
from itertools import pairwise
from pathlib import Path

import alert_script
import pytest
from alerts_kit import PEACE, PERSON, S, alerting_over, journal_in, soundings

from ingest.wire.alerts import AlertState, Outcome
from processing.store.journal import TaskWhy
from processing.store.journal_sqlite import SqliteJournal
from processing.times import local_day

KILLS = 50
SEED = 3
KIT = Path(alert_script.__file__)

pytestmark = [pytest.mark.timeout(180), pytest.mark.computes]


def test_nothing_is_lost_or_heard_twice_over_fifty_kills(tmp_path: Path) -> None:
    script, chance = alert_script.steps(), random.Random(SEED)
    (tmp_path / "killed").mkdir()
    (tmp_path / "whole").mkdir()
    done = 0
    for _ in range(KILLS):
        done = lived(
            tmp_path / "killed", done, chance.randint(1, 2 * len(script) // KILLS - 4), chance.uniform(0, 0.01)
        )
    assert done < len(script)
    assert lived(tmp_path / "killed", done, len(script)) == len(script)

    with journal_in(tmp_path / "whole") as whole, journal_in(tmp_path / "killed") as killed:
        alerting = alerting_over(whole)
        for step in script:
            alert_script.live(alerting, step)
        assert killed.alerts(PERSON) == whole.alerts(PERSON)
        assert killed.tasks(PERSON) == whole.tasks(PERSON)
        assert killed.replies(PERSON) == whole.replies(PERSON)
        assert histories(killed) == histories(whole)
        it_was_worth_looking_at(whole)
        sounds = soundings(killed)
        assert max(Counter(local_day(t_ns, UTC) for t_ns in sounds).values()) <= PEACE.per_day
        assert min(later - earlier for earlier, later in pairwise(sounds)) >= PEACE.gap_s * S
        alerting_over(killed).time_passed(script[-1].t_ns + 15 * 86_400 * S)
        day_rules_that_still_hold = {"A8", "A9", "A10", "A4"}
        assert {alert.rule for alert in killed.alerts(PERSON, open_only=True)} <= day_rules_that_still_hold


def lived(folder: Path, first: int, steps: int, then_s: float = 0.0) -> int:
    """A process lives `steps` steps and is killed in the next one, unless all are done; the first that is not."""
    program = subprocess.Popen(
        [sys.executable, str(KIT), str(folder), str(first)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    done = first
    for line in program.stdout:
        done = int(line) + 1
        program.stdin.write("\n")
        program.stdin.flush()
        if done >= first + steps:
            time.sleep(then_s)
            program.kill()
            break
    _, told = program.communicate()
    assert program.returncode in (0, -9), told
    return done


def histories(journal: SqliteJournal) -> dict[str, tuple]:
    return {alert.id: journal.alert_history(PERSON, alert.id) for alert in journal.alerts(PERSON)}


def it_was_worth_looking_at(journal: SqliteJournal) -> None:
    alerts = journal.alerts(PERSON)
    assert len(alerts) > 60
    assert {alert.outcome for alert in alerts} == {None, *Outcome} - {Outcome.NOT_MEASURED}
    assert {AlertState.CLEARED, AlertState.CLOSED} <= {alert.state for alert in alerts}
    assert {task.why for task in journal.tasks(PERSON)} == {TaskWhy.WARM, TaskWhy.REPEATED, TaskWhy.ASKED}
    assert sum(len(alert.sounded_t_ns) == 2 for alert in alerts) > 3
    assert sum(alert.quiet is not None for alert in alerts) > 10
