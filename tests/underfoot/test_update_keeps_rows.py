"""What an insole recorded away is fetched before new firmware could discard it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from air_kit import LEFT, Home, fault_in, home_in

from ingest.sources.virtual.bootloader import build_image
from ingest.spool import Spool
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.virtual_air import Scene

_WALK_S = 90.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = home_in(tmp_path, monkeypatch)
    made.scene(Scene(recorded_s=_WALK_S))
    (made.folder / "new.bin").write_bytes(build_image((1, 3, 0, 0), bytes(5_000)))
    return made


def knows_left(home: Home, says: Side) -> None:
    known = KnownInsole(insole=LEFT, address=LEFT, driver="open-insole", paired_t_ns=1, bound=Bound.STAMPED, says=says)
    home.file.write(KnownInsoles(left=known))


def update(home: Home, insole: str, *more: str) -> tuple[int, str]:
    said = home.on_air("insole", "update", insole, str(home.folder / "new.bin"), "--yes", *more)
    return said.exit_code, said.output


def test_an_update_fetches_first(home: Home) -> None:
    knows_left(home, Side.LEFT)
    code, said = update(home, "left")
    assert code == 0, said
    with closing(Spool(home.folder / "spool.sqlite")) as spool:
        books = spool.books(LEFT)
    assert books.received > _WALK_S * 100
    assert books.missing == 0


def test_the_rows_of_a_stranger_are_not_fetched_and_not_risked(home: Home) -> None:
    code, said = update(home, LEFT)
    assert code == 1
    assert "rows-unfetched" in said
    code, said = update(home, LEFT, "--rows-may-go")
    assert code == 0, said
    assert not (home.folder / "spool.sqlite").exists()


@pytest.mark.expects_log
def test_rows_under_another_side_are_not_called_none(home: Home) -> None:
    knows_left(home, Side.RIGHT)
    assert fault_in(home.on_air("insole", "fetch", "left")) is FaultCode.SIDES_SWAPPED
