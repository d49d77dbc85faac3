"""`underfoot replay` as a person calls it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from underfoot.cli.replay import command


def called(*args: object):
    return CliRunner().invoke(command, [str(arg) for arg in args])


def test_one_file_gives_one_object(gaitpdb: Path) -> None:
    result = called(gaitpdb / "GaCo01_01.txt.xz", "--recipe", "ratio", "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    summary = json.loads(result.stdout)
    assert summary["schema"] == "underfoot.walk/1"
    assert summary["source"] == "GaCo01_01.txt.xz"
    assert summary["stride"]["kept"] == {"left": 92, "right": 93}


def test_a_folder_gives_a_list(moticon: Path) -> None:
    result = called(moticon, "--json")
    assert result.exit_code == 0
    assert [each["walk"] for each in json.loads(result.stdout)] == ["230927_102114", "230927_102137"]


def test_seconds_shorten_the_walk(gaitpdb: Path) -> None:
    result = called(gaitpdb / "GaCo01_01.txt.xz", "--seconds", "60", "--json")
    assert json.loads(result.stdout)["duration_s"] == pytest.approx(60, abs=0.02)


def test_people_get_units_coverage_and_the_sentence(gaitpdb: Path) -> None:
    result = called(gaitpdb / "GaCo01_01.txt.xz")
    assert result.exit_code == 0
    for words in ("cadence [steps/min]", "97.7", "coverage [%]", "recipe steady", "Not a medical device"):
        assert words in result.stdout


def test_every_contact_is_written_beside_the_figures(tmp_path: Path, gaitpdb: Path) -> None:
    folder = tmp_path / "not there yet" / "events"
    result = called(gaitpdb / "JuPt04_01.txt.xz", "--events", folder, "--json")
    assert result.exit_code == 0
    with (folder / "JuPt04_01.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert list(rows[0]) == [
        *("foot", "initial_contact_s", "foot_off_s", "next_initial_contact_s"),
        *("stride_s", "stance_s", "swing_s", "used"),
    ]
    kept = json.loads(result.stdout)["stride"]["kept"]
    for letter, side in (("L", "left"), ("R", "right")):
        mine = [row for row in rows if row["foot"] == letter]
        assert sum(row["used"] == "1" for row in mine) == kept[side]
        whole = [row for row in mine if row["swing_s"]]
        assert len(whole) >= len(mine) - 3  # the recording begins and ends in the middle of a contact
        assert not any(mine[-1][name] for name in ("next_initial_contact_s", "stride_s", "swing_s"))  # none follows
        for row in whole:
            on, off, again = (float(row[name]) for name in list(row)[1:4])
            assert float(row["stance_s"]) == pytest.approx(off - on, abs=2e-4)
            assert float(row["swing_s"]) == pytest.approx(again - off, abs=2e-4)
    times = [float(row["initial_contact_s"] or row["foot_off_s"]) for row in rows]
    assert times == sorted(times)


@pytest.mark.parametrize("name", ["GaCo01_01", "JuPt04_01", "SiPt02_01"])
def test_contacts_that_another_follows_are_those_of_the_reference(tmp_path: Path, gaitpdb: Path, name: str) -> None:
    called(gaitpdb / f"{name}.txt.xz", "--events", tmp_path, "--json")
    with (gaitpdb / "events" / f"{name}.csv").open() as opened:
        known = [(row["foot"], float(row["heel_strike_s"])) for row in csv.DictReader(opened)]
    with (tmp_path / f"{name}.csv").open() as opened:
        rows = [row for row in csv.DictReader(opened) if row["initial_contact_s"]]
    assert {row["foot"] for row in rows if not row["next_initial_contact_s"]} == {"L", "R"}
    followed = [(row["foot"], float(row["initial_contact_s"])) for row in rows if row["next_initial_contact_s"]]
    found = sum(any(foot == of and abs(on - at) < 0.05 for of, at in followed) for foot, on in known)
    assert found >= len(known) - 1  # GaCo01_01 begins in a contact, which the reference begins later
    assert not [(foot, on) for foot, on in followed if not any(foot == of and abs(on - at) < 0.05 for of, at in known)]


def test_recordings_of_one_name_in_different_folders_do_not_overwrite_each_other(tmp_path: Path, gaitpdb: Path) -> None:
    for folder, name in (("a", "JuCo01_01"), ("b", "JuPt04_01"), ("c", "JuCo01_01")):
        (tmp_path / folder).mkdir()
        shutil.copy(gaitpdb / f"{name}.txt.xz", tmp_path / folder / "walk.txt.xz")
    result = called(*(tmp_path / folder for folder in "abc"), "--events", tmp_path / "to", "--json")
    assert result.exit_code == 0
    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == ["walk-2.csv", "walk-3.csv", "walk.csv"]
    first, second, third = ((tmp_path / "to" / f"walk{n}.csv").read_bytes() for n in ("", "-2", "-3"))
    assert first == third != second
    assert f"{Path('b') / 'walk.txt.xz'}: there was a walk before it; its contacts are in walk-2.csv" in result.stderr
    again = called(tmp_path / "a", "--events", tmp_path / "to", "--json")
    assert again.stderr == ""


def test_events_of_a_foot_that_begins_later_count_from_the_recordings_first_row(tmp_path: Path, moticon: Path) -> None:
    called(moticon / "230927_102137.txt", "--recipe", "vendor", "--events", tmp_path, "--json")
    with (tmp_path / "230927_102137.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    left = [float(row["initial_contact_s"]) for row in rows if row["foot"] == "L" and row["initial_contact_s"]]
    assert min(abs(on - 4.524) for on in left) < 0.015  # as the maker's table has it


def test_events_that_cannot_be_written_are_told_without_a_traceback(tmp_path: Path, gaitpdb: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = called(gaitpdb / "JuCo01_01.txt.xz", "--events", tmp_path / "taken" / "deeper")
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert "Traceback" not in result.output


def test_a_weight_gives_figures_in_body_weights(gaitpdb: Path) -> None:
    result = called(gaitpdb / "GaCo01_01.txt.xz", "--weight-kg", "83", "--json")
    dose = json.loads(result.stdout)["dose"]["left"]
    assert dose["impulse_bw_s"] == pytest.approx(dose["impulse_n_s"] / (83 * 9.80665))
    assert called(gaitpdb / "GaCo01_01.txt.xz", "--weight-kg", "0").exit_code == 2


def test_what_belongs_to_files_does_not_go_with_a_stored_walk() -> None:
    result = called("--stored", "latest", "--weight-kg", "83")
    assert result.exit_code == 2
    assert "go with files" in result.output


def test_a_cell_that_is_left_out_is_named(gaitpdb: Path) -> None:
    """This recording reads up to 35 N in swing."""
    lines = called(gaitpdb / "JuPt26_03.txt.xz").stdout.splitlines()
    assert any("left heel: stuck, found after" in line for line in lines)


def test_the_table_is_no_wall(gaitpdb: Path) -> None:
    lines = called(gaitpdb / "GaCo01_01.txt.xz").stdout.splitlines()
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " " and "," not in line] == [
        *("walk", "timing", "load", "asymmetry")
    ]
    assert len(lines) < 60


def test_what_is_not_measured_is_called_so(moticon: Path) -> None:
    result = called(moticon / "230927_102114.txt")
    assert "not measured" in result.stdout
    assert "not measured, the insole has no cell there: " in result.stdout
    assert "region_share_pct.left.M4" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines() if line.startswith("  not")) < 250


def test_a_bad_file_stops_no_other(tmp_path: Path, gaitpdb: Path) -> None:
    shutil.copy(gaitpdb / "JuCo01_01.txt.xz", tmp_path / "b.txt.xz")
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "c.txt.xz").write_bytes(b"damaged")
    result = called(tmp_path, "--json")
    assert result.exit_code == 1
    assert [each["walk"] for each in json.loads(result.stdout)] == ["b"]
    assert "file-empty" in result.stderr
    assert "file-unreadable" in result.stderr
    assert "Traceback" not in result.output


def test_faults_in_a_file_are_told_beside_its_figures(tmp_path: Path, moticon: Path) -> None:
    torn = tmp_path / "torn.txt"
    torn.write_text((moticon / "230927_102114.txt").read_text()[:-40])
    result = called(torn, "--json")
    assert result.exit_code == 0
    assert "1 × file-torn-line" in result.stderr
    json.loads(result.stdout)


def with_a_left_foot_that_ends(text: str, seconds: float) -> str:
    """The recording and so long of its right foot standing alone."""
    lines = text.rstrip("\n").split("\n")
    titles = next(line for line in lines if line.startswith("# time\t")).split("\t")
    words = lines[-100].split("\t")  # at the very end either foot is blank
    standing = [
        "" if title.startswith("left pressure") else word for title, word in zip(titles[1:], words[1:], strict=True)
    ]
    begins = float(lines[-1].split("\t")[0])
    later = ["\t".join([f"{begins + row / 100:.2f}", *standing]) for row in range(1, round(seconds * 100))]
    return "\n".join([*lines, *later, ""])


def test_the_rules_judge_a_file_as_they_judge_a_live_walk(tmp_path: Path, moticon: Path) -> None:
    file = tmp_path / "ends.txt"
    file.write_text(with_a_left_foot_that_ends((moticon / "230927_102114.txt").read_text(), 90))
    summary = json.loads(called(file, "--json").stdout)
    assert summary["rules"] == "clinical"
    assert [(alert["rule"], alert["side"]) for alert in summary["alerts"]] == [("T2", "left")]


def test_files_come_in_their_order_though_the_next_is_unpacked_ahead(gaitpdb: Path, moticon: Path) -> None:
    files = [gaitpdb / "SiPt02_01.txt.xz", moticon / "230927_102137.txt", gaitpdb / "GaCo13_10.txt.xz"]
    together = json.loads(called(*files, "--json").stdout)
    assert together == [json.loads(called(file, "--json").stdout) for file in files]


def test_nothing_there_is_said_once(tmp_path: Path) -> None:
    result = called(tmp_path / "nowhere.txt", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "file-unreadable" in result.stderr
