"""What stands in the way of measuring: the fault that explains most, in the words of the advice."""

from __future__ import annotations

import pytest
from browser_kit import ROW_NS, S, block_at, layout_of, status_at
from msgspec.structs import replace

from ingest.wire.faults import ADVICE, Fault, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.screen import ScreenModel
from underfoot.trouble import pressing

NOW = 1_760_000_000 * S


def model_with(**troubles: tuple[FaultCode, ...]) -> ScreenModel:
    """Both feet known, with rows of a while ago; those named are lost since, for these reasons."""
    model = ScreenModel()
    for side in Side:
        model.feed(layout_of(side), NOW)
        model.feed(block_at(side, 0, NOW - 20 * ROW_NS), NOW)
        told = troubles.get(str(side))
        status = status_at(side, NOW, LinkState.SEARCHING if told else LinkState.STREAMING)
        model.feed(replace(status, troubles=told or ()), NOW)
    return model


@pytest.mark.parametrize(
    ("troubles", "told"),
    [
        ((), None),
        (("link-lost",), FaultCode.LINK_LOST),
        (("link-lost", "insole-not-found"), FaultCode.INSOLE_NOT_FOUND),
        (("link-lost", "insole-elsewhere", "insole-not-found"), FaultCode.INSOLE_ELSEWHERE),
        (("insole-not-found", "adapter-silent"), FaultCode.ADAPTER_SILENT),
        (("adapter-silent", "adapter-stuck", "insole-not-found"), FaultCode.ADAPTER_STUCK),
        (("adapter-silent", "adapter-recovered", "insole-not-found"), FaultCode.INSOLE_NOT_FOUND),
        (("adapter-recovered", "adapter-silent"), FaultCode.ADAPTER_SILENT),
        (("rows-lost", "a-code-of-next-year"), None),
    ],
)
def test_the_fault_that_explains_most_is_told(troubles: tuple[str, ...], told: FaultCode | None) -> None:
    assert pressing(troubles) is told


def test_a_lost_foot_is_explained_in_the_words_of_the_advice() -> None:
    state = model_with(right=(FaultCode.LINK_LOST, FaultCode.INSOLE_ELSEWHERE)).state(NOW)
    assert state.right.trouble is FaultCode.INSOLE_ELSEWHERE
    assert state.advice == (f"Right foot: {ADVICE[FaultCode.INSOLE_ELSEWHERE]}",)


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        (FaultCode.ADAPTER_STUCK, FaultCode.ADAPTER_STUCK, (ADVICE[FaultCode.ADAPTER_STUCK],)),
        (FaultCode.LINK_LOST, FaultCode.LINK_LOST, (f"Both feet: {ADVICE[FaultCode.LINK_LOST]}",)),
        (
            FaultCode.ADAPTER_FULL,
            FaultCode.LINK_LOST,
            (ADVICE[FaultCode.ADAPTER_FULL], f"Right foot: {ADVICE[FaultCode.LINK_LOST]}"),
        ),
    ],
)
def test_what_holds_for_both_feet_is_said_once(left: FaultCode, right: FaultCode, told: tuple[str, ...]) -> None:
    assert model_with(left=(left,), right=(right,)).state(NOW).advice == told


def test_a_foot_that_is_measured_or_has_ended_needs_no_advice() -> None:
    model = model_with(right=(FaultCode.LINK_LOST,))
    model.feed(replace(status_at(Side.RIGHT, NOW), troubles=("rows-lost", "link-lost")), NOW)
    assert model.state(NOW).advice == ()
    model.feed(replace(status_at(Side.RIGHT, NOW, LinkState.ENDED), troubles=("link-lost",)), NOW)
    assert not model.state(NOW).right.measured
    assert model.state(NOW).advice == ()


def test_before_any_row_the_faults_of_the_hub_tell_why() -> None:
    model = ScreenModel()
    assert model.state(NOW).advice == ()
    model.on_hub_faults([Fault(FaultCode.INSOLE_NOT_FOUND), Fault(FaultCode.RADIO_OFF, "no adapter")])
    assert model.state(NOW).advice == (ADVICE[FaultCode.RADIO_OFF],)


def test_an_insole_that_is_not_paired_is_told_of_its_foot_alone() -> None:
    model = ScreenModel()
    model.on_hub_faults([Fault(FaultCode.INSOLES_UNKNOWN, "right"), Fault(FaultCode.LINK_LOST)])
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW - 20 * ROW_NS), NOW)
    model.feed(status_at(Side.LEFT, NOW), NOW)
    assert model.state(NOW).advice == (f"Right foot: {ADVICE[FaultCode.INSOLES_UNKNOWN]}",)


def test_each_foot_that_never_sent_anything_has_its_own_reason() -> None:
    model = ScreenModel()
    model.on_hub_faults([Fault(FaultCode.INSOLE_NOT_FOUND), Fault(FaultCode.INSOLES_UNKNOWN, "right")])
    assert model.state(NOW).advice == (
        f"Left foot: {ADVICE[FaultCode.INSOLE_NOT_FOUND]}",
        f"Right foot: {ADVICE[FaultCode.INSOLES_UNKNOWN]}",
    )


def test_a_foot_that_has_sent_rows_goes_by_its_own_status() -> None:
    model = model_with()
    model.on_hub_faults([Fault(FaultCode.INSOLES_UNKNOWN, "left"), Fault(FaultCode.RADIO_OFF)])
    state = model.state(NOW + 10 * S)
    assert not state.left.measured
    assert state.advice == ()
