"""The life of an alert: acknowledged, cleared, closed; the first answer stands; nothing is reopened."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rules_kit import T0_NS, WALK, S

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.rules.lifecycle import CLOSE_AFTER_NS, TRANSITIONS, UNANSWERED_FOR_NS, AlertBook, AlertEvent

RAISED = Alert(
    id="A3-left-20000101T000000Z",
    rule="A3",
    level=AlertLevel.LOW,
    state=AlertState.ACTIVE,
    raised_t_ns=T0_NS,
    walk=WALK,
    side=Side.LEFT,
    text="text",
    evidence="evidence",
)
CLEARED = replace(RAISED, state=AlertState.CLEARED, cleared_t_ns=T0_NS + 60 * S)
REPLY = AlertReply(id=RAISED.id, do="acknowledge", by="carer-1", t_ns=T0_NS + 10 * S, action="sat")


def book(*said: Alert | AlertReply) -> AlertBook:
    kept = AlertBook()
    for each in said:
        kept.on_reply(each) if isinstance(each, AlertReply) else kept.on_engine(each)
    return kept


def state(kept: AlertBook) -> AlertState:
    (alert,) = kept.alerts
    return alert.state


def test_the_table_is_complete_and_closed_is_the_end() -> None:
    assert {name: set(moves) for name, moves in TRANSITIONS.items()} == {key: set(AlertEvent) for key in AlertState}
    assert set(TRANSITIONS[AlertState.CLOSED].values()) == {AlertState.CLOSED}
    reached = {after for before, moves in TRANSITIONS.items() for after in moves.values() if after is not before}
    assert reached == set(AlertState) - {AlertState.PENDING}


def test_acknowledged_then_cleared_stays_seen_then_closes() -> None:
    kept = book(RAISED)
    acknowledged = kept.on_reply(REPLY)
    assert acknowledged is not None
    assert (acknowledged.state, acknowledged.acknowledged_by, acknowledged.action) == ("acknowledged", "carer-1", "sat")
    cleared = kept.on_engine(CLEARED)
    assert cleared is not None
    assert (cleared.state, cleared.acknowledged_by) == (AlertState.CLEARED, "carer-1")
    assert kept.as_of(T0_NS + 60 * S + CLOSE_AFTER_NS - 1) == []
    (closed,) = kept.as_of(T0_NS + 60 * S + CLOSE_AFTER_NS)
    assert closed.state is AlertState.CLOSED
    assert {alert.state for alert in kept.alerts} == {AlertState.CLOSED}
    assert kept.alerts == (closed,)
    assert kept.knows(RAISED.id)
    assert not kept.knows("other")


def test_the_first_end_stands_though_a_longer_walk_says_another() -> None:
    kept = book(RAISED, CLEARED)
    later = replace(CLEARED, cleared_t_ns=T0_NS + 240 * S, evidence="evidence of another end")
    assert kept.on_engine(RAISED) is kept.on_engine(later) is None
    assert kept.alerts == book(RAISED, CLEARED).alerts


def test_cleared_without_answer_stays_listed_until_acknowledged() -> None:
    kept = book(RAISED, CLEARED)
    assert kept.as_of(T0_NS + 10**6 * S) == []
    assert [alert.state for alert in kept.alerts] == [AlertState.CLEARED]
    closed = kept.on_reply(REPLY)
    assert closed is not None
    assert (closed.state, closed.acknowledged_by) == (AlertState.CLOSED, "carer-1")


def test_an_information_closes_by_itself() -> None:
    kept = book(replace(RAISED, level=AlertLevel.INFO), replace(CLEARED, level=AlertLevel.INFO))
    (closed,) = kept.as_of(T0_NS + 60 * S + CLOSE_AFTER_NS)
    assert (closed.state, closed.acknowledged_by) == (AlertState.CLOSED, None)


@pytest.mark.parametrize("before", [(RAISED,), (RAISED, CLEARED)])
def test_the_first_acknowledgement_stands(before: tuple[Alert, ...]) -> None:
    kept = book(*before, REPLY)
    assert kept.on_reply(REPLY) is None
    assert kept.on_reply(replace(REPLY, by="carer-2", t_ns=REPLY.t_ns + 1, action="ignored")) is None
    assert kept.alerts[0].acknowledged_by == "carer-1"


def test_a_reply_to_nothing_is_a_fault() -> None:
    with pytest.raises(UnderfootError) as caught:
        AlertBook().on_reply(REPLY)
    assert caught.value.code is FaultCode.UNKNOWN_NAME


def test_saying_it_again_changes_nothing() -> None:
    medium = replace(RAISED, level=AlertLevel.MEDIUM, evidence="more")
    said = (RAISED, medium, replace(CLEARED, level=AlertLevel.MEDIUM, evidence="more"))
    for upto in range(1, len(said) + 1):
        kept = book(*said[:upto])
        before = kept.alerts
        assert [kept.on_engine(alert) for alert in said[:upto]] == [None] * upto
        assert kept.alerts == before


def test_a_restored_book_neither_reopens_nor_forgets_an_answer() -> None:
    kept = AlertBook()
    kept.restore(book(RAISED, CLEARED, REPLY).alerts)
    assert kept.on_engine(RAISED) is None
    assert kept.on_engine(CLEARED) is None
    assert state(kept) is AlertState.CLOSED
    kept = AlertBook()
    kept.restore(book(RAISED, REPLY).alerts)
    assert kept.on_engine(RAISED) is None
    assert state(kept) is AlertState.ACKNOWLEDGED


def test_a_level_rises_and_never_falls_back() -> None:
    kept = book(RAISED, REPLY)
    risen = kept.on_engine(replace(RAISED, level=AlertLevel.MEDIUM, evidence="more"))
    assert risen is not None
    assert (risen.level, risen.state, risen.evidence) == (AlertLevel.MEDIUM, AlertState.ACKNOWLEDGED, "more")
    assert kept.on_engine(RAISED) is None


def test_the_end_of_a_walk_ends_what_is_active_of_it() -> None:
    other = replace(RAISED, id="other", walk="walk-2")
    kept = book(RAISED, other, REPLY)
    (ended,) = kept.end_walk(WALK, T0_NS + 99 * S)
    assert (ended.id, ended.state, ended.cleared_t_ns) == (RAISED.id, AlertState.CLEARED, T0_NS + 99 * S)
    assert ended.evidence == "evidence Not seen to end: the walk was over."
    assert kept.end_walk(WALK, T0_NS + 99 * S) == []


def test_alerts_found_late_stay_late_and_live_ones_live() -> None:
    late = replace(RAISED, late=True)
    assert book(late, CLEARED).alerts[0].late
    assert not book(RAISED, replace(CLEARED, late=True)).alerts[0].late


def test_what_was_found_late_and_grows_worse_live_is_late_no_longer() -> None:
    found = replace(RAISED, late=True)
    worse = replace(RAISED, level=AlertLevel.MEDIUM)
    assert book(found, RAISED).alerts[0].late
    assert book(found, replace(worse, late=True)).alerts[0].late
    assert not book(found, worse).alerts[0].late
    assert not book(RAISED, replace(worse, late=True)).alerts[0].late


ESCALATE = replace(REPLY, do="escalate", note="it is red")


def test_what_is_handed_on_stays_so_until_it_is_over() -> None:
    kept = book(RAISED, ESCALATE)
    (alert,) = kept.alerts
    assert (alert.state, alert.escalated_t_ns, alert.note) == (AlertState.ESCALATED, REPLY.t_ns, "it is red")
    assert alert.escalated_because == "carer-1 asks you to look at this: it is red"
    acknowledged = kept.on_reply(replace(REPLY, by="carer-2"))
    assert acknowledged is not None
    assert (acknowledged.state, acknowledged.acknowledged_by) == (AlertState.ESCALATED, "carer-2")
    cleared = kept.on_engine(CLEARED)
    assert cleared is not None
    assert cleared.state is AlertState.CLEARED
    assert cleared.escalated_t_ns == REPLY.t_ns
    assert kept.as_of(T0_NS + 60 * S + CLOSE_AFTER_NS)[0].state is AlertState.CLOSED


def test_the_first_escalation_stands() -> None:
    kept = book(RAISED, REPLY, ESCALATE)
    assert state(kept) is AlertState.ESCALATED
    assert kept.on_reply(replace(ESCALATE, by="carer-2", t_ns=REPLY.t_ns + 1)) is None


def test_what_nobody_answers_is_closed_after_two_weeks_and_says_so() -> None:
    kept = book(RAISED, CLEARED)
    over_ns = T0_NS + 60 * S
    assert kept.as_of(over_ns + UNANSWERED_FOR_NS - 1) == []
    (closed,) = kept.as_of(over_ns + UNANSWERED_FOR_NS)
    assert (closed.state, closed.acknowledged_by) == (AlertState.CLOSED, None)
    assert closed.evidence == "evidence Nobody answered."
    assert kept.open == ()
    assert kept.on_engine(CLEARED) is None


def test_whether_it_was_useful_is_the_latest_word_and_can_be_said_of_a_closed_one() -> None:
    kept = book(RAISED, CLEARED, REPLY)
    for do, useful in (("useful", True), ("not-useful", False), ("useful", True)):
        changed = kept.on_reply(replace(REPLY, do=do, note=f"so {do}"))
        assert changed is not None
        assert (changed.useful, changed.state, changed.note) == (useful, AlertState.CLOSED, f"so {do}")
    assert kept.on_reply(replace(REPLY, do="useful")) is None


def test_areas_that_join_an_alert_stay_in_it() -> None:
    more = replace(RAISED, areas=("M2", "M3"), text="more")
    kept = book(replace(RAISED, areas=("M2",)), more)
    assert kept.alerts == (more,)
    assert kept.on_engine(replace(RAISED, areas=("M2",))) is None  # the engine says it all again


def test_the_open_ones_are_those_that_are_not_closed() -> None:
    other = replace(RAISED, id="other")
    kept = book(RAISED, CLEARED, other)
    assert [alert.id for alert in kept.open] == [RAISED.id, "other"]
    kept.on_reply(REPLY)
    assert kept.open == (other,)
    assert kept.get(RAISED.id) == kept.alerts[0]


def test_who_has_acknowledged_may_say_afterwards_what_they_did_once() -> None:
    seen = replace(REPLY, action=None)
    kept = book(RAISED, seen)
    by_another = kept.on_reply(replace(seen, by="carer-2", action="sat"))
    afterwards = kept.on_reply(replace(seen, t_ns=seen.t_ns + S, action="sat"))
    again = kept.on_reply(replace(seen, t_ns=seen.t_ns + 2 * S, action="nothing yet"))
    assert (by_another, again) == (None, None)
    assert afterwards is not None
    assert (afterwards.action, afterwards.acknowledged_t_ns) == ("sat", REPLY.t_ns)
