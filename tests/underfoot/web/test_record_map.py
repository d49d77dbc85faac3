"""Regions on the foot: a value has a colour, what is not measured has none, and small changes stay pale."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.wire.geometry import Region, Side, region_at
from processing.metrics.change import Change, RegionChange
from processing.metrics.moments import NO_VALUES, Moments
from underfoot.web.record.map import FootMap, Maps, Patch, colours, maps, outline


def change(region: str, before: float | None, after: float | None, side: Side = Side.LEFT) -> RegionChange:
    of = [NO_VALUES if value is None else Moments.of(np.array([value])) for value in (before, after)]
    return RegionChange(
        side, region, "share_pct", Change(of[0], of[1], "not stated" if None in (before, after) else None)
    )


def patch(feet: tuple[FootMap, ...], region: Region, side: Side = Side.LEFT) -> Patch:
    foot = next(each for each in feet if each.side is side)
    return next(each for each in foot.patches if each.region is region)


def two() -> Maps:
    return maps([change("M1", 10.0, 20.0), change("HM", None, 5.0), change("MF", 10.0, 10.1)])


def test_what_was_not_measured_has_no_colour() -> None:
    found = two()
    assert patch(found.before, Region.HM).fill is None
    assert patch(found.after, Region.HM).fill is not None
    assert patch(found.change, Region.HM).fill is None
    assert all(each.fill is None for each in found.before[1].patches), "the right foot has no value at all"


def test_both_times_share_one_scale() -> None:
    found = two()
    assert found.top == 20.0
    assert patch(found.after, Region.M1).fill == colours(2)[1]
    assert patch(found.before, Region.M1).fill == patch(found.before, Region.MF).fill


def test_a_small_change_is_pale() -> None:
    calm = maps([change("M1", 20.0, 20.1)])
    red, _, blue = (int(str(patch(calm.change, Region.M1).fill)[at : at + 2], 16) for at in (1, 3, 5))
    assert abs(red - blue) < 16


def test_areas_of_the_insole_s_own_are_told() -> None:
    assert maps([change("heel", 1.0, 2.0)]).others
    assert not two().others
    assert maps([]).top is None


@pytest.mark.parametrize("side", Side)
def test_boxes_are_where_the_regions_are(side: Side) -> None:
    for each in patch_of_all(side):
        x = (each.x + each.width / 2 - 12) / 176
        y = 1 - (each.y + each.height / 2 - 10) / 440
        assert region_at(1 - x if side is Side.LEFT else x, y) is each.region
    assert outline(side).startswith("M")
    assert outline(side).endswith("Z")


def patch_of_all(side: Side) -> tuple[Patch, ...]:
    return next(each for each in maps([]).before if each.side is side).patches
