"""A5 and A6: peaks at one place, and one place that is pressed much harder all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from rules_kit import WALK, at_s, baseline, fault, feed, judgement, second, stance

from ingest.wire.alerts import Alert, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset, with_changes
from processing.rules.wording import RESTED_ON_A_FAULT

CLINICAL = load_preset("clinical")
WATCHED = with_changes(CLINICAL, {"A5.enabled": True, "A5.site": "M2", "A5.side": "left"})
USUAL = {"T1": 10.0, "M1": 20.0, "M2": 20.0, "M5": 10.0, "MF": 0.0, "T2-5": 1.0, "heel": 40.0}


def engine() -> RuleEngine:
    return RuleEngine(CLINICAL, baseline(), WALK)


def watching() -> RuleEngine:
    return RuleEngine(WATCHED, baseline(), WALK)


def peaks(first: int, kpa: Iterable[float]) -> list[Metrics]:
    return [second(k, stances=stance(k, USUAL, peak_kpa={"M2": each})) for k, each in enumerate(kpa, first)]


def steps(
    first: int, stop: int, changed: Mapping[str, float] | None = None, *, side: Side = Side.LEFT
) -> list[Metrics]:
    """A stance each second; `changed`: areas by the factor on their usual impulse."""
    factors = changed or {}
    impulse = {area: usual * factors.get(area, 1.0) for area, usual in USUAL.items()}
    return [second(k, stances=stance(k, impulse, side=side)) for k in range(first, stop)]


def hot_since_300() -> tuple[RuleEngine, Alert]:
    judge = engine()
    (alert,) = feed(judge, [*steps(0, 300), *steps(300, 330, {"M5": 1.62, "heel": 1.04})])
    return judge, alert


# A5


def test_a5_is_off_until_a_place_is_named() -> None:
    judge = engine()
    assert feed(judge, peaks(0, [400.0] * 300)) == []
    assert "A5" not in {told.rule for told in judge.judgements}


def test_a5_is_raised_by_30_of_the_last_100_stances() -> None:
    judge = watching()
    assert feed(judge, peaks(0, [100.0] * 150 + [201.0] * 29)) == []
    (alert,) = feed(judge, peaks(200, [201.0]))
    assert (alert.rule, alert.side, alert.areas) == ("A5", Side.LEFT, ("M2",))
    assert alert.text == "Your left forefoot is pressed hard, step after step. Stop, then sit for 2 minutes."
    assert alert.evidence == (
        "Peak at left M2: 30 of the last 100 steps measured there above 200 kPa, at 2000-01-01 00:03:20 UTC, "
        "calibration: maker. Rules clinical/3, 3 limits changed."
    )


def test_a5_of_exactly_the_limit_is_not_over_it() -> None:
    assert feed(watching(), peaks(0, [200.0] * 300)) == []


def test_a5_clears_below_10_of_100_and_rests_for_an_hour() -> None:
    judge = watching()
    feed(judge, peaks(0, [100.0] * 70 + [250.0] * 30))
    assert feed(judge, peaks(100, [100.0] * 90)) == []
    (cleared,) = feed(judge, peaks(190, [100.0]))
    assert (cleared.state, at_s(cleared.cleared_t_ns)) == (AlertState.CLEARED, 190)
    again = feed(judge, peaks(191, [250.0] * 4000))
    assert [at_s(alert.raised_t_ns) for alert in again] == [190 + 3600]


@pytest.mark.parametrize(
    ("peak_kpa", "impulse", "reason"),
    [
        ({}, {"M2": 20.0}, "kPa need a bench calibration"),
        ({"heel": 300.0}, {"heel": 20.0}, "M2 of the left foot is not measured"),
        ({}, {}, "M2 of the left foot is not measured"),
        ({"M2": 100.0}, {"M2": 20.0}, "only 50 of 100 steps of the left foot so far"),
    ],
)
def test_a5_says_why_it_cannot_judge(peak_kpa: dict[str, float], impulse: dict[str, float], reason: str) -> None:
    judge = watching()
    feed(judge, (second(k, stances=stance(k, impulse, peak_kpa=peak_kpa)) for k in range(50)))
    told = judgement(judge, "A5", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, reason)


def test_a5_counts_one_foot_only() -> None:
    judge = watching()
    other = [second(k, stances=stance(k, USUAL, side=Side.RIGHT, peak_kpa={"M2": 400.0})) for k in range(300)]
    assert feed(judge, other) == []


def test_a5_begins_again_when_a_cell_of_the_foot_is_found_unfit() -> None:
    judge = watching()
    feed(judge, peaks(0, [100.0] * 100 + [250.0] * 29))
    bad = second(129, faults=(fault(Side.LEFT, at_s=129),), stances=stance(129, USUAL, peak_kpa={"M2": 250.0}))
    assert [alert.rule for alert in judge.feed(bad)] == ["T1"]
    assert judgement(judge, "A5", Side.LEFT).reason == "only 0 of 100 steps of the left foot so far"


# A6


def test_a6_is_raised_by_one_place_after_30_stances() -> None:
    _, alert = hot_since_300()
    assert (alert.rule, alert.side, alert.areas) == ("A6", Side.LEFT, ("M5",))
    assert (at_s(alert.raised_t_ns), alert.audience) == (329, Audience.PATIENT)
    assert alert.text == (
        "One spot under your left forefoot is pressed much harder than before. "
        "Stop, take off the shoe, shake it out, look at the skin."
    )
    assert alert.evidence == (
        "Step change left M5: +62 % at 2000-01-01 00:05:29 UTC, others +4 % at most (impulse of the last 30 steps "
        "against those before). Calibration: maker. Rules clinical/3."
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"M5": 1.49},
        {"M5": 1.6, "heel": 1.16},  # two places: another way of walking
        dict.fromkeys(USUAL, 1.6),  # all of them: faster, or something is carried
        {"MF": 50.0},  # nothing stays nothing
        {"T2-5": 2.5},  # of next to nothing a little more
    ],
)
def test_a6_is_not_raised_by(changed: dict[str, float]) -> None:
    assert feed(engine(), [*steps(0, 300), *steps(300, 900, changed)]) == []


def test_a6_is_not_raised_by_a_few_stances_on_a_stone() -> None:
    """Two of three tens are hot, the third mostly not."""
    seconds = [*steps(0, 300), *steps(300, 324, {"M5": 2.0}), *steps(324, 900)]
    assert feed(engine(), seconds) == []


def test_a6_is_not_raised_by_odd_stances() -> None:
    seconds = [each for k in range(0, 900, 3) for each in (*steps(k, k + 2), *steps(k + 2, k + 3, {"M5": 3.0}))]
    assert feed(engine(), seconds) == []


def test_a6_hears_a_place_that_usually_carries_nothing() -> None:
    """A nail under the arch: from nothing to a tenth of the foot's impulse."""
    pressed = {**USUAL, "MF": 10.0}
    seconds = [second(k, stances=stance(k, pressed)) for k in range(300, 330)]
    (alert,) = feed(engine(), [*steps(0, 300), *seconds])
    assert alert.areas == ("MF",)
    assert "the middle of your left foot" in alert.text


