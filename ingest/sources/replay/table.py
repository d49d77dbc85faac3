"""A table of plain decimal numbers to integers, many rows at once, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TAB, _LF, _CR, _ZERO = 9, 10, 13, np.uint8(48)
_DOT = 254  # "." less "0", unsigned
_FITS_INT32 = 9  # digits
_LONGEST = 12  # characters of one number; with four decimals it stays far below 2**63


def fixed_point(text: bytes, columns: int, decimals: int) -> NDArray[np.int64] | None:
    """Tab separated lines of `columns` unsigned decimals, each times 10**decimals: int64, rows × columns.

    None when anything in the text is unusual (a sign, an exponent, a blank, a missing column, a torn line): whoever
    asks then reads line by line. Numbers never pass through a float, so 0.11 stays 0.11.
    """
    signs = np.frombuffer(text, dtype=np.uint8)
    blanks = np.flatnonzero(signs <= 32)
    lines_end_in = (_CR, _LF) if b"\r" in text else (_LF,)
    marks = columns - 1 + len(lines_end_in)  # in a line
    if not blanks.size or blanks.size % marks or blanks[-1] != signs.size - 1:
        return None
    ends = blanks.reshape(-1, marks)
    between = signs[ends]
    if not (between[:, : columns - 1] == _TAB).all() or not (between[:, columns - 1 :] == lines_end_in).all():
        return None
    starts = np.empty((len(ends), columns), dtype=ends.dtype)
    starts[0, 0] = 0
    starts[1:, 0] = ends[:-1, -1] + 1
    starts[:, 1:] = ends[:, : columns - 1] + 1
    lengths = ends[:, :columns] - starts
    if (ends[:, -1] - ends[:, columns - 1] != marks - columns).any():
        return None
    values = _numbers(signs, starts.ravel(), lengths.ravel(), decimals)
    return None if values is None else values.reshape(-1, columns)


def _numbers(
    signs: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], decimals: int
) -> NDArray[np.int64] | None:
    longest = int(lengths.max())
    if lengths.min() < 1 or longest > _LONGEST:
        return None
    # one character of every number at a time; small types and no masked stores, because memory is what this waits for
    digits = np.concatenate((signs, np.zeros(longest, dtype=np.uint8))) - _ZERO  # unsigned: no digit is above 9
    at = starts.copy()
    values: NDArray[np.integer] = np.zeros(starts.size, dtype=np.int32 if longest <= _FITS_INT32 else np.int64)
    dots = np.zeros(starts.size, dtype=np.int8)
    behind_dot = np.zeros(starts.size, dtype=np.int8)
    for place in range(longest):
        digit = digits[at]
        inside = lengths > place
        is_dot = inside & (digit == _DOT)
        is_digit = inside & (digit <= 9)
        if not (is_dot | is_digit | ~inside).all():
            return None
        values *= is_digit.view(np.int8) * np.int8(9) + np.int8(1)
        values += digit * is_digit
        behind_dot += (dots > 0) & is_digit
        dots += is_dot
        at += 1
    if dots.max() > 1 or ((dots == 1) & (lengths == 1)).any() or behind_dot.max() > decimals:
        return None
    powers: NDArray[np.int64] = 10 ** np.arange(decimals + 1, dtype=np.int64)
    scaled: NDArray[np.int64] = values * powers[decimals - behind_dot]
    return scaled
