"""PhysioNet text: every value, and every way in which such a file can be wrong."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest

from ingest.sources.replay import EPOCH_2000_NS, find_recordings, open_recording
from ingest.sources.replay.table import fixed_point
from ingest.wire.block import GapReason, Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit, Zone

RECORDING = "GaCo01_01.txt.xz"


def text_of(gaitpdb: Path, lines: int) -> list[str]:
    with lzma.open(gaitpdb / RECORDING, "rt", newline="") as opened:
        return [next(opened) for _ in range(lines)]


@pytest.fixture
def lines(gaitpdb: Path) -> list[str]:
    return text_of(gaitpdb, 300)


def written(folder: Path, lines: list[str], name: str = "walk.txt") -> Path:
    path = folder / name
    path.write_bytes("".join(lines).encode())
    return path


def test_every_value_is_the_files(gaitpdb: Path) -> None:
    with lzma.open(gaitpdb / RECORDING) as opened:
        table = np.loadtxt(opened)
    recording = open_recording(gaitpdb / RECORDING)
    for side, columns in ((Side.LEFT, slice(1, 9)), (Side.RIGHT, slice(9, 17))):
        track = recording.tracks[side]
        assert np.allclose(track.codes * 0.11, table[:, columns], rtol=0, atol=1e-9)
        assert np.array_equal(track.ticks, np.rint(table[:, 0] * 1e4))
        assert np.array_equal(track.seq, np.arange(len(table)))
    assert not recording.faults.counts
    assert recording.notes == ()


def test_the_layout_says_what_is_known_and_no_more(gaitpdb: Path) -> None:
    layout = open_recording(gaitpdb / RECORDING).layouts[Side.LEFT]
    assert layout.insole == "gaitpdb:GaCo01_01:left"
    assert (layout.unit, layout.scale, layout.calibration) == (Unit.NEWTON, 0.11, Calibration.MAKER)
    assert [cell.zone for cell in layout.cells] == [Zone.REARFOOT] * 3 + [Zone.MIDFOOT] * 2 + [Zone.FOREFOOT] * 3
    assert all(cell.region is None for cell in layout.cells)
    by_name = {cell.area: cell for cell in layout.cells}
    assert by_name["toe"].y > by_name["heel"].y
    assert by_name["forefoot_lateral"].x > by_name["forefoot_medial"].x


def test_blocks_hold_every_row_once_and_follow_time(gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / RECORDING)
    blocks = list(recording.blocks())
    times = [block.t_ns for block in blocks]
    assert times == sorted(times)
    assert times[0] == EPOCH_2000_NS
    for side in Side:
        own = [block for block in blocks if block.side is side]
        assert all(block.origin is Origin.REPLAY and block.lost_before == 0 for block in own)
        assert [block.seq for block in own[1:]] == [block.end_seq for block in own[:-1]]
        ticks = np.concatenate([block.ticks + 100 * np.arange(block.rows) for block in own])
        assert np.array_equal(ticks, recording.tracks[side].ticks)
        assert [rows.seq for rows in recording.rows(side)] == [block.seq for block in own]


def test_seconds_cut_the_end_off(gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / RECORDING, seconds=60)
    last = recording.tracks[Side.LEFT].ticks[-1]
    assert last < 600_000 <= last + 100


@pytest.mark.parametrize(
    ("spoil", "code", "left_out"),
    [
        (lambda row: row.replace("\t", "\tnan\t", 1), FaultCode.FILE_COLUMNS, 1),
        (lambda row: "\t".join(["0.9999", "nan", *row.split("\t")[2:]]), FaultCode.FILE_NOT_A_NUMBER, 1),
        (lambda row: "\t".join([row.split("\t")[0], "inf", *row.split("\t")[2:]]), FaultCode.FILE_NOT_A_NUMBER, 1),
        (lambda row: "\t".join([row.split("\t")[0], "", *row.split("\t")[2:]]), FaultCode.FILE_NOT_A_NUMBER, 1),
        (lambda row: "\t".join([row.split("\t")[0], "12.3.4", *row.split("\t")[2:]]), FaultCode.FILE_NOT_A_NUMBER, 1),
        (lambda row: "\t".join(row.split("\t")[:18]) + "\r\n", FaultCode.FILE_COLUMNS, 1),
        (lambda row: "\r\n", FaultCode.FILE_COLUMNS, 1),
        (lambda row: "\t".join(["0.5", *row.split("\t")[1:]]), FaultCode.TIME_BACKWARDS, 1),
    ],
)
def test_a_bad_line_is_a_gap_and_the_rest_goes_on(tmp_path: Path, lines: list[str], spoil, code, left_out) -> None:
    lines[100] = spoil(lines[100])
    recording = open_recording(written(tmp_path, lines))
    assert recording.faults.counts == {str(code): left_out}
    track = recording.tracks[Side.LEFT]
    assert 100 not in track.seq
    assert len(track.seq) == 299
    after = next(block for block in recording.blocks() if block.side is Side.LEFT and block.seq == 101)
    assert (after.lost_before, after.lost_reason) == (1, GapReason.BAD)


@pytest.mark.parametrize("cut", [5, 60, -4, -6])
def test_a_torn_last_line_is_left_out(tmp_path: Path, lines: list[str], cut: int) -> None:
    lines[-1] = lines[-1][:cut]  # -4 cuts into the last number: only its sum tells
    recording = open_recording(written(tmp_path, lines))
    assert recording.faults.counts == {"file-torn-line": 1}
    assert len(recording.tracks[Side.RIGHT].seq) == 299


def test_a_last_line_without_line_end_is_whole_when_it_adds_up(tmp_path: Path, lines: list[str]) -> None:
    lines[-1] = lines[-1].rstrip()
    recording = open_recording(written(tmp_path, lines))
    assert not recording.faults.counts
    assert len(recording.tracks[Side.RIGHT].seq) == 300


def test_values_off_the_grid_are_rounded_and_it_is_said(tmp_path: Path, lines: list[str]) -> None:
    words = lines[7].split("\t")
    words[1] = "199.15"
    lines[7] = "\t".join(words)
    recording = open_recording(written(tmp_path, lines))
    scale = recording.layouts[Side.LEFT].scale
    assert "rounded to steps" in recording.notes[0]
    assert recording.tracks[Side.LEFT].codes[7, 0] * scale == pytest.approx(199.15, abs=scale / 2 + 1e-9)


def test_a_damaged_archive_gives_what_can_be_read(tmp_path: Path, gaitpdb: Path) -> None:
    whole = (gaitpdb / RECORDING).read_bytes()
    path = tmp_path / RECORDING
    path.write_bytes(whole[: len(whole) // 2])
    recording = open_recording(path)
    assert set(recording.faults.counts) >= {"file-unreadable"}
    assert 1000 < len(recording.tracks[Side.LEFT].seq) < 12119


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", FaultCode.FILE_EMPTY),
        ("a.txt", b"\r\n \r\n", FaultCode.FILE_EMPTY),
        ("a.txt", b"once upon a time\n" * 50, FaultCode.FILE_UNREADABLE),
        ("a.txt", bytes(range(256)) * 40, FaultCode.FILE_UNREADABLE),
        ("a.txt.xz", b"not packed at all", FaultCode.FILE_UNREADABLE),
        ("a.txt.xz", b"", FaultCode.FILE_EMPTY),
    ],
)
def test_what_is_no_recording_is_refused_with_its_code(
    tmp_path: Path, name: str, content: bytes, code: FaultCode
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnderfootError) as caught:
        open_recording(path)
    assert caught.value.code is code


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    for look in (open_recording, find_recordings):
        with pytest.raises(UnderfootError, match=r"nothing\.here") as caught:
            look(tmp_path / "nothing.here")
        assert caught.value.code is FaultCode.FILE_UNREADABLE


def test_a_folder_gives_its_recordings_and_nothing_else(recordings: Path) -> None:
    found = [path.name for path in find_recordings(recordings)]
    assert len(found) == 12
    assert "format.txt" not in found


@pytest.mark.parametrize(
    "text",
    [b"1\t2\n3\t-4\n", b"1\t2\n3\t4e1\n", b"1\t2\n3\n", b"1\t2\n3\t.\n", b"1\t2\n3\t1.2.3\n", b"1\t2\n3\t4", b""],
)
def test_the_fast_reader_leaves_the_unusual_to_the_careful_one(text: bytes) -> None:
    assert fixed_point(text, 2, 4) is None


def test_the_fast_reader_is_exact() -> None:
    assert fixed_point(b"0.0001\t12\r\n121.1715\t.5\r\n", 2, 4).tolist() == [[1, 120_000], [1_211_715, 5_000]]
    assert fixed_point(b"123456.7891\t0\n", 2, 4).tolist() == [[1_234_567_891, 0]]


@pytest.mark.parametrize(
    "text",
    [
        b"1\t2\r\n3\t4\n",
        b"1\t2\n3\t4\r\n",
        b"1\t2\r\n3\t4\n5\t6\n7\t8\r\n",
        b"1\t2\r3\n",
        b"1\t2\r3\n\r\n",
    ],
)
def test_line_ends_of_two_kinds_go_to_the_slow_reader(text: bytes) -> None:
    assert fixed_point(text, 2, 4) is None
