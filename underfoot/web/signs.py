"""One sign for each kind of day, beside its words: how much of it was measured, and what became of a programme."""

from __future__ import annotations

from collections.abc import Mapping

from processing.programme.day import DayState
from processing.rules.day_facts import DayMeasured

MEASURED_SIGNS: Mapping[DayMeasured, str] = {
    DayMeasured.MEASURED: "\N{BLACK CIRCLE}",
    DayMeasured.PARTLY: "\N{CIRCLE WITH LEFT HALF BLACK}",
    DayMeasured.NOT_WORN: "\N{WHITE CIRCLE}",
    DayMeasured.NO_DATA: "?",
}
PROGRAMME_SIGNS: Mapping[DayState, str] = {
    DayState.DONE: "\N{CHECK MARK}",
    DayState.PARTIAL: "\N{VULGAR FRACTION ONE HALF}",
    DayState.MISSED: "\N{MULTIPLICATION SIGN}",
    DayState.NOT_MEASURED: "?",
    DayState.REST: "\N{MIDDLE DOT}",
    DayState.TODAY: "\N{HORIZONTAL ELLIPSIS}",
}
