"""Recorded walks read from their end, as files through `underfoot replay`: a stand-in for walking backwards."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from underfoot.cli.replay import command


def replayed(folder: Path) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(command, [str(folder), "--json"])
    assert result.exit_code == 0, result.output
    return {summary["walk"]: summary for summary in json.loads(result.stdout)}


def rows_of(file: Path) -> list[list[str]]:
    return [line.split("\t") for line in lzma.decompress(file.read_bytes()).decode().splitlines()]


def written(file: Path, rows: list[list[str]]) -> None:
    file.write_bytes("".join("\t".join(row) + "\r\n" for row in rows).encode())


def backwards(rows: list[list[str]]) -> list[list[str]]:
    """The same times, the rows the other way round."""
    last = float(rows[-1][0])
    return [[f"{last - float(row[0]):.4f}", *row[1:]] for row in reversed(rows)]


def one_after_another(rows: list[list[str]], times: int) -> list[list[str]]:
    length = float(rows[-1][0]) - float(rows[0][0]) + 0.01
    return [[f"{float(row[0]) + turn * length:.4f}", *row[1:]] for turn in range(times) for row in rows]


def test_walks_read_from_their_end_are_the_mirror(gaitpdb: Path, tmp_path: Path) -> None:
    forth = replayed(gaitpdb)
    for file in gaitpdb.glob("*.txt.xz"):
        written(tmp_path / file.name.removesuffix(".xz"), backwards(rows_of(file)))
    back = replayed(tmp_path)
    assert sorted(back) == sorted(forth)
    stances = wrong = 0
    for walk, summary in forth.items():
        for side in ("left", "right"):
            ahead, mirrored = (said["direction"][side] for said in (summary, back[walk]))
            print(walk, side, ahead, mirrored)
            assert ahead["backward"] == mirrored["forward"] == 0
            stances += ahead["forward"] + ahead["unclear"]
            wrong += abs(ahead["forward"] - mirrored["backward"]) + abs(ahead["unclear"] - mirrored["unclear"])
            excursion, mirror = (said["progression"][side]["excursion_pct"] for said in (summary, back[walk]))
            if excursion is None or mirror is None:  # a cell that reads in swing was found unfit
                assert "not measured: " in summary["reasons"][f"progression.{side}"]
            else:
                assert abs(excursion + mirror) < 0.5
        assert summary["direction_min"]["backward"] == 0
    print(wrong, "of", stances)
    assert wrong <= 0.005 * stances


def test_a_walk_of_several_sections_counts_every_stance_once(gaitpdb: Path, tmp_path: Path) -> None:
    rows = rows_of(gaitpdb / "JuPt18_01.txt.xz")
    written(tmp_path / "once.txt", rows)
    written(tmp_path / "long.txt", one_after_another(rows, 3))
    written(tmp_path / "turned.txt", backwards(one_after_another(rows, 3)))
    walks = replayed(tmp_path)
    for side in ("left", "right"):
        once, long, turned = (walks[name]["direction"][side] for name in ("once", "long", "turned"))
        print(side, once, long, turned)
        counted = sum(long.values())
        assert abs(counted - 3 * sum(once.values())) <= 3 * 2  # where one ends and the next begins
        assert long["backward"] == turned["forward"] == 0
        assert abs(long["forward"] - turned["backward"]) <= 0.005 * counted
        dose = [walks[name]["dose"][side] for name in ("once", "long", "turned")]
        assert abs(dose[1]["impulse_n_s"] - 3 * dose[0]["impulse_n_s"]) < 1e-6 * dose[1]["impulse_n_s"]
        assert abs(dose[2]["impulse_n_s"] - dose[1]["impulse_n_s"]) < 1e-6 * dose[1]["impulse_n_s"]
