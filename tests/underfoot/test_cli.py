"""The command line: help, exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ingest.wire.faults import ADVICE, FaultCode, UnderfootError
from underfoot import __version__
from underfoot.cli import COMMANDS, NOT_MEDICAL, _tell, underfoot
from underfoot.cli._front import Exit, exit_code, faults_of


def invoke(*words: str) -> Result:
    return CliRunner().invoke(underfoot, words)


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "underfoot", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_help_lists_every_command_and_says_what_this_is_not() -> None:
    for said in (invoke("--help"), invoke("-h"), invoke()):
        assert NOT_MEDICAL in " ".join(said.output.split())
    shown = invoke("--help").output
    assert all(f"  {name} " in shown for name in ("config", "doctor", "account", "alerts"))


def test_every_command_has_help() -> None:
    group = underfoot
    assert isinstance(group, click.Group)
    for name in group.list_commands(click.Context(group)):
        said = invoke(name, "--help")
        assert said.exit_code == 0, said.output
        assert name in COMMANDS


def test_help_imports_no_room() -> None:
    code = "import sys, underfoot.cli as c; c.underfoot(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    assert not [
        name for name in ("bleak", "aiomqtt", "bumble", "starlette", "sqlite3", "rich") if f"'{name}'" in loaded
    ]


def test_version() -> None:
    assert invoke("--version").output.strip() == f"underfoot, version {__version__}"


@pytest.mark.parametrize("words", [["nonsense"], ["config", "nonsense"], ["--nonsense"], ["alerts", "ack"]])
def test_a_command_line_that_cannot_be_understood_ends_with_2(words: list[str]) -> None:
    assert invoke(*words).exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (FaultCode.CONFIG_INVALID, 78),
        (FaultCode.BROKER_REFUSED, 78),
        (FaultCode.BROKER_UNREACHABLE, 69),
        (FaultCode.RADIO_OFF, 69),
        (FaultCode.STORE_UNREACHABLE, 69),
        (FaultCode.DISK_FULL, 75),
        (FaultCode.PORT_IN_USE, 75),
        (FaultCode.FILE_UNREADABLE, 1),
        (FaultCode.INTERNAL, 1),
    ],
)
def test_a_fault_has_its_exit_code_and_one_line(
    code: FaultCode, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(code) == status
    assert _tell(UnderfootError(code, "this case")) == status
    assert capsys.readouterr().err == f"{code} (this case): {ADVICE[code]}\n"


def test_faults_inside_task_groups_are_found() -> None:
    one, two = UnderfootError(FaultCode.PORT_IN_USE), UnderfootError(FaultCode.DISK_FULL)
    assert faults_of(ExceptionGroup("tasks", [one, ExceptionGroup("more", [two])])) == [one, two]
    assert faults_of(ExceptionGroup("tasks", [one, ValueError()])) is None
    assert faults_of(asyncio.CancelledError()) is None


@pytest.mark.expects_log
def test_what_nobody_foresaw_is_told_in_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert _tell(ValueError("odd")) == Exit.FAILED
    assert capsys.readouterr().err.startswith("internal (ValueError: odd): ")


def test_bad_settings_end_the_program_with_78_and_name_all(tmp_path: Path) -> None:
    (tmp_path / "underfoot.toml").write_text("[web]\nport = 0\n[log]\nlevel = 'x'\n[radio]\nkind = 1\n[nope]\n")
    for words in (["config", "show"], ["account"]):
        done = run(*words, cwd=tmp_path)
        assert done.returncode == 78
        assert done.stdout == ""
        assert all(key in done.stderr for key in ("web.port", "log.level", "radio.kind", "nope"))
        assert len(done.stderr.splitlines()) == 1
    checked = run("config", "check", cwd=tmp_path)
    assert checked.returncode == 78
    assert len(checked.stdout.splitlines()) == 4
    as_json = json.loads(run("config", "check", "--json", cwd=tmp_path).stdout)
    assert {each["key"] for each in as_json["mistakes"]} == {"web.port", "log.level", "radio.kind", "nope"}


def test_settings_are_written_checked_and_shown(tmp_path: Path) -> None:
    assert run("config", "init", cwd=tmp_path).returncode == 0
    again = run("config", "init", cwd=tmp_path)
    assert again.returncode == 1
    assert "--force" in again.stderr
    assert run("config", "init", "--force", cwd=tmp_path).returncode == 0
    assert run("config", "check", cwd=tmp_path).stdout == "no mistakes in underfoot.toml\n"
    (tmp_path / "mine.toml").write_text("[broker]\nurl = 'mqtt://h'\nuser = 'u'\npassword = 'hush'\n")
    for form in ([], ["--json"]):
        shown = run("--config", "mine.toml", "config", "show", *form, cwd=tmp_path)
        assert shown.returncode == 0
        assert "mqtt://h" in shown.stdout
        assert "hush" not in shown.stdout
    assert json.loads(shown.stdout)["broker"]["ca"] is None
