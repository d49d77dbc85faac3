from __future__ import annotations

import random

import pytest
from clock_kit import PATHS, TRUE_START_NS, away_ms, errors_ms, interval_and_queueing, notifications

from ingest.clock import DeviceClock

MS = 1_000_000
SECOND = 1_000_000_000


@pytest.mark.parametrize("drift", [0, 50, -50])
@pytest.mark.parametrize("path", PATHS)
def test_left_and_right_agree_within_5_ms_after_30_s(path: str, drift: int) -> None:
    for seed in range(5):
        (left,), _, _ = errors_ms(PATHS[path], drift, (30,), seed)
        (right,), _, _ = errors_ms(PATHS[path], -drift, (30,), 100 + seed)
        assert abs(left - right) < 5


@pytest.mark.parametrize("drift", [0, 50, -50])
@pytest.mark.parametrize(("path", "bound_ms"), [("clean", 0.5), ("queueing 10 ms", 1.5), ("bursts 50-200 ms", 1.5)])
def test_the_table_holds(path: str, bound_ms: float, drift: int) -> None:
    for seed in range(5):
        (after_30_s, after_150_s), _, ppm = errors_ms(PATHS[path], drift, (30, 150), seed)
        assert abs(after_30_s) < bound_ms
        assert abs(after_150_s) < bound_ms / 2
        assert ppm == pytest.approx(-drift, abs=10)


def test_the_first_observation_gives_a_time_and_claims_nothing() -> None:
    clock = DeviceClock()
    clock.observe(5 * SECOND, TRUE_START_NS)
    reading = clock.utc_of(5 * SECOND + 10 * MS)
    assert reading.t_ns == TRUE_START_NS + 10 * MS
    assert reading.error_ns is None
    assert clock.ppm is None


def test_nothing_observed_is_an_error_and_never_a_time() -> None:
    with pytest.raises(ValueError, match="observed nothing"):
        DeviceClock().utc_of(0)


def test_the_claimed_error_covers_the_real_one() -> None:
    held = total = 0
    for seed in range(20):
        errors, claims, _ = errors_ms(PATHS["queueing 10 ms"], 30, (1, 3, 10, 40), seed)
        total += len(errors)
        held += sum(claim is not None and abs(error) <= claim for error, claim in zip(errors, claims, strict=True))
    assert held / total > 0.9


@pytest.mark.parametrize("path", PATHS)
def test_time_never_steps_back_by_more_than_the_claimed_error(path: str) -> None:
    clock, due = DeviceClock(), None
    for k, (device_ns, _, arrived_ns) in enumerate(notifications(PATHS[path], 40, 60, seed=4)):
        clock.observe(device_ns, arrived_ns)
        if k % 10 == 9:
            reading = clock.utc_of(device_ns - SECOND)
            if due is not None:
                assert reading.t_ns >= due - (reading.error_ns or 0)
            due = reading.t_ns + SECOND


def test_an_early_answer_is_worked_off_and_not_jumped() -> None:
    clock = DeviceClock()
    for k in range(3):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS + 150 * MS)
    assert clock.utc_of(200 * MS).t_ns == TRUE_START_NS + 350 * MS
    clock.observe(300 * MS, TRUE_START_NS + 300 * MS)
    assert clock.utc_of(300 * MS).t_ns == TRUE_START_NS + 450 * MS
    for k in range(4, 200):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS)
    assert clock.utc_of(20 * SECOND).t_ns == pytest.approx(TRUE_START_NS + 20 * SECOND, abs=MS)


def test_the_first_notification_after_a_silence_places_no_row_of_it() -> None:
    clock = DeviceClock()
    after = [range(200), range(7200, 7400)]
    for k in (k for stretch in after for k in stretch):
        late = 40 * MS if k == 7200 else 0
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS + late)
    for at_s in (30, 400, 719):
        assert clock.place(at_s * SECOND).t_ns == pytest.approx(TRUE_START_NS + at_s * SECOND, abs=MS)


def test_rows_after_a_silence_owe_nothing_to_the_drift_that_was_guessed_over_it() -> None:
    clock = DeviceClock()
    for k in range(100):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS)
        clock.utc_of(k * 100 * MS)
    for k in range(7200, 7210):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS + 29 * MS)  # 40 ppm over 12 min
    assert clock.utc_of(720 * SECOND).t_ns == pytest.approx(TRUE_START_NS + 720 * SECOND + 29 * MS, abs=MS)


def test_a_guess_under_two_notifications_binds_nobody() -> None:
    clock = DeviceClock()
    clock.observe(0, TRUE_START_NS + 40 * MS)
    guess = clock.utc_of(0)
    assert (guess.t_ns, guess.error_ns) == (TRUE_START_NS + 40 * MS, None)
    for k in range(1, 12):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS)
    assert clock.utc_of(SECOND).t_ns == TRUE_START_NS + SECOND


