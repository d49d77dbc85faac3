"""The settings file changed from the page: comments stay, mistakes are found before, the old file or the new one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.settings import PLACES, Settings, config_path, load

Value = str | bool | int | None  # None: taken out

_PASSWORD_FILE = "broker-password"  # noqa: S105 - a name, no password
_OPEN_MODE, _SECRET_MODE = 0o644, 0o600


class SettingsFile:
    """`named`: as on the command line; None: where it is found, else where the first one is looked for."""

    def __init__(self, named: Path | None = None) -> None:
        self._named = named

    @property
    def path(self) -> Path:
        return (config_path(self._named) or PLACES[0]).absolute()

    @property
    def is_there(self) -> bool:
        return self.path.is_file()

    @property
    def can_be_written(self) -> bool:
        """Whether a changed file can take its place."""
        path = self.path.resolve()
        return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))

    def tried(self, changes: Mapping[str, Value]) -> Settings:
        """What the settings would be, dotted keys changed.

        :raises UnderfootError: CONFIG_INVALID, naming every mistake.
        """
        said = {key: "" if value is None else value for key, value in changes.items()}
        return load(self.path if self.is_there else None, said)

    def lines(self, changes: Mapping[str, Value]) -> str:
        """The changes alone, for whoever writes them in by hand."""
        document = tomlkit.document()
        _change(document, {key: value for key, value in changes.items() if value is not None})
        return tomlkit.dumps(document)

    def save(self, changes: Mapping[str, Value], password: str | None = None) -> None:
        """On disk when it returns. `password`: of the broker, kept in a file of its own that this user alone may read.

        :raises UnderfootError: CONFIG_INVALID, FILE_UNREADABLE; the file is as it was. DISK_FULL likewise.
        """
        wanted = dict(changes)
        if password is not None:
            secret = self.path.resolve().with_name(_PASSWORD_FILE)
            self.tried({**wanted, "broker.password": password})
            _replace(secret, f"{password}\n", _SECRET_MODE)
            wanted |= {"broker.password": None, "broker.password_file": str(secret)}
        document = self._read()
        _change(document, wanted)
        path = self.path.resolve()
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _OPEN_MODE
        _replace(path, tomlkit.dumps(document), mode, check=load)

    def overruled(self, changes: Mapping[str, Value]) -> list[str]:
        """Variables of the environment that say something else than the file, and win."""
        named = (f"UNDERFOOT_{key.upper().replace('.', '__')}" for key in changes)
        return [name for name in named if os.environ.get(name)]

    def _read(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return tomlkit.document()
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{self.path}: {error}") from error


def _change(document: tomlkit.TOMLDocument, changes: Mapping[str, Value]) -> None:
    for key, value in changes.items():
        section, dot, leaf = key.rpartition(".")
        if value is not None and dot and section not in document:
            document[section] = tomlkit.table()
        table = document.get(section, {}) if dot else document
        if value is None:
            table.pop(leaf, None)
        else:
            table[leaf] = value


def _replace(path: Path, text: str, mode: int, check: Callable[[Path], object] = lambda _: None) -> None:
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        check(beside)
        beside.replace(path)
    except OSError as error:
        raise UnderfootError(FaultCode.DISK_FULL, f"{path}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
