"""What `underfoot doctor` looks at: this machine, its radio, its disk, and the servers that the settings name."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from ingest.wire.faults import ADVICE, FaultCode, UnderfootError
from underfoot.places import Places
from underfoot.settings import RadioKind, SeriesKind, Settings

_FREE_MB = 500  # beside the spool at its largest: journal, series and the system's own logs
_WAIT_S = 3.0
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_OLDEST_BLUEZ = (5, 55)  # what bleak needs
_SYS = Path("/sys/class")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `advice` "": nothing needs doing."""

    name: str
    state: State
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.state:<4}  {self.name}: {self.found}" + (f" -> {self.advice}" if self.advice else "")


def _ok(name: str, found: str) -> Check:
    return Check(name, State.OK, found)


def machine() -> Iterator[Check]:
    """Python, 64 bits, packages."""
    yield _ok("python", platform.python_version())
    bits = 8 * struct.calcsize("P")
    if bits == 64:
        yield _ok("machine", f"{platform.machine()}, 64-bit")
    else:
        yield Check("machine", State.FAIL, f"{bits}-bit", "Install a 64-bit system; numpy has no 32-bit ARM packages.")
    missing = list(_missing_packages())
    if missing:
        yield Check("packages", State.FAIL, f"missing: {', '.join(missing)}", ADVICE[FaultCode.DEPENDENCY_MISSING])
    else:
        yield _ok("packages", "all there")


def _missing_packages() -> Iterator[str]:
    for line in metadata.requires("underfoot") or []:
        named = re.match(r"[A-Za-z0-9._-]+", line)
        if named and "extra ==" not in line:
            try:
                metadata.version(named[0])
            except metadata.PackageNotFoundError:
                yield named[0]


def clock() -> Iterator[Check]:
    """Whether the kernel says that this machine's clock is synchronised."""
    answer = _adjtimex()
    if answer is None:
        yield Check("clock", State.WARN, "this system does not say", "Make sure that its time is set by NTP.")
    elif answer == _TIME_ERROR:
        advice = "Switch time synchronisation on (`timedatectl set-ntp true`); times of walks rest on it."
        yield Check("clock", State.WARN, "not synchronised", advice)
    else:
        yield _ok("clock", "synchronised")


def _adjtimex() -> int | None:
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))  # zeros: ask, change nothing
    except (OSError, AttributeError):
        return None


def radio(settings: Settings) -> Iterator[Check]:
    """An adapter is there and not blocked, and BlueZ can be reached. Whether it is powered, a scan tells."""
    if settings.radio.kind is RadioKind.MOTICON_UDP:
        yield _ok("bluetooth", f"not used: the OpenGo app sends to UDP port {settings.radio.udp_port}")
        return
    if settings.radio.kind is RadioKind.VIRTUAL:
        try:
            yield _ok("bluetooth", f"virtual radio (bumble {metadata.version('bumble')})")
        except metadata.PackageNotFoundError:
            yield Check("bluetooth", State.FAIL, "bumble is missing", "Install the extra `virtual`.")
        return
    adapters = _adapters()
    wanted = settings.radio.adapter
    if not adapters or (wanted and wanted not in adapters):
        found = f"{wanted or 'no adapter'} not found" if wanted else "no adapter"
        yield Check("bluetooth", State.FAIL, found, ADVICE[FaultCode.RADIO_OFF])
        return
    blocked = [kind for kind in ("soft", "hard") if _blocked(kind)]
    if blocked:
        advice = "Run `rfkill unblock bluetooth`, or use the switch on the machine."
        yield Check("bluetooth", State.FAIL, f"blocked ({', '.join(blocked)})", advice)
    elif not _system_bus().exists():
        yield Check("bluetooth", State.FAIL, "D-Bus does not run", "Install and start `dbus` and `bluez`.")
    else:
        yield _ok("bluetooth", ", ".join(adapters))


def _adapters() -> list[str]:
    return sorted(each.name for each in (_SYS / "bluetooth").glob("hci*") if ":" not in each.name)


def _system_bus() -> Path:
    address = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/dbus/system_bus_socket")
    return Path(address.partition("path=")[2])


def bluez(settings: Settings) -> Iterator[Check]:
    """BlueZ's version, and whether this user may do what a hub does that nobody looks after."""
    if settings.radio.kind is RadioKind.VIRTUAL or not _adapters() or not _system_bus().exists():
        return  # `radio` says so
    from ingest.sources.radio.rights import look

    yield from _bluez_version()
    try:
        seen = asyncio.run(look(settings.radio.adapter))
    except UnderfootError as error:
        yield Check("bluez", State.FAIL, error.fault.detail, error.fault.advice)
        return
    powered = "on" if seen.powered else "off, the service switches it on"
    yield _ok("bluez", f"{seen.adapter} is {powered}, {seen.connected} devices connected")
    join = "Add this user to the group `bluetooth`, see deploy/README.md."
    for name, refused in (("pairing agent", seen.agent_refused), ("adapter restart", seen.power_refused)):
        yield Check(name, State.WARN, f"refused: {refused}", join) if refused else _ok(name, "allowed")


