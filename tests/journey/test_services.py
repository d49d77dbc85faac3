"""The services as an init system meets them: they start without what is missing, say so, and end on SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from broker_kit import free_port
from journey_kit import wait_for

from ingest.wire.geometry import Side

EMBEDDED = 1883


class Service:
    """One program of ours, its log in files."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        self.data_dir = folder / "data"
        self.web_port = free_port()
        given = {"DATA_DIR": str(self.data_dir), "WEB__PORT": str(self.web_port), **settings}
        environment = {
            **os.environ,
            **{f"UNDERFOOT_{name}": value for name, value in given.items()},
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/no-bus",  # no Bluetooth here, whatever machine this is
        }
        self._told = folder / "told"
        with self._told.open("wb") as told:
            command = [sys.executable, "-m", "underfoot", *words]
            self.program = subprocess.Popen(command, env=environment, cwd=folder, stdout=told, stderr=told)

    @property
    def told(self) -> str:
        return self._told.read_text()

    def ends(self, within_s: float = 30.0) -> int:
        return self.program.wait(within_s)

    def stops(self) -> int:
        self.program.send_signal(signal.SIGTERM)
        return self.ends()

    def health(self) -> dict[str, Any] | None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.web_port}/health", timeout=5) as answer:
            return dict(json.load(answer))
        return None

    def page(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.web_port}/p/p1/", timeout=5) as answer:
            return str(answer.read().decode())


@contextmanager
def service(folder: Path, *words: str, **settings: str) -> Iterator[Service]:
    started = Service(folder, *words, **settings)
    try:
        yield started
    finally:
        started.program.kill()
        started.program.wait()


@contextmanager
def taken(port: int) -> Iterator[None]:
    """The port is in use, by us if by nobody else."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            other.bind(("127.0.0.1", port))
            other.listen()
        yield


def nowhere() -> str:
    return f"mqtt://127.0.0.1:{free_port()}"


def test_run_without_bluetooth_says_so_once_and_serves_its_page(tmp_path: Path) -> None:
    with service(tmp_path, "run", BROKER__URL=nowhere(), INSOLES__ACCEPT="any") as run:
        wait_for(lambda: "radio-off" in (run.health() or {"faults": {}})["faults"], 20, "the page to count radio-off")
        time.sleep(3)  # long enough for a second and a third attempt
        page = run.page()
        assert 'data-tone="not-measured"' in page
        assert page.count('data-measured="false"') == len(Side)
        assert run.stops() == 0, run.told
        assert run.told.count("radio-off") == 1
        assert "No Bluetooth adapter answers" in run.told
        assert "Traceback" not in run.told


def test_run_waits_for_insoles_to_be_paired(tmp_path: Path) -> None:
    with service(tmp_path, "run", BROKER__URL=nowhere()) as run:
        wait_for(lambda: "insoles-unknown" in (run.health() or {"faults": {}})["faults"], 20, "the page to count it")
        known = {"insole": "F0:00:00:00:00:01", "address": "F0:00:00:00:00:01", "driver": "open-insole"}
        paired = {"v": 1, "left": {**known, "paired_t_ns": 1, "bound": "stamped"}}
        (run.data_dir / "insoles.json").write_text(json.dumps(paired))
        wait_for(lambda: "radio-off" in (run.health() or {"faults": {}})["faults"], 20, "the insole to be searched")
        assert run.stops() == 0, run.told
        assert "run `underfoot pair`" in run.told
        assert "Traceback" not in run.told


@pytest.mark.parametrize("words", [("processing",), ("ingest", "--radio", "virtual"), ("ingest",)])
def test_each_half_ends_in_good_order_without_a_broker(tmp_path: Path, words: tuple[str, ...]) -> None:
    with service(tmp_path, *words, BROKER__URL=nowhere()) as half:
        wait_for(lambda: "broker-unreachable" in half.told, 20, "the outage to be told")
        assert half.stops() == 0, half.told
        assert "Traceback" not in half.told


def test_the_pages_port_in_use_stops_the_start_before_anything_is_opened(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with service(tmp_path, "run", WEB__PORT=port, BROKER__URL=nowhere()) as run:
            assert run.ends() == 75
            assert run.told.splitlines() == [line for line in run.told.splitlines() if line.startswith("port-in-use")]
            assert len(run.told.splitlines()) == 1
            assert f"127.0.0.1:{port}, for the page" in run.told
            assert not run.data_dir.exists()


def test_run_says_what_to_do_when_the_embedded_brokers_port_is_taken(tmp_path: Path) -> None:
    with taken(EMBEDDED), service(tmp_path, "run") as run:
        assert run.ends() == 75
        assert len(run.told.splitlines()) == 1
        assert run.told.startswith("port-in-use")
        assert "broker.url" in run.told
        assert not run.data_dir.exists()


def test_demo_takes_another_port_for_its_broker_and_ends_when_told(tmp_path: Path) -> None:
    with taken(EMBEDDED), service(tmp_path, "demo", "--port", str(free_port())) as demo:
        wait_for(lambda: "somebody is walking" in demo.told, 30, "the walk to begin")
        assert "Port 1883 is taken, so the broker is at mqtt://127.0.0.1:" in demo.told
        assert demo.stops() == 0, demo.told
        assert "The books" in demo.told
        assert "Traceback" not in demo.told


def test_an_unknown_preset_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    with service(tmp_path, "run", RULES__PRESET="strict", BROKER__URL=nowhere()) as run:
        assert run.ends() == 78
        assert run.told.startswith("config-invalid")
        assert not run.data_dir.exists()
