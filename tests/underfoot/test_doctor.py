"""The doctor: one line a check, advice where something is wrong, exit code 1 where it failed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingest.books import SpoolReader
from ingest.spool import Spool
from ingest.wire.faults import ADVICE, FaultCode
from ingest.wire.geometry import Side, Unit
from ingest.wire.messages import Samples
from underfoot import checks
from underfoot.broker import EmbeddedBroker
from underfoot.checks import State
from underfoot.cli import underfoot
from underfoot.places import Places
from underfoot.settings import BrokerSettings, Settings, SpoolSettings, WebSettings, load


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def doctor(*words: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = CliRunner().invoke(underfoot, ["doctor", "--json", *words])
    told: Any = json.loads(done.stdout)
    return done.exit_code, {each["name"]: each for each in told["checks"]}


def test_every_check_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERFOOT_RADIO__KIND", "virtual")
    monkeypatch.setenv("UNDERFOOT_WEB__ENABLED", "false")
    done = CliRunner().invoke(underfoot, ["doctor"])
    assert done.exit_code == 0, done.output
    assert all(line.split()[0] in tuple(State) for line in done.output.splitlines())
    names = set(doctor()[1])
    assert names == {
        "python",
        "machine",
        "packages",
        "settings",
        "clock",
        "bluetooth",
        "disk",
        "spool",
        "web",
        "broker",
        "series",
    }
    assert names - set(doctor("--quick")[1]) == {"broker", "series"}
    assert not Path("underfoot-data").exists(), "looking changes nothing"


def test_a_port_in_use_fails_with_advice(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERFOOT_WEB__PORT", str(taken_port))
    code, told = doctor("--quick")
    assert code == 1
    assert told["web"]["state"] == "fail"
    assert told["web"]["advice"] == ADVICE[FaultCode.PORT_IN_USE]


def test_mistakes_in_settings_are_failed_checks_and_the_rest_goes_on() -> None:
    Path("underfoot.toml").write_text("[web]\nport = 0\n")
    code, told = doctor()
    assert code == 1
    assert "web.port" in told["settings"]["found"]
    assert told["python"]["state"] == "ok"
    assert told["disk"]["found"] == "not checked"


def test_no_adapter_is_a_failed_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SYS", tmp_path)
    (check,) = checks.radio(Settings())
    assert (check.state, check.advice) == (State.FAIL, ADVICE[FaultCode.RADIO_OFF])


@pytest.mark.parametrize(("soft", "bus", "state"), [("0", True, "ok"), ("1", True, "fail"), ("0", False, "fail")])
def test_an_adapter_must_be_unblocked_and_the_bus_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soft: str, bus: bool, state: str
) -> None:
    (tmp_path / "bluetooth/hci0").mkdir(parents=True)
    switch = tmp_path / "rfkill/rfkill0"
    switch.mkdir(parents=True)
    for name, value in {"type": "bluetooth", "soft": soft, "hard": "0"}.items():
        (switch / name).write_text(f"{value}\n")
    if bus:
        (tmp_path / "bus").touch()
    monkeypatch.setattr(checks, "_SYS", tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    (check,) = checks.radio(Settings())
    assert check.state == state
    (missing,) = checks.radio(load(overrides={"radio.adapter": "hci7"}))
    assert "hci7" in missing.found


def test_too_little_room_is_a_warning(tmp_path: Path) -> None:
    (check,) = checks.disk(Settings(data_dir=tmp_path / "not/yet", spool=SpoolSettings(max_mb=1_000_000_000)))
    assert check.state is State.WARN
    (fine,) = checks.disk(Settings(data_dir=tmp_path))
    assert fine.state is State.OK


def test_the_waiting_samples_are_weighed(tmp_path: Path) -> None:
    places = Places(tmp_path)
    samples = Samples(
        insole="a", side=Side.LEFT, boot=0, seq=0, ticks=0, tick_ns=1000, t_ns=0, ns_per_row=10_000_000, rows=60_000,
        cells=50, values=bytes(6_000_000), unit=Unit.RAW, scale=1.0,
    )  # fmt: skip
    spool = Spool(places.spool)
    spool.append(samples)
    settings = Settings(data_dir=tmp_path, spool=SpoolSettings(max_mb=8))
    (check,) = checks.spool(settings)
    spool.close()
    assert check.state is State.WARN
    assert check.found.startswith("6.0 of 8 MB")
    assert SpoolReader(places.spool).insoles() == ("a",)
    places.spool.write_bytes(b"no spool" * 1000)
    (damaged,) = checks.spool(settings)
    assert damaged.advice == ADVICE[FaultCode.STORE_DAMAGED]


@pytest.mark.expects_log
async def test_a_broker_that_takes_us_and_one_that_is_not_there(taken_port: int) -> None:
    from underfoot.reach import greet

    async with EmbeddedBroker(port=0) as broker:
        there = Settings(broker=BrokerSettings(url=f"mqtt://127.0.0.1:{broker.address.port}"))
        assert await greet(there) is None
    fault = await greet(there)
    assert fault is not None
    assert fault.code is FaultCode.BROKER_UNREACHABLE


@pytest.mark.expects_log
def test_a_configured_broker_that_is_not_there_fails(unused: int) -> None:
    (check,) = checks.broker(Settings(broker=BrokerSettings(url=f"mqtt://127.0.0.1:{unused}")))
    assert (check.state, check.advice) == (State.FAIL, ADVICE[FaultCode.BROKER_UNREACHABLE])


@pytest.fixture
def unused() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_free_port_is_fine(unused: int) -> None:
    (check,) = checks.web(Settings(web=WebSettings(port=unused)))
    assert check.state is State.OK


def test_a_series_server_that_is_not_there_fails(unused: int) -> None:
    settings = load(overrides={"series.kind": "influx", "series.url": f"http://127.0.0.1:{unused}"})
    (check,) = checks.series(settings)
    assert (check.state, check.advice) == (State.FAIL, ADVICE[FaultCode.STORE_UNREACHABLE])
