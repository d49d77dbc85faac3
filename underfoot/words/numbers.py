"""Numbers as a language writes them, by hand: two languages need no library. Pure.

English groups by a comma and has a decimal point, German the other way round; both put a space before the percent sign.
"""

from __future__ import annotations

_SWAPPED = str.maketrans({",": ".", ".": ","})


def number(language: str, value: float, digits: int = 0) -> str:
    """With so many decimals; thousands are grouped. A number below 0 has a hyphen that a terminal can show."""
    english = f"{value:,.{digits}f}"
    return english.translate(_SWAPPED) if language == "de" else english


def percent(language: str, value: float, digits: int = 0) -> str:
    return f"{number(language, value, digits)} %"
