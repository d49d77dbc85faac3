from __future__ import annotations

from ingest.resend import Resend
from ingest.wire.geometry import Side
from ingest.wire.messages import Receipt


def word(session: str = "a") -> Receipt:
    return Receipt(insole="L1", side=Side.LEFT, session=session, boots=())


def at(cursor: int, quiet_s: float = 15) -> Resend:
    resend = Resend(quiet_s)
    resend.heard(word(), 0, (), 0.0)
    resend.acknowledged(cursor, resend.turn, 0.0)
    return resend


def test_a_new_session_goes_back_to_the_beginning_and_the_same_one_does_not() -> None:
    resend = at(50)
    resend.heard(word("a"), 20, (), 1.0)
    assert resend.cursor == 50
    resend.heard(word("b"), 0, (), 2.0)
    assert resend.cursor == 0


def test_what_was_read_before_going_back_does_not_move_on() -> None:
    resend = at(50)
    turn = resend.turn
    resend.heard(word("b"), 0, (), 1.0)
    resend.acknowledged(60, turn, 1.0)
    assert resend.cursor == 0


def test_a_hole_is_given_time_and_asked_for_less_and_less_often() -> None:
    resend, went_back = at(50), []
    for second in range(60):
        resend.heard(word(), 0, (30,), float(second))
        if resend.cursor == 29:
            went_back.append(second)
            resend.acknowledged(50, resend.turn, float(second))
    assert went_back == [5, 15, 35]


def test_a_hole_that_was_not_yet_sent_is_none() -> None:
    resend = at(50)
    for second in range(20):
        resend.heard(word(), 0, (51,), float(second))
    assert resend.cursor == 50


def test_without_receipts_the_oldest_are_probed_ever_more_rarely() -> None:
    resend, probes = at(50), []
    for second in range(1, 300):
        if resend.probe_due(float(second)):
            probes.append(second)
            resend.probed(float(second), anything=True)
    assert probes == [15, 45, 105, 225]


def test_a_probe_that_is_answered_brings_the_rest() -> None:
    resend = at(50)
    resend.probed(20.0, anything=True)
    resend.heard(word(), 16, (), 21.0)
    assert resend.cursor == 0
    assert not resend.probe_due(30.0)
