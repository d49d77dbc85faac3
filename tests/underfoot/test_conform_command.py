"""`underfoot conform` as a person calls it, on virtual air; looked at only briefly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.conform.asking import Pace
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli import conform, underfoot
from underfoot.cli._front import exit_code

_BRIEF = Pace(scan_s=0.5, stream_s=1.0, away_s=0.6, back_s=0.3, settle_s=0.02, find_s=1.0, restart_s=5.0)
_DEMO_LEFT = "F0:0D:00:00:00:01"


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(conform, "QUICK", _BRIEF)
    monkeypatch.setenv("UNDERFOOT_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(underfoot, ["conform", *words, "--radio", "virtual", "--quick"], catch_exceptions=True)


def test_a_table_for_people() -> None:
    done = run(_DEMO_LEFT)
    assert done.exit_code == 0, done.output
    assert "layout-offset" in done.output
    assert " ok, 0 broken" in done.output


def test_json_for_programs() -> None:
    done = run(_DEMO_LEFT, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["conforms"] is True
    assert {"check", "section", "asks", "verdict", "seen", "advice"} == set(said["checks"][0])
    assert len(said["checks"]) > 50


def test_a_device_that_is_not_heard_is_69() -> None:
    done = run("F0:0D:00:00:00:77")
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.INSOLE_NOT_FOUND
    assert exit_code(done.exception.code) == 69


def test_what_is_broken_is_told_with_advice_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.sources.virtual import saying

    info = saying.info
    monkeypatch.setattr(saying, "info", lambda *said, **more: info(*said, **more)[:35] + b"\x80")
    done = run(_DEMO_LEFT)
    assert done.exit_code == 1, done.output
    assert "info (section 4)" in done.output
    assert "every reserved bit 0" in done.output
