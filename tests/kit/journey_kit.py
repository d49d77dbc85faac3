"""Programs of ours as a person starts them: their own processes, one data folder, one broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from processing.store.recordings_sqlite import SqliteRecordings


@dataclass
class House:
    """Settings by environment, and what was started with them."""

    data_dir: Path
    broker_url: str | None = None
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    page_port: int | None = None  # None: no page

    @property
    def environment(self) -> dict[str, str]:
        mine = {
            "UNDERFOOT_DATA_DIR": str(self.data_dir),
            "UNDERFOOT_WEB__ENABLED": "false" if self.page_port is None else "true",
            "UNDERFOOT_LOG__LEVEL": "warning",
        }
        if self.page_port is not None:
            mine["UNDERFOOT_WEB__PORT"] = str(self.page_port)
        if self.broker_url:
            mine["UNDERFOOT_BROKER__URL"] = self.broker_url
        return {**os.environ, **mine}

    def start(self, *words: str) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, "-m", "underfoot", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.data_dir,
        )
        self.started.append(program)
        return program

    def run(self, *words: str, timeout_s: float = 110.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "underfoot", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=self.data_dir,
            check=False,
        )

    def end_all(self) -> None:
        for program in self.started:
            if program.poll() is None:
                program.send_signal(signal.SIGKILL)
            program.communicate()


def kill(program: subprocess.Popen[str]) -> None:
    """As a power cut would: no good-bye."""
    program.send_signal(signal.SIGKILL)
    program.communicate()


def wait_for(true: Any, within_s: float, what: str) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, f"waited {within_s} s for: {what}"
        time.sleep(0.1)


def stored_codes(recordings: SqliteRecordings, walk: str, side: Side) -> dict[int, bytes]:
    """Row number to the bytes of its codes, as stored; a row stored twice fails."""
    rows: dict[int, bytes] = {}
    for block in recordings.blocks(walk):
        if block.side is side:
            for offset in range(block.rows):
                assert block.seq + offset not in rows, f"{side} row {block.seq + offset} is stored twice"
                rows[block.seq + offset] = block.codes[offset].tobytes()
    return rows


def recorded_codes(path: Path, seconds: float, side: Side) -> list[bytes]:
    """The codes of a recording's rows in order."""
    codes = np.concatenate([each.codes for each in open_recording(path, seconds=seconds).rows(side)])
    return [row.tobytes() for row in codes]


def differences(left: Any, right: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Dotted paths at which two JSON values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        found: dict[str, tuple[Any, Any]] = {}
        for key in sorted(set(left) | set(right)):
            found |= differences(left.get(key), right.get(key), f"{path}.{key}" if path else str(key))
        return found
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return differences(dict(enumerate(left)), dict(enumerate(right)), path)
    return {} if json.dumps(left) == json.dumps(right) else {path: (left, right)}
