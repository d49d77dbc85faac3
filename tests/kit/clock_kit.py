"""Notifications of an insole whose clock is wrong and whose path is slow; the truth is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from ingest.clock import DeviceClock
from ingest.landmarks import Landmarks

TRUE_START_NS = 1_700_000_000_000_000_000
Delay = Callable[[random.Random, float, int], float]  # seconds since start, salt of the run → delay in ms


def clean(_chance: random.Random, _at_s: float, _salt: int) -> float:
    return 0.0


def queueing(chance: random.Random, _at_s: float, _salt: int) -> float:
    """Exponential, 10 ms in the mean."""
    return chance.expovariate(1 / 10)


def bursts(chance: random.Random, at_s: float, salt: int) -> float:
    """Queueing, and in one of five seconds everything is held back by 50 to 200 ms more."""
    burst = random.Random(int(at_s) * 7919 + salt).random() < 0.2
    return queueing(chance, at_s, salt) + (chance.uniform(50, 200) if burst else 0.0)


def interval(chance: random.Random, at_s: float, _salt: int) -> float:
    """Waits for the next connection event, every 15 ms, and one in ten events is missed."""
    events = 0
    while chance.random() < 0.1:
        events += 1
    return -(at_s * 1000) % 15 + 15 * events


def interval_and_queueing(chance: random.Random, at_s: float, salt: int) -> float:
    """What a notification of a real insole meets: up to one connection event, and queues of 10 ms in the mean."""
    return interval(chance, at_s, salt) + queueing(chance, at_s, salt)


PATHS: dict[str, Delay] = {
    "clean": clean,
    "queueing 10 ms": queueing,
    "bursts 50-200 ms": bursts,
    "15 ms interval": interval,
}


def notifications(
    delay: Delay, drift_ppm: float, seconds: float, seed: int, every_s: float = 0.1
) -> Iterator[tuple[int, int, int]]:
    """(device ns, true UTC ns, arrival ns) of each; the insole's crystal runs `drift_ppm` too fast."""
    chance = random.Random(seed)
    phase = chance.random() * every_s
    booted_ns = chance.randrange(10**15)
    last = 0
    for k in range(int(seconds / every_s)):
        at_s = phase + k * every_s
        true_ns = TRUE_START_NS + round(at_s * 1e9)
        device_ns = booted_ns + round(at_s * 1e9 * (1 + drift_ppm * 1e-6))
        last = max(last + 1, true_ns + round(delay(chance, at_s, seed) * 1e6))  # one link keeps the order
        yield device_ns, true_ns, last


def errors_ms(
    delay: Delay, drift_ppm: float, marks_s: tuple[float, ...], seed: int
) -> tuple[list[float], list[float | None], float | None]:
    """Error and claimed error (ms) at each of `marks_s` of a clock that is read every second; its ppm at the end."""
    clock = DeviceClock()
    errors: list[float] = []
    claims: list[float | None] = []
    asked = 0
    for k, (device_ns, true_ns, arrived_ns) in enumerate(notifications(delay, drift_ppm, marks_s[-1] + 0.15, seed)):
        clock.observe(device_ns, arrived_ns)
        if k % 10 == 9:
            reading = clock.utc_of(device_ns)
            asked += 1
            if asked in marks_s:
                errors.append((reading.t_ns - true_ns) / 1e6)
                claims.append(None if reading.error_ns is None else reading.error_ns / 1e6)
    return errors, claims, clock.ppm


def away_ms(
    delay: Delay, drift_ppm: float, seed: int, *, away_s: float = 7200, home_s: float = 12, before_s: float = 180
) -> list[tuple[float, float]]:
    """(error, claimed error) in ms all along a silence, `home_s` after it, of a clock that was restored meanwhile."""
    clock, truth, restored = DeviceClock(), [], False
    for device_ns, true_ns, arrived_ns in notifications(delay, drift_ppm, before_s + away_s + home_s, seed):
        at_s = (true_ns - TRUE_START_NS) / 1e9
        if before_s < at_s < before_s + away_s:
            truth.append((device_ns, true_ns))
            continue
        if truth and not restored:
            clock, restored = DeviceClock(Landmarks.load(clock.landmarks.dump())), True
        clock.observe(device_ns, arrived_ns)
    step = max(1, len(truth) // 50)
    readings = [(clock.place(device_ns), true_ns) for device_ns, true_ns in truth[::step]]
    return [((r.t_ns - true_ns) / 1e6, (r.error_ns or 0) / 1e6) for r, true_ns in readings]
