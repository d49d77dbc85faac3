"""Two weeks of one person's alerts as steps, and a process that lives through them. Run: alert_script.py FOLDER FROM.

Prints the number of each step that is done, and waits for a line in answer. Begun again, it is handed what a desk is
handed after a crash: the rules say the walk that is open once more, and what has no answer comes again.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alerts_kit import DAY, HOUR, MIN, NINE, S, alerting_over, an_alert, for_clinician, journal_in, medium, over, warm

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.geometry import Side
from processing.alerts.alerting import Alerting

SEED = 11
DAYS = 14


@dataclass(frozen=True, slots=True)
class Step:
    """What comes at one moment: what the rules say, then answers, then the clock. `walk` "": nobody walks."""

    t_ns: int
    walk: str
    said: tuple[Alert, ...] = ()
    late: bool = False
    replies: tuple[AlertReply, ...] = ()
    ends: bool = False


def steps() -> list[Step]:
    """The same ones every time."""
    chance = random.Random(SEED)
    return [step for day in range(DAYS) for step in _day(NINE - 2 * HOUR + day * DAY, day, chance)]


def _day(dawn_ns: int, day: int, chance: random.Random) -> Iterator[Step]:
    yield Step(dawn_ns, "", said=(for_clinician("A10", dawn_ns),) if day % 3 == 0 else ())
    yield Step(dawn_ns + MIN, "", said=(warm(dawn_ns + MIN),) if day in (4, 9) else ())
    for part in range(3):
        yield from _walk(dawn_ns + (2 + 4 * part) * HOUR, f"walk-{day}-{part}", chance)
    evening_ns = dawn_ns + 15 * HOUR + 30 * MIN
    yield Step(evening_ns, "", said=(medium("A4", evening_ns, side=None, walk=""),) if day % 4 == 0 else ())


def _walk(begin_ns: int, walk: str, chance: random.Random) -> Iterator[Step]:
    """An hour and a half in steps of five minutes, with up to three alerts in it."""
    open_alerts: list[Alert] = []
    for number in range(18):
        t_ns = begin_ns + number * 5 * MIN
        said: list[Alert] = []
        replies: list[AlertReply] = []
        late = False
        if number in (1, 4, 6) and chance.random() < 0.7:
            late = chance.random() < 0.2
            said.append(_some_alert(t_ns, walk, chance))
            said += [over(said[0], t_ns + S)] if late else []
            open_alerts += [] if late else said
        elif open_alerts and chance.random() < 0.25:
            said.append(over(open_alerts.pop(0), t_ns))
        elif open_alerts and chance.random() < 0.2:
            do = chance.choice(["acknowledge", "escalate", "useful", "not-useful"])
            replies.append(AlertReply(id=chance.choice(open_alerts).id, do=do, by="carer-1", t_ns=t_ns))
        yield Step(t_ns, walk, tuple(said), late, tuple(replies))
    yield Step(begin_ns + 90 * MIN, walk, ends=True)


def _some_alert(t_ns: int, walk: str, chance: random.Random) -> Alert:
    side = chance.choice(list(Side))
    if chance.random() < 0.5:
        return medium("A1", t_ns, side=side, walk=walk, areas=tuple(chance.sample(["M1", "M2", "HL"], 2)))
    return an_alert(chance.choice(["A3", "A6", "T1"]), t_ns, side=side, walk=walk)


def live(alerting: Alerting, step: Step) -> None:
    say(alerting, step)
    for reply in step.replies:
        alerting.answered(reply)
    if step.ends:
        alerting.all_ended(step.t_ns)
    alerting.time_passed(step.t_ns)


def say(alerting: Alerting, step: Step) -> None:
    if step.walk:
        for side in Side:
            alerting.measured(side, step.t_ns)
    for alert in step.said:
        alerting.raised(alert, late=step.late)


def main(folder: Path, first: int) -> None:
    script = steps()
    with journal_in(folder) as journal:
        alerting = alerting_over(journal)
        for step in script[:first]:
            if step.walk and step.walk == script[min(first, len(script) - 1)].walk:
                say(alerting, step)
        for number, step in enumerate(script[first:], start=first):
            live(alerting, step)
            print(number, flush=True)
            sys.stdin.readline()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
