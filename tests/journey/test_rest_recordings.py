"""Real walks against their own usual figures: silent at rest, told in time when load is shifted in them.

At rest: as recorded, nothing worked in. The ten walks of gaitpdb, even, shuffling and asymmetric ones, and two with
other insoles. Each is repeated until it is long enough to be judged, and is its own baseline: seven times the same
walk, so that the spread is nothing and the limits are the lowest that they can be. So this shows that what varies
within a walk (turns, odd steps, the seam of a repetition) raises nothing, and that a shift is found and is found in
time; of how a person differs from day to day it shows nothing.

- forefoot overload of 20: 20 points of a foot's load move under its forefoot, its load stays. Read as 20 % more load
  under the forefoot it is a shift of 4 to 5 points, half of A3's limit: that is the case just below
- asymmetry of 25: the symmetry index moves by 25 points, either way
- a place pressed twice as hard (a stone in the shoe), the others as before
- within the stated hold: the window that has to fill, and the hold, in seconds in which the figure can be judged (the
  person walks and no cell is being checked), as the hold counts them

Two of the ten (residual load in swing) stand with T1 only: some of their cells stick, and nothing is said of their
load. Once the zero is taken, as a calibration does, they are judged like the others. GaCo13_10 stands from the 55th
second on, and its window then holds more standing than walking: only its walking is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from long_walk import (
    Factors,
    by_factors,
    forefoot_cells,
    leaning,
    more_forefoot,
    pressed_harder,
    repeated,
    shifted,
    zeroed,
)

from ingest.sources.replay import Recording, open_recording
from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, Metrics
from processing.metrics.load import area_of_cells
from processing.metrics.recipe import STEADY
from processing.rules.baseline import Baseline, learn_baseline
from processing.rules.preset import load_preset
from processing.walk import Terms, Walk

pytestmark = pytest.mark.computes

S = 10**9
RULES = load_preset("clinical")
GAITPDB = (
    "GaCo01_01", "GaCo13_10", "GaPt03_01", "GaPt13_01", "JuCo01_01",
    "JuPt04_01", "JuPt18_01", "JuPt26_03", "SiCo01_01", "SiPt02_01",
)  # fmt: skip
MOTICON = ("230927_102114", "230927_102137")
RESIDUAL_LOAD = ("GaCo13_10", "JuPt26_03")
WALKS_UNTIL_S = {"GaCo13_10": 55}
LEARNED_FROM_S = 660
SHIFTED_FROM_S = 200
LONG_S = 620
HOLD_S = {rule.id: rule.hold_s for rule in RULES.rules if rule.id in ("A3", "A4")}


@dataclass(frozen=True, slots=True)
class Person:
    recording: Recording
    baseline: Baseline


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a walk; `alerts` as they were raised."""

    begun_t_ns: int
    seconds: list[Metrics]
    alerts: list[Alert]

    @property
    def rules(self) -> list[tuple[str, Side | None]]:
        return [(alert.rule, alert.side) for alert in self.alerts]

    def judged_s(self, alert: Alert, side: Side | None) -> int:
        """Seconds in which the alert's figure could be judged, from the shift to the alert."""
        shifted_t_ns = self.begun_t_ns + SHIFTED_FROM_S * S
        return sum(
            bool(each.walking) and can_be_judged(each, side)
            for each in self.seconds
            if shifted_t_ns < each.t_ns <= alert.raised_t_ns
        )

    def stances(self, alert: Alert) -> int:
        """Of the alert's foot, from the shift to the alert."""
        shifted_t_ns = self.begun_t_ns + SHIFTED_FROM_S * S
        since = (each for each in self.seconds if shifted_t_ns < each.t_ns <= alert.raised_t_ns)
        return sum(stance.side is alert.side for each in since for stance in each.stances)


def can_be_judged(second: Metrics, side: Side | None) -> bool:
    feet = second.forefoot_share_pct
    figure: Figure = second.load_si_pct if side is None else feet.left if side is Side.LEFT else feet.right
    return figure.value is not None and figure.coverage_pct >= RULES.coverage_pct


def walked(
    recording: Recording, baseline: Baseline | None, *, shift: Factors | None = None, seconds: float = LONG_S
) -> tuple[Walk, Told]:
    terms = Terms(walk=recording.name, recipe=STEADY, rules=RULES, baseline=baseline)
    walk = Walk(terms, at_once_s=60)
    blocks: Iterator = repeated(recording, seconds)
    if shift is not None:
        blocks = shifted(blocks, by_factors(shift, recording), recording.start_t_ns + SHIFTED_FROM_S * S)
    said = [each for item in (*recording.layouts.values(), *blocks) for each in walk.feed(item)] + walk.close()
    raised: dict[str, Alert] = {}
    for each in said:
        if isinstance(each, Alert):
            raised.setdefault(each.id, each)
    seconds_said = [each for each in said if isinstance(each, Metrics)]
    return walk, Told(recording.start_t_ns, seconds_said, list(raised.values()))


