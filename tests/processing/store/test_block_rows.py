"""Packing of codes: nothing is lost, damage is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.block_rows import pack, unpack

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 20))


@st.composite
def some_codes(draw: st.DrawFn) -> Codes:
    rows, cells = draw(SHAPES)
    numbers = draw(st.binary(min_size=2 * rows * cells, max_size=2 * rows * cells))
    return np.frombuffer(numbers, dtype="<i2").astype(np.int16).reshape(rows, cells)


@given(some_codes())
def test_packing_loses_nothing(codes: Codes) -> None:
    again = unpack(pack(codes), *codes.shape)
    assert again.dtype == np.int16
    assert np.array_equal(again, codes)
    assert not again.flags.writeable


def test_codes_that_do_not_lie_in_a_row_are_packed_too() -> None:
    wide = np.arange(-600, 600, dtype=np.int16).reshape(30, 40)
    for view in (wide[::2, ::3], wide.T, wide[5:6]):
        assert np.array_equal(unpack(pack(view), *view.shape), view)


@pytest.mark.parametrize("damage", [b"", b"not packed", pack(np.zeros((3, 3), np.int16))])
def test_damage_is_noticed(damage: bytes) -> None:
    with pytest.raises(UnderfootError) as caught:
        unpack(damage, 5, 5)
    assert caught.value.code is FaultCode.STORE_DAMAGED
