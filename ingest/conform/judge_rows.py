"""Checks of live rows: frames, numbers, ticks, rate, and what a lost link does to them.

Rate: lateness = arrival − ticks. Nothing arrives early, so the least lateness of an early and of a late part of the
conversation is taken, and their difference over the time between is how far the insole's clock is off. How sure that
is: the spread of the least lateness among the fifths of each part, and the hub's own usual lag at either end, over the
same time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from ingest.conform.facts import Facts, Frame
from ingest.conform.verdicts import Check, Judged, all_of, broken, not_tried, ok
from ingest.drivers import open_insole_wire as wire

_OFF_AT_MOST_PPM = 100.0
_RATE_OVER_S = 10.0
_SILENT_S = 3.0
_FULL_WITHIN_S = 0.25
_FULL_SHARE = 0.5
_FRAMES_OF_PART = 10
_PARTS_OF_PART = 5
_AWAY_OFF_SHARE, _AWAY_OFF_S = 0.1, 1.0


def _frames(facts: Facts) -> Judged:
    facts.some_frames(1)
    boots = Counter(one.rows.boot_low for one in facts.frames if one.link < 3)
    wrong = [boot for boot in boots if boot != facts.info.boot & 0xFFFF]
    return all_of(
        f"{len(facts.unreadable)} of them: {facts.unreadable[0]}" if facts.unreadable else None,
        f"of boot …{wrong[0]:04x}" if wrong else None,
        fine=f"{len(facts.frames)} frames",
    )


def _breaks(frames: list[Frame]) -> list[str]:
    return [
        f"row {late.rows.seq} after {early.next_seq - 1}"
        for early, late in pairwise(frames)
        if late.rows.seq != early.next_seq
    ]


def _numbers(facts: Facts) -> Judged:
    first = facts.reply("start").count.first_seq
    one, two = facts.some_frames(1), facts.frames_of(2)
    wrong = _breaks(one) + _breaks(two)
    began = f"row {one[0].rows.seq} came first, START said {first}" if one[0].rows.seq != first else None
    rows = sum(len(each.rows.codes) for each in one + two)
    return all_of(
        began, f"{len(wrong)} breaks: {wrong[0]}" if wrong else None, fine=f"{rows} rows, none missing while connected"
    )


def _numbers_away(facts: Facts) -> Judged:
    before, after = facts.some_frames(1)[-1], facts.some_frames(2)[0]
    away_s = after.t_s - before.t_s
    numbered_s = (after.rows.seq - before.rows.seq) * facts.info.ns_per_row / 1e9
    said = f"{numbered_s:.1f} s of numbers in {away_s:.1f} s"
    off_s = abs(numbered_s - away_s)
    return ok(said) if off_s <= max(_AWAY_OFF_S, _AWAY_OFF_SHARE * away_s) else broken(said)


def _ticks(facts: Facts) -> Judged:
    per_row, wrong = facts.ticks_per_row, []
    frames = facts.some_frames(1) + facts.frames_of(2)
    closest = wire.FASTEST_ROW_NS // facts.info.tick_ns
    for early, late in pairwise(frames):
        last_tick = early.rows.ticks + (len(early.rows.codes) - 1) * per_row
        if late.rows.ticks < last_tick + closest:
            wrong.append(f"row {late.rows.seq} at {late.rows.ticks}, the row before at {last_tick}")
    spans = [span for span in (_span(facts.frames_of(1)), _span(facts.frames_of(2))) if span[0]]
    uneven = [
        f"{ticks} ticks for {rows} rows of {per_row}" for rows, ticks in spans if not _is_even(rows, ticks, per_row)
    ]
    return all_of(
        f"{len(wrong)} times: {wrong[0]}" if wrong else None,
        *([] if wrong else uneven),
        fine=", ".join(f"{ticks} ticks for {rows} rows" for rows, ticks in spans),
    )


def _span(frames: list[Frame]) -> tuple[int, int]:
    """Rows and ticks from the first frame to the last."""
    if not frames:
        return 0, 0
    return frames[-1].rows.seq - frames[0].rows.seq, frames[-1].rows.ticks - frames[0].rows.ticks


def _is_even(rows: int, ticks: int, ticks_per_row: int) -> bool:
    return abs(ticks - rows * ticks_per_row) <= max(ticks_per_row, rows * ticks_per_row // 100)


@dataclass(frozen=True, slots=True)
class _Rate:
    off_ppm: float
    sure_ppm: float
    over_s: float


_Lateness = list[tuple[float, float]]  # time and lateness, in s


def _spread_s(lateness: _Lateness, slope: float) -> float:
    """Of the least lateness among the fifths, the clock's own drift taken off."""
    size = -(-len(lateness) // _PARTS_OF_PART)
    level = [late - slope * t_s for t_s, late in lateness]
    least = [min(level[at : at + size]) for at in range(0, len(level), size)]
    return max(least) - min(least)


def _rate_of(facts: Facts) -> _Rate | None:
    frames = facts.some_frames(1) + facts.frames_of(2)
    if len(frames) < 2 * _FRAMES_OF_PART:
        return None
    begun_s = frames[0].t_s
    # of the last row of a frame: that is when it was sent
    tick_s = facts.info.tick_ns / 1e9
    first_ticks = frames[0].rows.ticks
    late = [
        (
            one.t_s - begun_s,
            one.t_s
            - begun_s
            - (one.rows.ticks - first_ticks + (len(one.rows.codes) - 1) * facts.ticks_per_row) * tick_s,
        )
        for one in frames
    ]
    third_s = late[-1][0] / 3
    early = [one for one in late if one[0] <= third_s]
    later = [one for one in late if one[0] >= 2 * third_s]
    (early_s, early_late_s), (later_s, later_late_s) = (min(part, key=lambda one: one[1]) for part in (early, later))
    over_s = later_s - early_s
    slope = (later_late_s - early_late_s) / over_s
    lags_s = sorted(facts.talk.lags_s) or [0.0]
    unsure_s = _spread_s(early, slope) + _spread_s(later, slope) + 2 * lags_s[len(lags_s) // 2]
    return _Rate(-slope * 1e6, unsure_s / over_s * 1e6, over_s)


def _rate(facts: Facts) -> Judged:
    rate = _rate_of(facts)
    if rate is None or rate.over_s < _RATE_OVER_S:
        return not_tried("too few frames" if rate is None else f"only {rate.over_s:.0f} s of rows")
    said = f"{rate.off_ppm:+.0f} ± {rate.sure_ppm:.0f} ppm over {rate.over_s:.0f} s"
    if abs(rate.off_ppm) - rate.sure_ppm > _OFF_AT_MOST_PPM:
        return broken(said)
    if abs(rate.off_ppm) + rate.sure_ppm > _OFF_AT_MOST_PPM:
        return not_tried(f"{said}: a longer look is needed to be sure")
    return ok(said)


def _full(facts: Facts) -> Judged:
    fit = facts.rows_that_fit
    frames = facts.some_frames(1)
    slow = fit * facts.info.ns_per_row / 1e9 > _FULL_WITHIN_S
    full = sum(len(one.rows.codes) >= fit for one in frames)
    usual = Counter(len(one.rows.codes) for one in frames).most_common(1)[0][0]
    said = f"mostly {usual} rows a frame, {fit} fit"
    return ok(said) if slow or full >= _FULL_SHARE * len(frames) else broken(said)


def _silence(facts: Facts) -> Judged:
    start, back = facts.step("start").ended_s, facts.talk.steps.get("start back")
    times = [start, *(one.t_s for one in facts.frames_of(1)), facts.link(1).ended_s or start]
    longest = max(late - early for early, late in pairwise(times))
    if back is not None:
        times = [back.ended_s, *(one.t_s for one in facts.frames_of(2) if one.t_s > back.ended_s)]
        longest = max([longest, *(late - early for early, late in pairwise(times))])
    said = f"at most {longest:.2f} s without a row"
    return ok(said) if longest < _SILENT_S else broken(said)


CHECKS = (
    Check(
        name="frames",
        section="6",
        asks="every DATA notification is a frame of this boot and of as many cells as INFO says",
        advice="Lay frames out as in section 6: length from rows and cells, mask bits of real cells only.",
        judge=_frames,
    ),
    Check(
        name="numbers",
        section="6",
        asks="numbers without a break while connected, from the first row that START tells",
        advice="Queue frames until the link takes them; one that is dropped shows as a gap.",
        judge=_numbers,
    ),
    Check(
        name="numbers-away",
        section="6, 7",
        asks="rows are taken and numbered on while the link is lost",
        advice="Go on taking and numbering rows when the link is lost, until STOP.",
        judge=_numbers_away,
    ),
    Check(
        name="ticks",
        section="6",
        asks="ticks ascend from row to row, in steps of a row, over a lost link too",
        advice="Count ticks from the sampling timer since boot, and never set or redraw them.",
        judge=_ticks,
    ),
    Check(
        name="rate",
        section="6",
        asks="ticks within 100 ppm of what INFO says",
        advice="Correct ns per tick in INFO to what the crystal really does.",
        judge=_rate,
    ),
    Check(
        name="full-frames",
        section="6",
        asks="as many rows as fit the ATT MTU",
        advice="Send a frame when the next row does not fit any more, not before.",
        judge=_full,
    ),
    Check(
        name="silence",
        section="6",
        asks="no 3 s without a row while a stream runs",
        advice="Send rows as they come, whatever else the link carries.",
        judge=_silence,
    ),
)
