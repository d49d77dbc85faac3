"""What may be said without some cells: the table of the clinical basis 4.3 to its digits, and the policy around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from health_kit import spoiled, stuck_at
from section_kit import sections_from
from walk_kit import items_of, layout

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side, Zone
from processing.metrics.contacts import find_contacts
from processing.metrics.health import load_ratio
from processing.metrics.load import LoadScale, share_pct
from processing.metrics.recipe import RATIO
from processing.metrics.section import FootSection
from processing.metrics.symmetry import symmetry_index_pct
from processing.metrics.withhold import (
    FootSums,
    fit_pairs,
    forefoot_statement,
    kept_impulse_pct,
    paired_symmetry_pct,
    pairs_of,
    symmetry_statement,
)

WEIGHT_KG = 83.0
# cell of the left foot: its total, forefoot share, index if ignored, index on mirrored pairs, mean(L + R) / weight
TABLE = {
    0: ("-22.7", "54.9", "+33.3", "+13.8", "1.187"),
    1: ("-13.2", "48.9", "+21.9", "+10.4", "1.247"),
    2: ("-9.3", "46.8", "+17.6", "+8.0", "1.272"),
    3: ("-8.4", "46.4", "+16.6", "+3.4", "1.278"),
    4: ("-4.0", "44.2", "+11.9", "+9.0", "1.306"),
    5: ("-18.1", "29.7", "+27.7", "+7.3", "1.216"),
    6: ("-18.0", "29.8", "+27.6", "+5.0", "1.216"),
    7: ("-6.3", "38.6", "+14.4", "+6.4", "1.291"),
}


@pytest.fixture(scope="module")
def feet(gaitpdb: Path) -> dict[Side, FootSums]:
    return {side: sums_of(section) for side, section in sections(gaitpdb).items()}


def sections(gaitpdb: Path, newton: float = 0.0) -> dict[Side, FootSection]:
    """GaCo01_01, with so much added to the left medial forefoot."""
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz")
    items = spoiled(items_of(recording), Side.LEFT, 6, stuck_at(newton))
    return sections_from(recording.layouts, [item for item in items if isinstance(item, Block)])


def sums_of(section: FootSection) -> FootSums:
    sums = section.codes.sum(axis=0, dtype=np.int64)
    shares = tuple((100 * sums / sums.sum()).tolist())
    return FootSums(layout=section.layout, scale=section.scale, sums=sums, rows=len(section.codes), shares_pct=shares)


def without(foot: FootSums, cell: int) -> FootSums:
    """As if the cell read nothing and nobody knew."""
    sums = foot.sums.copy()
    sums[cell] = 0
    return FootSums(layout=foot.layout, scale=foot.scale, sums=sums, rows=foot.rows)


@pytest.mark.parametrize("cell", TABLE)
def test_the_table_of_a_dead_cell(feet: dict[Side, FootSums], cell: int) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    dead = without(left, cell)
    pairs = pairs_of(left.layout, right.layout)
    share = forefoot_statement(dead.sums, dead.scale, dead.layout, 0, None).value
    ignored = symmetry_statement(dead, right, pairs).value
    paired = paired_symmetry_pct(left, right, fit_pairs(pairs, 1 << cell, 0))
    assert share is not None
    assert (
        f"{100 * (dead.mean_load() / left.mean_load() - 1):+.1f}",
        f"{share:.1f}",
        f"{ignored:+.1f}",
        f"{paired:+.1f}",
        f"{load_ratio(dead.mean_load(), right.mean_load(), WEIGHT_KG):.3f}",
    ) == TABLE[cell]


def test_the_base_of_the_table(feet: dict[Side, FootSums]) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    assert f"{symmetry_statement(left, right, ()).value:+.6f}" == "+7.870892"
    assert f"{forefoot_statement(left.sums, left.scale, left.layout, 0, None).value:.4f}" == "42.4702"
    assert f"{load_ratio(left.mean_load(), right.mean_load(), WEIGHT_KG):.5f}" == "1.33174"


@pytest.mark.parametrize(("newton", "total", "contacts"), [(10, "+1.9", 94), (20, "+3.8", 89), (50, "+9.6", 0)])
def test_the_table_of_a_stuck_cell(gaitpdb: Path, newton: float, total: str, contacts: int) -> None:
    clean, stuck = (sections(gaitpdb, added)[Side.LEFT].signal for added in (0.0, newton))
    assert f"{100 * (int(stuck.load.sum()) / int(clean.load.sum()) - 1):+.1f}" == total
    assert int(find_contacts(stuck, RATIO).begins_known.sum()) == contacts


# the forefoot share


def test_without_a_cell_left_out_it_is_the_plain_formula(feet: dict[Side, FootSums]) -> None:
    for foot in feet.values():
        plain = share_pct(int(foot.sums @ foot.scale.forefoot_weights), int(foot.sums @ foot.scale.weights))
        stated = forefoot_statement(foot.sums, foot.scale, foot.layout, 0, foot.shares_pct)
        assert (stated.value, stated.low, stated.note, stated.reason) == (plain, None, None, None)


@pytest.mark.parametrize("cell", range(8))
def test_it_is_never_stated_without_a_cell_and_its_range_holds_the_truth(feet: dict[Side, FootSums], cell: int) -> None:
    """Forefoot cells 6 and 7 and the heel are too much of their zones; the toe and the small ones leave a range."""
    left = feet[Side.LEFT]
    stated = forefoot_statement(left.sums, left.scale, left.layout, 1 << cell, left.shares_pct)
    assert (stated.value, stated.note) == (None, None)
    assert stated.reason == f"not measured on the left: {left.layout.cells[cell].area}"
    if cell in (3, 4, 7):
        assert stated.low is not None
        assert stated.high is not None
        assert stated.low <= 42.4702 <= stated.high
    else:
        assert stated.low is stated.high is None


def test_a_forefoot_cell_left_out_adds_its_learned_share_at_most(feet: dict[Side, FootSums]) -> None:
    left = feet[Side.LEFT]
    stated = forefoot_statement(left.sums, left.scale, left.layout, 1 << 7, left.shares_pct)
    observed = forefoot_statement(without(left, 7).sums, left.scale, left.layout, 0, None).value
    assert left.shares_pct is not None
    assert observed is not None
    assert (stated.low, stated.high) == (observed, observed + left.shares_pct[7])
    assert (f"{stated.low:.1f}", f"{stated.high:.1f}") == ("38.6", "44.9")


def test_a_cell_left_out_behind_makes_the_share_look_too_large(feet: dict[Side, FootSums]) -> None:
    left = feet[Side.LEFT]
    stated = forefoot_statement(left.sums, left.scale, left.layout, 1 << 3, left.shares_pct)
    assert (f"{stated.low:.1f}", f"{stated.high:.1f}") == ("38.0", "46.4")


def test_what_was_never_learned_is_withheld(feet: dict[Side, FootSums]) -> None:
    left = feet[Side.LEFT]
    stated = forefoot_statement(left.sums, left.scale, left.layout, 1 << 4, None)
    assert stated.value is stated.low is stated.high is None


def test_no_load_and_no_forefoot_have_their_reasons() -> None:
    one = layout(Side.LEFT)
    scale = LoadScale.of(one)
    nothing = np.zeros(2, dtype=np.int64)
    assert forefoot_statement(nothing, scale, one, 0, None).reason == "the foot carried no load"
    heel = layout(Side.LEFT, zones=(Zone.REARFOOT, Zone.REARFOOT))
    stated = forefoot_statement(nothing + 5, LoadScale.of(heel), heel, 0, None)
    assert (stated.value, stated.reason) == (None, "the insole has no cell under the forefoot")


# symmetry


def test_symmetry_without_a_cell_left_out_is_the_plain_formula(feet: dict[Side, FootSums]) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    newton = left.scale.newton_per_unit
    assert newton is not None
    plain = symmetry_index_pct(
        int(left.sums @ left.scale.weights) / left.rows * newton, int(right.sums.sum()) / right.rows * newton
    )
    stated = symmetry_statement(left, right, pairs_of(left.layout, right.layout))
    assert (stated.value, stated.note, stated.margin_points) == (plain, None, 0.0)


@pytest.mark.parametrize("cell", range(8))
def test_symmetry_rests_on_mirrored_pairs_and_says_so(feet: dict[Side, FootSums], cell: int) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    pairs = pairs_of(left.layout, right.layout)
    stated = symmetry_statement(left_out_of(left, cell), right, pairs)
    if cell == 0:  # the heel's pair carries 20.3 % of the impulse
        assert (stated.value, stated.reason) == (None, "not measured on the left: heel")
        return
    assert f"{stated.value:+.1f}" == TABLE[cell][3]
    assert (stated.note, stated.margin_points, stated.reason) == ("7 of 8 pairs", 6.0, None)


def left_out_of(foot: FootSums, *cells: int, learned: bool = True) -> FootSums:
    return FootSums(
        layout=foot.layout, scale=foot.scale, sums=foot.sums, rows=foot.rows,
        unfit=sum(1 << cell for cell in cells), shares_pct=foot.shares_pct if learned else None,
    )  # fmt: skip


def test_cells_left_out_on_both_feet_count_once_where_they_are_mirrored(feet: dict[Side, FootSums]) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    pairs = pairs_of(left.layout, right.layout)
    assert symmetry_statement(left_out_of(left, 4), left_out_of(right, 4), pairs).note == "7 of 8 pairs"
    assert symmetry_statement(left_out_of(left, 4), left_out_of(right, 7), pairs).note == "6 of 8 pairs"
    stated = symmetry_statement(left_out_of(left, 1), left_out_of(right, 2), pairs)
    assert stated.value is None
    assert stated.reason == "not measured on the left: rear_lateral; not measured on the right: rear_medial"


def test_where_one_foot_is_not_learned_the_other_ones_shares_decide(feet: dict[Side, FootSums]) -> None:
    """The heel carries 22.7 % on the left and 17.9 % on the right."""
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    pairs = pairs_of(left.layout, right.layout)
    kept = fit_pairs(pairs, 1, 0)
    assert f"{kept_impulse_pct(kept, left.shares_pct, right.shares_pct):.1f}" == "79.7"
    unlearned = left_out_of(left, 0, learned=False)
    assert symmetry_statement(unlearned, right, pairs).note == "7 of 8 pairs"
    assert symmetry_statement(unlearned, left_out_of(right, learned=False), pairs).value is None


def test_no_pair_left(feet: dict[Side, FootSums]) -> None:
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    assert symmetry_statement(left_out_of(left, *range(8)), right, pairs_of(left.layout, right.layout)).value is None


# pairs


def test_pairs_are_mirrored_cells_and_each_cell_is_in_one_at_most(gaitpdb: Path, moticon: Path) -> None:
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz")
    left, right = (recording.layouts[side] for side in Side)
    assert pairs_of(left, right) == [(cell, cell) for cell in range(8)]
    sixteen = open_recording(moticon / "230927_102114.txt").layouts
    assert len(pairs_of(sixteen[Side.LEFT], sixteen[Side.RIGHT])) == 16
    near, far = layout(Side.LEFT, zones=[Zone.FOREFOOT] * 3), layout(Side.RIGHT, zones=[Zone.FOREFOOT] * 2)
    assert pairs_of(near, far) == [(0, 0), (1, 1)]
