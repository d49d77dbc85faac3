"""The state of the screen from wire messages: what is measured, what is said, and never a calm word on too little."""

from __future__ import annotations

import numpy as np
import pytest
from browser_kit import (
    ROW_NS,
    TEXT,
    LiveWalk,
    S,
    alert_at,
    block_at,
    layout_of,
    metrics_at,
    status_at,
)
from msgspec.structs import replace

from ingest.wire.alerts import AlertLevel, AlertState
from ingest.wire.block import Origin
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import LinkState
from underfoot.screen import ScreenModel
from underfoot.sentence import Tone
from underfoot.shown import ShownUnit
from underfoot.words import ENGLISH
from underfoot.words.times import span

NOW = 1_760_000_000 * S


def walked(seconds: float, away: set[Side] | None = None, model: ScreenModel | None = None) -> tuple[ScreenModel, int]:
    """A model after so many seconds of the synthetic walk, and the time it is then."""
    model = ScreenModel() if model is None else model
    walk = LiveWalk(model)
    walk.away = away or set()
    t_ns = NOW
    for _ in range(int(seconds * 5)):
        t_ns += 20 * ROW_NS
        walk.step(t_ns)
    return model, t_ns


def test_an_empty_screen_waits_and_measures_nothing() -> None:
    state = ScreenModel().state(NOW)
    assert [foot.measured for foot in state.feet] == [False, False]
    assert state.tone is Tone.NOT_MEASURED
    assert state.sentence.headline == "Waiting for your insoles."
    assert all(figure.value is None and figure.reason for figure in state.figures)


def test_a_walk_of_three_minutes_is_calm_and_says_what_it_rests_on() -> None:
    model, now_ns = walked(180)
    state = model.state(now_ns)
    assert state.tone is Tone.CALM
    assert str(state.sentence) == (
        "Both feet are being measured. "
        "No alert in the 3 min measured (coverage 100 %). Still look at your feet every day."
    )
    assert [foot.measured for foot in state.feet] == [True, True]
    assert state.figures[0].words is not None
    assert state.figures[0].coverage_pct == 98.0


def test_too_early_for_a_calm_word() -> None:
    model, now_ns = walked(30)
    assert model.state(now_ns).tone is Tone.PARTIAL
    assert "30 s so far" in model.state(now_ns).sentence.detail


