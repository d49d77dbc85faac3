"""The day in words: what is not known is said so, and never 0."""

from __future__ import annotations

from ingest.wire.entries import ProgrammeId
from ingest.wire.person import PersonState, Plan
from underfoot.today import today


def words(state: PersonState | None) -> dict[str, str]:
    return {line.name: line.words for line in today(state)}


def test_before_anything_was_told_there_is_no_line() -> None:
    assert today(None) == ()


def test_nothing_measured_is_not_zero() -> None:
    lines = today(PersonState(t_ns=1, text=""))
    assert {line.words for line in lines} == {"not measured", "nobody has said"}
    assert not any(line.known for line in lines)


def test_a_day_in_figures() -> None:
    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=25, done_min=12.5, words="Walk 25 minutes today.")
    state = PersonState(
        t_ns=1, text="", steps_today=1480, walked_today_min=12.5, worn_today_min=190, plans=(plan,),
        alerts_per_worn_hour=0.36, useful_share_pct=75, undelivered=2,
    )  # fmt: skip
    assert words(state) == {
        "plan-daily-walking": "Walk 25 minutes today.",
        "walked": "12 min",
        "worn": "3 h 10 min",
        "steps": "1,480",
        "alert-rate": "0.36 per hour worn",
        "useful": "75 %",
        "undelivered": "2 messages did not get through; see: underfoot notify list",
    }
