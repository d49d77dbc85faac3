"""Time zones by name, and this machine's own."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.wire.faults import FaultCode, UnderfootError

_LOCAL = Path("/etc/localtime")


def is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def zone_named(name: str | None) -> tzinfo:
    """A named time zone, or this machine's own.

    :raises UnderfootError: CONFIG_INVALID for a name that nothing bears.
    """
    named = name or os.environ.get("TZ", "").removeprefix(":")
    if named:
        if not is_zone(named):
            detail = f"{named!r} is not a known time zone; household.zone takes one such as Europe/Vienna"
            raise UnderfootError(FaultCode.CONFIG_INVALID, detail)
        return ZoneInfo(named)
    if not _LOCAL.exists():
        return UTC
    with closing(_LOCAL.open("rb")) as file:
        return ZoneInfo.from_file(file)
