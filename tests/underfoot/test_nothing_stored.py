"""What a new user meets: a data folder with nothing in it, and a name that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli import underfoot

DAYS = ("--before", "2025-01-01..2025-01-02", "--after", "2025-02-01..2025-02-02")


def called(folder: Path, words: tuple[str, ...]) -> Result:
    return CliRunner(env={"UNDERFOOT_DATA_DIR": str(folder)}).invoke(underfoot, words)


@pytest.mark.parametrize(
    "words",
    [
        ("trend",),
        ("compare", *DAYS),
        ("baseline", "show"),
        ("baseline", "refresh", "--by", "me"),
        ("calibrate", "zero", "--by", "me"),
        ("calibrate", "weight", "--kg", "80", "--walk", "latest", "--by", "me"),
        ("replay", "--stored", "latest"),
        ("account",),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_it_is_said_that_nothing_is_stored_and_what_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    error = called(tmp_path, words).exception
    assert isinstance(error, UnderfootError)
    assert error.code is FaultCode.NOTHING_STORED
    assert str(tmp_path) in str(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("calibrate", "weight", "--kg", "80", "--yes"),
        ("baseline", "refresh"),
        ("alerts", "ack", "A3-left-20250101T000000Z"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_kept_with_a_name_wants_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = called(tmp_path, (*words, "--by", " "))
    assert done.exit_code == 2
    assert "a name is wanted" in done.output
    assert list(tmp_path.iterdir()) == []