def test_a_foot_without_samples_is_not_measured_after_a_second_and_a_half() -> None:
    model, now_ns = walked(120)
    still = model.state(now_ns + 3 * S // 2)
    gone = model.state(now_ns + 3 * S // 2 + 1)
    assert [foot.measured for foot in still.feet] == [True, True]
    assert [foot.measured for foot in gone.feet] == [False, False]
    assert gone.left.words == "not measured: no signal for 1 s"
    assert model.state(now_ns + 7 * S).left.words == "not measured: no signal for 7 s"
    assert gone.left.total is None
    assert {cell.value for cell in gone.left.cells} == {cell.level for cell in gone.left.cells} == {None}
    assert gone.sentence.headline == "No signal from your insoles. We are not measuring."


def test_one_lost_foot_is_named_and_the_other_goes_on() -> None:
    model, now_ns = walked(120)
    model.feed(status_at(Side.RIGHT, now_ns, LinkState.LOST, battery_pct=9), now_ns)
    state = model.state(now_ns)
    assert (state.left.measured, state.right.measured) == (True, False)
    assert state.right.reason == "out of range or switched off; battery 9 %"
    assert state.tone is Tone.NOT_MEASURED
    assert state.sentence.headline == "No signal from your right insole. We are not measuring that foot."
    assert "left foot is still measured" in state.sentence.detail


def test_coverage_below_eighty_percent_is_never_calm() -> None:
    model, now_ns = walked(70)
    walk = LiveWalk(model)
    walk.away = {Side.LEFT}
    walk._seq = 70 * 100
    for _ in range(30 * 5):
        now_ns += 20 * ROW_NS
        walk.step(now_ns)
    walk.away = set()
    for _ in range(10):
        now_ns += 20 * ROW_NS
        walk.step(now_ns)
    state = model.state(now_ns)
    assert [foot.measured for foot in state.feet] == [True, True]
    assert state.coverage_pct == pytest.approx(100 * 72 / (102 - 0.2 - 1.5), abs=0.5)
    assert state.tone is Tone.PARTIAL
    assert "72 %" in state.sentence.detail


def test_no_calm_without_fresh_figures() -> None:
    model, now_ns = walked(120)
    walk = LiveWalk(model)
    for step in range(30):
        now_ns += 20 * ROW_NS
        for side in Side:
            model.feed(block_at(side, 12_000 + 20 * step, now_ns), now_ns)
    state = model.state(now_ns)
    assert walk.model is model
    assert [foot.measured for foot in state.feet] == [True, True]
    assert state.tone is Tone.PARTIAL
    assert state.figures[0].value is None
    assert state.figures[0].reason == "no figures for 6 s"


def test_no_calm_when_the_last_minute_cannot_be_judged() -> None:
    model, now_ns = walked(120)
    model.feed(metrics_at(now_ns + 1, left=None), now_ns)
    state = model.state(now_ns)
    assert state.tone is Tone.PARTIAL
    assert state.figures[0].words is None
    assert state.figures[0].reason == "too little measured"


def test_an_alert_speaks_before_everything_else() -> None:
    model, now_ns = walked(120)
    model.feed(alert_at(now_ns), now_ns)
    state = model.state(now_ns)
    assert state.tone is Tone.ALERT
    assert state.sentence.headline == TEXT
    assert "coverage 100 %" in state.sentence.detail
    assert (state.alerts[0].state_word, state.alerts[0].can_acknowledge) == ("open", True)
    late = model.state(now_ns + 9 * S)
    assert late.sentence.headline == TEXT
    assert "No signal from your insoles." in late.sentence.detail


def test_alerts_open_first_and_the_words_of_their_states() -> None:
    model, now_ns = walked(120)
    told = [
        alert_at(now_ns + 4, AlertState.CLOSED, id="closed", acknowledged_t_ns=1),
        alert_at(now_ns + 3, AlertState.CLEARED, id="cleared", acknowledged_t_ns=1),
        alert_at(now_ns + 2, AlertState.CLEARED, id="unseen"),
        alert_at(now_ns, AlertState.ACTIVE, id="low"),
        alert_at(now_ns - 1, AlertState.ACTIVE, id="medium", level=AlertLevel.MEDIUM),
        alert_at(now_ns + 9, AlertState.PENDING, id="pending"),
        alert_at(now_ns + 5, AlertState.ACKNOWLEDGED, id="seen", acknowledged_t_ns=1),
    ]
    for alert in told:
        model.feed(alert, now_ns)
    alerts = model.state(now_ns).alerts
    assert [alert.id for alert in alerts] == ["medium", "low", "seen", "cleared", "unseen", "closed"]
    assert [alert.can_acknowledge for alert in alerts] == [True, True, False, False, True, False]
    assert alerts[4].state_word == "ended, not yet acknowledged"


def test_what_the_clinician_was_handed_is_said_after_its_end_too() -> None:
    model, now_ns = walked(120)
    for n, state in enumerate((AlertState.ESCALATED, AlertState.CLEARED, AlertState.CLOSED)):
        handed = alert_at(now_ns - n, state, id=state, acknowledged_t_ns=1, escalated_t_ns=2)
        model.feed(handed, now_ns)
    words = [alert.state_word for alert in model.state(now_ns).alerts]
    assert words == ["with your clinician", "ended, with your clinician", "closed, with your clinician"]


def test_an_alert_that_ended_is_not_forgotten_by_the_calm_sentence() -> None:
    model, now_ns = walked(120)
    model.feed(alert_at(now_ns, AlertState.CLEARED, cleared_t_ns=now_ns), now_ns)
    state = model.state(now_ns)
    assert state.tone is Tone.CALM
    assert "One alert has ended; see the list." in state.sentence.detail


def test_many_alerts_do_not_grow_without_bound_and_open_ones_stay() -> None:
    model = ScreenModel()
    model.feed(alert_at(NOW, id="first"), NOW)
    for number in range(200):
        model.feed(alert_at(NOW + number, AlertState.CLOSED, id=f"old-{number}"), NOW)
    alerts = model.state(NOW).alerts
    assert len(alerts) == 50
    assert alerts[0].id == "first"


def test_uncalibrated_load_is_a_share_and_needs_both_feet() -> None:
    model = ScreenModel()
    for side in Side:
        model.feed(layout_of(side, Calibration.NONE), NOW)
        model.feed(block_at(side, 0, NOW, rows=100), NOW)
    state = model.state(NOW)
    assert state.left.total_unit is ShownUnit.SHARE
    assert state.left.total is not None
    assert state.right.total is not None
    assert state.left.total + state.right.total == pytest.approx(100)
    assert sum(cell.value or 0 for cell in state.left.cells) == pytest.approx(100)
    model.feed(status_at(Side.RIGHT, NOW, LinkState.SILENT), NOW)
    alone = model.state(NOW).left
    assert (alone.total, alone.total_reason) == (None, "the other foot is not measured")


@pytest.mark.parametrize(
    ("calibration", "unit", "cell_unit", "total_unit"),
    [
        (Calibration.ZERO, Unit.NEWTON, ShownUnit.SHARE, ShownUnit.SHARE),
        (Calibration.MAKER, Unit.RAW, ShownUnit.SHARE, ShownUnit.SHARE),
        (Calibration.MAKER, Unit.NEWTON, ShownUnit.NEWTON, ShownUnit.NEWTON),
        (Calibration.WEIGHT, Unit.KILOPASCAL, ShownUnit.NEWTON, ShownUnit.NEWTON),
        (Calibration.BENCH, Unit.KILOPASCAL, ShownUnit.KILOPASCAL, ShownUnit.NEWTON),
    ],
)
def test_the_calibration_decides_the_unit(
    calibration: Calibration, unit: Unit, cell_unit: ShownUnit, total_unit: ShownUnit
) -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT, calibration, unit=unit), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW, codes=np.full((20, 16), 1000, np.int16), unit=unit), NOW)
    foot = model.state(NOW).left
    assert (foot.cell_unit, foot.total_unit) == (cell_unit, total_unit)
    if cell_unit is ShownUnit.KILOPASCAL:
        assert foot.cells[0].value == pytest.approx(50.0)
        assert foot.total == pytest.approx(50.0 * 0.4 * 16)  # 400 mm² a cell
    if total_unit is ShownUnit.NEWTON and unit is Unit.NEWTON:
        assert foot.total == pytest.approx(50.0 * 16)


