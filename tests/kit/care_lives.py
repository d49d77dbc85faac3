"""Processing over a data folder, living through ticks of messages and killed in the middle of some of them.

Run as a program, it is a nursery: for each line `FOLDER FROM TICK WRITES` it forks a life that takes the ticks from
there on, says the number of each as it begins, and says when the life is over. Forked, because a life is short and
Python starts slowly.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from signal import SIGKILL
from typing import Any

import msgspec
from care_script import DAYS, FIRST_DAY, SEED, Script
from desk_kit import ADDRESS, PERSON, judging, stores_in

from ingest.wire import codec
from ingest.wire.alerts import Alert, AlertNews, AlertReply
from ingest.wire.entries import Entry, Mute, Role
from ingest.wire.faults import FaultBook
from ingest.wire.messages import AnyMessage, Layout, Status
from ingest.wire.person import PersonState
from processing.desk import Desk
from processing.household import Household
from processing.outgoing import Outgoing, Stores
from processing.pauses import stretches
from underfoot.twelve_weeks.answers import at, done, of_clinic, to_sound
from underfoot.twelve_weeks.insoles import MINUTE_NS
from underfoot.twelve_weeks.person import ZONE

HOUSE = Household(zone=ZONE, clinic_phone="01 234 56 78")
BROKER = "broker.jsonl"
_BORN, _OVER = "born", "over"
_SEEN = Alert | AlertNews | PersonState
_CLINIC_LOOKS_MIN, _LIST_EVERY_DAYS = 8 * 60 + 31, 4
_WRITES = frozenset(
    {"append_all", "put_layout", "end_walk", "mark_recomputed", "join", "put_alert", "put_reply", "set_baseline"}
    | {"put_walk", "drop_walk", "put_entry", "put_task", "put_day_in_touch", "write", "repaint", "put", "drop"}
)

Tell = Callable[[Sequence[Outgoing]], None]


@dataclass(frozen=True, slots=True)
class Tick:
    """What comes at one moment. Who lived through it undisturbed needed `took_s` and wrote `writes` times."""

    t_ns: int
    messages: Sequence[AnyMessage]
    took_s: float = 0.0
    writes: int = 0


@dataclass
class Watched:
    """A store; whoever looks on is told of each write when it is done."""

    real: Any
    look: Callable[[], None]

    def __getattr__(self, name: str) -> Any:
        what = getattr(self.real, name)
        if name not in _WRITES:
            return what

        def wrote(*args: Any, **more: Any) -> Any:
            found = what(*args, **more)
            self.look()
            return found

        return wrote


def watched(stores: Stores, look: Callable[[], None]) -> Stores:
    parts = (stores.recordings, stores.journal, stores.series, stores.seconds)
    return Stores(*(Watched(each, look) for each in parts))


@dataclass
class Hub:
    """One start of processing. What it says is told when everything is kept, as the service does."""

    stores: Stores
    tell: Tell
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(ADDRESS, self.stores, *judging(self.stores.journal), "0", FaultBook(), HOUSE)
        self.tell(self.desk.resume())

    def take(self, messages: Sequence[AnyMessage]) -> None:
        for part in stretches(messages):
            taken = self.desk.receive(part)
            kept = self.stores.recordings.append_all(taken.portions) if taken.portions else []
            out = self.desk.settle(taken, [block for some in kept for block in some])
            self.desk.write_points()
            self.tell(out)
        while self.desk.busy:
            self.tell(self.desk.work())


def retained(ticks: Iterable[Tick]) -> list[AnyMessage]:
    """What a broker that has seen these hands to whoever subscribes."""
    kept: dict[object, AnyMessage] = {}
    for message in (message for tick in ticks for message in tick.messages):
        if isinstance(message, Layout | Status):
            kept[type(message), message.side] = message
    return sorted(kept.values(), key=lambda each: isinstance(each, Status))


@dataclass
class Recorded:
    """A life undisturbed: whatever sounds is answered, or not, and the clinic goes through its list and its tasks."""

    stores: Stores
    tell: Tell
    ticks: list[Tick] = field(default_factory=list)
    _to_come: list[tuple[int, int, AnyMessage]] = field(default_factory=list)
    _heard: dict[str, int] = field(default_factory=dict)
    _writes: int = 0

    def live(self) -> list[Tick]:
        self._hub = Hub(watched(self.stores, self._wrote), self._listen)
        looks = [at(FIRST_DAY, _CLINIC_LOOKS_MIN) + day * 24 * 60 * MINUTE_NS for day in range(1, len(DAYS))]
        for t_ns, messages in Script().told():
            while looks and looks[0] <= t_ns:
                self._clinic(looks.pop(0), by_list=len(looks) % _LIST_EVERY_DAYS == 0)
            while self._to_come and self._to_come[0][0] <= t_ns:
                said_t_ns, _, said = heappop(self._to_come)
                self._take(said_t_ns, [said])
            self._take(t_ns, messages)
        return self.ticks

    def _take(self, t_ns: int, messages: Sequence[AnyMessage]) -> None:
        begun_s, self._writes = time.perf_counter(), 0
        self._hub.take(messages)
        self.ticks.append(Tick(t_ns, messages, time.perf_counter() - begun_s, self._writes))

    def _wrote(self) -> None:
        self._writes += 1

    def _clinic(self, t_ns: int, *, by_list: bool) -> None:
        journal = self.stores.journal
        if by_list:
            self._take(t_ns, of_clinic(journal.alerts(PERSON), t_ns))
            leant = [alert.id for alert in journal.alerts(PERSON) if alert.rule == "A4"]
            self._take(t_ns, [AlertReply(id=each, do="escalate", by="carer", t_ns=t_ns) for each in leant[-1:]])
            self._take(t_ns, [muted(alert, t_ns) for alert in journal.alerts(PERSON) if alert.rule == "A3"][-1:])
        self._take(t_ns, done(journal.tasks(PERSON, open_only=True), t_ns))

    def _listen(self, out: Sequence[Outgoing]) -> None:
        self.tell(out)
        for alert in (each.message for each in out if isinstance(each.message, Alert)):
            before, self._heard[alert.id] = self._heard.get(alert.id, 0), len(alert.sounded_t_ns)
            answer = to_sound(alert, SEED) if len(alert.sounded_t_ns) > before else None
            if answer is not None:
                heappush(self._to_come, (answer[0], len(self.ticks), answer[1]))


def muted(alert: Alert, t_ns: int) -> Entry:
    said = Mute(alert=alert.id, until_t_ns=t_ns + 20 * 60 * MINUTE_NS)
    return Entry(id=f"mute-{t_ns}", by="ward", role=Role.CLINICIAN, t_ns=t_ns, said=said, why="A new insert.")


def to_broker(folder: Path) -> Tell:
    """What is published of alerts and of the person is out: it stands in a file, whatever becomes of this process."""
    file = os.open(folder / BROKER, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(out: Sequence[Outgoing]) -> None:
        for each in out:
            if each.message is None or isinstance(each.message, _SEEN):
                message = None if each.message is None else codec.encode(each.message).decode()
                os.write(file, msgspec.json.encode([each.topic, message]) + b"\n")

    return tell


def published(folder: Path) -> list[tuple[str, str | None]]:
    """Topic and message, in order; None: what is retained there is over."""
    return [tuple(msgspec.json.decode(line)) for line in (folder / BROKER).read_bytes().splitlines()]


@dataclass
class Nursery:
    program: subprocess.Popen[str]

    def live(self, folder: Path, first: int, until: int, then_s: float = 0.0) -> int:
        """A life from tick `first` on, killed `then_s` after tick `until` began; the tick that it died in."""
        return self._live(f"{folder} {first} {until} 0", first, until, then_s)

    def live_for_writes(self, folder: Path, first: int, until: int, writes: int) -> int:
        """As `live`; it dies in tick `until` with so many writes of it done, in the next one where it has fewer."""
        return self._live(f"{folder} {first} {until} {writes}", first, until + 1, 0.0)

    def _live(self, words: str, first: int, until: int, then_s: float) -> int:
        assert self.program.stdin is not None
        self.program.stdin.write(f"{words}\n")
        self.program.stdin.flush()
        word, _, number = self._hear().partition(" ")
        assert word == _BORN, word  # anything else is no process of ours
        pid, tick, lives = int(number), first, True
        while (line := self._hear()) != _OVER:
            tick = int(line)
            if lives and tick >= until:
                time.sleep(then_s)
                os.kill(pid, SIGKILL)
                lives = False
        return tick

    def _hear(self) -> str:
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        assert line, "the nursery is gone"
        return line.strip()


@contextmanager
def nursery(folder: Path, ticks: Sequence[Tick]) -> Iterator[Nursery]:
    script = folder / "script.pickle"
    script.write_bytes(pickle.dumps(ticks))
    with subprocess.Popen(
        [sys.executable, __file__, str(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as program:  # fmt: skip
        assert program.stdin is not None
        yield Nursery(program)
        program.stdin.close()
        assert program.wait(60) == 0


@dataclass
class Dying:
    """Dies by its own hand with so many `writes` of a tick done; 0: never."""

    tick: int
    writes: int
    now: int = -1

    def look(self) -> None:
        if self.now == self.tick and self.writes:
            self.writes -= 1
            if not self.writes:
                os.kill(os.getpid(), SIGKILL)


def live(folder: Path, ticks: Sequence[Tick], first: int, dying: Dying) -> None:
    say(f"{_BORN} {os.getpid()}")
    say(first)  # so that it may be killed while it comes to itself
    with stores_in(folder) as stores:
        hub = Hub(watched(stores, dying.look), to_broker(folder))
        hub.take(retained(ticks[:first]))
        for number, tick in enumerate(ticks[first:], start=first):
            dying.now = number
            say(number)
            hub.take(tick.messages)


def say(what: object) -> None:
    """In one piece or not at all."""
    os.write(1, f"{what}\n".encode())


def main(script: Path) -> int:
    ticks: list[Tick] = pickle.loads(script.read_bytes())
    for line in sys.stdin:
        folder, first, *how = line.split()
        child = os.fork()
        if child == 0:
            live(Path(folder), ticks, int(first), Dying(*map(int, how)))
            return 0
        _, status = os.waitpid(child, 0)
        say(_OVER)
        if status not in (0, SIGKILL):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
