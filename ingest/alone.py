"""One program at a time: a lock on a file beside what is locked."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import BinaryIO

from ingest.wire.faults import FaultCode, UnderfootError


def take_alone(path: Path) -> BinaryIO:
    """A lock that holds until it is closed or the program ends, however it ends.

    :raises UnderfootError: STORE_IN_USE when another program of ours has it.
    """
    lock = path.with_name(path.name + ".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise UnderfootError(FaultCode.STORE_IN_USE, str(path)) from error
    return lock