@cache
def own_baseline(file: Path, is_zeroed: bool) -> Person:
    recording = open_recording(file)
    name = file.name.partition(".")[0]
    if is_zeroed:
        recording = zeroed(recording)
    if name in WALKS_UNTIL_S:
        tracks = {side: track.before(WALKS_UNTIL_S[name]) for side, track in recording.tracks.items()}
        recording = replace(recording, tracks=tracks)
    return Person(recording, learned(recording))


def learned(recording: Recording) -> Baseline:
    summary = walked(recording, None, seconds=LEARNED_FROM_S)[0].summary()
    baseline = learn_baseline([summary] * 7)
    assert baseline is not None
    return baseline


@pytest.fixture(params=[*GAITPDB, *MOTICON])
def person(request: pytest.FixtureRequest, gaitpdb: Path, moticon: Path) -> Person:
    name = request.param
    if name in MOTICON:  # too short for a calibration
        return own_baseline(moticon / f"{name}.txt", is_zeroed=False)
    return own_baseline(gaitpdb / f"{name}.txt.xz", is_zeroed=name in RESIDUAL_LOAD)


def test_a_walk_at_rest_raises_nothing(person: Person) -> None:
    assert walked(person.recording, person.baseline)[1].rules == []


def test_a_walk_with_long_stops_raises_nothing(gaitpdb: Path) -> None:
    whole = zeroed(open_recording(gaitpdb / "GaCo13_10.txt.xz"))
    _, told = walked(whole, learned(whole), seconds=900)
    assert told.rules == []
    assert 0.3 < sum(bool(each.walking) for each in told.seconds) / len(told.seconds) < 0.7


@pytest.mark.parametrize("name", RESIDUAL_LOAD)
def test_where_cells_stick_nothing_but_that_is_told(gaitpdb: Path, name: str) -> None:
    file = gaitpdb / f"{name}.txt.xz"
    usual = own_baseline(file, is_zeroed=True).baseline
    _, told = walked(open_recording(file), usual)
    assert sorted(told.rules) == [("T1", Side.LEFT), ("T1", Side.RIGHT)]
    assert told.seconds[-1].forefoot_share_pct.left.value is None
    assert told.seconds[-1].load_si_pct.value is None


@pytest.mark.parametrize("side", Side)
def test_a_forefoot_overload_is_told_within_the_hold_and_not_before(person: Person, side: Side) -> None:
    _, told = walked(person.recording, person.baseline, shift=more_forefoot(person.recording, side, 20))
    assert told.rules == [("A3", side)]
    assert RULES.window_s * 0.2 + HOLD_S["A3"] <= told.judged_s(told.alerts[0], side) <= RULES.window_s + HOLD_S["A3"]


@pytest.mark.parametrize("points", [25, -25])
def test_an_asymmetry_is_told_within_the_hold_and_not_before(person: Person, points: float) -> None:
    _, told = walked(person.recording, person.baseline, shift=leaning(person.recording, points))
    assert told.rules == [("A4", None)]
    assert RULES.window_s * 0.2 + HOLD_S["A4"] <= told.judged_s(told.alerts[0], None) <= RULES.window_s + HOLD_S["A4"]


def test_a_place_pressed_twice_as_hard_is_told_by_its_name(person: Person) -> None:
    """The third ten of steps that are half as high again: later where one step is unlike the next."""
    recording, side = person.recording, Side.LEFT
    areas = area_of_cells(recording.layouts[side])
    area = areas[forefoot_cells(recording, side)[0]]
    shift = pressed_harder(recording, side, [cell for cell, name in enumerate(areas) if name == area], 2.0)
    _, told = walked(recording, person.baseline, shift=shift)
    (hot,) = (alert for alert in told.alerts if alert.rule == "A6")
    assert (hot.side, hot.areas) == (side, (area,))
    assert 20 <= told.stances(hot) <= 70


def test_a_fifth_more_load_under_a_forefoot_is_below_the_limit(person: Person) -> None:
    recording = person.recording
    shift = pressed_harder(recording, Side.LEFT, forefoot_cells(recording, Side.LEFT), 1.2)
    _, told = walked(recording, person.baseline, shift=shift)
    assert told.rules == []
    moved = told.seconds[-2].forefoot_share_pct.left.value - person.baseline.forefoot_share_pct.left.median
    assert 3 < moved < 6
