"""Tables on their way out: what is not measured is an empty cell, and a cell is never a formula."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from browser_kit import metrics_at
from export_kit import (
    DEAD,
    FIRST,
    FORMULA,
    LAST,
    PERSON,
    ROW_NS,
    T0_NS,
    UNJUDGED,
    WALK,
    ZONE,
    asked,
    block,
    layout,
    stores,
    summary,
    walk_blocks,
)
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire.entries import FootCheck, ProgrammeChange, Symptoms
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Sustained, SustainedPerFoot
from processing.export.csv_file import write_csv
from processing.export.extract import KeptWalk
from processing.export.parquet_file import write_parquet
from processing.export.summary_columns import columns_of
from processing.export.table import Kind, Table, number, text, whole
from processing.export.walk_tables import samples_table, seconds_table
from processing.export.whole import whole_files
from processing.metrics.calibration import CalibrationVersion, InsoleCalibration
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from underfoot.exporting import Asked, Stores, signals, span_tables, walk_set
from underfoot.places import Places

Lines = list[dict[str, str]]


def read(file: Path) -> Lines:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


@pytest.fixture
def opened(tmp_path: Path) -> Stores:
    return Stores(stores(tmp_path / "data").places)


def written(tables: tuple[Table, ...], folder: Path) -> dict[str, Lines]:
    for table in tables:
        write_csv(folder / f"{table.name}.csv", table)
    return {table.name: read(folder / f"{table.name}.csv") for table in tables}


def test_days_as_csv_hold_what_the_stores_hold(opened: Stores, tmp_path: Path) -> None:
    with closing(opened):
        found = written(span_tables(opened.extract(replace(asked(), today=date(2025, 4, 1)))), tmp_path)
    assert set(found) == {"walks", "days", "alerts", "diary", "programme", "decisions", "columns"}
    judged, unjudged = found["walks"]
    assert (judged["walk"], judged["begun"], judged["rows_right"]) == (WALK, "2025-03-24T10:00:00+01:00", "150")
    assert judged["forefoot_share_pct_left"] == ""
    assert judged["forefoot_share_pct_right"] == "45.5"
    assert judged["coverage_pct_left"] == "100.0"
    assert judged["not_measured"] == "forefoot_share_pct.left: area 2 was not measured"
    assert (unjudged["walk"], unjudged["duration_s"], unjudged["rows_left"]) == (UNJUDGED, "", "50")
    assert unjudged["not_measured"] == "nothing has been worked out of it yet"
    assert [day["day"] for day in found["days"]] == ["2025-03-24", "2025-03-25", "2025-03-26"]
    blank = found["days"][1]
    assert (blank["measured"], blank["steps"], blank["walked_min"], blank["in_touch"]) == ("no-data", "", "", "")
    planned = [(line["day"], line["state"], line["done_min"]) for line in found["programme"]]
    assert planned[1:] == [(f"2025-03-{day}", "not-measured", "") for day in (25, 26)]
    assert [(line["about"], line["settled"]) for line in found["decisions"]] == [("daily-walking", "begin")]


def test_every_column_is_explained(opened: Stores, tmp_path: Path) -> None:
    with closing(opened):
        tables = walk_set(opened, opened.extract(asked(WALK)), as_codes=False)
        found = written(tables, tmp_path)
    told = {(line["table"], line["column"]) for line in found["columns"]}
    there = {(table.name, each.name) for table in tables if table.name != "columns" for each in table.columns}
    assert told == there
    assert all(line["meaning"] for line in found["columns"])
    assert all(len({each.name for each in table.columns}) == len(table.columns) for table in tables)


def test_rows_in_the_store_are_lines_in_the_file(opened: Stores, tmp_path: Path) -> None:
    with closing(opened):
        found = written(walk_set(opened, opened.extract(asked(WALK)), as_codes=False), tmp_path)
    samples, kept = found["samples"], walk_blocks()
    assert len(samples) == sum(each.rows for each in kept) == 350
    stored = {(str(b.side), b.seq + k): (b, k) for b in kept for k in range(b.rows)}
    for line in samples:
        b, k = stored.pop((line["side"], int(line["seq"])))
        assert int(line["t_ns"]) == b.t_ns + k * b.ns_per_row
        for at, code in enumerate(b.codes[k].tolist()):
            said = line[f"cell_{at}"]
            if b.side is Side.LEFT and at == DEAD:
                assert said == ""
            else:
                assert round(float(said) / b.scale) == code
    assert not stored
    books = {line["side"]: line for line in found["books"]}
    assert books["right"] == {"side": "right", "stored": "150", "declared": "50", "missing": "0"}
    assert [(line["first_seq"], line["last_seq"], line["reason"]) for line in found["gaps"]] == [
        ("100", "149", "radio")
    ]
    assert {line["calibration"] for line in found["cells"]} == {"maker"}


def test_what_people_wrote_is_never_a_formula(opened: Stores, tmp_path: Path) -> None:
    with closing(opened):
        found = written(span_tables(opened.extract(asked())), tmp_path)
    assert found["alerts"][0]["note"] == f"'{FORMULA}"
    (note,) = [line for line in found["diary"] if line["what"] == "note"]
    assert note["note"] == "'+ new shoes, “wide”\nsecond line"
    assert note["by"] == "'@ clinic"
    symptoms = next(line for line in found["diary"] if line["what"] == "symptoms")
    assert (symptoms["pain"], symptoms["numbness"]) == ("4", "")


@given(
    st.lists(st.tuples(st.none() | st.text(), st.none() | st.floats(), st.none() | st.integers(-(2**63), 2**63 - 1)))
)
def test_any_table_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]]) -> None:
    folder = tmp_path_factory.mktemp("any")
    columns = (text("words", "w"), number("number", "n", "N"), whole("count", "c"))
    table = Table(name="any", columns=columns, rows=rows)
    assert write_csv(folder / "any.csv", table) == len(rows)
    with (folder / "any.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, strict=True))[1:]
    for (words, value, count), line in zip(rows, lines, strict=True):
        assert not line[0].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert line[0].removeprefix("'") == ("" if words is None else str(words)).removeprefix("'") or line[0] == words
        finite = isinstance(value, float) and value - value == 0
        assert line[1] == (repr(value) if finite else "")
        assert line[2] == ("" if count is None else str(count))


def test_the_same_tables_typed(opened: Stores, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with closing(opened):
        tables = walk_set(opened, opened.extract(asked(WALK)), as_codes=True)
        counts = {table.name: write_parquet(tmp_path / f"{table.name}.parquet", table) for table in tables}
    samples = pq.read_table(tmp_path / "samples.parquet")
    assert counts["samples"] == samples.num_rows == 350
    cell = samples.schema.field("cell_0")
    assert (str(cell.type), cell.metadata[b"meaning"][:4]) == ("int16", b"code")
    rows = samples.to_pylist()
    for b in walk_blocks():
        for k in range(b.rows):
            line = next(each for each in rows if (each["side"], each["seq"]) == (b.side, b.seq + k))
            wanted = [None if b.not_measured >> at & 1 else code for at, code in enumerate(b.codes[k].tolist())]
            assert [line[f"cell_{at}"] for at in range(4)] == wanted
            assert line["scale"] == b.scale
    walks = pq.read_table(tmp_path / "walks.parquet")
    assert walks.column("forefoot_share_pct_left").to_pylist() == [None]
    assert walks.schema.field("cadence_spm").metadata[b"unit"] == b"steps/min"


def test_units_stand_in_names() -> None:
    summary = {
        "peak_force": {"left": {"mean": 700.5}},
        "stance": {"pct": 61.0},
        "evenness": {"left": None},
        "cadence_spm": None,
    }
    found = columns_of([summary, {"evenness": {"left": {"gini": 0.3}}}], frozenset())
    assert {path: (each.name, each.kind) for path, each in found.items()} == {
        "peak_force.left.mean": ("peak_force_left_mean_n", Kind.NUMBER),
        "stance.pct": ("stance_pct", Kind.NUMBER),
        "cadence_spm": ("cadence_spm", Kind.NUMBER),
        "evenness.left.gini": ("evenness_left_gini", Kind.NUMBER),
    }


def test_rows_that_no_layout_describes_are_not_cut_short() -> None:
    table = samples_table([block(Side.LEFT, 0)], 3)
    with pytest.raises(UnderfootError, match="4 cells") as refused:
        list(table.rows)
    assert refused.value.code is FaultCode.LAYOUT_MISMATCH
    assert [row[-2:] for row in list(samples_table([block(Side.RIGHT, 0, 1)], 5).rows)] == [(15.2, None)]


def test_a_walk_whose_insole_described_nothing_is_exported_whole(tmp_path: Path) -> None:
    made = stores(tmp_path)
    with closing(Stores(made.places)) as opened:
        taken = opened.extract(asked(UNJUDGED))
        assert opened.cells(taken.person, taken.walks[0], []) == 4


def test_files_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "one.csv", tmp_path / "a" / "two.csv"
    with pytest.raises(UnderfootError) as failed:
        _half(first, second)
    assert failed.value.code is FaultCode.DISK_FULL
    assert list((tmp_path / "a").iterdir()) == []
    with whole_files([first]) as meanwhile:
        meanwhile[first].write_text("whole")
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["one.csv"]


def _half(first: Path, second: Path) -> None:
    with whole_files([first, second]) as meanwhile:
        meanwhile[first].write_text("half")
        raise OSError(28, "No space left on device", "two.csv")


def test_only_the_days_asked_for(opened: Stores) -> None:
    with closing(opened):
        taken = opened.extract(asked())
        assert (taken.facts[0].day, taken.facts[-1].day) == (FIRST, LAST)
        assert len(taken.entries) == 4
        early = opened.extract(replace(asked(), last=FIRST))
        assert [type(each.said) for each in early.entries] == [Symptoms, FootCheck, ProgrammeChange]
        assert opened.extract(replace(asked(), first=LAST)).alerts == ()
        with pytest.raises(UnderfootError, match="walk 'other'"):
            opened.extract(asked("other"))
        assert opened.extract(asked("latest")).walks[0].walk == UNJUDGED


def test_rows_that_no_clock_places_have_no_time(tmp_path: Path) -> None:
    places = stores(tmp_path).places
    undated = [block(Side.LEFT, seq, boot=9, t_ns=seq * ROW_NS, time_known=False) for seq in (0, 50)]
    with closing(SqliteRecordings(places.recordings)) as recordings:
        recordings.append(PERSON, "p1-undated", undated)
        recordings.put_layout(PERSON, "p1-undated", layout(Side.LEFT))
    with closing(Stores(places)) as opened:
        taken = opened.extract(asked("p1-undated"))
        tables = {table.name: table for table in walk_set(opened, taken, as_codes=False)}
        (walk,) = tables["walks"].rows
        assert walk[1] is None
        assert walk[-1] == "no clock tells when its rows were taken: they are kept, never judged"
        rows = list(tables["samples"].rows)
        assert [row[:2] for row in rows[:2]] == [(None, 0), (None, ROW_NS)]
        with pytest.raises(UnderfootError) as refused:
            signals(opened, taken)
        assert refused.value.code is FaultCode.CLOCK_UNKNOWN


def test_rows_are_corrected_as_they_were_when_the_walk_was_judged(tmp_path: Path) -> None:
    places = stores(tmp_path).places
    zeros = InsoleCalibration(insole="insole-left", layout_checksum=layout(Side.LEFT).checksum, zero_codes=(3, 0, 0, 0))
    with closing(SqliteJournal(places.journal)) as journal:
        journal.add_calibration(PERSON, CalibrationVersion(version=1, t_ns=1, by="t", what="zero", insoles=(zeros,)))
        raw = json.dumps(summary(calibration_version=1)).encode()
        journal.put_walk(WalkSummary(person=PERSON, walk=WALK, recipe="steady", begun_t_ns=T0_NS, summary=raw))
    with closing(Stores(places)) as opened:
        taken = opened.extract(asked(WALK))
        left = next(each for each in opened.rows(PERSON, taken.walks[0])[1] if each.side is Side.LEFT)
    assert (left.codes[:, 0] == walk_blocks()[0].codes[:, 0] - 3).all()


def test_an_area_that_cannot_be_judged_says_why() -> None:
    unknown = Sustained(areas_pct={"M1": None}, coverage_pct=40.0, reason="only 400 s of the last 900 s judged")
    known = Sustained(areas_pct={"M1": 0.0}, coverage_pct=100.0)
    second = msgspec.structs.replace(metrics_at(T0_NS), sustained=SustainedPerFoot(left=unknown, right=known))
    walk = KeptWalk(walk=WALK, begun_t_ns=T0_NS, summary={"sustained": {"left": {"M1": None}, "right": {"M1": 0.0}}})
    table = seconds_table([walk], [second])
    (row,) = table.rows
    line = dict(zip([each.name for each in table.columns], row, strict=True))
    assert (line["sustained_left_M1_pct"], line["sustained_right_M1_pct"]) == (None, 0.0)
    assert line["not_measured"] == "only 400 s of the last 900 s judged"


def test_every_second_of_a_walk_of_the_story(twelve_weeks: Path) -> None:
    first, last = date(2026, 1, 12), date(2026, 4, 5)
    with closing(Stores(Places(twelve_weeks))) as opened:
        taken = opened.extract(Asked(person="p1", zone=ZONE, first=first, last=last, walk="latest"))
        kept = list(opened.seconds("p1", taken.walks))
        tables = {table.name: table for table in walk_set(opened, taken, as_codes=True)}
        names = [each.name for each in tables["seconds"].columns]
        lines = [dict(zip(names, row, strict=True)) for row in tables["seconds"].rows]
        books = opened.books(taken.walks[0])
        rows = sum(1 for _ in tables["samples"].rows)
    assert rows == sum(each.stored for each in books.values()) > 100_000
    assert len(lines) == len(kept) > 1000
    for line, second in zip(lines, kept, strict=True):
        assert line["t_ns"] == second.t_ns
        assert line["forefoot_share_left_pct"] == second.forefoot_share_pct.left.value
        assert line["load_right_coverage_pct"] == second.load.right.coverage_pct
        assert second.sustained is not None
        assert line["sustained_right_M1_pct"] == second.sustained.right.areas_pct["M1"]
        missing = [name for name, value in line.items() if value is None and name != "not_measured"]
        assert bool(missing) == bool(line["not_measured"]), missing
