"""Moticon text export: blanks are not measured, and force is area × pressure as the export itself says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.sources.replay import open_recording
from ingest.wire.block import GapReason
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Region, Side, Unit

WALKS = ("230927_102114.txt", "230927_102137.txt")


def table(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text().split("\n") if line and not line.startswith("#")]


@pytest.mark.parametrize("name", WALKS)
def test_pressure_times_area_is_the_exports_own_total_force(moticon: Path, name: str) -> None:
    rows = table(moticon / name)
    recording = open_recording(moticon / name)
    for side, total in ((Side.LEFT, 23), (Side.RIGHT, 48)):
        layout, track = recording.layouts[side], recording.tracks[side]
        assert layout.unit is Unit.KILOPASCAL
        areas = np.array([cell.area_mm2 for cell in layout.cells])
        force = track.codes * layout.scale @ areas / 1000
        said = np.array([float(rows[seq][total]) for seq in track.seq])
        assert np.abs(force - said).max() < 2.0
        assert [seq for seq, row in enumerate(rows) if row[total] != ""] == track.seq.tolist()


def test_blank_stretches_are_gaps_that_the_source_left(moticon: Path) -> None:
    blocks = list(open_recording(moticon / WALKS[0]).blocks())
    left = next(block for block in blocks if block.side is Side.LEFT)
    assert (left.seq, left.lost_before, left.lost_reason) == (50, 50, GapReason.SOURCE)
    assert {block.lost_reason for block in blocks if block.lost_before} == {GapReason.SOURCE}


def test_regions_follow_from_geometry_alike_on_both_feet(moticon: Path) -> None:
    layouts = open_recording(moticon / WALKS[0]).layouts
    for layout in layouts.values():
        regions = [cell.region for cell in layout.cells]
        assert regions[:4] == [Region.HM, Region.HL, Region.HM, Region.HL]
        assert regions[13:] == [Region.T1, Region.T2_5, Region.T2_5]
        assert regions[8] is Region.M1
        assert regions[12] is Region.M5


def test_a_cell_without_a_value_is_not_measured_and_its_row_stays(tmp_path: Path, moticon: Path) -> None:
    lines = (moticon / WALKS[0]).read_text().split("\n")
    words = lines[210].split("\t")
    words[3] = ""
    lines[210] = "\t".join(words)
    path = tmp_path / "walk.txt"
    path.write_text("\n".join(lines))
    block = next(block for block in open_recording(path).blocks() if block.not_measured)
    assert (block.side, block.rows, block.not_measured) == (Side.LEFT, 1, 0b100)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda line: line.rsplit("\t", 2)[0], FaultCode.FILE_COLUMNS),
        (lambda line: "x" + line, FaultCode.FILE_NOT_A_NUMBER),
        (lambda line: line.replace("\t", "\tnan", 1), FaultCode.FILE_NOT_A_NUMBER),
        (lambda line: "0.10\t" + line.split("\t", 1)[1], FaultCode.TIME_BACKWARDS),
    ],
)
def test_a_bad_line_is_counted_and_left_out(tmp_path: Path, moticon: Path, spoil, code: FaultCode) -> None:
    lines = (moticon / WALKS[0]).read_text().split("\n")
    lines[210] = spoil(lines[210])
    path = tmp_path / "walk.txt"
    path.write_text("\n".join(lines))
    recording = open_recording(path)
    assert recording.faults.counts == {str(code): 1}
    assert 201 not in recording.tracks[Side.LEFT].seq


def test_a_torn_last_line_is_left_out(tmp_path: Path, moticon: Path) -> None:
    text = (moticon / WALKS[0]).read_text()
    path = tmp_path / "walk.txt"
    path.write_text(text[:-40])
    assert open_recording(path).faults.counts == {"file-torn-line": 1}


def test_an_export_without_pressures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "walk.txt"
    path.write_text("# time\tleft pressure 1[N/cm²]\tleft acceleration X[g]\n0.00\t1.00\t0.1\n")
    with pytest.raises(UnderfootError) as caught:
        open_recording(path)
    assert caught.value.code is FaultCode.FILE_UNREADABLE
