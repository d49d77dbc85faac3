"""Processing over the stores of a folder, told what ingest would tell it, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from away_kit import Tick, at
from bench_kit import pair_layouts
from desk_kit import PERSON, desk_over

from ingest.wire.codec import to_block, to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Metrics, Samples
from processing.desk import Desk
from processing.outgoing import Stores
from processing.pauses import stretches
from processing.store.series import Bucket

FIELDS = (
    "forefoot_share_left_pct", "load_si_pct", "load_right", "forefoot_load_15_min_left", "cadence_spm",
    "coverage_left_pct", "sustained_highest_right_pct",
)  # fmt: skip


@dataclass
class Hub:
    """Processing over the stores of a folder, and what it said."""

    stores: Stores
    desk: Desk = field(init=False)
    said: list[AnyMessage] = field(default_factory=list)
    starts: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Processing begins, or begins again after a crash."""
        self.desk = desk_over(self.stores, str(self.starts))
        self.starts += 1
        self.said += [each.message for each in self.desk.resume() if each.message]
        self.take(list(pair_layouts(PERSON)))

    def take(self, messages: Sequence[AnyMessage], *, work: bool = True) -> None:
        for part in stretches(messages):
            taken = self.desk.receive(part)
            new = [block for some in self.stores.recordings.append_all(taken.portions) for block in some]
            told = self.desk.settle(taken, new)
            self.desk.write_points()
            while work and self.desk.busy:
                told += self.desk.work()
            self.said += [each.message for each in told if each.message]

    def finish(self) -> None:
        while self.desk.busy:
            self.said += [each.message for each in self.desk.work() if each.message]

    def live_through(self, ticks: Iterable[Tick]) -> Hub:
        for tick in ticks:
            self.take(tick)
        return self

    def left(self) -> dict[str, object]:
        """What stands when everything is over."""
        walks = self.stores.recordings.walks(PERSON)
        return {
            "walks": [(each.walk, each.start_t_ns, each.end_t_ns, each.rows, each.ended, each.late) for each in walks],
            "summaries": [(each.walk, each.begun_t_ns, each.summary) for each in self.stores.journal.walks(PERSON)],
            "series": [self.series(*span) for each in walks for span in [(each.start_t_ns or 0, each.end_t_ns or 0)]],
            "missing": [(page.missing, page.declared) for each in walks for page in self._books(each.walk)],
        }

    def _books(self, walk: str) -> list:
        return [self.stores.recordings.books(walk)[side] for side in Side]

    def series(self, start: int, stop: int) -> dict[str, list[Bucket]]:
        return {
            f"{name} {step_s}": self.stores.series.query(PERSON, "gait", name, start, stop, step_s)
            for name in FIELDS
            for step_s in (1.0, 60.0)
        }

    def figures(self, from_s: int) -> list[Metrics]:
        """What was told live of the seconds after `from_s`."""
        return [each for each in self.said if isinstance(each, Metrics) and each.t_ns > at(from_s)]


def stuck(some: Iterable[Tick]) -> list[Tick]:
    """One cell says the same all the time."""
    return [[_stuck(each) for each in tick] for tick in some]


def _stuck(message: AnyMessage) -> AnyMessage:
    if not isinstance(message, Samples):
        return message
    block = to_block(message)
    codes = block.codes.copy()
    codes[:, 3] = 3000
    return to_message(replace(block, codes=codes))