def test_a6_clears_below_a_quarter_more() -> None:
    judge, _ = hot_since_300()
    assert feed(judge, steps(330, 400, {"M5": 1.3})) == []
    (cleared,) = feed(judge, steps(400, 440, {"M5": 1.2}))
    assert cleared.state is AlertState.CLEARED


def test_a6_does_not_learn_its_own_cause() -> None:
    """An hour on the stone: it stays hot, and what is usual stays what it was before."""
    judge, _ = hot_since_300()
    assert feed(judge, steps(330, 4000, {"M5": 1.6})) == []
    assert judgement(judge, "A6", Side.LEFT).state is JudgementState.ACTIVE
    (cleared,) = feed(judge, steps(4000, 4060))
    assert cleared.state is AlertState.CLEARED


def test_a_slow_change_is_not_sudden() -> None:
    drift = [each for k in range(300, 4000) for each in steps(k, k + 1, {"M5": 1 + (k - 300) / 3700})]
    assert feed(engine(), [*steps(0, 300), *drift]) == []


def test_usual_is_what_the_last_600_stances_were() -> None:
    """After 700 stances with more under one place, this is usual; the same again on top of it is told."""
    judge = engine()
    feed(judge, [*steps(0, 900), *steps(900, 1700, {"M5": 1.4})])
    (alert,) = feed(judge, steps(1700, 1730, {"M5": 2.2}))
    assert "M5: +57 %" in alert.evidence


