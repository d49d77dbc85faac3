"""Long lines: folded where somebody sees them, whole for programs."""

from __future__ import annotations

import os
import sys

import pytest

from underfoot.cli._folded import folded

LINE = "    " + "word " * 30 + "left-right"


def test_a_pipe_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert folded(LINE) == LINE


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (20, 40)])
def test_a_terminal_gets_lines_that_fit_with_the_further_ones_set_in(
    columns: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    first, *further = folded(LINE, hang=2).split(os.linesep)
    assert first.startswith("    word")
    assert further
    assert all(line.startswith(("      w", "      l")) for line in further)
    assert max(map(len, (first, *further))) <= width
    assert further[-1].endswith("left-right")


def test_an_empty_line_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert folded("") == ""
