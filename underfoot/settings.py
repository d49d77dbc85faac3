"""Settings: read once at the front door, handed on as plain frozen values. The only module that knows pydantic.

A value is taken from the first of: the command line, the environment (`UNDERFOOT_BROKER__URL`), a TOML file
($UNDERFOOT_CONFIG, ./underfoot.toml, /etc/underfoot/underfoot.toml), the default. Secrets may come from files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le, Predicate

from underfoot import given
from underfoot.mistakes import ConfigError, across, of_field
from underfoot.zones import is_zone

PLACES = (Path("underfoot.toml"), Path("/etc/underfoot/underfoot.toml"))
_STRICT = {"extra": "forbid"}
_BROKER_URL = re.compile(r"(mqtts?|tcp|ssl)://(\[[0-9a-fA-F:]+\]|[^\s/:@\[\]]+)(:\d{1,5})?/?", re.ASCII)
_WEB_URL = re.compile(r"https?://[^\s@]+", re.ASCII)
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_CHANNEL_URL = re.compile(r"[a-z][a-z0-9+]*://\S+", re.ASCII | re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", re.ASCII)


class RadioKind(StrEnum):
    BLUEZ = "bluez"
    VIRTUAL = "virtual"
    MOTICON_UDP = "moticon-udp"


class Accept(StrEnum):
    KNOWN = "known"
    ANY = "any"


class SeriesKind(StrEnum):
    SQLITE = "sqlite"
    INFLUX = "influx"


class SignIn(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class IngressRole(StrEnum):
    PATIENT = "patient"
    CARER = "carer"
    CLINICIAN = "clinician"
    KEEPER = "keeper"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _is_topic_word(text: str) -> bool:
    return bool(text) and not any(sign in text for sign in "/+#\0 ")


def _is_broker_url(text: str) -> bool:
    return _BROKER_URL.fullmatch(text) is not None


def _is_web_url(text: str) -> bool:
    return _WEB_URL.fullmatch(text) is not None


def _is_channel_name(text: str) -> bool:
    return _CHANNEL_NAME.fullmatch(text) is not None


def _is_channel_url(text: str) -> bool:
    return _CHANNEL_URL.fullmatch(text) is not None


def _is_prefix(text: str) -> bool:
    return _PREFIX.fullmatch(text) is not None


def _key(default: Any, says: str, *, secret: bool = False) -> Any:
    """A field of settings; `says` is its meaning and what is allowed, for the file, the errors and the README."""
    return field(default=default, metadata={"says": says, "secret": secret}, repr=not secret)


TopicWord = Annotated[str, Predicate(_is_topic_word)]
Port = Annotated[int, Ge(1), Le(65535)]
Channels = Mapping[Annotated[str, Predicate(_is_channel_name)], Annotated[str, Predicate(_is_channel_url)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    url: Annotated[str, Predicate(_is_broker_url)] | None = _key(
        None, "mqtt://HOST[:PORT] or mqtts://HOST[:PORT] (TLS); left out: an embedded broker, for this machine only"
    )
    user: str | None = _key(None, "the user's name at the broker")
    password: str | None = _key(None, "the password itself; a file is the better place", secret=True)
    password_file: Path | None = _key(
        None, "a file with the password; left out: broker_password in $CREDENTIALS_DIRECTORY, when there"
    )
    ca: Path | None = _key(None, "a PEM file of the authorities to trust; only with mqtts://")


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    kind: RadioKind = _key(
        RadioKind.BLUEZ,
        "bluez (real insoles), virtual (insoles inside this program) or moticon-udp (the OpenGo app on this machine)",
    )
    adapter: str | None = _key(None, "the Bluetooth adapter, such as hci0; left out: the first one")
    udp_port: Port = _key(8888, "the port that the OpenGo app sends to; only with moticon-udp")


@dataclass(frozen=True, slots=True, kw_only=True)
class InsoleSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    left: str | None = _key(
        None, "address of the left insole, or its name, which is no proof; left out: the one that was paired"
    )
    right: str | None = _key(
        None, "address of the right insole, or its name, which is no proof; left out: the one that was paired"
    )
    accept: Accept = _key(
        Accept.KNOWN,
        "known (those that were paired, and those named here) or any (whoever first says that foot, strangers too)",
    )
    driver: str | None = _key(
        None, "the driver of both insoles, such as orphe-insole; left out: that of the model which is recognised"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    kind: SeriesKind = _key(SeriesKind.SQLITE, "sqlite (in data_dir) or influx (a server)")
    url: Annotated[str, Predicate(_is_web_url)] | None = _key(None, "http://HOST:PORT of the server; only with influx")
    token: str | None = _key(None, "the token itself; a file is the better place", secret=True)
    token_file: Path | None = _key(
        None, "a file with the token; left out: series_token in $CREDENTIALS_DIRECTORY, when there"
    )
    org: str = _key("underfoot", "the organisation at the server")
    bucket: str = _key("underfoot", "the bucket at the server")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    enabled: bool = _key(True, "true or false: serve the page")
    host: str = _key("127.0.0.1", "the address to listen on; anything but 127.0.0.1 lets others see the page")
    port: Port = _key(8099, "a port from 1 to 65535")
    sign_in: SignIn = _key(
        SignIn.AUTO,
        "auto (not while only this machine reaches the page and nobody has an account), always or never",
    )
    ingress: bool = _key(False, "true or false: believe Home Assistant's ingress who looks at the page")
    ingress_role: IngressRole = _key(
        IngressRole.PATIENT,
        "patient, carer, clinician or keeper: what somebody from Home Assistant is who has no account here",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    preset: str = _key("clinical", "the name of a set of limits in processing/rules/presets.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    zone: Annotated[str, Predicate(is_zone)] | None = _key(
        None, "the time zone of the wearer's days, such as Europe/Vienna; left out: this machine's"
    )
    clinic_phone: str = _key("", "the number of the foot clinic, as it is to be read out")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    home_assistant: bool = _key(True, "true or false: announce the wearer to Home Assistant at the broker")
    discovery_prefix: Annotated[str, Predicate(_is_prefix)] = _key(
        "homeassistant", "the topic under which Home Assistant looks for devices"
    )
    channels: Channels | None = _key(
        None, 'a table of names and Apprise URLs, such as {phone="ntfys://…"}; a file is the better place', secret=True
    )
    channels_file: Path | None = _key(
        None,
        'a file of lines such as phone="ntfys://…"; left out: notify_channels in $CREDENTIALS_DIRECTORY, when there',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    max_mb: Annotated[int, Ge(8), Le(1_000_000)] = _key(512, "MB of samples that may wait on disk, from 8 to 1000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    level: LogLevel = _key(LogLevel.INFO, "debug, info, warning or error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    __pydantic_config__: ClassVar[Any] = _STRICT
    hub: TopicWord = _key("home", "an id of this machine for topics: no name of a person, no space, no / + #")
    person: TopicWord = _key("p1", "an opaque id of the wearer for topics: never a name, no space, no / + #")
    data_dir: Path = _key(
        Path("underfoot-data"),
        "the folder for what is kept on disk; left out: $STATE_DIRECTORY or underfoot-data",
    )
    broker: BrokerSettings = _key(BrokerSettings(), "the MQTT broker")
    radio: RadioSettings = _key(RadioSettings(), "Bluetooth")
    insoles: InsoleSettings = _key(InsoleSettings(), "which insoles are the wearer's")
    series: SeriesSettings = _key(SeriesSettings(), "where figures over time are kept")
    web: WebSettings = _key(WebSettings(), "the page")
    rules: RulesSettings = _key(RulesSettings(), "when an alert is raised")
    household: HouseholdSettings = _key(HouseholdSettings(), "the wearer's days, and whom to call")
    notify: NotifySettings = _key(NotifySettings(), "who else is told: the home hub, phones, mail")
    spool: SpoolSettings = _key(SpoolSettings(), "samples that wait until processing has them")
    log: LogSettings = _key(LogSettings(), "what is written to the log")


def config_path(path: Path | None = None) -> Path | None:
    """The file that settings are read from; None: there is none."""
    if path is not None:
        return path
    named = os.environ.get("UNDERFOOT_CONFIG")
    if named:
        return Path(named)
    return next((place for place in PLACES if place.is_file()), None)


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings from everywhere. `overrides`: dotted keys from the command line; None there means not given.

    :raises ConfigError: CONFIG_INVALID, naming every mistake at once.
    """
    from pydantic import TypeAdapter, ValidationError

    file = config_path(path)
    raw, found = given.from_file(file)
    given.lay_over(raw, given.from_environment(os.environ))
    given.lay_over(raw, given.from_command_line(overrides or {}))
    given.drop_blank(raw, Settings())
    found += given.fill_secrets(raw, os.environ.get("CREDENTIALS_DIRECTORY"))
    state = os.environ.get("STATE_DIRECTORY")
    if state:
        raw.setdefault("data_dir", state.partition(":")[0])
    try:
        settings = TypeAdapter(Settings).validate_python(raw)
    except ValidationError as error:
        found += [of_field(Settings(), each["loc"], each["input"]) for each in error.errors()]
    found += across(raw)
    if found:
        raise ConfigError(found, str(file) if file else "")
    return settings
