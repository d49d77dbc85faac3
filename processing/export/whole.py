"""Files that are there whole or not at all: written beside their place, then put into it."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.wire.faults import FaultCode, UnderfootError


@contextmanager
def whole_files(places: Iterable[Path]) -> Iterator[dict[Path, Path]]:
    """Where to write each of the files meanwhile; at the end all come to their places, after a fault none does.

    :raises UnderfootError: DISK_FULL, FILE_UNREADABLE.
    """
    partial = {place: place.with_name(f".{place.name}.partial") for place in places}
    try:
        for place in partial:
            place.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        for place, meanwhile in partial.items():
            if meanwhile.exists():
                meanwhile.replace(place)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        code = FaultCode.DISK_FULL if full else FaultCode.FILE_UNREADABLE
        raise UnderfootError(code, f"{error.filename or ''}: {error.strerror}") from error
    finally:
        for meanwhile in partial.values():
            with suppress(OSError):
                meanwhile.unlink(missing_ok=True)
