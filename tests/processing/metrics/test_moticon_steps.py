"""Recipe `vendor` against the maker's own step table, and the total force against the exported one."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from section_kit import judged_walk, sections_of

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from processing.metrics.recipe import VENDOR

WALKS = ("230927_102114", "230927_102137")


def exported_force_n(file: Path, side: Side) -> dict[int, float]:
    """Total force by hundredth of a second; blank lines of a foot are not there."""
    lines = file.read_text(encoding="utf-8").splitlines()
    titles = next(line for line in lines if line.startswith("# time\t")).split("\t")
    column = titles.index(f"{side} total force[N]")
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {round(float(row[0]) * 100): float(row[column]) for row in rows if row[column]}


@pytest.mark.parametrize("name", WALKS)
def test_every_step_of_the_maker_is_found(moticon: Path, name: str) -> None:
    feet, _ = judged_walk(moticon / f"{name}.txt", VENDOR)
    for side, foot in feet.items():
        begins_s = float(foot.section.signal.walk_ns[0]) / 1e9
        contacts = foot.contacts
        with (moticon / f"vendor_steps_{name}_{side.value[0].upper()}.csv").open() as opened:
            steps = [(float(row["initial_contact_s"]), float(row["toe_off_s"])) for row in csv.DictReader(opened)]
        taken = [int(np.abs(contacts.initial_contact_s + begins_s - on).argmin()) for on, _ in steps]
        assert len(set(taken)) == len(steps)
        assert contacts.begins_known[taken].all()
        assert contacts.ends_known[taken].all()
        on_ms, off_ms = (
            1000 * (edges[taken] + begins_s - np.array(theirs))
            for edges, theirs in zip((contacts.initial_contact_s, contacts.foot_off_s), zip(*steps, strict=True),
                                     strict=True)
        )  # fmt: skip
        print(f"{name} {side}: {len(steps)} steps, contact {np.abs(on_ms).max():.1f} ms, "
              f"lift-off {np.abs(off_ms).max():.1f} ms apart at most")  # fmt: skip
        assert np.abs(on_ms).max() <= 15
        assert np.abs(off_ms).max() <= 20


@pytest.mark.parametrize("name", WALKS)
def test_the_total_force_is_the_exported_one(moticon: Path, name: str) -> None:
    recording = open_recording(moticon / f"{name}.txt")
    for side, section in sections_of(recording).items():
        newton = section.scale.newton_per_unit
        assert newton is not None
        rows = np.round(recording.tracks[side].ticks / 100).astype(int).tolist()
        ours = dict(zip(rows, (section.signal.load * newton).tolist(), strict=True))
        theirs = exported_force_n(moticon / f"{name}.txt", side)
        loaded = [row for row, force in theirs.items() if force > 100 and row in ours]
        assert len(loaded) > 800
        off_pct = [100 * abs(ours[row] - theirs[row]) / theirs[row] for row in loaded]
        print(f"{name} {side}: {len(loaded)} rows, {max(off_pct):.3f} % apart at most")
        assert max(off_pct) <= 0.5
