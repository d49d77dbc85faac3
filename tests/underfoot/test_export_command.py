"""`underfoot export` as a person calls it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import edfio
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from export_kit import FIRST, LAST, UNJUDGED, WALK, stores
from fhir_kit import check

from underfoot.cli import underfoot

DAYS = ("--from", str(FIRST), "--to", str(LAST))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stores(tmp_path / "data").folder


def call(data: Path, *words: str | Path) -> Result:
    environment = {"UNDERFOOT_DATA_DIR": str(data), "UNDERFOOT_HOUSEHOLD__ZONE": "Europe/Vienna"}
    return CliRunner(env=environment).invoke(underfoot, ["export", *map(str, words)])


def said(data: Path, *words: str | Path) -> str:
    done = call(data, *words)
    assert done.exit_code == 0, done.output
    return done.output


def test_tables_of_days(data: Path, tmp_path: Path) -> None:
    told = said(data, "csv", *DAYS, "--out", tmp_path / "out")
    assert f"{tmp_path / 'out' / 'walks.csv'}: 2 rows" in told
    assert f"{UNJUDGED}: no figures, nothing has been worked out of it yet" in told
    assert "Not a medical device" in told
    with (tmp_path / "out" / "days.csv").open(newline="") as file:
        assert [line["day"] for line in csv.DictReader(file)] == ["2025-03-24", "2025-03-25", "2025-03-26"]


def test_nothing_is_overwritten_unless_one_says_so(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said(data, "csv", *DAYS, "--out", out)
    (out / "days.csv").write_text("mine")
    refused = call(data, "csv", *DAYS, "--out", out)
    assert refused.exit_code == 2
    assert "days.csv" in refused.output
    assert (out / "days.csv").read_text() == "mine"
    said(data, "csv", *DAYS, "--out", out, "--force")
    assert (out / "days.csv").read_text() != "mine"
    assert not list(out.glob(".*"))


def test_the_books_of_a_walk_add_up(data: Path, tmp_path: Path) -> None:
    told = json.loads(said(data, "csv", "--walk", WALK, "--out", tmp_path / "one", "--json"))
    rows = {Path(each["file"]).name: each["rows"] for each in told["files"]}
    assert rows["samples.csv"] == sum(each["stored"] for each in told["books"].values()) == 350
    assert told["books"]["right"] == {"stored": 150, "declared": 50, "missing": 0}


def test_the_other_formats(data: Path, tmp_path: Path) -> None:
    said(data, "parquet", "--walk", WALK, "--out", tmp_path / "typed")
    assert pq.read_table(tmp_path / "typed" / "samples.parquet").num_rows == 350
    told = said(data, "edf", "--walk", WALK, "--out", tmp_path / "walk.edf")
    assert "left 200 rows, right 150 rows" in told
    assert "lowest number of a signal is not measured" in told
    assert len(edfio.read_edf(tmp_path / "walk.edf").signals) == 10
    said(data, "fhir", *DAYS, "--out", tmp_path / "bundle.json")
    assert check(json.loads((tmp_path / "bundle.json").read_text()))["Observation"]


@pytest.mark.parametrize(
    ("words", "tells"),
    [
        (("csv", "--walk", WALK, "--from", "2025-03-24"), "--walk names one walk"),
        (("csv", "--from", "2025-03-26", "--to", "2025-03-24"), "is after"),
        (("csv", "--from", "0001-01-01", "--to", "2025-03-24"), "twenty years"),
        (("edf", "--from", "2025-03-24"), "EDF holds one walk"),
        (("csv", "--walk", "none-such"), "none-such"),
    ],
)
def test_what_makes_no_sense_is_told(data: Path, tmp_path: Path, words: tuple[str, ...], tells: str) -> None:
    refused = call(data, *words, "--out", tmp_path / "out")
    assert refused.exit_code != 0
    assert tells in refused.output + str(refused.exception)
    assert not (tmp_path / "out").exists()


def test_a_missing_extra_is_named(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words in (("edfio", ("edf",)), ("pyarrow.parquet", ("parquet", *DAYS)), ("pylsl", ("lsl",))):
        monkeypatch.setitem(__import__("sys").modules, name, None)
        refused = call(data, *words)
        assert f"underfoot[{words[0]}]" in str(refused.exception)


def test_without_a_journal_there_is_nothing(tmp_path: Path) -> None:
    assert "no journal" in str(call(tmp_path, "csv", *DAYS).exception)


def test_the_report_is_one_file_that_needs_nobody(twelve_weeks: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    told = said(twelve_weeks, "report", "--to", "2026-04-05", "--language", "de", "--out", file)
    assert str(file) in told
    html = file.read_text(encoding="utf-8")
    assert "Kein Medizinprodukt" in html
    assert "<style>" in html
    assert "<svg" in html
    assert not re.findall(r"<script|<link|<form|<header|src=|https?://(?!www[.]w3[.]org)", html)
    assert call(twelve_weeks, "report", "--to", "2026-04-05", "--out", file).exit_code == 2
