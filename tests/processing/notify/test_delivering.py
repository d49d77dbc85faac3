"""Deliveries follow from alerts alone; each ends, and none is sent when it no longer helps."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from processing.notify.delivering import (
    EXPIRES_AFTER_NS,
    FIRST_RETRY_NS,
    FOOTER,
    GIVEN_UP_AFTER_NS,
    LONGEST_RETRY_NS,
    REMOVED,
    TRANSITIONS,
    DeliveryEvent,
    due,
    next_try_t_ns,
    review,
    tried,
    undelivered,
)
from processing.store.journal import Delivery, DeliveryState

NOW = 1_700_000_000 * 10**9
MIN = 60 * 10**9


def alert(state: AlertState = AlertState.ACTIVE, sounded: tuple[int, ...] = (NOW,), name: str = "a") -> Alert:
    return Alert(
        id=name,
        rule="A1",
        level=AlertLevel.MEDIUM,
        state=state,
        raised_t_ns=NOW,
        walk="w",
        text="Sit down.",
        evidence="e",
        sounded_t_ns=sounded,
    )


def fresh(sounded: int = NOW, t_ns: int = NOW, state: AlertState = AlertState.ACTIVE) -> Delivery:
    (one,) = review("p1", [alert(state, (sounded,))], [], {"phone"}, t_ns)
    return one


def test_each_sounding_makes_one_delivery_to_each_channel_and_a_second_look_none() -> None:
    alerts = [alert(sounded=(NOW, NOW + MIN)), alert(sounded=(), name="silent")]
    made = review("p1", alerts, [], {"phone", "mail"}, NOW + MIN)
    assert len(made) == len({each.id for each in made}) == 4
    assert {each.alert for each in made} == {"a"}
    assert {each.state for each in made} == {DeliveryState.WAITING}
    assert review("p1", alerts, made, {"phone", "mail"}, NOW + MIN) == []
    assert len(due(made, NOW + MIN)) == 4


def test_it_says_what_the_patient_is_told_and_what_this_is_not() -> None:
    assert fresh().text == f"Sit down.\n\n{FOOTER}"
    assert "p1" not in fresh().text


def test_what_is_over_before_the_first_try_expires() -> None:
    for state in (AlertState.ACKNOWLEDGED, AlertState.CLEARED, AlertState.CLOSED):
        assert fresh(state=state).state is DeliveryState.EXPIRED
    assert fresh(state=AlertState.ESCALATED).state is DeliveryState.WAITING


def test_what_was_answered_is_not_sent_though_the_clinician_still_has_it() -> None:
    answered = msgspec.structs.replace(alert(AlertState.ESCALATED), acknowledged_t_ns=NOW)
    (made,) = review("p1", [answered], [], {"phone"}, NOW)
    assert made.state is DeliveryState.EXPIRED


def test_what_is_older_than_half_an_hour_expires_and_what_is_older_than_a_day_is_left_alone() -> None:
    assert fresh(t_ns=NOW + EXPIRES_AFTER_NS).state is DeliveryState.WAITING
    assert fresh(t_ns=NOW + EXPIRES_AFTER_NS + 1).state is DeliveryState.EXPIRED
    assert review("p1", [alert()], [], {"phone"}, NOW + 25 * 60 * MIN) == []


def test_an_alert_that_ends_while_it_is_tried_leaves_it_undelivered() -> None:
    waiting = tried(fresh(), "no network", NOW)
    (after,) = review("p1", [alert(AlertState.CLEARED)], [waiting], {"phone"}, NOW + MIN)
    assert (after.state, after.error, after.next_t_ns) == (DeliveryState.UNDELIVERED, "no network", None)


def test_a_channel_that_is_gone_leaves_it_undelivered() -> None:
    (after,) = review("p1", [alert()], [fresh()], {"other"}, NOW)[-1:]
    assert (after.state, after.error) == (DeliveryState.UNDELIVERED, REMOVED)


def test_a_failure_is_tried_again_later_each_time_and_given_up_after_two_hours() -> None:
    one, t_ns, waits = fresh(), NOW, []
    while one.state is DeliveryState.WAITING:
        one = tried(one, "no network", t_ns)
        if one.next_t_ns is not None:
            waits.append(one.next_t_ns - t_ns)
            assert due([one], one.next_t_ns - 1) == []
            assert due([one], one.next_t_ns) == [one]
            t_ns = one.next_t_ns
    assert waits[:4] == [FIRST_RETRY_NS, 2 * FIRST_RETRY_NS, 4 * FIRST_RETRY_NS, 8 * FIRST_RETRY_NS]
    assert waits[-1] == LONGEST_RETRY_NS
    assert GIVEN_UP_AFTER_NS - LONGEST_RETRY_NS < t_ns - NOW <= GIVEN_UP_AFTER_NS
    assert one.state is DeliveryState.UNDELIVERED
    assert one.tries == len(waits) + 1


def test_success_ends_it() -> None:
    after = tried(tried(fresh(), "no network", NOW), None, NOW + MIN)
    assert (after.state, after.tries, after.error, after.next_t_ns) == (DeliveryState.DELIVERED, 2, "", None)
    assert next_try_t_ns([after]) is None


def test_what_stays_undelivered_is_news_until_the_channel_works_again() -> None:
    def of(state: DeliveryState, minute: int, channel: str = "phone") -> Delivery:
        return replace(fresh(), state=state, made_t_ns=NOW + minute * MIN, channel=channel)

    lost = of(DeliveryState.UNDELIVERED, 0)
    assert undelivered([lost]) == (lost,)
    assert undelivered([lost, of(DeliveryState.DELIVERED, 1, "mail")]) == (lost,)
    assert undelivered([lost, of(DeliveryState.DELIVERED, 1)]) == ()
    assert undelivered([of(DeliveryState.DELIVERED, -1), lost]) == (lost,)


@pytest.mark.parametrize("state", DeliveryState)
def test_the_table_knows_every_event_in_every_state_and_what_has_ended_stays(state: DeliveryState) -> None:
    assert set(TRANSITIONS[state]) == set(DeliveryEvent)
    if state is not DeliveryState.WAITING:
        assert set(TRANSITIONS[state].values()) == {state}


@given(
    st.lists(
        st.tuples(st.sampled_from(["works", "fails", "looks"]), st.integers(0, 40 * MIN)), min_size=1, max_size=40
    ),
    st.sampled_from(AlertState),
)
def test_whatever_happens_every_delivery_ends_and_a_repeat_changes_nothing(
    steps: list[tuple[str, int]], last: AlertState
) -> None:
    known: dict[str, Delivery] = {}
    t_ns = NOW
    for what, wait_ns in steps:
        t_ns += wait_ns
        for each in review("p1", [alert(sounded=(NOW, NOW + 20 * MIN))], known.values(), {"phone"}, t_ns):
            assert known.get(each.id) != each
            known[each.id] = each
        if what != "looks":
            known |= {
                each.id: tried(each, None if what == "works" else "x", t_ns) for each in due(known.values(), t_ns)
            }
    end = t_ns + GIVEN_UP_AFTER_NS + 20 * MIN
    known |= {each.id: each for each in review("p1", [alert(last, (NOW,))], known.values(), {"phone"}, end + 1)}
    assert {each.state for each in known.values()} <= set(DeliveryState) - {DeliveryState.WAITING}
