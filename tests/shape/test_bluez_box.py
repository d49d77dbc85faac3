"""deploy/bluez-box says what it cannot do, and ends with the exit status that callers go by."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tree import ROOT

BOX = ROOT / "deploy" / "bluez-box"
UNAVAILABLE = 69
_PLAIN = (
    "bash",
    "cat",
    "cut",
    "find",
    "flock",
    "id",
    "mkdir",
    "mktemp",
    "nproc",
    "printf",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "uname",
)


def box(*arguments: str, cache: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"BLUEZ_BOX_CACHE": str(cache), "HOME": str(cache), "PATH": str(path or os.environ["PATH"])}
    return subprocess.run([BOX, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH of the plainest programs: no package manager, no compiler."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in _PLAIN:
        (folder / name).symlink_to(shutil.which(name) or f"/missing/{name}")
    return folder


def add(folder: Path, name: str, script: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_without_a_command_it_explains_itself(tmp_path: Path) -> None:
    said = box(cache=tmp_path)
    assert said.returncode == 2
    assert "bluez-box run COMMAND" in said.stdout


def test_status_tells_what_is_missing(tmp_path: Path) -> None:
    said = box("status", cache=tmp_path / "empty")
    assert said.returncode == 1
    assert "missing" in said.stderr


def test_another_kind_of_machine_is_told_so(tmp_path: Path, programs: Path) -> None:
    add(programs, "uname", "echo Linux aarch64")
    said = box("run", "true", cache=tmp_path / "cache", path=programs)
    assert (said.returncode, "aarch64" in said.stderr) == (UNAVAILABLE, True)


def test_a_machine_without_debian_s_packages_is_told_so(tmp_path: Path, programs: Path) -> None:
    add(programs, "uname", "echo Linux x86_64")
    said = box("build", cache=tmp_path / "cache", path=programs)
    assert (said.returncode, "apt-get" in said.stderr) == (UNAVAILABLE, True)


def test_a_user_who_lacks_tools_and_may_install_nothing_is_told_which(tmp_path: Path, programs: Path) -> None:
    add(programs, "uname", "echo Linux x86_64")
    add(programs, "apt-cache", "echo '  Candidate: 1.0'")
    add(programs, "apt-get", "exit 100")
    said = box("build", cache=tmp_path / "cache", path=programs)
    assert said.returncode == UNAVAILABLE
    assert "flex" in said.stderr
    assert not list((tmp_path / "cache").glob("kernel-*"))


def test_a_second_build_waits_for_the_first(tmp_path: Path, programs: Path) -> None:
    add(programs, "uname", "echo Linux aarch64")
    cache = tmp_path / "cache"
    cache.mkdir()
    environment = {"BLUEZ_BOX_CACHE": str(cache), "HOME": str(cache), "PATH": str(programs)}
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen([BOX, "build"], env=environment, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        assert "waiting" in waiting.stderr.readline()
        assert waiting.poll() is None
    _, said = waiting.communicate(timeout=30)
    assert (waiting.returncode, "aarch64" in said) == (UNAVAILABLE, True)
