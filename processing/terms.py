"""On which terms a walk is judged: the rules, the baseline and the calibration in force when the walk began."""

from __future__ import annotations

from collections.abc import Callable

from ingest.wire.faults import FaultBook
from processing.metrics.calibration import CalibrationVersion
from processing.metrics.recipe import STEADY, Recipe
from processing.rule_changes import rules_maker
from processing.store.journal import JournalReading
from processing.walk import Terms

TermsMaker = Callable[[str, str, int], Terms]  # person, walk, UTC of its beginning


def terms_maker(
    preset: str, journal: JournalReading, recipe: Recipe = STEADY, faults: FaultBook | None = None
) -> TermsMaker:
    """Terms by the journal, so that a stored walk is judged again as it was judged live.

    :param faults: where changes of rules are noted that no longer fit the preset.
    :raises UnderfootError: CONFIG_INVALID for an unknown preset.
    """
    rules = rules_maker(preset, journal, faults)

    def terms(person: str, walk: str, begun_t_ns: int) -> Terms:
        in_force = [each.baseline for each in journal.baselines(person) if each.t_ns <= begun_t_ns]
        calibration = calibration_at(journal, person, begun_t_ns)
        return Terms(
            walk=walk,
            recipe=recipe,
            rules=rules(person, begun_t_ns),
            baseline=in_force[-1] if in_force else None,
            weight_kg=None if calibration is None else calibration.weight_kg,
            calibration=calibration,
        )

    return terms


def calibration_at(journal: JournalReading, person: str, t_ns: int) -> CalibrationVersion | None:
    """The version in force at a time; None: there was none yet."""
    before = [each for each in journal.calibrations(person) if each.t_ns <= t_ns]
    return before[-1] if before else None
