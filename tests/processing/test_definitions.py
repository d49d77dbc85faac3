"""Every figure that a person can meet is defined, with its unit, in the docstring of the module that works it out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from rules_kit import second

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import (
    CellFault,
    CellFaultKind,
    Figure,
    ForefootLoad,
    PerFoot,
    StanceLoad,
    Sustained,
    SustainedPerFoot,
)
from processing import pooling
from processing.definitions import Definition, as_markdown, asked_for, definitions, read
from processing.rules import baseline
from underfoot.cli import underfoot

DEFINED = definitions()
NO_FIGURE = PerFoot(left=Figure(value=None, coverage_pct=0.0), right=Figure(value=None, coverage_pct=0.0))
PRESSED = Sustained(areas_pct={"heel": 1.0}, coverage_pct=100.0)
EVERYTHING = msgspec.structs.replace(
    second(0),
    forefoot_load=ForefootLoad(last_1_s=NO_FIGURE, last_60_s=NO_FIGURE, last_900_s=NO_FIGURE),
    sustained=SustainedPerFoot(left=PRESSED, right=PRESSED),
    stances=(StanceLoad(side=Side.LEFT, t_ns=0, impulse={"heel": 1.0}, peak_kpa={"heel": 1.0}),),
    cell_faults=(CellFault(side=Side.LEFT, kind=CellFaultKind.DEAD, t_ns=0, cell=0, area="heel"),),
)


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Dotted paths of a summary or a message, each with its value; a figure with its coverage is one leaf."""
    if isinstance(value, msgspec.Struct) and not isinstance(value, Figure):
        value = msgspec.structs.asdict(value)
    if isinstance(value, tuple | list) and value:
        value = {str(number): each for number, each in enumerate(value)}
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, str(key)))
    else:
        yield ".".join(path), value


def defines(definition: Definition, path: str, value: object) -> bool:
    """Also what would stand below a path at which nothing was measured."""
    return definition.means(path) or (value in (None, [], {}) and definition.lies_below(path))


@pytest.fixture(scope="module")
def summaries(gaitpdb: Path, moticon: Path) -> list[dict[str, Any]]:
    files = [str(gaitpdb / "GaCo01_01.txt.xz"), str(moticon / "230927_102114.txt")]
    done = CliRunner().invoke(underfoot, ["replay", *files, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_every_figure_of_a_walk_is_defined(summaries: list[dict[str, Any]]) -> None:
    unknown = {
        path
        for summary in summaries
        for path, value in leaves(summary)
        if not any(defines(each, path, value) for each in DEFINED)
    }
    assert not unknown


def test_every_figure_of_a_second_is_defined() -> None:
    unknown = {path for path, _ in leaves(EVERYTHING) if not any(each.means(f"live.{path}") for each in DEFINED)}
    assert not unknown


def test_nothing_is_defined_that_no_walk_and_no_second_tells(summaries: list[dict[str, Any]]) -> None:
    told = [pair for summary in summaries for pair in leaves(summary)]
    told += [(f"live.{path}", value) for path, value in leaves(EVERYTHING)]
    unused = [each.path for each in DEFINED if not any(defines(each, path, value) for path, value in told)]
    assert not unused


def test_a_figure_is_defined_once(summaries: list[dict[str, Any]]) -> None:
    for path, _ in leaves(summaries[0]):
        assert len([each for each in DEFINED if each.means(path)]) <= 1, path


def test_every_definition_has_a_basis() -> None:
    assert not [each.path for each in DEFINED if len(each.basis) < 40]


DOC = """Sway of the body, s = a / b (Somebody 1999).

Figures:
sway.SIDE.a|b_mm [mm]: how far it goes
  and comes
sway.count [count]: how often
"""


def test_entries_and_their_basis_are_read_from_a_docstring() -> None:
    first, second_one = read("sway", DOC)
    assert (first.path, first.unit, first.words) == ("sway.SIDE.a|b_mm", "mm", "how far it goes and comes")
    assert first.basis == second_one.basis == "Sway of the body, s = a / b (Somebody 1999)."
    assert first.means("sway.left.a")
    assert first.means("sway.right.b_mm")
    assert not first.means("sway.both.a")
    assert not first.means("sway.left.a.mean")
    assert read("sway", "Nothing to define.") == []


def test_a_line_that_is_no_entry_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="sway: not"):
        read("sway", f"{DOC}sway.more: no unit\n")


def test_a_path_a_part_of_one_or_a_word_finds_its_definition() -> None:
    entries = read("sway", DOC)
    assert [each.path for each in asked_for("sway.left.a", entries)] == ["sway.SIDE.a|b_mm"]
    assert len(asked_for("sway", entries)) == 2
    assert [each.path for each in asked_for("sway.left", entries)] == ["sway.SIDE.a|b_mm"]
    assert [each.path for each in asked_for("How Often", entries)] == ["sway.count"]
    assert asked_for("heel", entries) == []


def test_the_page_has_formula_and_table_of_each_family() -> None:
    page = as_markdown(read("sway", DOC))
    assert "## sway\n\nSway of the body" in page
    assert "| `sway.count` | count | how often |" in page
    assert "| `sway.SIDE.a/b_mm` | mm |" in page


def test_the_command_tells_unit_formula_and_source() -> None:
    told = CliRunner().invoke(underfoot, ["definitions", "baseline.cadence_spm.change"])
    assert told.exit_code == 0, told.output
    assert "the walk's figure − usual" in told.output
    assert "1.4826" in told.output
    assert "Not a medical device" in told.output
    assert len(json.loads(CliRunner().invoke(underfoot, ["definitions", "--json"]).stdout)) == len(DEFINED)
    unknown = CliRunner().invoke(underfoot, ["definitions", "no such thing"])
    assert isinstance(unknown.exception, UnderfootError)
    assert unknown.exception.code is FaultCode.UNKNOWN_NAME


@pytest.mark.parametrize("paths", [baseline.FIGURES, pooling.FIGURES, pooling.TOTALS], ids=("usual", "mean", "total"))
def test_what_baselines_and_periods_read_are_figures_of_a_walk(paths: Mapping[str, object]) -> None:
    assert not [path for path in paths if not any(each.means(path) for each in DEFINED)]


def test_a_real_walk_that_was_long_enough_has_a_baseline_of_its_figures(summaries: list[dict[str, Any]]) -> None:
    walk = summaries[0] | {"duration_s": 900.0}
    learned = baseline.learn_baseline([walk] * baseline.WALKS_NEEDED)
    assert learned is not None
    stated = {path for path in baseline.FIGURES if baseline.number(walk, path) is not None}
    assert set(learned.figures) == stated
    assert len(stated) >= 15
    assert set(learned.cells) == set(Side)
