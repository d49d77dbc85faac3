"""Numbers that are none on the command line: refused as such, by every command that takes a time or a weight."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from underfoot.cli import underfoot


@pytest.mark.parametrize(
    "words",
    [
        ("replay", "x.txt", "--weight-kg", "nan"),
        ("replay", "x.txt", "--seconds", "nan"),
        ("replay", "x.txt", "--seconds", "inf"),
        ("watch", "--seconds", "nan"),
        ("scan", "--seconds", "nan"),
    ],
    ids=" ".join,
)
def test_what_is_no_number_is_a_mistake_on_the_command_line(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(underfoot, words)
    assert told.exit_code == 2
    assert words[-2] in told.output
