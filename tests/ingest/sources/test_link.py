"""Where a link may go, how long it waits, and which insoles are a pair."""

from __future__ import annotations

import itertools

import pytest

from ingest.drivers.base import Advertisement, Recognised
from ingest.sources.radio.link import TRANSITIONS, BackOff, step
from ingest.sources.radio.pairing import Heard, choose_pair, choose_two
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(LinkState)


@pytest.mark.parametrize(("state", "new"), list(itertools.product(LinkState, LinkState)))
def test_every_step_is_either_in_the_table_or_refused(state: LinkState, new: LinkState) -> None:
    if new in TRANSITIONS[state]:
        assert step(state, new) is new
    else:
        with pytest.raises(ValueError, match=f"from {state} to {new}"):
            step(state, new)


def test_nothing_follows_the_end_and_everything_may_end() -> None:
    assert not TRANSITIONS[LinkState.ENDED]
    assert all(LinkState.ENDED in after for state, after in TRANSITIONS.items() if state is not LinkState.ENDED)


def test_a_silent_link_is_lost_before_it_streams_again() -> None:
    assert LinkState.STREAMING not in TRANSITIONS[LinkState.SILENT]


def test_pauses_double_up_to_the_cap() -> None:
    back_off = BackOff(first_s=0.5, cap_s=10.0, spread_share=0.25)
    assert [back_off.pause_s(attempt, 0.0) for attempt in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert back_off.pause_s(10_000, 0.0) == 10.0


def test_jitter_shortens_by_the_spread_at_most() -> None:
    back_off = BackOff(first_s=1.0, cap_s=10.0, spread_share=0.25)
    assert back_off.pause_s(0, 1.0) == 0.75
    assert back_off.pause_s(0, 0.5) == 0.875


def heard(address: str, side: Side | None, *, known: bool = True) -> Heard:
    advertisement = Advertisement(
        address=address, name=None, rssi_dbm=-60, service_uuids=(), service_data={}, manufacturer_data={}
    )
    return Heard(advertisement, Recognised(driver="kit", model="kit", side=side) if known else None)


def test_a_pair_is_the_first_of_each_side() -> None:
    left, right, stranger = heard("L1", Side.LEFT), heard("R1", Side.RIGHT), heard("X", None, known=False)
    pair = choose_pair([stranger, right, left])
    assert (pair.left, pair.right, pair.faults) == (left, right, ())
    assert pair.of(Side.LEFT) is left
    assert pair.of(Side.RIGHT) is right


def test_two_insoles_for_one_foot_and_one_for_neither() -> None:
    pair = choose_pair([heard("L1", Side.LEFT), heard("L2", Side.LEFT), heard("N", None)])
    assert pair.left is not None
    assert pair.left.advertisement.address == "L1"
    assert pair.right is None
    assert [(fault.code, fault.detail) for fault in pair.faults] == [
        (FaultCode.SIDE_TAKEN, "left: L1 kept, L2 left out"),
        (FaultCode.SIDE_UNKNOWN, "N"),
    ]


LEFT, RIGHT, NEIGHBOUR = heard("L1", Side.LEFT), heard("R1", Side.RIGHT), heard("L9", Side.LEFT)
STRANGER = heard("X", None, known=False)


@pytest.mark.parametrize(
    ("named", "ours", "chosen"),
    [
        ((), (), [NEIGHBOUR, LEFT, RIGHT]),  # three come into question: nobody guesses
        ((), ("L1", "R1"), [LEFT, RIGHT]),
        (("r1", "L1"), (), [RIGHT, LEFT]),
        (("L9",), ("L1", "R1"), [NEIGHBOUR, LEFT]),
        (("x", "L1"), (), [STRANGER, LEFT]),  # named, whatever it is
        (("L1",), (), [LEFT, NEIGHBOUR, RIGHT]),
    ],
)
def test_the_two_to_pair(named: tuple[str, ...], ours: tuple[str, ...], chosen: list[Heard]) -> None:
    assert choose_two([STRANGER, NEIGHBOUR, LEFT, RIGHT], named, ours) == chosen


def test_the_only_two_are_the_two_and_one_that_is_named_has_to_be_there() -> None:
    assert choose_two([LEFT, STRANGER, RIGHT], (), ()) == [LEFT, RIGHT]
    assert choose_two([STRANGER], (), ()) == []
    with pytest.raises(UnderfootError) as caught:
        choose_two([LEFT, RIGHT], ("L9",), ())
    assert caught.value.code is FaultCode.INSOLE_NOT_FOUND
