"""What the twelve weeks are made of: outings under the feet, what the hub hears of them, the script, the counting."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.sources.virtual.gait import Gait
from ingest.wire.alerts import Alert, AlertLevel, AlertState, Outcome
from ingest.wire.block import GapReason, Origin
from ingest.wire.entries import FootCheck, RuleChange, Skin
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, Samples, Status
from underfoot.twelve_weeks import counted, outings
from underfoot.twelve_weeks.answers import at, to_sound
from underfoot.twelve_weeks.gait import MINUTE_ROWS, Outing, OutingFoot
from underfoot.twelve_weeks.insoles import MINUTE_NS, Pair
from underfoot.twelve_weeks.person import DAYS, FIRST_DAY, script

BEGUN_NS = at(FIRST_DAY, 600)
SEED = (1, 0, 600)


def heard(outing: Outing) -> tuple[Pair, list[AnyMessage]]:
    pair = Pair("p1")
    return pair, [message for _, messages in pair.walk(outing, BEGUN_NS, SEED, {}) for message in messages]


def samples_of(messages: list[AnyMessage], side: Side) -> list[Samples]:
    return [each for each in messages if isinstance(each, Samples) and each.side is side]


def test_a_minute_is_the_same_rows_whenever_it_is_asked_for() -> None:
    outing = outings.pebble(Gait(), 30, 600)
    one, other = (OutingFoot(outing, Side.RIGHT, SEED) for _ in range(2))
    late_first = [other.minute(minute) for minute in (9, 3)]
    assert [one.minute(minute).tobytes() for minute in (3, 9)] == [each.tobytes() for each in reversed(late_first)]
    assert one.minute(3).shape == (MINUTE_ROWS, 16)
    assert one.minute(3).tobytes() != OutingFoot(outing, Side.RIGHT, (2, 0, 600)).minute(3).tobytes()


def test_what_happens_to_one_cell_happens_to_no_other() -> None:
    gait = Gait()
    whole = OutingFoot(outings.plain(gait, 20, 600), Side.LEFT, SEED).minute(5)
    torn = OutingFoot(outings.with_torn_lead(outings.plain)(gait, 20, 600), Side.LEFT, SEED).minute(5)
    dead = np.flatnonzero(~torn.any(axis=0))
    assert dead.tolist() == [0, 1]
    np.testing.assert_array_equal(np.delete(torn, dead, axis=1), np.delete(whole, dead, axis=1))


@pytest.mark.parametrize(
    "happening",
    [outings.plain, outings.market_then_bench, outings.new_shoes, outings.leaning_hard, outings.pebble],
)
def test_an_outing_has_room_for_what_happens_on_it(happening: outings.Happening) -> None:
    outing = happening(Gait(), 15, 600)
    begins = [turn.at_s for turn in outing.turns]
    assert begins == sorted(begins)
    assert begins[-1] < outing.minutes * 60
    assert begins[2] >= 7 * 60  # seated for a minute, then long enough on foot to know what is usual


def test_rows_out_of_range_come_afterwards_and_none_is_lost() -> None:
    outing = outings.out_of_range(Gait(), 20, 600)
    assert outing.away_min is not None
    pair, messages = heard(outing)
    for side in Side:
        samples = samples_of(messages, side)
        late = [each for each in samples if each.origin is Origin.BACKFILL]
        assert sum(each.rows for each in samples) == outing.minutes * MINUTE_ROWS == pair.sent[side]
        assert sum(each.rows for each in late) == (outing.away_min[1] - outing.away_min[0]) * MINUTE_ROWS
        back = next(each for each in samples if each.lost_before)
        assert (back.lost_before, back.lost_reason) == (sum(each.rows for each in late), GapReason.AWAY)
    left = [each.to_fetch for each in messages if isinstance(each, Status)]
    assert max(left) > 0
    assert left[-1] == 0


def test_a_silent_foot_is_told_as_lost_for_good() -> None:
    pair, messages = heard(outings.silent_foot(Gait(), 20, 600))
    assert pair.never_sent == {Side.RIGHT: 4 * MINUTE_ROWS}
    (after,) = [each for each in samples_of(messages, Side.RIGHT) if each.lost_before]
    assert (after.lost_before, after.lost_reason) == (4 * MINUTE_ROWS, GapReason.RADIO)
    links = {each.link for each in messages if isinstance(each, Status) and each.side is Side.RIGHT}
    assert links == {LinkState.STREAMING, LinkState.SILENT, LinkState.ENDED}


def test_messages_come_in_order_of_time() -> None:
    times = [t_ns for t_ns, _ in Pair("p1").walk(outings.out_of_range(Gait(), 20, 600), BEGUN_NS, SEED, {})]
    assert times == sorted(times)
    assert times[0] == BEGUN_NS + 2 * MINUTE_NS


def test_a_shorter_story_is_the_beginning_of_the_longer_one() -> None:
    whole = script(3)
    assert len(whole) == DAYS
    assert script(3, 14) == whole[:14]
    assert script(4, 14) != whole[:14]


def test_the_script_has_the_days_that_the_programmes_hang_on() -> None:
    said = [word.said for day in script(1) for word in day.words]
    assert sum(isinstance(each, RuleChange) for each in said) == 4
    assert [each.day for each in said if isinstance(each, FootCheck) and each.left is Skin.RED] == ["2026-01-28"]
    assert [day.index for day in script(1) if not day.hub_on] == [20]


def test_alerts_are_counted_by_what_became_of_them() -> None:
    one = Alert(
        id="A1-left-1", rule="A1", level=AlertLevel.MEDIUM, state=AlertState.CLEARED, raised_t_ns=BEGUN_NS, walk="w",
        text="", evidence="", outcome=Outcome.OFFLOADED, sounded_t_ns=(BEGUN_NS,), useful=True,
    )  # fmt: skip
    other = Alert(
        id="A10-both-1", rule="A10", level=AlertLevel.INFO, state=AlertState.ACTIVE, raised_t_ns=BEGUN_NS, walk="",
        text="", evidence="", sounded_t_ns=(BEGUN_NS + 40 * MINUTE_NS, BEGUN_NS + 75 * MINUTE_NS),
    )  # fmt: skip
    of_rule = counted.by_rule([other, one])
    assert list(of_rule) == ["A1", "A10"]
    assert (of_rule["A1"]["outcomes"], of_rule["A1"]["useful"]) == ({"offloaded": 1}, 1)
    assert counted.sounds([one, other]) == {
        "audible": 3, "days_with_one": 1, "most_on_a_day": 3, "least_gap_min": 35.0,
    }  # fmt: skip
    assert counted.not_ended([one, other]) == ["A10-both-1"]
    assert counted.sounds([]) == {"audible": 0, "days_with_one": 0, "most_on_a_day": 0, "least_gap_min": None}


def test_the_same_sound_is_answered_the_same_way() -> None:
    sounding = [
        Alert(
            id=f"A3-left-{n}", rule="A3", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=BEGUN_NS,
            walk="w", text="", evidence="", sounded_t_ns=(BEGUN_NS,),
        )
        for n in range(40)
    ]  # fmt: skip
    answers = [to_sound(alert, 1) for alert in sounding]
    assert answers == [to_sound(alert, 1) for alert in sounding]
    assert 5 < sum(answer is None for answer in answers) < 20
    assert all(answer is None or 2 <= (answer[0] - BEGUN_NS) // MINUTE_NS < 9 for answer in answers)
