"""A walk as EDF+: its numbers are the insole's codes, a gap is no zero, the patient has no name."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from export_kit import DEAD, PERSON, ROW_NS, T0_NS, WALK, alert, asked, block, layout, stores, walk_blocks

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side
from processing.export.edf_file import write_edf
from processing.export.edf_rows import NOT_MEASURED, Signals, signals_of
from underfoot.exporting import Stores, signals

SPAN = (T0_NS, T0_NS + 200 * ROW_NS)


def made(blocks: list[Block], calibration: Calibration = Calibration.MAKER, **other: Any) -> Signals:
    given = {"layouts": [layout(side, calibration) for side in Side], "blocks": blocks, "alerts": [alert()]}
    return signals_of(PERSON, SPAN, **(given | other))


def read(signals_: Signals, folder: Path) -> edfio.Edf:
    write_edf(folder / "walk.edf", signals_)
    return edfio.read_edf(folder / "walk.edf")


def test_it_reads_back_code_for_code(tmp_path: Path) -> None:
    with closing(Stores(stores(tmp_path / "data").places)) as opened:
        taken = opened.extract(asked(WALK))
        edf = read(signals(opened, taken), tmp_path)
    assert (edf.reserved, str(edf.startdatetime), edf.data_record_duration) == ("EDF+C", "2025-03-24 09:00:00", 1)
    assert edf.local_patient_identification == "p1 X X X"
    assert len(edf.signals) == 2 * 4 + 2
    left, right = edf.signals[:4], edf.signals[4:8]
    assert (left[0].label, left[0].physical_dimension, left[0].sampling_frequency) == ("L00 M1", "N", 50)
    for b in walk_blocks():
        for at in range(4):
            signal = (left if b.side is Side.LEFT else right)[at]
            stored = signal.digital[b.seq : b.seq + b.rows]
            if b.side is Side.LEFT and at == DEAD:
                assert (stored == NOT_MEASURED).all()
            else:
                assert (stored == b.codes[:, at]).all()
                loads = signal.data[b.seq : b.seq + b.rows]
                assert loads == pytest.approx(b.codes[:, at] * b.scale, abs=1e-6)


def test_a_gap_is_marked_and_never_zero(tmp_path: Path) -> None:
    edf = read(made(walk_blocks()), tmp_path)
    right = edf.signals[4]
    assert (right.digital[100:150] == NOT_MEASURED).all()
    assert right.data[100:150].max() == right.physical_min < -1000
    assert (edf.signals[-1].digital[100:150] == NOT_MEASURED).all()
    assert (edf.signals[-2].digital == NOT_MEASURED).all()  # of the left foot a cell is never measured
    told = [(round(each.onset, 3), each.duration, each.text) for each in edf.annotations]
    assert (2.0, 1.0, "right foot: not measured") in told
    assert (2.0, 1.0, "right foot: 50 rows lost, radio") in told
    assert (0.0, 4.0, f"left foot cell {DEAD} (area {DEAD}): not measured") in told
    assert (2.0, None, "alert A1 left, medium: Sit down.") in told


def test_totals_are_exact_where_every_cell_is_measured(tmp_path: Path) -> None:
    whole = [block(side, seq, not_measured=0) for seq in (0, 50, 100, 150) for side in Side]
    edf = read(made(whole), tmp_path)
    totals = np.concatenate([b.codes for b in whole if b.side is Side.LEFT]).sum(axis=1) * 0.05
    assert (edf.signals[-2].label, edf.signals[-2].physical_dimension) == ("left total", "N")
    assert edf.signals[-2].data == pytest.approx(totals, abs=edf.signals[-2].physical_max / 32767)


def test_an_insole_without_a_scale_shows_shares_alone(tmp_path: Path) -> None:
    whole = [block(side, seq, not_measured=0) for seq in (0, 50, 100, 150) for side in Side]
    edf = read(made(whole, Calibration.ZERO), tmp_path)
    assert {signal.physical_dimension for signal in edf.signals} == {"raw", "%"}
    assert [signal.label for signal in edf.signals[-2:]] == ["left share", "right share"]
    assert edf.signals[-2].data + edf.signals[-1].data == pytest.approx(100.0, abs=0.02)


def test_the_lowest_code_of_an_insole_is_not_taken_for_not_measured() -> None:
    codes = np.full((50, 4), -32768, dtype=np.int16)
    found = made([block(Side.RIGHT, 0, codes=codes)])
    assert (found.signals[4].digital[:50] == NOT_MEASURED + 1).all()


def test_rows_off_the_nominal_rate_take_the_nearest_slot() -> None:
    """50.5 rows a second: about one row in a hundred finds no slot, and no slot between rows is empty."""
    slow = [block(Side.LEFT, 0, 200, ns_per_row=ROW_NS * 100 // 101, not_measured=0)]
    found = made(slow)
    digital = found.signals[0].digital
    assert (digital[:198] != NOT_MEASURED).all()
    assert (digital[199:] == NOT_MEASURED).all()
    assert [digital[slot] for slot in (0, 49, 51, 197)] == [slow[0].codes[row, 0] for row in (0, 49, 52, 199)]
    assert found.rows[Side.LEFT] == 198


def test_however_the_blocks_come_the_file_is_the_same() -> None:
    once, cut = made(walk_blocks()), made([piece for b in walk_blocks() for piece in (b.cut(0, 13), b.cut(13, b.rows))])
    assert all((a.digital == b.digital).all() for a, b in zip(once.signals, cut.signals, strict=True))
    assert once.notes == cut.notes


def test_what_no_edf_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as refused:
        signals_of(PERSON, SPAN, [], walk_blocks())
    assert refused.value.code is FaultCode.NOTHING_STORED
    with pytest.raises(UnderfootError) as refused:
        signals_of(PERSON, (T0_NS, T0_NS + 2 * 86_400 * 10**9), [layout(Side.LEFT)], [])
    assert refused.value.code is FaultCode.ENTRY_REFUSED
    odd = made([block(Side.LEFT, 0, scale=0.07), block(Side.LEFT, 50)])
    assert (odd.odd_rows, odd.rows[Side.LEFT]) == (50, 50)
    assert "50 rows of another layout left out" in odd.words()
