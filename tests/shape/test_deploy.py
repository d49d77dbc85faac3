"""What lies in deploy/ holds: units start real commands, Mosquitto takes its configuration, locks pin everything."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest
from tree import ROOT

from underfoot.cli import COMMANDS
from underfoot.cli._front import Exit

DEPLOY = ROOT / "deploy"


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_and_does_not_restart_on_bad_settings(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    command = next(line for line in lines if line.startswith("ExecStart=")).split()[-1]
    assert command in COMMANDS
    assert f"RestartPreventExitStatus={int(Exit.CONFIG)}" in lines
    assert "CapabilityBoundingSet=" in lines


def named(lock: str) -> set[str]:
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", (DEPLOY / lock).read_text(), re.MULTILINE)}


def test_a_lock_pins_every_dependency_with_hashes_and_names_no_index() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [
        *project["project"]["dependencies"],
        *extras["virtual"],
        *extras["parquet"],
        *extras["notify"],
        *project["dependency-groups"]["build"],
    ]
    run, dev = named("requirements.lock"), named("requirements-dev.lock")

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-") for line in requirements}

    assert names(wanted) <= run
    assert run | names(project["dependency-groups"]["dev"]) <= dev
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (DEPLOY / lock).read_text()
        assert "://" not in text
        assert all(
            "--hash=sha256:" in block for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if block.strip()
        )


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    passwd = shutil.which("mosquitto_passwd")
    if program is None or passwd is None:
        pytest.fail("mosquitto is missing: run deploy/install-test-servers")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for user in ("underfoot", "viewer"):
        create = [] if (tmp_path / "passwd").exists() else ["-c"]
        subprocess.run([passwd, *create, "-b", tmp_path / "passwd", user, "secret"], check=True)
    shutil.copy(DEPLOY / "mosquitto.acl", tmp_path / "acl")
    for made in ("passwd", "acl"):
        (tmp_path / made).chmod(0o644)
    tmp_path.chmod(0o777)
    conf = (DEPLOY / "mosquitto.conf").read_text().replace("listener 1883", f"listener {port}")
    conf = re.sub(r"/etc/mosquitto/underfoot\.(\w+)", lambda found: str(tmp_path / found[1]), conf)
    conf = conf.replace("/var/lib/mosquitto/", f"{tmp_path}/")
    # as root Mosquitto would become another user, who may not enter pytest's private folders
    (tmp_path / "conf").write_text(f"{conf}\nuser root\n")
    broker = subprocess.Popen([program, "-c", tmp_path / "conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and broker.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert broker.poll() is None, "mosquitto does not take the configuration"
        yield port
    finally:
        broker.terminate()
        broker.wait(10)


async def heard(port: int, user: str) -> list[str]:
    """Publish one of our topics and one of others as `user`; what the service's own user then hears."""
    there = {"hostname": "127.0.0.1", "port": port, "password": "secret"}
    async with aiomqtt.Client(username="underfoot", **there) as ours, aiomqtt.Client(username=user, **there) as other:
        await ours.subscribe("#", qos=1)
        await other.publish("underfoot/1/home/p1/live", user, qos=1)
        await other.publish("elsewhere", user, qos=1)
        await ours.publish("underfoot/1/home/p1/live", "end", qos=1)
        got: list[str] = []
        async for message in ours.messages:
            got.append(f"{message.topic} {bytes(message.payload).decode()}")
            if message.payload == b"end":
                return got
    return got


async def test_mosquitto_takes_our_configuration_and_keeps_its_rules(mosquitto: int) -> None:
    ours = "underfoot/1/home/p1/live"
    assert await asyncio.wait_for(heard(mosquitto, "underfoot"), 20) == [f"{ours} underfoot", f"{ours} end"]
    assert await asyncio.wait_for(heard(mosquitto, "viewer"), 20) == [f"{ours} end"]
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", mosquitto):
            pass
