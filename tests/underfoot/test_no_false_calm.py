"""What is old, lacking or unseen is told as such: no figure of another time, no calm word on a part of the whole."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from browser_kit import ROW_NS, LiveWalk, S, alert_at, block_at, layout_of, metrics_at, status_at
from msgspec.structs import replace

from ingest.wire.alerts import AlertLevel, AlertState, Audience, Quiet
from ingest.wire.entries import ProgrammeId
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, CellFaultKind, LinkState
from ingest.wire.person import PersonState, Plan
from underfoot.screen import ScreenModel
from underfoot.sentence import Tone
from underfoot.web.shapes import summary
from underfoot.words import ENGLISH, words_in

NOW = 1_760_000_000 * S  # 10:53 in Vienna
HOUR = 3600 * S
DAY = 24 * HOUR


def walked(seconds: float, model: ScreenModel | None = None) -> tuple[ScreenModel, int]:
    """A model after so many seconds of the synthetic walk, and the time it is then."""
    model = ScreenModel() if model is None else model
    walk = LiveWalk(model)
    t_ns = NOW
    for _ in range(int(seconds * 5)):
        t_ns += 20 * ROW_NS
        walk.step(t_ns)
    return model, t_ns


def done_today(t_ns: int) -> PersonState:
    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=20, done_min=20, words="The walk is done for today.")
    return PersonState(t_ns=t_ns, text="", walked_today_min=20, worn_today_min=95, plans=(plan,), all_right_t_ns=t_ns)


def test_figures_of_another_day_are_not_those_of_today() -> None:
    model = ScreenModel(ZoneInfo("Europe/Vienna"))
    model.feed(done_today(NOW), NOW)
    evening = summary(model.state(NOW + 13 * HOUR))  # 23:53
    assert {line["name"]: line["words"] for line in evening["today"]}["worn"] == "1 h 35 min"
    assert evening["plans"]
    tomorrow = summary(model.state(NOW + 14 * HOUR))
    assert (tomorrow["today"], tomorrow["plans"]) == ([], [])
    assert tomorrow["all_right_ms"] == NOW // 1_000_000


def test_figures_of_rows_that_come_late_are_not_those_of_now() -> None:
    model = ScreenModel()
    LiveWalk(model)
    for second in range(120):  # two minutes come in one, an hour after they were taken
        for side in Side:
            model.feed(block_at(side, second * 100, NOW - HOUR + second * S, rows=100), NOW)
        model.feed(metrics_at(NOW - HOUR + second * S), NOW)
    state = model.state(NOW)
    assert [foot.measured for foot in state.feet] == [False, False]
    assert state.figures[0].words is None
    assert state.figures[0].reason == "the latest figures are 58 min old"
    assert state.calibration is None


def test_rows_that_come_at_once_leave_their_gaps_in_the_coverage() -> None:
    model = ScreenModel()
    LiveWalk(model)
    for second in range(0, 600, 2):  # every other second of ten minutes is lacking
        for side in Side:
            model.feed(block_at(side, second * 100, NOW - (600 - second) * S, rows=100), NOW)
    model.feed(metrics_at(NOW), NOW)
    state = model.state(NOW)
    assert state.coverage_pct == pytest.approx(50, abs=1)
    assert state.tone is Tone.PARTIAL


@pytest.mark.parametrize("what", ["no cell", "misfit", "frozen"])
def test_rows_that_measure_nothing_count_for_no_coverage(what: str) -> None:
    model = ScreenModel()
    LiveWalk(model)
    frozen = CellFault(side=Side.LEFT, kind=CellFaultKind.FROZEN, t_ns=NOW, cell=None, area="")
    if what == "frozen":
        model.feed(replace(metrics_at(NOW - 1), cell_faults=(frozen,)), NOW)
    for second in range(120):
        t_ns = NOW + second * S
        bad = {"no cell": {"not_measured": 0xFFFF}, "misfit": {"codes": np.zeros((100, 8), np.int16)}, "frozen": {}}
        model.feed(block_at(Side.LEFT, second * 100, t_ns, **{"rows": 100, **bad[what]}), t_ns + S)
        model.feed(block_at(Side.RIGHT, second * 100, t_ns, rows=100), t_ns + S)
    assert model.state(NOW + 120 * S).measured_s == 0


def test_nothing_calm_is_said_while_a_part_of_an_insole_is_not_measured() -> None:
    model, now_ns = walked(120)
    assert model.state(now_ns).tone is Tone.CALM
    dead = CellFault(side=Side.LEFT, kind=CellFaultKind.DEAD, t_ns=now_ns, cell=3, area="cell 3")
    model.feed(replace(metrics_at(now_ns + 1), cell_faults=(dead,)), now_ns)
    state = model.state(now_ns)
    assert state.tone is Tone.PARTIAL
    assert state.sentence.detail.startswith("But a part of your left insole is not measured.")
    assert "linken Einlage" in model.state(now_ns, words_in("de")).sentence.detail


def test_what_nobody_has_seen_is_said_beside_the_calm_word() -> None:
    model, now_ns = walked(120)
    model.feed(alert_at(now_ns, AlertState.CLEARED, cleared_t_ns=now_ns), now_ns)
    assert "One alert has ended; see the list. Nobody has acknowledged it yet." in model.state(now_ns).sentence.detail
    model.feed(alert_at(now_ns, AlertState.CLOSED, cleared_t_ns=now_ns, acknowledged_t_ns=now_ns), now_ns)
    assert "Nobody has acknowledged" not in model.state(now_ns).sentence.detail


def test_what_is_for_the_clinician_alone_has_not_ended_for_the_wearer() -> None:
    model, now_ns = walked(120)
    model.feed(alert_at(now_ns, AlertState.CLEARED, audience=Audience.CLINICIAN), now_ns)
    assert "has ended" not in model.state(now_ns).sentence.detail


def test_an_alert_from_before_is_told_with_its_age_when_nothing_is_measured_now() -> None:
    model = ScreenModel()
    model.feed(alert_at(NOW - 9 * DAY), NOW)
    detail = model.state(NOW).sentence.detail
    assert "Raised 9 days ago." in detail
    assert "No signal from your insoles. We are not measuring." in detail


def test_a_clock_is_not_called_set_when_nothing_comes_any_more() -> None:
    model, now_ns = walked(10)
    assert model.state(now_ns).left.clock_known is True
    assert model.state(now_ns + 10 * S).left.clock_known is None


def test_what_an_old_status_tells_is_of_its_own_time() -> None:
    model = ScreenModel()
    status = replace(status_at(Side.LEFT, NOW - 9 * DAY), to_fetch=9000)
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(status, NOW)  # retained by the broker, from before ingest stopped
    state = model.state(NOW)
    assert "still in the left insole" in state.kept_words
    assert state.left.status_t_ns == NOW - 9 * DAY


def test_one_that_nobody_has_seen_outlives_those_that_are_done() -> None:
    model = ScreenModel()
    model.feed(alert_at(NOW, AlertState.CLEARED, id="unseen"), NOW)
    for number in range(60):
        model.feed(alert_at(NOW + number, AlertState.CLOSED, id=f"old-{number}"), NOW)
    assert "unseen" in {alert.id for alert in model.state(NOW).alerts}


def test_a_muted_alert_says_so() -> None:
    model = ScreenModel()
    model.feed(alert_at(NOW, quiet=Quiet.MUTED), NOW)
    model.feed(alert_at(NOW, id="loud", sounded_t_ns=(NOW,)), NOW)
    told = {alert["id"]: alert["muted"] for alert in summary(model.state(NOW))["alerts"]}
    assert told == {"A3-left-1": True, "loud": False}


def test_insoles_that_are_being_set_up_are_not_called_lost() -> None:
    model, now_ns = walked(120)
    model.on_setting_up(True)
    assert model.state(now_ns).tone is Tone.CALM  # they are measured still
    for side in Side:
        model.feed(status_at(side, now_ns, LinkState.ENDED), now_ns)
    said = model.state(now_ns).sentence
    assert said.tone is Tone.NOT_MEASURED
    assert said.headline == "Your insoles are being set up. We are not measuring."
    model.feed(alert_at(now_ns, level=AlertLevel.MEDIUM), now_ns)
    assert model.state(now_ns).tone is Tone.ALERT
    model.on_setting_up(False)
    assert "set up" not in str(model.state(now_ns).sentence)


def test_little_measured_today_is_said_beside_the_minutes() -> None:
    model = ScreenModel()
    model.feed(PersonState(t_ns=NOW, text="", worn_today_min=95, steps_today=900, coverage_today_pct=41.3), NOW)
    lines = {line.name: line.words for line in model.state(NOW, ENGLISH).today}
    assert lines["worn"] == "1 h 35 min, coverage 41 %"
    assert lines["steps"] == "900, coverage 41 %"
    assert lines["walked"] == "not measured"