@pytest.mark.parametrize("step_s", [-7200, -2, 0.3, 3, 86_400])
def test_a_hub_clock_that_is_set_is_followed(step_s: float) -> None:
    clock = DeviceClock()
    chance = random.Random(1)
    for k in range(1200):
        step_ns = round(step_s * SECOND) if k >= 600 else 0
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS + step_ns + round(chance.expovariate(1 / 10) * MS))
    assert clock.utc_of(120 * SECOND).t_ns == pytest.approx(TRUE_START_NS + round((120 + step_s) * SECOND), abs=5 * MS)


def test_an_hour_away_keeps_the_drift_and_finds_the_level_again() -> None:
    clock = DeviceClock()
    last = 0
    for device_ns, true_ns, arrived_ns in notifications(PATHS["queueing 10 ms"], 50, 3700, seed=3):
        if not 100e9 < true_ns - TRUE_START_NS < 3690e9:
            clock.observe(device_ns, arrived_ns)
            last = clock.utc_of(device_ns).t_ns - true_ns
    assert abs(last) < 5 * MS
    assert clock.ppm == pytest.approx(-50, abs=10) or clock.ppm is None


def test_memory_is_constant() -> None:
    clock = DeviceClock()
    for k in range(5000):
        clock.observe(k * 300 * MS, k * 300 * MS)
    assert len(clock._buckets) <= 120


@pytest.mark.parametrize("hours", [3, -3])
def test_a_hub_whose_clock_is_set_by_hours_is_followed_within_seconds(hours: int) -> None:
    """Statuses tell the new time at once: rows that stayed behind for long would look like the end of a walk."""
    clock, set_ns = DeviceClock(), hours * 3600 * SECOND
    off_ns: list[int] = []
    for k, (device_ns, true_ns, arrived_ns) in enumerate(notifications(PATHS["queueing 10 ms"], 30, 60, seed=2)):
        is_set = k >= 300
        clock.observe(device_ns, arrived_ns + is_set * set_ns)
        if k >= 345:  # 4.5 s later
            off_ns.append(clock.utc_of(device_ns).t_ns - true_ns - set_ns)
    assert max(map(abs, off_ns)) < 50 * MS


@pytest.mark.parametrize("drift", [50, -50])
@pytest.mark.parametrize(("path", "bound_ms"), [("queueing 10 ms", 1.0), ("15 ms interval", 7.0), ("both", 8.0)])
def test_two_hours_away_are_placed_within_ten_milliseconds(path: str, bound_ms: float, drift: int) -> None:
    """With a restart of the hub meanwhile."""
    for seed in range(2):
        placed = away_ms(PATHS.get(path, interval_and_queueing), drift, seed)
        assert len(placed) >= 50
        assert max(abs(error) for error, _ in placed) < bound_ms
        assert all(1 < claim < 25 for _, claim in placed)


def test_rows_lost_on_the_air_are_placed_where_their_neighbours_are() -> None:
    clock = DeviceClock()
    heard = list(notifications(PATHS["queueing 10 ms"], 50, 400, seed=7))
    for k, (device_ns, _, arrived_ns) in enumerate(heard):
        if k % 10:
            clock.observe(device_ns, arrived_ns)
    off_ms = [(clock.place(device_ns).t_ns - true_ns) / MS for device_ns, true_ns, _ in heard[300::10]]
    assert max(map(abs, off_ms)) < 1.5


def test_a_clock_has_settled_after_ten_seconds_and_again_after_every_long_silence() -> None:
    clock = DeviceClock()
    told: list[bool] = []
    for at_s in [*range(20), *range(40, 60)]:
        clock.observe(at_s * SECOND, TRUE_START_NS + at_s * SECOND)
        told.append(clock.settled)
    assert told == [False] * 10 + [True] * 10 + [False] * 10 + [True] * 10


def test_a_restored_clock_knows_the_drift_and_what_was_before() -> None:
    clock = DeviceClock()
    for device_ns, _, arrived_ns in notifications(PATHS["queueing 10 ms"], 50, 900, seed=3):
        clock.observe(device_ns, arrived_ns)
    again = DeviceClock(clock.landmarks)
    assert not again.known
    before = again.place(device_ns - 600 * SECOND)
    assert before.t_ns == pytest.approx(clock.place(device_ns - 600 * SECOND).t_ns, abs=MS)
    after = again.place(device_ns + 600 * SECOND)
    assert after.t_ns == pytest.approx(clock.utc_of(device_ns + 600 * SECOND).t_ns, abs=8 * MS)
    assert after.error_ns is not None
    assert before.error_ns is not None
    assert after.error_ns > before.error_ns + 5 * MS


def test_lateness_is_what_an_arrival_is_behind_the_line() -> None:
    clock = DeviceClock()
    for k in range(100):
        clock.observe(k * 100 * MS, TRUE_START_NS + k * 100 * MS)
    assert clock.lateness_ns(10 * SECOND, TRUE_START_NS + 12 * SECOND) == pytest.approx(2 * SECOND, abs=MS)
