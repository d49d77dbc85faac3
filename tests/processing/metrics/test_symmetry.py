"""Every form of symmetry against the published table, and when two feet may be compared at all."""

from __future__ import annotations

from math import nan

import pytest

from processing.metrics.symmetry import Symmetry, symmetry_index_pct, too_little_for_symmetry

# Lauziere 2014, table 1, six fictive subjects: NP, P, NP − P, ratio, (NP − P) / NP, SI, half SI, share of NP, SA.
# The swapped three mirror the signs; ratio = larger / smaller, and SA there = (45° − atan(NP / P)) / 90°.
PUBLISHED = [
    (0.39, 0.25, 0.14, 1.56, 35.90, 43.75, 21.88, 60.94, -13.71),
    (0.59, 0.40, 0.19, 1.475, 32.20, 38.38, 19.19, 59.60, -12.07),
    (0.47, 0.37, 0.10, 1.27, 21.28, 23.81, 11.90, 55.95, -7.54),
]


@pytest.mark.parametrize("row", PUBLISHED)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_published_table(row: tuple[float, ...], swapped: bool) -> None:
    """All six subjects: the more loaded foot once as the right one and once as the left one."""
    loaded, other, difference, ratio, of_loaded, index, half, share, angle = row
    assert loaded - other == pytest.approx(difference, abs=0.0051)
    assert 100 * (loaded - other) / loaded == pytest.approx(of_loaded, abs=0.0051)
    sign = -1 if swapped else 1
    found = Symmetry.of(loaded, other) if swapped else Symmetry.of(other, loaded)
    assert found is not None
    assert found.si_pct == pytest.approx(sign * index, abs=0.0051)
    assert found.half_si_pct == pytest.approx(sign * half, abs=0.0051)
    assert found.ratio == pytest.approx(ratio, abs=0.0051)
    assert found.angle_pct == pytest.approx(-sign * angle, abs=0.0051)
    assert (found.left_share_pct if swapped else 100 - found.left_share_pct) == pytest.approx(share, abs=0.0051)


@pytest.mark.parametrize(
    ("index", "ratio", "angle", "share"),
    [(5, 1.051, 1.59, 51.25), (10, 1.105, 3.18, 52.5), (15, 1.162, 4.77, 53.75), (20, 1.222, 6.35, 55)],
)
def test_what_is_equivalent(index: float, ratio: float, angle: float, share: float) -> None:
    found = Symmetry.of(100 - index / 2, 100 + index / 2)
    assert found is not None
    assert found.si_pct == pytest.approx(index)
    assert found.ratio == pytest.approx(ratio, abs=0.00051)
    assert found.angle_pct == pytest.approx(angle, abs=0.0051)
    assert 100 - found.left_share_pct == pytest.approx(share)


def test_one_foot_alone_is_the_end_of_every_scale() -> None:
    right, left = Symmetry.of(0, 7), Symmetry.of(7, 0)
    assert right is not None
    assert left is not None
    assert (right.si_pct, right.ratio, right.angle_pct, right.left_share_pct) == (200, None, 50, 0)
    assert (left.si_pct, left.ratio, left.angle_pct, left.left_share_pct) == (-200, None, -50, 100)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (-1, 3), (3, -1), (nan, 1)])
def test_what_is_no_load_has_no_symmetry(left: float, right: float) -> None:
    assert Symmetry.of(left, right) is None


def test_the_index_alone_is_the_same() -> None:
    assert symmetry_index_pct(0.25, 0.39) == pytest.approx(43.75)
    assert symmetry_index_pct(0, 0) is None


@pytest.mark.parametrize(
    ("seconds", "stances", "says"),
    [
        (59.49, (40, 40), "59 s"),
        (59.5, (40, 40), None),
        (600, (29, 30), "29 stances"),
        (600, (30, 29), "29 stances"),
        (60, (30, 30), None),
        (0, (0, 0), "0 s"),
    ],
)
def test_two_feet_are_compared_after_a_minute_and_thirty_stances(
    seconds: float, stances: tuple[int, int], says: str | None
) -> None:
    reason = too_little_for_symmetry(seconds, stances)
    assert (reason is None) if says is None else (reason is not None and says in reason)