def test_a_cell_that_is_not_measured_leaves_no_total_and_no_zero() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW, not_measured=0b101), NOW)
    foot = model.state(NOW).left
    assert foot.measured
    assert [cell.level is None for cell in foot.cells[:4]] == [True, False, True, False]
    assert (foot.total, foot.total_reason) == (None, "2 of 16 cells are not measured")
    model.feed(block_at(Side.LEFT, 20, NOW, not_measured=0xFFFF), NOW)
    assert model.state(NOW).left.words == "not measured: no cell of this insole is measured"


def test_old_and_backfilled_samples_are_not_shown_as_now() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW - 60 * S), NOW)
    assert model.state(NOW).left.words == "not measured: the latest samples are 59 s old"
    model.feed(block_at(Side.LEFT, 900, NOW), NOW)
    assert model.state(NOW).left.measured
    before = model.state(NOW).left
    model.feed(block_at(Side.LEFT, 5000, NOW, origin=Origin.BACKFILL), NOW)
    model.feed(block_at(Side.LEFT, 880, NOW), NOW)  # the same rows again
    model.feed(block_at(Side.LEFT, 5000, NOW - 9 * S, boot=0), NOW)  # of the boot before
    assert model.state(NOW).left == before


def test_an_insole_that_restarted_is_shown_at_once() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 9000, NOW), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW + S, boot=2), NOW + S)
    assert model.state(NOW + S).left.last_t_ns == NOW + S + 20 * ROW_NS


def test_a_replayed_recording_is_shown_though_its_time_is_long_ago() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, 946_684_800 * S, origin=Origin.REPLAY), NOW)
    assert model.state(NOW).left.measured


def test_samples_without_or_against_their_description_are_not_measured() -> None:
    model = ScreenModel()
    model.feed(block_at(Side.LEFT, 0, NOW), NOW)
    assert "describe its cells" in model.state(NOW).left.words
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 20, NOW, codes=np.zeros((20, 8), np.int16)), NOW)
    assert "do not fit" in model.state(NOW).left.words


def test_a_block_is_played_in_the_order_it_was_taken() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    codes = np.repeat(np.arange(20, dtype=np.int16)[:, None] * 10, 16, axis=1)
    model.feed(block_at(Side.LEFT, 0, NOW, codes=codes), NOW)
    seen = [model.state(NOW + ms * 1_000_000).left.cells[0].value for ms in (0, 50, 90, 500)]
    assert seen == pytest.approx([5.0, 7.5, 9.5, 9.5])


def test_a_new_walk_counts_from_its_own_beginning() -> None:
    model, now_ns = walked(120)
    model.feed(metrics_at(now_ns + 1, walk="walk-2"), now_ns)
    assert model.state(now_ns).measured_s == 0
    assert model.state(now_ns).tone is Tone.PARTIAL


def test_history_keeps_what_was_not_measured_and_forgets_the_old() -> None:
    model = ScreenModel()
    for second in range(1500):
        model.feed(metrics_at(NOW + second * S, left=None if second == 1499 else 40.0), NOW)
    points = model.history(NOW)
    assert len(points) == 1200
    assert points[-1].left_forefoot_share_pct is None
    assert points[-1].right_forefoot_share_pct == 45.0
    assert len(model.history(NOW + 1490 * S)) == 10


def test_both_links_ended_is_said_as_the_end() -> None:
    model, now_ns = walked(120)
    for side in Side:
        model.feed(status_at(side, now_ns, LinkState.ENDED), now_ns)
    assert model.state(now_ns + 5 * S).sentence.headline == "The measurement has ended."


def test_a_technical_alert_alone_speaks_when_both_feet_are_back() -> None:
    model, now_ns = walked(120)
    model.feed(replace(alert_at(now_ns), rule="T2", text="No signal from your left insole."), now_ns)
    assert model.state(now_ns).sentence.headline == "No signal from your left insole."


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (61, "1 min"), (3599, "59 min"), (3600, "1 h"), (11400, "3 h 10 min")]
)
def test_spans_in_plain_words(seconds: float, words: str) -> None:
    assert span(seconds, ENGLISH) == words
