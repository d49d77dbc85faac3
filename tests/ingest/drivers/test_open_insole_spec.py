"""The specification says what the code does: UUIDs, sizes, codes and the bytes of its examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from ingest.drivers import open_insole
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_packing as packing
from ingest.drivers import open_insole_records as records
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_fetching import PATIENCE_NS, PAUSE_NS
from ingest.drivers.open_insole_layout import PART_OCTETS, layout_crc
from ingest.wire.geometry import Region

SPECIFICATION = Path(open_insole.__file__).with_suffix(".md").read_text()
GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "open_insole_1.json").read_text())


def test_the_uuids() -> None:
    assert wire.SERVICE in SPECIFICATION
    pattern = re.search(r"`(4e95)XXXX(-[0-9a-f-]+)`", SPECIFICATION)
    assert pattern is not None
    for name in ("INFO", "LAYOUT", "DATA", "CONTROL", "STATUS", "HELD"):
        row = re.search(rf"\| {name} \| ([0-9a-f]{{4}}) \|", SPECIFICATION)
        assert row is not None
        assert getattr(wire, name) == pattern[1] + row[1] + pattern[2]


EXAMPLES = {
    "advert": "announced",
    "INFO": "info",
    "LAYOUT": "layout",
    "DATA": "rows",
    "START": "request-start",
    "STOP": "request-stop",
    "ask": "request-status",
    "IDENTIFY": "request-identify",
    "SET_SIDE": "request-set-side",
    "reply": "reply",
    "STATUS": "status",
    "time": "elapsed-time",
    "HELD": "held",
    "record": "record",
    "REPORT": "access-report",
    "COUNT": "access-count",
    "DELETE": "access-delete",
    "ABORT": "access-abort",
    "answer": "access-response",
    "counted": "access-counted",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(name: str) -> None:
    octets = "((?:[0-9a-f]{2} *)+)"
    line = re.search(rf"^    {name} +{octets}(?:\([^)]*\))?(?:\n     +{octets})?", SPECIFICATION, re.MULTILINE)
    assert line is not None
    assert "".join(filter(None, line.groups())).split() == GOLDEN[EXAMPLES[name]].split()


def test_every_kind_of_bytes_has_an_example() -> None:
    assert set(EXAMPLES.values()) == set(GOLDEN)


def test_the_checksum() -> None:
    assert f"give 0x{layout_crc(b'123456789'):08X}" in SPECIFICATION
    layout, info = bytes.fromhex(GOLDEN["layout"]), wire.unpack_info(bytes.fromhex(GOLDEN["info"]))
    assert (info.layout_octets, info.layout_crc) == (len(layout), layout_crc(layout))
    assert f"({len(layout)} octets, CRC-32 {layout_crc(layout):08X})" in SPECIFICATION


def test_sizes_and_limits() -> None:
    assert f"## 4. INFO ({len(bytes.fromhex(GOLDEN['info']))} octets" in SPECIFICATION
    assert f"Reply, {len(bytes.fromhex(GOLDEN['reply']))} octets" in SPECIFICATION
    assert f"## 8. STATUS ({len(bytes.fromhex(GOLDEN['status']))} octets" in SPECIFICATION
    assert f"number of cells, 1–{wire.MAX_CELLS}" in SPECIFICATION
    assert f"{PART_OCTETS} octets at most" in SPECIFICATION
    assert f"ns per tick, at least {wire.FINEST_TICK_NS}" in SPECIFICATION
    assert f"{wire.FASTEST_ROW_NS} (2 kHz) – {wire.SLOWEST_ROW_NS} (1 Hz)" in SPECIFICATION
    for cells, text in ((16, "at 247 and 16 cells {} rows"), (8, "at 8 cells {}")):
        assert text.format(wire.rows_that_fit(247, cells)) in SPECIFICATION


def test_codes() -> None:
    for result in control.Result:
        assert f"| {result.value} | {result.name} |" in SPECIFICATION
    for op in control.Op:
        assert f"| {op.name} | `{op.value:02x}`" in SPECIFICATION
    for fault in control.DeviceFault:
        assert f"{fault.value:#06x}" in SPECIFICATION
    assert ", ".join(f"{place} {region}" for place, region in enumerate(Region, 1)) in SPECIFICATION


def test_rows_in_flash() -> None:
    assert f"(0x{records.RACP[4:8].upper()}; write, indicate)" in SPECIFICATION
    for code in records.RacpCode:
        assert f"| {code.value} | {code.name} |" in SPECIFICATION
    for op in (records.RacpOp.REPORT, records.RacpOp.COUNT, records.RacpOp.DELETE, records.RacpOp.ABORT):
        octets = records.pack_racp_request(records.RacpRequest(op))[:3].hex(" ")
        assert f"| {op.name} | `{octets}`" in SPECIFICATION
    assert f"at most {packing.RECORD_OCTETS} octets" in SPECIFICATION
    assert f"1–{packing.RECORD_ROWS} rows" in SPECIFICATION
    assert f"boots n, at most {records.MAX_HELD_BOOTS}" in SPECIFICATION
    assert f"At most {packing.MAX_KEPT_CELLS} cells" in SPECIFICATION
    widest = np.zeros((1, packing.MAX_KEPT_CELLS + 1), dtype=np.int16)
    assert packing.rows_that_pack(widest[:, 1:]) == 1
    assert packing.rows_that_pack(widest) == 0
    one_boot, two_boots = (len(records.pack_held((records.HeldBoot(1, 0, 0),) * boots)) for boots in (1, 2))
    assert f"{2 * one_boot - two_boots} + {two_boots - one_boot} n octets" in SPECIFICATION
    assert (packing.RECORD_OCTETS - 4) // (two_boots - one_boot) == 10  # boots in a notification
    assert f"{PATIENCE_NS // 10**9} s of a running request" in SPECIFICATION
    assert f"asks again {PAUSE_NS // 10**9} s later" in SPECIFICATION
