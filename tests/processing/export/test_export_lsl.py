"""Live rows over the Lab Streaming Layer, read by a real inlet on this machine alone."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ALONE = """
[lab]
KnownPeers = {127.0.0.1}
SessionID = %s
[multicast]
ResolveScope = machine
[ports]
IPv6 = disable
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """LSL reads its settings once a process, and keeps threads: each test has a process of its own."""
    config = tmp_path / "lsl_api.cfg"
    config.write_text(ALONE % f"underfoot-{os.getpid()}-{tmp_path.name}")
    root = HERE.parents[2]
    return {**os.environ, "LSLAPICFG": str(config), "PYTHONPATH": f"{root}:{root / 'tests/kit'}"}


async def run(environment: dict[str, str], *words: str, within_s: float = 60.0) -> dict[str, Any]:
    program = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(within_s):
        out, err = await program.communicate()
    assert program.returncode == 0, err.decode()
    told: dict[str, Any] = json.loads(out)
    return told


async def test_an_inlet_reads_what_was_measured(environment: dict[str, str]) -> None:
    """Outlets and inlets in one process; see `lsl_kit`."""
    before_s = time.time()
    found = await run(environment, "-m", "lsl_kit", "pair")
    assert found["names"] == ["underfoot p1 alerts", "underfoot p1 left", "underfoot p1 right"]
    assert found["labels"] == ["0 area 0", "1 area 1", "2 area 2", "3 area 3"]
    assert (found["unit"], found["x"], found["rate_hz"], found["calibration"]) == ("N", "0.25", 50.0, "maker")
    assert found["rows"] == 50
    assert found["worst"] < 1e-4  # float32 of loads up to 150 N
    assert found["dead_cell"] == ["nan"]
    assert found["spacing_ms"] == pytest.approx([20.0], abs=0.01)
    assert found["first_utc_s"] == pytest.approx(found["pushed_utc_s"], abs=0.05)
    assert found["first_utc_s"] >= before_s - 5
    assert found["marker"] == {"alert": "A1-left-1", "rule": "A1", "state": "closed", "level": "medium", "side": "left"}
    assert found["sent"] == {"left": 50, "right": 0, "late": 50, "undated": 50, "unfit": 50, "markers": 1}


async def test_live_feet_come_through_the_broker(environment: dict[str, str]) -> None:
    """A broker, two feet that publish, `underfoot export lsl` as a program, and an inlet beside it."""
    found = await run(environment, "-m", "lsl_kit", "broker", within_s=90.0)
    assert found["rows"]["left"] > 50
    assert found["rows"]["right"] > 50
    assert found["pulled"] > 50
    assert found["strange"] == 0
