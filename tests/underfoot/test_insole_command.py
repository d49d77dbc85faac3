"""`underfoot insole` as a person calls it, on virtual air."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from air_kit import LEFT, RIGHT, Home, fault_in, home_in, told

from ingest.sources.virtual.bootloader import IS_ILL, build_image
from ingest.spool import Spool
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.virtual_air import SHOES, Scene


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return home_in(tmp_path, monkeypatch)


def paired(address: str, says: Side | None) -> KnownInsole:
    return KnownInsole(
        insole=address, address=address, driver="open-insole", paired_t_ns=1, bound=Bound.STAMPED, says=says
    )


KNOWN = KnownInsoles(left=paired(LEFT, Side.LEFT), right=paired(RIGHT, Side.RIGHT))


def test_info_tells_what_the_insole_says_of_itself(home: Home) -> None:
    home.file.write(KNOWN)
    home.scene(Scene(recorded_s=60.0))
    said = told(home.on_air("insole", "info", "left", "--json"))
    assert (said["insole"], said["paired_as"], said["side"], said["serial"]) == (LEFT, "left", "left", "demo-left")
    assert (said["battery_pct"], said["cells"], said["rate_hz"], said["bonded"]) == (80, 16, 100.0, False)
    assert said["clock"]["was_off_ms"] is None
    assert abs(said["clock"]["is_off_ms"]) < 1000
    assert [kept["rows"] > 5_900 for kept in said["kept"]] == [True]
    assert said["images"] == [{"slot": 0, "version": "1.0.0", "runs": True, "confirmed": True}]


def test_info_in_words_of_an_insole_that_is_not_paired(home: Home) -> None:
    home.scene(Scene(shoes=tuple(replace(shoe, says=None, encrypted=True) for shoe in SHOES), recorded_s=0.0))
    said = home.on_air("insole", "info", "demo-right")
    assert said.exit_code == 0, said.output
    assert "paired as  no" in said.stdout
    assert "battery    80 %" in said.stdout
    assert "was not set; it is set now" in said.stdout
    assert "bonded     yes" in said.stdout


def test_a_foot_without_an_insole_is_told(home: Home) -> None:
    assert fault_in(home.on_air("insole", "info", "left")) is FaultCode.INSOLES_UNKNOWN
    away = home.on_air("insole", "info", "F0:00:00:00:00:00", "--seconds", "1")
    assert fault_in(away) is FaultCode.INSOLE_NOT_FOUND


def test_clock_side_and_light_are_set(home: Home) -> None:
    home.file.write(KNOWN)
    said = home.on_air("insole", "set", "right", "--clock", "--side", "left", "--identify", "3", "--json")
    assert told(said) == {
        "clock": "was not set; it is set now",
        "side": "it says left from now on",
        "identify": "now",
    }
    right = home.known.right
    assert right is not None
    assert right.says is Side.LEFT  # set on purpose: no swap
    assert "It stays the right foot's" in said.stderr
    assert home.on_air("insole", "set", "right").exit_code == 2


def test_while_the_service_has_the_insoles_nothing_else_does(home: Home) -> None:
    home.file.write(KNOWN)
    with closing(Spool(home.folder / "spool.sqlite")):
        for words in (("info", "left"), ("fetch", "left"), ("set", "left", "--clock")):
            said = home.on_air("insole", *words)
            assert fault_in(said) is FaultCode.STORE_IN_USE
            assert "systemctl stop underfoot" in str(said.exception)


def test_what_was_recorded_away_is_fetched_into_the_spool(home: Home) -> None:
    home.file.write(KNOWN)
    home.scene(Scene(recorded_s=60.0))
    said = told(home.on_air("insole", "fetch", "left", "--json"))
    assert said["fetched"] >= 5_990
    assert (said["lacking"], said["keeps_rows"]) == (0, True)
    with closing(Spool(home.folder / "spool.sqlite")) as spool:
        books = spool.books(LEFT)
        assert books.waiting == said["waiting"] == books.received
        assert spool.gaps(LEFT) == ()
    home.file.write(KNOWN.without(Side.LEFT))
    assert fault_in(home.on_air("insole", "fetch", LEFT)) is FaultCode.INSOLES_UNKNOWN


def image(folder: Path, version: tuple[int, int, int, int], body: bytes = bytes(20_000)) -> str:
    path = folder / "new.bin"
    path.write_bytes(build_image(version, body))
    return str(path)


def test_new_firmware_is_tried_and_kept(home: Home) -> None:
    home.file.write(KNOWN)
    said = home.on_air("insole", "update", "left", image(home.folder, (1, 3, 0, 0)), answer="y\n")
    assert (said.exit_code, said.stdout) == (0, "The insole runs 1.3.0 and keeps it.\n")
    assert "Update left to version 1.3.0?" in said.stderr


@pytest.mark.parametrize(
    ("scene", "version", "body", "code", "ended"),
    [
        (Scene(), (0, 9, 0, 0), b"older", 1, "refused"),
        (Scene(walking=True), (1, 3, 0, 0), b"worn", 1, "refused"),
        (Scene(battery_pct=20), (1, 3, 0, 0), b"empty", 1, "refused"),
        (Scene(), (1, 3, 0, 0), IS_ILL, 1, "rolled-back"),
        (Scene(shoes=SHOES[1:]), (1, 3, 0, 0), b"away", 69, "interrupted"),
    ],
)
def test_an_update_that_cannot_be_says_how_it_ended(
    home: Home, scene: Scene, version: tuple[int, int, int, int], body: bytes, code: int, ended: str
) -> None:
    home.file.write(KNOWN)
    home.scene(replace(scene, recorded_s=0.0))
    file = image(home.folder, version, body)
    said = home.on_air("insole", "update", "left", file, "--yes", "--json", "--seconds", "3")
    assert said.exit_code == code, said.output
    assert f'"ended": "{ended}"' in said.stdout
    assert "Traceback" not in said.stderr


def test_a_file_that_is_no_image_is_refused(home: Home) -> None:
    home.file.write(KNOWN)
    path = home.folder / "walk.bin"
    path.write_bytes(b"not an image")
    assert fault_in(home.on_air("insole", "update", "left", str(path), "--yes")) is FaultCode.IMAGE_REFUSED
