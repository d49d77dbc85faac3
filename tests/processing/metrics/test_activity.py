"""Activity: each state by its own rule, unknown rather than guessed, and walks found by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_kit import FIRST, SECOND, closed, live, metrics_of, stances_at, steps_of
from walk_kit import gait, items_of, layout, through

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import Activity
from processing.metrics.activity import FoundWalk, WalkFinder
from processing.metrics.learned import LearnedCells
from processing.metrics.live_foot import LiveFoot

WEIGHT_KG = 80.0
BODY_N = 784.532
UNKNOWN, UNWORN, SEATED = Activity.UNKNOWN, Activity.UNWORN, Activity.SEATED
STANDING, WALKING = Activity.STANDING, Activity.WALKING


def resting(shares: Iterable[tuple[int, float]], unit: Unit = Unit.NEWTON) -> dict[Side, LiveFoot]:
    """(how long, part of the body weight on both feet) one after another, without a step."""
    seconds = [share for s, share in shares for _ in range(s)]
    half = np.repeat(np.round(np.array(seconds) * BODY_N / 2), 10)
    codes = np.stack([half, 0 * half], axis=1)
    calibration = Calibration.NONE if unit is Unit.RAW else Calibration.MAKER
    return {
        side: live(layout(side, unit=unit, calibration=calibration), codes, rows_per_second=10) for side in Side
    }  # fmt: skip


def doing(feet: dict[Side, LiveFoot], weight_kg: float | None = WEIGHT_KG) -> list[Activity]:
    return [each.activity for each in metrics_of(closed(feet, range(0, 500, 33), weight_kg=weight_kg)[1])]


@pytest.mark.parametrize(
    ("share", "state"), [(0.03, SEATED), (0.29, SEATED), (0.31, UNKNOWN), (0.69, UNKNOWN), (0.72, STANDING)]
)
def test_a_resting_foot_is_told_by_its_share_of_the_body_weight(share: float, state: Activity) -> None:
    assert doing(resting([(20, share)])) == [state] * 20


def test_an_insole_in_the_cupboard_is_unworn_once_it_has_lasted() -> None:
    assert doing(resting([(20, 0.01), (3, 0.1), (5, 0.01)])) == [
        *[UNKNOWN] * 9, *[UNWORN] * 11, *[SEATED] * 3, *[UNKNOWN] * 5,
    ]  # fmt: skip


def test_without_a_weight_nothing_is_guessed() -> None:
    assert doing(resting([(20, 0.9)]), None) == [UNKNOWN] * 20
    assert doing(resting([(20, 0.9)], Unit.RAW)) == [UNKNOWN] * 20


def test_a_missing_foot_is_unknown() -> None:
    feet = resting([(20, 0.9)])
    assert doing({Side.LEFT: feet[Side.LEFT]}) == [UNKNOWN] * 20
    slab = feet[Side.RIGHT].slab
    gone = slab.second >= 12
    feet[Side.RIGHT] = replace(
        feet[Side.RIGHT],
        slab=replace(
            slab, codes=slab.codes[~gone], second=slab.second[~gone],
            not_measured=slab.not_measured[~gone],
        ),
    )  # fmt: skip
    assert doing(feet) == [STANDING] * 12 + [UNKNOWN] * 8


def walk_then(rest: float, unit: Unit = Unit.NEWTON) -> dict[Side, LiveFoot]:
    calibration = Calibration.NONE if unit is Unit.RAW else Calibration.MAKER
    feet = {}
    for side in Side:
        walked = gait(side, 40)
        still = np.tile(np.round(walked.mean(axis=0) * rest), (2000, 1))
        of = layout(side, unit=unit, calibration=calibration)
        feet[side] = live(of, np.concatenate([walked, still]), falls=steps_of(side, 40))
    return feet


@pytest.mark.parametrize("unit", [Unit.NEWTON, Unit.RAW])
def test_the_body_weight_is_learned_from_walking(unit: Unit) -> None:
    stood, sat = doing(walk_then(1.0, unit), None), doing(walk_then(0.2, unit), None)
    assert stood[3:40] == [WALKING] * 37
    assert (stood[44:], sat[44:]) == ([STANDING] * 16, [SEATED] * 16)
    assert stood[41] is UNKNOWN  # the last step is not three seconds back


def test_too_little_walking_teaches_no_body_weight() -> None:
    feet = {side: replace(foot, falls=steps_of(side, 10)) for side, foot in walk_then(1.0).items()}
    assert set(doing(feet, None)[20:]) == {UNKNOWN}


def test_what_the_insoles_read_in_the_air_is_no_load() -> None:
    feet = resting([(90, 0.33)])
    t_ns = [FIRST * SECOND + n * SECOND for n in range(20)]
    zero = {side: replace(foot, stances=stances_at(t_ns, (600, 1), (30, 0))) for side, foot in feet.items()}
    assert (doing(feet)[-1], doing(zero)[-1]) == (UNKNOWN, SEATED)


SHARES = LearnedCells(checksum=0, peak_codes=(600.0, 600.0), share_pct=(90.0, 10.0))


def test_what_an_unfit_cell_reads_is_no_load() -> None:
    feet = resting([(20, 0.2)])
    for side, foot in feet.items():
        codes = foot.slab.codes.copy()
        codes[:, 1] = 300
        feet[side] = replace(foot, slab=replace(foot.slab, codes=codes))
    assert doing(feet)[-1] is STANDING
    left_out = {side: replace(foot, unfit=np.full(20, 0b10)) for side, foot in feet.items()}
    assert doing(left_out)[-1] is Activity.UNKNOWN  # how much the cell usually carries nobody knows
    known = {side: replace(foot, learned=SHARES, learned_since=0) for side, foot in left_out.items()}
    assert doing(known)[-1] is SEATED


def test_a_cell_left_out_takes_its_zero_along() -> None:
    feet = resting([(90, 0.9)])
    t_ns = [FIRST * SECOND + n * SECOND for n in range(20)]
    left_out = {
        side: replace(foot, stances=stances_at(t_ns, (600, 600), (0, 59)), unfit=np.full(90, 0b10), learned=SHARES)
        for side, foot in feet.items()
    }
    assert doing(left_out, weight_kg=WEIGHT_KG * 0.9 / 0.71)[-1] is STANDING


def test_standing_bouts_and_the_longest() -> None:
    shares = [(15, 0.9), (5, 0.5), (9, 0.9), (5, 0.1), (30, 0.8), (5, 0.01)]
    figures, _ = closed(resting(shares), range(0, 100, 7), weight_kg=WEIGHT_KG)
    totals = figures.activity
    assert (totals.standing_s, totals.standing_longest_s, totals.standing_bouts) == (54, 30, 2)
    assert (totals.seated_s, totals.unknown_s, totals.unworn_s, totals.walking_s) == (5, 10, 0, 0)


def alternating(start_ms: int, count: int, every_ms: int = 550) -> list[tuple[int, Side]]:
    sides = tuple(Side)
    return [((start_ms + n * every_ms) * 10**6, sides[n % 2]) for n in range(count)]


def found(contacts: list[tuple[int, Side]]) -> tuple[FoundWalk, ...]:
    finder = WalkFinder()
    for t_ns, side in contacts:
        finder.contact(t_ns, side)
    return finder.walks


def test_four_alternating_contacts_begin_a_walk() -> None:
    assert found(alternating(1000, 3)) == ()
    assert found(alternating(1000, 4)) == (FoundWalk(1_000_000_000, 2_650_000_000, 4),)
    assert found([(t_ns, Side.LEFT) for t_ns, _ in alternating(1000, 20)]) == ()
    assert found(alternating(1000, 20, every_ms=1300)) == ()
    shuffled = [*alternating(0, 2), *alternating(5000, 5)]
    assert found(shuffled) == (FoundWalk(5_000_000_000, 7_200_000_000, 5),)


def test_more_than_ten_seconds_without_a_contact_end_it() -> None:
    first = alternating(0, 10)
    stop_ms = first[-1][0] // 10**6
    assert len(found([*first, *alternating(stop_ms + 10_000, 10)])) == 1
    assert found([*first, *alternating(stop_ms + 10_001, 10)]) == (
        FoundWalk(0, stop_ms * 10**6, 10),
        FoundWalk((stop_ms + 10_001) * 10**6, (stop_ms + 10_001 + 9 * 550) * 10**6, 10),
    )
    assert found([*first, *alternating(stop_ms + 20_000, 3)]) == (FoundWalk(0, stop_ms * 10**6, 10),)


@pytest.mark.parametrize("name", ["GaCo01_01", "JuPt18_01", "SiCo01_01"])
def test_real_walks_are_one_walk(gaitpdb: Path, name: str) -> None:
    pipeline, said = through(items_of(open_recording(gaitpdb / f"{name}.txt.xz")))
    totals = pipeline._rolling.activity
    walks = [walk for walk in totals.walks if walk.steps > 20]
    assert len(walks) == 1
    seconds = len(metrics_of(said))
    assert totals.walking_s > 0.85 * seconds
    assert walks[0].steps == pytest.approx(metrics_of(said)[-1].steps, abs=5)
