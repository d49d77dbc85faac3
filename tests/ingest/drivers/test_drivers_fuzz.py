"""Every installed driver under spoilt packets; `tests/bench/fuzz_drivers.py` does the same ten million times."""

from __future__ import annotations

import pytest
from fuzz_kit import fuzz
from fuzz_talkers import TALKERS

from ingest.drivers import registry

PACKETS = 100_000


@pytest.mark.parametrize("name", sorted(registry.drivers()))
def test_no_packet_makes_a_driver_raise_or_invent(name: str) -> None:
    tally = fuzz(name, 1, PACKETS // len(registry.drivers()))
    print(name, tally)
    assert tally.spoilt > tally.packets // 6
    assert tally.faults
    if name in TALKERS and TALKERS[name].known:
        assert tally.rows > tally.packets // 20  # it is the stream that was fuzzed, not a driver that had given up


def test_ours_are_fuzzed_with_packets_that_are_known_to_be_true() -> None:
    assert set(registry.drivers()) >= {"open-insole", "brilliant-sole", "fff0", "nilspod", "ukaton"}
    assert {"open-insole", "brilliant-sole", "fff0", "nilspod", "ukaton"} <= set(TALKERS)


@pytest.mark.parametrize(("name", "seed"), [("orphe-insole", 84), ("orphe-insole", 93)])
def test_seeds_that_once_found_something(name: str, seed: int) -> None:
    fuzz(name, seed, 2000)
