"""The stages of an update: every one is reached, every end is an end."""

from __future__ import annotations

from ingest.firmware.stages import TRANSITIONS, TRIED, Stage


def test_every_stage_has_its_place_and_is_reached() -> None:
    assert set(TRANSITIONS) == set(Stage)
    assert set().union(*TRANSITIONS.values()) | {Stage.CHECKING} == set(Stage)


def test_nothing_is_kept_that_was_not_tried() -> None:
    before_updated = {stage for stage, after in TRANSITIONS.items() if Stage.UPDATED in after}
    assert before_updated == {Stage.CONFIRMING}
    assert {stage for stage, after in TRANSITIONS.items() if Stage.CONFIRMING in after} == {Stage.PROVING}


def test_once_restarted_nothing_is_called_refused() -> None:
    for stage in TRIED:
        assert not TRANSITIONS[stage] & {Stage.REFUSED, Stage.CHECKING, Stage.UPLOADING}
    may_be_interrupted = {stage for stage in TRIED if Stage.INTERRUPTED in TRANSITIONS[stage]}
    assert may_be_interrupted == {Stage.RESTARTING}  # the request was lost, the old firmware still runs