def test_a6_needs_60_stances_before_the_30() -> None:
    judge = engine()
    feed(judge, steps(0, 89))
    told = judgement(judge, "A6", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, "only 80 of 90 steps of the left foot so far")
    judge = engine()
    feed(judge, steps(0, 90))
    assert judgement(judge, "A6", Side.LEFT).state is JudgementState.INACTIVE


def test_a6_begins_again_when_a_cell_is_found_unfit() -> None:
    judge = engine()
    feed(judge, steps(0, 320, {"M5": 1.0}))
    (t1,) = judge.feed(second(320, faults=(fault(Side.LEFT, at_s=320),)))
    assert t1.rule == "T1"
    assert judgement(judge, "A6", Side.LEFT).reason == "only 60 of 90 steps of the left foot so far"
    assert judgement(judge, "A6", Side.RIGHT).reason == "only 0 of 90 steps of the right foot so far"


def test_a6_that_rested_on_a_bad_cell_is_withdrawn() -> None:
    judge, alert = hot_since_300()
    without = {area: usual for area, usual in USUAL.items() if area != "M5"}
    feed(judge, (second(k, stances=stance(k, without)) for k in range(330, 345)))
    assert judgement(judge, "A6", Side.LEFT).state is JudgementState.ACTIVE
    faults = (fault(Side.LEFT, "M5", cell=3, at_s=345),)
    found = feed(judge, (second(k, faults=faults, stances=stance(k, without)) for k in range(345, 500)))
    assert [each.rule for each in found] == ["T1", "A6"]
    assert (found[1].id, found[1].state) == (alert.id, AlertState.CLEARED)
    assert found[1].evidence.endswith(RESTED_ON_A_FAULT)


def test_a_bad_cell_elsewhere_leaves_a6_as_it_is() -> None:
    judge, _ = hot_since_300()
    without = {area: usual * (1.62 if area == "M5" else 1) for area, usual in USUAL.items() if area != "heel"}
    faults = (fault(Side.LEFT, at_s=330),)
    (found,) = judge.feed(second(330, faults=faults, stances=stance(330, without)))
    assert found.rule == "T1"
    assert judgement(judge, "A6", Side.LEFT).reason is None
    assert feed(judge, (second(k, faults=faults, stances=stance(k, without)) for k in range(331, 500))) == []
    (cleared,) = feed(
        judge, (second(k, faults=faults, stances=stance(k, {**without, "M5": 10.0})) for k in range(500, 540))
    )
    assert (cleared.rule, cleared.state) == ("A6", AlertState.CLEARED)


def test_an_area_that_is_missing_does_not_hide_another() -> None:
    without = {area: usual for area, usual in USUAL.items() if area != "T1"}
    hot = {**without, "M5": 20.0}
    seconds = [second(k, stances=stance(k, without if k < 300 else hot)) for k in range(330)]
    (alert,) = feed(engine(), seconds)
    assert alert.areas == ("M5",)


def test_an_area_that_has_gone_missing_may_have_risen_as_well() -> None:
    """Two dead cells of the heel and a load that moves forward: the midfoot alone only seems to be pressed harder."""
    judge = engine()
    hot = {area: 2 * usual if area == "M5" else usual for area, usual in USUAL.items() if area != "heel"}
    assert feed(judge, [*steps(0, 300), *(second(k, stances=stance(k, hot)) for k in range(300, 360))]) == []
    told = judgement(judge, "A6", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, "heel of the left foot may have risen as well")
