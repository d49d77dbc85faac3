"""No fault stands in the list that nothing raises, and whatever keeps a foot from being measured reaches a screen."""

from __future__ import annotations

import re

import pytest
from tree import ROOT, modules

from ingest.wire.faults import ADVICE, FaultCode
from underfoot.trouble import IN_THE_WAY

LIST = "ingest/wire/faults.py"
ONLY_SHOWN = "underfoot/trouble.py"
NAMED = {
    name
    for module in modules()
    if module not in (LIST, ONLY_SHOWN)
    for name in re.findall(r"FaultCode\.([A-Z_0-9]+)", (ROOT / module).read_text())
}
NOTHING_IN_THE_WAY = {FaultCode.ADAPTER_RECOVERED, FaultCode.BATTERY_LOW}
JARGON = re.compile(r"\b(GATT|ATT|CCCD|HCI|SMP|MTU|D-Bus|BlueZ|bleak|characteristic|errno|exception)\b", re.IGNORECASE)


@pytest.mark.parametrize("code", FaultCode)
def test_a_fault_is_used(code: FaultCode) -> None:
    assert code.name in NAMED


def test_every_fault_of_the_radio_can_be_shown() -> None:
    text = (ROOT / LIST).read_text()
    of_radio = text[text.index("    # radio\n") : text.index("    # firmware\n")]
    codes = {FaultCode(value) for value in re.findall(r'= "([a-z-]+)"', of_radio)}
    assert len(codes) > 10
    assert codes - NOTHING_IN_THE_WAY <= set(IN_THE_WAY)
    assert len(set(IN_THE_WAY)) == len(IN_THE_WAY)


@pytest.mark.parametrize("code", IN_THE_WAY)
def test_advice_that_a_screen_shows_is_plain(code: FaultCode) -> None:
    assert not JARGON.search(ADVICE[code])
    assert len(ADVICE[code]) <= 200
