"""When an adapter is taken for hung, and when an insole for being elsewhere: by the numbers, without a radio."""

from __future__ import annotations

import pytest

from ingest.sources.radio.health import Ailment, Health, Recovery
from ingest.sources.radio.whereabouts import Nearness, Whereabouts

RECOVERY = Recovery(deaf_s=100.0, stuck_connections=3, first_pause_s=600.0, cap_pause_s=2000.0)


def test_only_listening_counts_as_hearing_nothing() -> None:
    health = Health(RECOVERY)
    for begun_s in (0.0, 1000.0):
        health.listening(begun_s)
        health.not_listening(begun_s + 49.0)
    assert health.ailment(5000.0) is None
    health.listening(5000.0)
    assert health.ailment(5001.9) is None
    assert health.ailment(5002.0) is Ailment.DEAF


def test_one_advertisement_of_anyone_is_proof_of_life() -> None:
    health = Health(RECOVERY)
    health.listening(0.0)
    assert not health.heard(99.0)
    assert health.ailment(198.0) is None
    assert health.ailment(199.0) is Ailment.DEAF


def test_connections_count_only_in_a_row() -> None:
    health = Health(RECOVERY)
    for _ in range(2):
        health.timed_out()
        health.timed_out()
        assert health.ailment(0.0) is None
        health.connected()
    for _ in range(3):
        health.timed_out()
    health.heard(0.0)  # that it hears does not prove that it connects
    assert health.ailment(0.0) is Ailment.STUCK


def test_a_cure_is_not_repeated_before_its_time_and_each_time_later() -> None:
    health = Health(RECOVERY)
    health.listening(0.0)
    now_s, pauses_s = 100.0, []
    for _ in range(4):
        assert health.ailment(now_s) is Ailment.DEAF
        health.treated(Ailment.DEAF, now_s)
        before_s = now_s
        while health.ailment(now_s) is None:
            now_s += 10.0
        pauses_s.append(now_s - before_s)
    assert pauses_s == [600.0, 1200.0, 2000.0, 2000.0]


def test_a_link_without_an_end_is_treated_at_once_and_once() -> None:
    health = Health(RECOVERY)
    health.endless()
    assert health.ailment(0.0) is Ailment.ENDLESS
    health.treated(Ailment.ENDLESS, 0.0)
    assert health.ailment(1e6) is None


def test_a_link_that_ended_after_all_needs_no_cure() -> None:
    health = Health(RECOVERY)
    health.endless()
    health.ended()
    assert health.ailment(0.0) is None


@pytest.mark.parametrize("ailment", list(Ailment))
def test_what_helped_is_told_once_and_the_pauses_begin_anew(ailment: Ailment) -> None:
    health = Health(RECOVERY)
    health.treated(ailment, 0.0)
    health.treated(ailment, 600.0)
    told = [health.heard(601.0), health.connected(), health.heard(602.0), health.connected()]
    assert told == [ailment is Ailment.DEAF, ailment is not Ailment.DEAF, False, False]
    health.endless()
    assert health.ailment(603.0) is Ailment.ENDLESS  # what has helped may be done again at once
    health.treated(ailment, 2000.0)
    health.listening(2000.0)
    assert health.ailment(2599.0) is None
    assert health.ailment(2600.0) is Ailment.DEAF


@pytest.mark.parametrize(
    ("rssi_dbm", "after_s", "others", "linked", "suspected"),
    [
        (-60, 60.0, True, False, True),
        (-60, 59.0, True, False, False),
        (-60, 600.0, False, False, False),  # nobody is heard: rather the adapter
        (-85, 600.0, True, False, False),  # at the edge of the range
        (-60, 600.0, True, True, False),  # went quiet on our own link
    ],
)
def test_suspected_is_who_was_near_and_free_and_went_quiet(
    rssi_dbm: int, after_s: float, others: bool, linked: bool, suspected: bool
) -> None:
    whereabouts = Whereabouts(Nearness())
    whereabouts.heard(rssi_dbm, 1000.0)
    if linked:
        whereabouts.linked()
    assert whereabouts.perhaps_elsewhere(1000.0 + after_s, others_heard=others) is suspected


def test_who_was_never_heard_is_not_suspected() -> None:
    assert not Whereabouts(Nearness()).perhaps_elsewhere(1e9, others_heard=True)
