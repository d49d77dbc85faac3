"""Which cell is found unfit, how soon, and that healthy cells of real walks are not."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from health_kit import SPOILS, constant, dead, health_of, spoiled, stuck_at
from walk_kit import START_NS, block, gait, items_of, layout

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import CellFaultKind, Layout
from processing.metrics.health import PairHealth
from processing.metrics.health_state import TRANSITIONS, CellCourse, CellEvent, CellState
from processing.metrics.learned import LearnedCells
from processing.metrics.stances import Stances

S = 10**9
RECORDINGS = (
    "GaCo01_01", "GaCo13_10", "GaPt03_01", "GaPt13_01", "JuCo01_01",
    "JuPt04_01", "JuPt18_01", "JuPt26_03", "SiCo01_01", "SiPt02_01",
)  # fmt: skip
# residual load in swing, measured: medians of 3.3 to 11.6 N where every other cell of the ten has 0.00
RESIDUAL = {
    "GaCo13_10": {(Side.LEFT, 2), (Side.RIGHT, 0), (Side.RIGHT, 1), (Side.RIGHT, 6)},
    "JuPt26_03": {(Side.LEFT, 0), (Side.LEFT, 6), (Side.RIGHT, 0), (Side.RIGHT, 6)},
}


@cache
def walk_of(folder: Path, name: str) -> list[Layout | Block]:
    return items_of(open_recording(folder / f"{name}.txt.xz"))


def found_cells(health: PairHealth) -> set[tuple[Side, int | None]]:
    return {(fault.side, fault.cell) for fault in health.findings}


# the state of a cell


@pytest.mark.parametrize("state", CellState)
def test_every_state_knows_every_event(state: CellState) -> None:
    assert set(TRANSITIONS[state]) == set(CellEvent)


def test_unfit_lasts() -> None:
    assert set(TRANSITIONS[CellState.UNFIT].values()) == {CellState.UNFIT}


def course_after(*bad: bool, stride_s: float = 0.4, is_slight: bool = False) -> CellCourse:
    course = CellCourse()
    for number, so in enumerate(bad):
        t_ns = round(number * stride_s * S)
        kind = CellFaultKind.DEAD if so else None
        course.judge(kind, t_ns, t_ns + round(stride_s * S), is_slight=is_slight)
    return course


def test_suspect_after_three_and_healthy_again_after_a_good_one() -> None:
    assert course_after(True, True).state is CellState.HEALTHY
    assert course_after(True, True, True).state is CellState.SUSPECT
    assert course_after(True, True, True, False).state is CellState.HEALTHY
    assert course_after(True, True, False, True).state is CellState.HEALTHY


def test_unfit_after_twenty_or_after_ten_seconds() -> None:
    assert course_after(*[True] * 19).state is CellState.SUSPECT
    assert course_after(*[True] * 20).state is CellState.UNFIT
    assert course_after(*[True] * 8, stride_s=1.25).state is CellState.UNFIT
    assert course_after(*[True] * 8, stride_s=1.24).state is CellState.SUSPECT
    assert course_after(*[True] * 7, stride_s=9.0).state is CellState.SUSPECT  # a pause proves nothing


def test_what_is_slight_has_to_last_for_twenty() -> None:
    assert course_after(*[True] * 19, stride_s=1.25, is_slight=True).state is CellState.SUSPECT
    assert course_after(*[True] * 20, stride_s=1.25, is_slight=True).state is CellState.UNFIT


# real walks


@pytest.mark.parametrize("name", RECORDINGS)
def test_no_healthy_cell_of_a_real_walk_is_found_unfit(gaitpdb: Path, name: str) -> None:
    health, _ = health_of(walk_of(gaitpdb, name))
    assert found_cells(health) <= RESIDUAL.get(name, set())
    assert {fault.kind for fault in health.findings} <= {CellFaultKind.STUCK}
    if name not in RESIDUAL:
        assert all(health.learned(side) is not None for side in Side)


@pytest.mark.parametrize("name", ["230927_102114", "230927_102137"])
def test_nor_of_an_insole_with_sixteen(moticon: Path, name: str) -> None:
    health, _ = health_of(items_of(open_recording(moticon / f"{name}.txt")))
    assert health.findings == []


def test_what_is_learned_of_a_real_walk(gaitpdb: Path) -> None:
    """GaCo01: shares of impulse over the whole record 22.68 13.19 9.30 8.39 3.97 18.13 18.03 6.32 (3.1)."""
    health, _ = health_of(walk_of(gaitpdb, "GaCo01_01"))
    learned = health.learned(Side.LEFT)
    assert learned is not None
    assert np.abs(np.array(learned.share_pct) - [22.68, 13.19, 9.30, 8.39, 3.97, 18.13, 18.03, 6.32]).max() < 1.0
    assert sum(learned.share_pct) == pytest.approx(100)
    assert 20 <= health.learned_since(Side.LEFT) - first_second(gaitpdb) <= 32


def first_second(folder: Path) -> int:
    return next(item.t_ns for item in walk_of(folder, "GaCo01_01") if isinstance(item, Block)) // S


def middle(name: str) -> float:
    return 0.25 if name == "GaCo13_10" else 0.5  # that person stands still in the second half


def cases() -> list[tuple[str, str, float, Side, int]]:
    """Every recording with every way to go bad, from the start and from the middle; the cell is another each time."""
    return [
        (name, way, share, tuple(Side)[number % 2], (3 * number + number // 8) % 8)
        for number, (name, way, share) in enumerate(
            (name, way, share) for name in RECORDINGS for way in SPOILS for share in (0.0, middle(name))
        )
    ]


@pytest.mark.parametrize(("name", "way", "share", "side", "cell"), cases())
def test_a_bad_cell_is_found_within_twenty_stances(
    gaitpdb: Path, name: str, way: str, share: float, side: Side, cell: int
) -> None:
    items = walk_of(gaitpdb, name)
    rows = sum(item.rows for item in items if isinstance(item, Block) and item.side is side)
    onset_s = share * rows / 100
    after = [t for t in contacts_of(gaitpdb, name, side) if t >= onset_s]
    health, _ = health_of(spoiled(items, side, cell, SPOILS[way], from_share=share))
    assert found_cells(health) - RESIDUAL.get(name, set()) <= {(side, cell)}
    (fault,) = [fault for fault in health.findings if (fault.side, fault.cell) == (side, cell)]
    start_t_ns = min(item.t_ns for item in items if isinstance(item, Block))
    assert sum(t <= (fault.t_ns - start_t_ns) / S for t in after) <= 20
    if (side, cell) not in RESIDUAL.get(name, set()):
        assert fault.kind.value == {"dead": "dead", "saturated": "saturated"}.get(way, "stuck")


@cache
def contacts_of(folder: Path, name: str, side: Side) -> tuple[float, ...]:
    lines = (folder / "events" / f"{name}.csv").read_text().splitlines()[1:]
    return tuple(float(line.split(",")[1]) for line in lines if line.startswith(side.value[0].upper()))


def test_a_cell_is_unfit_from_the_second_in_which_it_is_found(gaitpdb: Path) -> None:
    items = spoiled(walk_of(gaitpdb, "GaCo01_01"), Side.LEFT, 5, dead, from_share=0.5)
    health, masks = health_of(items)
    (fault,) = health.findings
    second = fault.t_ns // S - first_second(gaitpdb)
    unfit = [mask for mask, _ in masks[Side.LEFT]]
    assert unfit == [0] * second + [1 << 5] * (len(unfit) - second)
    suspect = [mask for _, mask in masks[Side.LEFT]]
    assert 5 <= sum(mask == 1 << 5 for mask in suspect) <= 9
    assert not any(suspect[second:])


# made-up walks


def pair(seconds: float, left: np.ndarray | None = None, right: np.ndarray | None = None, **given: object) -> list:
    """Two cells a foot, 480 and 320 codes at most; the codes of one foot may be given."""
    items: list[Layout | Block] = [msgspec.structs.replace(layout(side), **given) for side in Side]
    for side, codes in ((Side.LEFT, left), (Side.RIGHT, right)):
        items.append(block(side, gait(side, seconds) if codes is None else codes))
    return items


def test_an_even_walk_is_healthy() -> None:
    health, masks = health_of(pair(180.0))
    assert health.findings == []
    assert not any(unfit or suspect for side in Side for unfit, suspect in masks[side])


@pytest.mark.parametrize("newton", [30.0, 200.0, 2000.0])
def test_a_reading_that_never_moves_is_stuck(newton: float) -> None:
    health, _ = health_of(spoiled(pair(60.0), Side.LEFT, 1, constant(newton)))
    assert [(fault.cell, fault.kind) for fault in health.findings] == [(1, CellFaultKind.STUCK)]


def test_an_offset_below_three_percent_is_none_and_the_body_weight_moves_the_limit() -> None:
    """mean(L + R) is 650 N here: the limit lies at 9.7 N; for a person of 30 kg at 4.4 N."""
    items = spoiled(pair(60.0), Side.LEFT, 1, stuck_at(8.0))
    assert health_of(items)[0].findings == []
    assert found_cells(health_of(items, weight_kg=30.0)[0]) == {(Side.LEFT, 1)}
    assert found_cells(health_of(spoiled(pair(60.0), Side.LEFT, 1, stuck_at(12.0)))[0]) == {(Side.LEFT, 1)}


def test_an_insole_that_was_never_zeroed_has_no_offset_to_judge() -> None:
    items = spoiled(pair(60.0, calibration=Calibration.NONE), Side.LEFT, 1, stuck_at(40.0))
    assert health_of(items)[0].findings == []


def test_a_cell_that_is_cut_off_at_full_scale() -> None:
    """Only in every fourth stance, so that nothing but full scale tells."""
    codes = gait(Side.LEFT, 120.0).astype(np.int64)
    strides = (np.arange(len(codes)) + 55) // 110
    codes[:, 0] = np.where(strides % 4 == 0, np.minimum(codes[:, 0] * 12, 4000), codes[:, 0] * 6)
    health, _ = health_of(pair(120.0, left=codes))
    assert [(fault.cell, fault.kind) for fault in health.findings] == [(0, CellFaultKind.SATURATED)]


def test_a_noisy_cell() -> None:
    codes = gait(Side.LEFT, 120.0).astype(np.int64)
    noise = np.random.default_rng(3).normal(0, 6, len(codes)).round().astype(np.int64)
    codes[6000:, 1] += noise[6000:]
    health, _ = health_of(pair(120.0, left=codes), weight_kg=30.0)
    assert [(fault.cell, fault.kind) for fault in health.findings] == [(1, CellFaultKind.NOISY)]


def test_a_drifting_cell_is_found_before_it_is_stuck() -> None:
    codes = gait(Side.LEFT, 240.0).astype(np.int64)
    codes[:, 1] += (np.arange(len(codes)) / len(codes) * 16).round().astype(np.int64)  # 16 N in 4 min
    health, _ = health_of(pair(240.0, left=codes))
    assert [(fault.cell, fault.kind) for fault in health.findings] == [(1, CellFaultKind.DRIFTING)]


def test_a_foot_that_repeats_the_same_row_while_the_other_walks() -> None:
    codes = gait(Side.RIGHT, 60.0)
    codes[3000:] = codes[3030]
    health, masks = health_of(pair(60.0, right=codes))
    (fault,) = health.findings
    assert (fault.side, fault.kind, fault.cell) == (Side.RIGHT, CellFaultKind.FROZEN, None)
    found_s = (fault.t_ns - START_NS) / S
    assert 40 <= found_s < 42
    assert [mask for mask, _ in masks[Side.RIGHT]] == [0] * int(found_s) + [0b11] * (
        len(masks[Side.RIGHT]) - int(found_s)
    )


def test_standing_still_is_not_frozen() -> None:
    still = {side: np.repeat(gait(side, 1.0)[20:21], 6000, axis=0) for side in Side}
    assert health_of(pair(60.0, left=still[Side.LEFT], right=still[Side.RIGHT]))[0].findings == []


def test_a_cell_dead_from_the_start_is_known_by_its_mirror_or_by_earlier_walks() -> None:
    items = spoiled(pair(60.0), Side.LEFT, 1, dead)
    by_mirror, _ = health_of(items)
    assert [(fault.side, fault.cell, fault.kind) for fault in by_mirror.findings] == [
        (Side.LEFT, 1, CellFaultKind.DEAD)
    ]
    assert by_mirror.learned(Side.LEFT) is None  # nothing is learned of a cell that was never healthy
    assert by_mirror.learned(Side.RIGHT) is not None
    both_dead = spoiled(items, Side.RIGHT, 1, dead)
    assert health_of(both_dead)[0].findings == []  # an arch that no foot touches looks the same
    layouts = {item.side: item for item in items if isinstance(item, Layout)}
    known = {
        side: LearnedCells(checksum=one.checksum, peak_codes=(480.0, 320.0), share_pct=(60.0, 40.0))
        for side, one in layouts.items()
    }
    by_earlier, _ = health_of(both_dead, known=known)
    assert found_cells(by_earlier) == {(Side.LEFT, 1), (Side.RIGHT, 1)}
    assert by_earlier.learned(Side.LEFT) == known[Side.LEFT]
    other = {side: replace(cells, checksum=cells.checksum ^ 1) for side, cells in known.items()}
    assert health_of(both_dead, known=other)[0].findings == []


def test_odd_stances_delay_what_is_learned_and_no_more() -> None:
    """Of the shares too, which take 20 stances in which both cells are healthy: 22 in all."""
    codes = gait(Side.LEFT, 60.0)
    codes[1150:1230, 1] = 0  # one whole stance
    codes[1370:1450, 0] = 0  # another
    health, _ = health_of(pair(60.0, left=codes))
    even, _ = health_of(pair(60.0))
    assert health.findings == []
    assert health.learned(Side.LEFT) is not None
    assert health.learned_since(Side.LEFT) - even.learned_since(Side.LEFT) in (2, 3)


def test_feeble_stances_say_nothing() -> None:
    """A shuffle on the spot for a minute: the second cell is hardly touched, and not dead."""
    codes = gait(Side.LEFT, 180.0).astype(np.int64)
    codes[8000:14000, 1] = 0
    shuffled = codes.copy()
    shuffled[8000:14000, 0] //= 6
    assert health_of(pair(180.0, left=shuffled))[0].findings == []
    assert found_cells(health_of(pair(180.0, left=codes))[0]) == {(Side.LEFT, 1)}


def test_one_foot_alone() -> None:
    items = [item for item in spoiled(pair(60.0), Side.LEFT, 0, stuck_at(60.0)) if item.side is Side.LEFT]
    assert found_cells(health_of(items)[0]) == {(Side.LEFT, 0)}


def test_a_stance_of_a_second_to_come_is_refused() -> None:
    """It would be judged in another second than live."""
    early = Stances(*(np.full((1, 2) if name in _CELLS else 1, 20 * S) for name in _NAMES))
    health = PairHealth({side: layout(side) for side in Side})
    with pytest.raises(ValueError, match="second is over"):
        health.feed({Side.LEFT: early}, {}, 20)
    health.feed({Side.LEFT: early}, {}, 21)


_NAMES = [field.name for field in fields(Stances)]
_CELLS = {"peak", "low", "sums", "rows_at_peak", "swing_median", "swing_sums", "swing_squares"}
