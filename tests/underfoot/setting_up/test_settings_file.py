"""The settings file changed from the page: what was written by hand stays, and a mistake changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.setting_up.settings_file import SettingsFile
from underfoot.settings import load

BY_HAND = """\
# the hall
hub = "hall" # as on the label

[household]
# they moved
zone = "Europe/Vienna"   # in spring

[web]
port = 8123
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "underfoot.toml"
    path.write_text(BY_HAND)
    return path


def test_comments_and_everything_else_stay(file: Path) -> None:
    SettingsFile(file).save(
        {"household.zone": "Europe/Berlin", "broker.url": "mqtt://box", "household.clinic_phone": None}
    )
    expected = BY_HAND.replace("Vienna", "Berlin")
    assert file.read_text().startswith(expected)
    assert file.read_text()[len(expected) :].split() == ["[broker]", "url", "=", '"mqtt://box"']
    assert load(file).web.port == 8123
    assert [each.name for each in file.parent.iterdir()] == ["underfoot.toml"]


def test_a_key_is_taken_out(file: Path) -> None:
    SettingsFile(file).save({"household.zone": None, "broker.user": None})
    assert load(file).household.zone is None
    assert "# they moved" in file.read_text()


@pytest.mark.parametrize(
    "changes", [{"household.zone": "Mars/Olympus"}, {"broker.url": "http://x"}, {"broker.user": "u"}, {"web.prt": 1}]
)
def test_a_mistake_changes_nothing(file: Path, changes: dict[str, str]) -> None:
    with pytest.raises(UnderfootError) as caught:
        SettingsFile(file).save(changes)
    assert caught.value.code is FaultCode.CONFIG_INVALID
    with pytest.raises(UnderfootError):
        SettingsFile(file).tried(changes)
    assert file.read_text() == BY_HAND
    assert [each.name for each in file.parent.iterdir()] == ["underfoot.toml"]


def test_a_password_is_kept_apart_and_its_mistake_leaves_the_old_one(file: Path) -> None:
    changes = {"broker.url": "mqtt://box", "broker.user": "hub"}
    SettingsFile(file).save(changes, "first-pw")
    assert load(file).broker.password == "first-pw"
    assert "first-pw" not in file.read_text()
    with pytest.raises(UnderfootError):
        SettingsFile(file).save({"broker.url": "mqtt://box", "broker.user": None}, "second-pw")
    assert load(file).broker.password == "first-pw"
    SettingsFile(file).save(changes, "third-pw")
    assert load(file).broker.password == "third-pw"
    secret = file.with_name("broker-password")
    assert secret.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link_and_rights_stay(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    real = file.rename(kept / "real.toml")
    real.chmod(0o600)
    file.symlink_to(real)
    SettingsFile(file).save({"household.zone": "Europe/Berlin"})
    assert file.is_symlink()
    assert "Berlin" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


def test_where_there_is_none_one_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERFOOT_CONFIG", raising=False)
    found = SettingsFile()
    assert (found.is_there, found.can_be_written) == (False, True)
    found.save({"household.clinic_phone": "1 2 3"})
    assert load(tmp_path / "underfoot.toml").household.clinic_phone == "1 2 3"


def test_what_cannot_be_written_is_said_and_can_be_written_by_hand(file: Path) -> None:
    file.with_name("underfoot.toml.new").mkdir()
    found = SettingsFile(file)
    with pytest.raises(UnderfootError) as caught:
        found.save({"broker.url": "mqtt://box"})
    assert caught.value.code is FaultCode.DISK_FULL
    assert file.read_text() == BY_HAND
    assert found.lines({"broker.url": "mqtt://box", "broker.user": None}) == '[broker]\nurl = "mqtt://box"\n'


def test_a_file_that_is_no_toml_is_left_alone(file: Path) -> None:
    file.write_text("hub = = 1")
    with pytest.raises(UnderfootError):
        SettingsFile(file).save({"household.clinic_phone": "1"})
    assert file.read_text() == "hub = = 1"


def test_what_the_environment_overrules_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERFOOT_BROKER__URL", "mqtt://other")
    monkeypatch.setenv("UNDERFOOT_BROKER__USER", "")
    assert SettingsFile(file).overruled({"broker.url": "x", "broker.user": "y"}) == ["UNDERFOOT_BROKER__URL"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was_said(file: Path, said: str) -> None:
    SettingsFile(file).save({"household.clinic_phone": said})
    assert load(file).household.clinic_phone == said
    assert "# they moved" in file.read_text()
