"""The file of known insoles: what is written is read, changed whole, and a torn one is said to be torn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownFile, KnownInsole, KnownInsoles


def insole(address: str, says: Side | None = None) -> KnownInsole:
    return KnownInsole(
        insole=address, address=address, driver="open-insole", paired_t_ns=7, bound=Bound.STAMPED, says=says
    )


A, B, C = (insole(f"F0:00:00:00:00:0{number}") for number in (1, 2, 3))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = KnownFile(tmp_path / "data" / "insoles.json")
    assert file.read() == KnownInsoles()
    assert file.stamp() is None
    file.write(KnownInsoles(left=A, right=B))
    assert file.read() == KnownInsoles(left=A, right=B)
    before = file.stamp()
    file.write(KnownInsoles(left=B, right=A))
    assert file.stamp() != before
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["insoles.json"]


def test_an_insole_that_changes_feet_leaves_the_one_it_had() -> None:
    known = KnownInsoles(left=A, right=B)
    assert known.knowing({Side.LEFT: B}) == KnownInsoles(left=B)
    assert known.knowing({Side.LEFT: C}) == KnownInsoles(left=C, right=B)
    assert known.knowing({Side.LEFT: B, Side.RIGHT: A}) == KnownInsoles(left=B, right=A)
    assert known.without(Side.LEFT) == KnownInsoles(right=B)
    assert known.side_of(A.address.lower()) is Side.LEFT
    assert known.side_of("nobody") is None


@pytest.mark.parametrize("text", ["", "{", '{"v": 2}', '{"v": 1, "left": {"insole": 3}}'])
def test_a_file_that_makes_no_sense_is_said_to_be_damaged(tmp_path: Path, text: str) -> None:
    path = tmp_path / "insoles.json"
    path.write_text(text)
    with pytest.raises(UnderfootError) as caught:
        KnownFile(path).read()
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_folder_that_cannot_be_written_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "insoles.json"
    KnownFile(path).write(KnownInsoles(left=A))
    (tmp_path / "insoles.json.new").mkdir()  # stands in the way
    with pytest.raises(UnderfootError) as caught:
        KnownFile(path).write(KnownInsoles(left=B))
    assert caught.value.code is FaultCode.DISK_FULL
    assert KnownFile(path).read() == KnownInsoles(left=A)


def test_later_fields_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "insoles.json"
    KnownFile(path).write(KnownInsoles(left=A))
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "colour": "green"}))
    assert KnownFile(path).read() == KnownInsoles(left=A)