def _bluez_version() -> Iterator[Check]:
    told = ""
    if tool := shutil.which("bluetoothctl"):
        with suppress(OSError, subprocess.SubprocessError):
            told = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=_WAIT_S).stdout  # noqa: S603, PLW1510
    found = re.search(r"(\d+)\.(\d+)", told)
    if found is None:
        yield Check("bluez version", State.WARN, "bluetoothctl does not say", "Install BlueZ (`apt install bluez`).")
    elif (int(found[1]), int(found[2])) < _OLDEST_BLUEZ:
        yield Check("bluez version", State.FAIL, found[0], "Install BlueZ 5.55 or later; Debian 12 has 5.66.")
    else:
        yield _ok("bluez version", found[0])


def _blocked(kind: str) -> bool:
    switches = [
        each for each in (_SYS / "rfkill").glob("rfkill*") if (each / "type").read_text().strip() == "bluetooth"
    ]
    return any((each / kind).read_text().strip() == "1" for each in switches)


def disk(settings: Settings) -> Iterator[Check]:
    """The data folder can be written and has room."""
    there = [each for each in (settings.data_dir, *settings.data_dir.absolute().parents) if each.exists()]
    folder = there[0]  # it is made when the service starts
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
        free_mb = shutil.disk_usage(folder).free // 1_000_000
    except OSError as error:
        yield Check("disk", State.FAIL, f"{folder}: {error.strerror}", "Choose a data_dir that this user may write to.")
        return
    need_mb = settings.spool.max_mb + _FREE_MB
    if free_mb < need_mb:
        yield Check("disk", State.WARN, f"{free_mb} MB free in {folder}", f"Free some space: {need_mb} MB are wanted.")
    else:
        yield _ok("disk", f"{free_mb} MB free in {folder}")


def web(settings: Settings) -> Iterator[Check]:
    """The page's port is free, or it is our own page that uses it."""
    host, port = settings.web.host, settings.web.port
    if not settings.web.enabled:
        yield _ok("web", "switched off")
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if _answers(f"http://{host}:{port}/health") == 200:
                yield _ok("web", f"our page is served on {host}:{port}")
            else:
                yield Check("web", State.FAIL, f"{host}:{port}: {error.strerror}", ADVICE[FaultCode.PORT_IN_USE])
            return
    yield _ok("web", f"{host}:{port} is free")


def series(settings: Settings) -> Iterator[Check]:
    """The time-series server answers and takes our token."""
    if settings.series.kind is SeriesKind.SQLITE:
        yield _ok("series", "SQLite in data_dir")
        return
    url = (settings.series.url or "").rstrip("/")
    status = _answers(f"{url}/health")
    if status is None:
        yield Check("series", State.FAIL, f"{url} does not answer", ADVICE[FaultCode.STORE_UNREACHABLE])
    elif status >= 400:
        yield Check("series", State.FAIL, f"{url} answers {status}", "Look at the server's own log.")
    else:
        yield _ok("series", f"{url} answers")


def _answers(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=_WAIT_S) as answer:  # noqa: S310 - http(s) by the settings' own rule
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None


def broker(settings: Settings) -> Iterator[Check]:
    """The broker takes us."""
    from underfoot.reach import broker_address, greet

    embedded = settings.broker.url is None
    fault = asyncio.run(greet(settings))
    if fault is None:
        yield _ok("broker", f"{'the embedded one' if embedded else broker_address(settings)} takes us")
    elif embedded:
        advice = "It starts with the service; a real installation wants Mosquitto, see deploy/README.md."
        yield Check("broker", State.WARN, "none configured, the embedded one does not run", advice)
    else:
        yield Check("broker", State.FAIL, f"{fault.code}: {fault.detail}", fault.advice)


def spool(settings: Settings) -> Iterator[Check]:
    """How much waits for processing."""
    from ingest.books import SpoolReader

    file = Places(settings.data_dir).spool
    if not file.is_file():
        yield _ok("spool", "nothing was ever spooled here")
        return
    try:
        waiting_mb = SpoolReader(file).waiting_bytes() / 1e6
    except UnderfootError as error:
        yield Check("spool", State.FAIL, error.fault.detail, error.fault.advice)
        return
    found = f"{waiting_mb:.1f} of {settings.spool.max_mb} MB wait"
    if waiting_mb > settings.spool.max_mb / 2:
        yield Check("spool", State.WARN, found, ADVICE[FaultCode.SPOOL_FULL])
    else:
        yield _ok("spool", found)


Looks = Callable[[Settings], Iterator[Check]]
QUICK: tuple[Looks, ...] = (radio, bluez, disk, spool, web)
FULL: tuple[Looks, ...] = (*QUICK, broker, series)
