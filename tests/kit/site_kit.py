"""The whole page over stored weeks: real broker, real processing, real stores, the clock on the story's last day."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from broker_kit import free_port

from underfoot import settings as front_door
from underfoot.looking import looking
from underfoot.settings import Settings
from underfoot.twelve_weeks.making import CONFIG

STORY_ENDS = date(2026, 4, 5)
PERSON = "p1"


@contextlib.contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Among the processes of one run of the tests."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of this run."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


def copy_of(story: Path, folder: Path, *, rows: bool = False) -> Settings:
    """A copy of the story that a test may change, and its settings with a free port for the page.

    `rows`: with the rows of every walk, which are most of it; playback and exports of rows need them.
    """
    folder.mkdir(parents=True)
    for name in ("journal.sqlite", "series.sqlite", *(["recordings.sqlite"] if rows else [])):
        shutil.copy(story / name, folder)
    read = front_door.load(story / CONFIG)
    return replace(read, data_dir=folder, web=replace(read.web, port=free_port(), enabled=True))


@contextlib.asynccontextmanager
async def site_over(settings: Settings, on: date | None = STORY_ENDS) -> AsyncIterator[str]:
    """The address of the page, which ends in a slash."""
    async with looking(settings, on) as served:
        yield served.url
