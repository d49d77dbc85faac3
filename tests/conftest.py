"""What holds for every test: a clean log, and where the real recordings are."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_kit import one_at_a_time, shared_folder

from underfoot.twelve_weeks.making import keep, make, make_ready

TESTS = Path(__file__).resolve().parent
RECORDINGS = TESTS.parents[1] / "shared" / "data"
_LONGEST_FIRST = ("journey", "radio", "underfoot")  # begun last, one of them would be waited for alone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for real radios, brokers and browsers first; then what keeps a core busy for long; the short last."""

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("computes") is not None:
            return len(_LONGEST_FIRST)
        room = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        return _LONGEST_FIRST.index(room) if room in _LONGEST_FIRST else len(_LONGEST_FIRST) + 1

    items.sort(key=turn)
    for item in items:
        if "twelve_weeks" in getattr(item, "fixturenames", ()):  # the first of them may have to live the weeks
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(autouse=True)
def clean_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A WARNING in the log fails a test that did not expect it (`@pytest.mark.expects_log`)."""
    yield
    if request.node.get_closest_marker("expects_log"):
        return
    loud = [
        record
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING and record.name.partition(".")[0] in {"ingest", "processing", "underfoot"}
    ]
    assert not loud, [f"{record.name}: {record.getMessage()}" for record in loud]


@pytest.fixture(scope="session")
def twelve_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the twelve-week story: read, or copied, never changed.

    That which `make test` has lived ($TWELVE_WEEKS), else it is lived once for all tests of the run.
    """
    lived_before = os.environ.get("TWELVE_WEEKS")
    if lived_before:
        return Path(lived_before)
    shared = shared_folder(tmp_path_factory)
    folder = shared / "twelve-weeks"
    with one_at_a_time(shared / "twelve-weeks.lock"):
        if not (folder / "complete").exists():
            make_ready(folder, 1)
            keep(folder, asyncio.run(make(folder, 1)))
            (folder / "complete").touch()
    return folder


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings that lies beside the repository."""
    if not (RECORDINGS / "gaitpdb").is_dir():
        pytest.fail(f"the real recordings are missing: expected them in {RECORDINGS}")
    return RECORDINGS


@pytest.fixture(scope="session")
def gaitpdb(recordings: Path) -> Path:
    return recordings / "gaitpdb"


@pytest.fixture(scope="session")
def moticon(recordings: Path) -> Path:
    return recordings / "moticon-opengo"
