"""Settings come from four places, and every mistake is named at once."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.at_home import page_url
from underfoot.cli.config import redacted, template
from underfoot.judging import household
from underfoot.mistakes import ConfigError, keys_of, secrets_of
from underfoot.settings import RadioKind, SeriesKind, Settings, load


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("UNDERFOOT_CONFIG", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def written(text: str, name: str = "underfoot.toml") -> Path:
    file = Path(name)
    file.write_text(text)
    return file


def mistakes(text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(written(text))
    assert caught.value.code is FaultCode.CONFIG_INVALID
    return {each.key: str(each) for each in caught.value.mistakes}


def test_without_a_file_the_defaults_hold() -> None:
    assert load() == Settings()


def test_a_file_is_read_into_plain_values() -> None:
    settings = load(
        written(
            'hub = "attic"\n[broker]\nurl = "mqtts://hub.local:8883"\n[radio]\nkind = "virtual"\n[spool]\nmax_mb = 64\n'
        )
    )
    assert settings.hub == "attic"
    assert settings.broker.url == "mqtts://hub.local:8883"
    assert settings.radio.kind is RadioKind.VIRTUAL
    assert settings.spool.max_mb == 64
    with pytest.raises(AttributeError):
        settings.hub = "b"


def test_four_mistakes_are_all_named_with_what_is_allowed() -> None:
    found = mistakes(
        '[broker]\nurl = "http://x"\n[web]\nport = 99999\n[radio]\nkind = "telepathy"\n[spol]\nmax_mb = 100\n'
    )
    assert set(found) == {"broker.url", "web.port", "radio.kind", "spol"}
    assert "mqtt://HOST" in found["broker.url"]
    assert "1 to 65535" in found["web.port"]
    assert "'telepathy'" in found["radio.kind"]
    assert "bluez" in found["radio.kind"]
    assert "did you mean spool" in found["spol"]


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[broker]\nurll = 'mqtt://x'\n", "broker.urll", "broker.url"),
        ("[web]\nzzz = 1\n", "web.zzz", "web.enabled, web.host, web.port"),
        ("broker = 'mqtt://x'\n", "broker", "is a section"),
        ("hub = 'a/b'\n", "hub", "no / + #"),
        ("hub = ''\n", "hub", "''"),
        ("person = 'Ann Example'\n", "person", "never a name"),
        ("hub = 3\n", "hub", "is 3"),
        ("[web]\nport = true\n[log]\nlevel='loud'\n", "log.level", "debug, info"),
        ("[spool]\nmax_mb = 1\n", "spool.max_mb", "from 8"),
        ("[series]\nkind = 'influx'\n", "series.url", "is missing"),
        ("[broker]\nurl = 'mqtt://user:pw@host'\n", "broker.url", "mqtt://HOST"),
        ("[broker]\nurl = 'mqtt://host:1'\nca = 'x.pem'\n", "broker.ca", "mqtts://"),
        ("[broker]\nuser = 'u'\n", "broker.user", "broker.url"),
        ("[household]\nzone = 'Europe/Atlantis'\n", "household.zone", "Europe/Vienna"),
        ("[notify]\ndiscovery_prefix = 'a b'\n", "notify.discovery_prefix", "looks for devices"),
        ("[notify.channels]\nphone = 'no url'\n", "notify.channels", "Apprise URLs"),
        ("[notify.channels]\n'a phone' = 'ntfy://x'\n", "notify.channels", "Apprise URLs"),
        ("[notify]\nchannels = '= 3'\n", "notify.channels", "cannot be read"),
        ("[notify]\nchannels_file = 'none.toml'\n", "notify.channels_file", "cannot be read"),
        (
            "[broker]\nurl = 'mqtt://h'\nuser = 'u'\npassword_file = 'none.txt'\n",
            "broker.password_file",
            "cannot be read",
        ),
    ],
)
def test_a_mistake_is_named_by_its_dotted_key(text: str, key: str, says: str) -> None:
    assert says in mistakes(text)[key]


@pytest.mark.parametrize("text", ["hub = ", "= 3", "[[[", "a = 1\na = 2"])
def test_what_is_not_toml_is_a_mistake(text: str) -> None:
    assert "is not TOML" in mistakes(text)["underfoot.toml"]


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERFOOT_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        load()


def test_the_command_line_stands_before_the_environment_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    written("[web]\nport = 1001\nhost = '::1'\n[log]\nlevel = 'error'\n")
    monkeypatch.setenv("UNDERFOOT_WEB__PORT", "1002")
    monkeypatch.setenv("UNDERFOOT_LOG__LEVEL", "")
    assert (load().web.port, load().web.host, load().log.level) == (1002, "::1", "error")
    assert load(overrides={"web.port": 1003, "web.host": None}).web.port == 1003


def test_an_unknown_variable_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERFOOT_BROKR__URL", "mqtt://x")
    with pytest.raises(ConfigError, match="did you mean broker"):
        load()


def test_the_state_directory_of_the_service_is_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/underfoot:/var/lib/other")
    assert load().data_dir == Path("/var/lib/underfoot")
    assert load(overrides={"data_dir": "here"}).data_dir == Path("here")


def test_secrets_come_from_files_and_are_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broker_password").write_text("s3cret\n")
    (tmp_path / "token").write_text("t0ken")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load(
        written(
            "[broker]\nurl = 'mqtt://h'\nuser = 'u'\n"
            "[series]\nkind = 'influx'\nurl = 'http://i:1'\ntoken_file = 'token'\n"
        )
    )
    assert (settings.broker.password, settings.series.token) == ("s3cret", "t0ken")
    assert settings.series.kind is SeriesKind.INFLUX
    shown = f"{settings!r} {redacted(settings)}"
    assert "s3cret" not in shown
    assert "t0ken" not in shown
    assert secrets_of(settings) == {"broker.password", "series.token", "notify.channels"}


@pytest.mark.parametrize(
    "text",
    [
        "[broker]\nurl = 'mqtt://h'\npassword = 12345\n",
        "[notify.channels]\nphone = '12345'\n",
        "[notify]\nchannels = 'phone = 12345 = 3'\n",
    ],
)
def test_a_wrong_secret_is_not_repeated(text: str) -> None:
    assert "12345" not in " ".join(mistakes(text).values())


def test_channels_come_from_a_table_a_file_a_credential_or_a_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = {"phone": "ntfys://secret-topic", "mail": "mailto://u:pw@h"}
    lines = "\n".join(f'{name}="{url}"' for name, url in one.items())
    assert load(written(f"[notify.channels]\n{lines}\n")).notify.channels == one
    (tmp_path / "channels.toml").write_text(lines)
    settings = load(written("[notify]\nchannels_file = 'channels.toml'\n"))
    assert settings.notify.channels == one
    assert "secret-topic" not in f"{settings!r} {redacted(settings)}"
    written("")
    (tmp_path / "notify_channels").write_text(lines)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load().notify.channels == one
    monkeypatch.setenv("UNDERFOOT_NOTIFY__CHANNELS", 'phone="ntfy://other"')
    assert load().notify.channels == {"phone": "ntfy://other"}


def test_the_household_is_read_once_for_processing() -> None:
    at = household(load(written("[household]\nzone = 'Europe/Vienna'\nclinic_phone = '01 234'\n")))
    assert (str(at.zone), at.clinic_phone) == ("Europe/Vienna", "01 234")
    assert household(Settings()).zone is not None


def test_a_zone_of_the_machine_that_has_no_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    assert str(household(Settings()).zone) == "Europe/Vienna"
    monkeypatch.setenv("TZ", "CET-1CEST")
    with pytest.raises(UnderfootError, match=r"household\.zone"):
        household(Settings())
    assert str(household(load(overrides={"household.zone": "Asia/Tokyo"})).zone) == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("web", "url"),
    [
        ("host = '127.0.0.1'", None),
        ("host = '0.0.0.0'", None),
        ("host = 'hub.local'\nenabled = false", None),
        ("host = 'hub.local'", "http://hub.local:8099/"),
        ("host = 'fd00::2'\nport = 80", "http://[fd00::2]:80/"),
    ],
)
def test_a_page_that_others_cannot_see_has_no_address(web: str, url: str | None) -> None:
    assert page_url(load(written(f"[web]\n{web}\n"))) == url


def test_the_written_file_names_every_key_and_holds_the_defaults() -> None:
    full = "\n".join(line.removeprefix("# ") if " = " in line else line for line in template().splitlines())
    assert load(written(full)) == Settings()
    flat = {
        f"{name}.{key}" if isinstance(value, dict) else name
        for name, value in tomllib.loads(full).items()
        for key in (value if isinstance(value, dict) else [""])
    }
    assert flat == set(keys_of(Settings()))
    assert load(written(template())) == Settings()


def test_the_settings_library_is_not_imported_before_it_is_needed() -> None:
    import subprocess

    code = "import sys, underfoot.cli, underfoot.settings; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
