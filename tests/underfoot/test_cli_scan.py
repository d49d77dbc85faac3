"""`underfoot scan` as a person calls it: on virtual air, and on a machine without D-Bus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def scan(tmp_path: Path):
    root = Path(__file__).resolve().parents[2]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        nobody = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'nobody'}", "PYTHONPATH": str(root)}
        code = "from underfoot.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, "scan", *words],
            env={**os.environ, **nobody},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_two_virtual_insoles_as_json(scan) -> None:
    done = scan("--radio", "virtual", "--seconds", "0.5", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert sorted(one["side"] for one in said["heard"]) == ["left", "right"]
    assert all(one["driver"] == "open-insole" and one["rssi_dbm"] < 0 for one in said["heard"])
    assert said["faults"] == []


def test_two_virtual_insoles_for_people(scan) -> None:
    done = scan("--radio", "virtual", "--seconds", "0.5")
    assert done.returncode == 0, done.stderr
    assert "left" in done.stdout
    assert "right" in done.stdout
    assert "strong (-50 dBm)" in done.stdout


def test_no_radio_is_one_sentence_and_69(scan) -> None:
    done = scan("--radio", "bluez", "--seconds", "0.5")
    assert done.returncode == 69
    assert "No Bluetooth adapter answers" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_watching_tells_every_round(scan) -> None:
    done = scan("--radio", "virtual", "--seconds", "2.5", "--watch", "--json")
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) >= 2
    assert sorted(one["side"] for one in rounds[0]["heard"]) == ["left", "right"]
