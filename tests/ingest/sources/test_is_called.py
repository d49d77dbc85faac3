"""Which device a person, or what was paired, means by a word."""

from __future__ import annotations

import pytest

from ingest.drivers.base import Advertisement
from ingest.sources.radio.pairing import is_called

_OURS = "F0:0D:00:00:00:01"


@pytest.mark.parametrize(
    ("address", "name", "word", "is_it"),
    [
        (_OURS, "insole", _OURS.lower(), True),
        (_OURS, "Insole", "insole", True),
        (_OURS, None, "insole", False),
        ("F0:0D:00:00:00:99", _OURS, _OURS, False),  # a stranger's, called as ours is addressed
        ("F0:0D:00:00:00:99", _OURS.lower(), _OURS, False),
        ("0D1E2F3A-0000-0000-0000-000000000001", "left", "0d1e2f3a-0000-0000-0000-000000000001", True),
    ],
)
def test_by_its_address_or_by_a_name_that_is_none(address: str, name: str | None, word: str, is_it: bool) -> None:
    heard = Advertisement(
        address=address, name=name, rssi_dbm=-50, service_uuids=frozenset(), service_data={}, manufacturer_data={}
    )
    assert is_called(heard, word) is is_it
