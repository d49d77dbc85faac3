"""The log: for people on a terminal, JSON lines otherwise. `insole=` and `alert=` say what a line is about."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

insole_of: ContextVar[str | None] = ContextVar("insole", default=None)
alert_of: ContextVar[str | None] = ContextVar("alert", default=None)

_OURS = "underfoot"
_MAC = re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b")
_COLOURS = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m", logging.CRITICAL: "\x1b[31m"}
_NOISY = ("aiomqtt", "bumble", "bleak", "asyncio", "uvicorn", "influxdb_client")


@contextmanager
def speaking_of(*, insole: str | None = None, alert: str | None = None) -> Iterator[None]:
    """Everything logged inside, tasks started inside included, says which insole or alert it is about."""
    kept = insole_of.set(insole or insole_of.get()), alert_of.set(alert or alert_of.get())
    try:
        yield
    finally:
        insole_of.reset(kept[0])
        alert_of.reset(kept[1])


def veil(text: str) -> str:
    """The text with every Bluetooth address replaced by a short stand-in, the same one each time."""
    return _MAC.sub(lambda mac: f"device-{zlib.crc32(mac[0].upper().encode()) & 0xFFFFFF:06x}", text)


class ContextFilter(logging.Filter):
    """Puts insole and alert into every record, from `extra` or from `speaking_of`."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, context in (("insole", insole_of), ("alert", alert_of)):
            if getattr(record, name, None) is None:
                setattr(record, name, context.get())
        return True


def _about(record: logging.LogRecord) -> dict[str, str]:
    said = {name: getattr(record, name, None) for name in ("insole", "alert")}
    return {name: _safe(record, str(value)) for name, value in said.items() if value is not None}


def _safe(record: logging.LogRecord, text: str) -> str:
    return text if record.levelno < logging.INFO else veil(text)


class HumanFormatter(logging.Formatter):
    """`14:02:11 warning ingest.service insole=… the text`, coloured unless `NO_COLOR` is set."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        about = "".join(f"{name}={value} " for name, value in _about(record).items())
        line = f"{when} {record.levelname.lower()} {record.name} {about}{_safe(record, record.getMessage())}"
        colour = "" if "NO_COLOR" in os.environ else _COLOURS.get(record.levelno, "")
        if colour:
            line = f"{colour}{line}\x1b[0m"
        return f"{line}\n{_safe(record, self.formatException(record.exc_info))}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `t` (UTC, ISO 8601), `level`, `logger`, `text`, `insole`, `alert`, `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "t": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": _safe(record, record.getMessage()),
            **_about(record),
        }
        if record.exc_info:
            line["trace"] = _safe(record, self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up(stream: TextIO | None = None) -> None:
    """Send the log to `stream` (standard error); a second call replaces the first. The program's, not a library's."""
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.set_name(_OURS)
    handler.addFilter(ContextFilter())
    handler.setFormatter(HumanFormatter() if out.isatty() else JsonFormatter())
    root = logging.getLogger()
    for old in [each for each in root.handlers if each.get_name() == _OURS]:
        root.removeHandler(old)
    root.addHandler(handler)
    set_level("info")


def set_level(level: str) -> None:
    """Log from `level` on, others' libraries from warning on. Does nothing where `set_up` was not called."""
    root = logging.getLogger()
    if not any(each.get_name() == _OURS for each in root.handlers):
        return
    number = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(number)
    for name in _NOISY:
        logging.getLogger(name).setLevel(number if number <= logging.DEBUG else max(number, logging.WARNING))
