"""The demonstration's times and words."""

from __future__ import annotations

import pytest
from browser_kit import alert_at

from ingest.wire.alerts import AlertState
from ingest.wire.block import GapReason
from underfoot.story import SHORTEST_S, Narrator, clock, explain, tell


@pytest.mark.parametrize("seconds", [85.0, 95.0, 180.0, 600.0])
def test_a_story_has_its_parts_in_order_and_time_for_each(seconds: float) -> None:
    story = tell(seconds)
    assert story is not None
    assert story.overload_s + 25 < story.answer_s < story.relief_s
    assert story.relief_s + 20 <= story.away_s
    assert story.away_s + 6 <= story.back_s
    assert story.back_s + 16 < story.end_s == seconds


def test_too_little_time_for_a_story() -> None:
    assert tell(SHORTEST_S - 1) is None


def test_an_alert_is_told_at_each_turn_and_once() -> None:
    narrator = Narrator("underfoot alerts ack")
    pending = alert_at(1, AlertState.PENDING)
    raised = alert_at(1)
    seen = alert_at(1, AlertState.ACKNOWLEDGED, acknowledged_t_ns=2, acknowledged_by="Kim", action="sat down")
    ended = alert_at(1, AlertState.CLEARED, acknowledged_t_ns=2, acknowledged_by="Kim", cleared_t_ns=3)
    closed = alert_at(1, AlertState.CLOSED, acknowledged_t_ns=2, acknowledged_by="Kim", cleared_t_ns=3)
    assert [narrator.of_alert(each) for each in (pending, raised, raised, seen, ended, ended, closed)] == [
        None,
        f"Alert: {raised.text}  Acknowledge it on the page, or with: underfoot alerts ack A3-left-1",
        None,
        "The alert was acknowledged by Kim (sat down).",
        "The alert has ended: the load is back to usual.",
        None,
        None,
    ]


def test_an_end_that_nobody_acknowledged_is_told_as_such() -> None:
    narrator = Narrator(None)
    assert narrator.of_alert(alert_at(1)) == f"Alert: {alert_at(1).text}"
    ended = narrator.of_alert(alert_at(1, AlertState.CLEARED, cleared_t_ns=3))
    assert ended == "The alert has ended: the load is back to usual. Nobody has acknowledged it."


def test_missing_rows_are_explained_as_far_as_known() -> None:
    assert explain(0, {}) == ""
    assert explain(12, {GapReason.AWAY: 10}) == "10 taken while the insole was out of range; 2 unexplained"
    assert explain(3, {GapReason.RADIO: 3}) == "3 lost on the air"


def test_the_clock() -> None:
    assert [clock(seconds) for seconds in (-0.05, 5.9, 65, 600)] == [" 0:00", " 0:05", " 1:05", "10:00"]
