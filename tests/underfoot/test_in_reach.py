"""What a scan tells of an insole."""

from __future__ import annotations

import pytest
from air_kit import LEFT, RIGHT

from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Recognised
from ingest.sources.radio.pairing import Heard
from ingest.wire.geometry import Side
from underfoot.in_reach import InReach, advertised_battery_pct, signal_word
from underfoot.known import Bound, KnownInsole, KnownInsoles


def advertisement(address: str = LEFT, battery: bytes | None = None) -> Advertisement:
    told = {} if battery is None else {sig.BATTERY_SERVICE: battery}
    return Advertisement(
        address=address, name=None, rssi_dbm=-70, service_uuids=(), service_data=told, manufacturer_data={}
    )


@pytest.mark.parametrize(
    ("told", "pct"), [(None, None), (b"", None), (b"\x00", 0), (b"\x50", 80), (b"\xff", None), (b"\x50\x00", None)]
)
def test_a_battery_that_is_not_told_is_not_empty(told: bytes | None, pct: int | None) -> None:
    assert advertised_battery_pct(advertisement(battery=told)) == pct


def test_an_insole_is_paired_and_bonded_or_neither() -> None:
    ours = KnownInsole(insole=LEFT, address=LEFT, driver="kit", paired_t_ns=1, bound=Bound.STAMPED)
    recognised = Recognised(driver="kit", model="Kit", side=Side.RIGHT)
    heard = (
        Heard(advertisement(LEFT), recognised),
        Heard(advertisement(RIGHT), recognised),
        Heard(advertisement("X"), None),
    )
    rows = InReach(heard, KnownInsoles(left=ours), frozenset({LEFT})).rows()
    assert [(row["paired_as"], row["bonded"]) for row in rows] == [("left", True), (None, False), (None, False)]
    silent = InReach(heard, KnownInsoles(), None)
    assert [row["bonded"] for row in silent.rows()] == [None] * 3
    assert len(silent.insoles) == silent.table().row_count == 2
    assert silent.others.startswith("1 other device that")


@pytest.mark.parametrize(("dbm", "word"), [(-65, "strong"), (-66, "fair"), (-80, "fair"), (-81, "weak")])
def test_signal_in_a_word(dbm: int, word: str) -> None:
    assert signal_word(dbm) == f"{word} ({dbm} dBm)"
