"""Recipe `steady` against an independent implementation over ten recordings: figures, contacts, used strides."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from section_kit import judged_walk

from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.metrics.section import JudgedFoot

NAMES = [
    *("GaCo01_01", "GaCo13_10", "GaPt03_01", "GaPt13_01", "JuCo01_01"),
    *("JuPt04_01", "JuPt18_01", "JuPt26_03", "SiCo01_01", "SiPt02_01"),
]


@cache
def reference(gaitpdb: Path, name: str) -> dict[str, str]:
    with (gaitpdb / "reference.csv").open() as opened:
        return next(row for row in csv.DictReader(opened) if row["recording"] == name)


@cache
def events(gaitpdb: Path, name: str, side: Side) -> list[dict[str, str]]:
    with (gaitpdb / "events" / f"{name}.csv").open() as opened:
        return [row for row in csv.DictReader(opened) if row["foot"] == side.value[0].upper()]


@cache
def walk(gaitpdb: Path, name: str) -> tuple[dict[Side, JudgedFoot], dict[str, Any]]:
    return judged_walk(gaitpdb / f"{name}.txt.xz", STEADY)


def test_every_recording_has_its_reference(gaitpdb: Path) -> None:
    assert sorted(path.name.removesuffix(".txt.xz") for path in gaitpdb.glob("*.txt.xz")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_figures_agree_with_the_reference(gaitpdb: Path, name: str) -> None:
    """The flagged ones too: residual load in swing (GaCo13_10, JuPt26_03) stays out by way of the baseline."""
    want, (feet, got) = reference(gaitpdb, name), walk(gaitpdb, name)
    apart = {
        "stride %": 100 * (got["stride"]["mean_s"] / float(want["stride_s"]) - 1),
        "cadence %": 100 * (got["cadence_spm"] / float(want["cadence_spm"]) - 1),
        "stance points": got["stance"]["pct"] - float(want["stance_pct"]),
        "stride CV points": got["stride"]["cv_pct"] - float(want["stride_cv"]),
        "swing CV points": got["swing"]["cv_pct"] - float(want["swing_cv"]),
        "double support points": got["double_support_pct"] - float(want["double_support_pct"]),
    }
    print(name, want["flags"], {key: round(value, 4) for key, value in apart.items()})
    assert got["duration_s"] == pytest.approx(float(want["duration_s"]), abs=1e-6)
    assert abs(apart["stride %"]) < 0.02
    assert abs(apart["cadence %"]) < 0.02
    assert abs(apart["stance points"]) < 0.1  # ours pools the strides of both feet
    assert abs(apart["stride CV points"]) < 0.001
    assert abs(apart["swing CV points"]) < 0.001
    assert abs(apart["double support points"]) < 0.3  # its way of counting is not printed
    left, right = (float(feet[side].used.swing_s.mean()) for side in Side)
    # the reference is 100 (L − R) / mean; ours has + = right larger
    assert 200 * (left - right) / (left + right) == pytest.approx(float(want["swing_asym_pct"]), abs=0.002)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_strides_are_used(gaitpdb: Path, name: str) -> None:
    feet, _ = walk(gaitpdb, name)
    for side in Side:
        want = [row for row in events(gaitpdb, name, side) if row["used"] == "1"]
        used = feet[side].used
        assert used.begins_s == pytest.approx([float(row["heel_strike_s"]) for row in want], abs=1e-4)
        assert used.stance_s == pytest.approx([float(row["stance_s"]) for row in want], abs=1.1e-4)


def test_contacts_are_matched_one_to_one(gaitpdb: Path) -> None:
    """A contact of ours and one of theirs are the same when neither edge is 100 ms away and no other is nearer."""
    listed = found = extra = 0
    edge_errors: list[float] = []
    for name in NAMES:
        for side, foot in walk(gaitpdb, name)[0].items():
            want = np.array(
                [(float(row["heel_strike_s"]), float(row["toe_off_s"])) for row in events(gaitpdb, name, side)]
            )
            numbers = foot.whole[:-1]  # theirs are followed by another whole one
            got = np.stack([foot.contacts.initial_contact_s[numbers], foot.contacts.foot_off_s[numbers]], axis=1)
            apart = np.abs(want[:, None] - got[None]).max(axis=2)
            pairs = [(row, int(apart[row].argmin())) for row in range(len(want)) if apart[row].min() < 0.1]
            assert len({mine for _, mine in pairs}) == len(pairs), f"{name} {side}"
            assert len(pairs) == len(want), f"{name} {side}"
            assert len(foot.whole) == int(reference(gaitpdb, name)[f"contacts_{side.value[0].upper()}"])
            listed, found, extra = listed + len(want), found + len(pairs), extra + len(got) - len(pairs)
            edge_errors += [float(error) for row, mine in pairs for error in np.abs(want[row] - got[mine])]
    median_ms = 1000 * float(np.median(edge_errors))
    print(f"{found} of {listed} contacts found, {extra} extra, median edge error {median_ms:.3f} ms")
    assert found >= 0.995 * listed
    assert extra <= 0.005 * listed
    assert median_ms < 0.1
