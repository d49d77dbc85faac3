"""The hub of the story: a real desk over real stores, fed in order of event time by what insoles and people say."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from ingest.wire.alerts import Alert
from ingest.wire.entries import EntryTaken
from ingest.wire.messages import AnyMessage
from processing.desk import Desk
from processing.outgoing import Outgoing, Stores
from underfoot.twelve_weeks.answers import to_sound


class Hub:
    """Whatever sounds is answered, or not, by the wearer; the answer comes in between what is fed."""

    def __init__(self, desk: Desk, stores: Stores, seed: int) -> None:
        self.stores = stores
        self.refused: list[EntryTaken] = []
        self._desk = desk
        self._seed = seed
        self._heard: dict[str, int] = {}  # how many sounds of an alert were heard
        self._to_come: list[tuple[int, int, AnyMessage]] = []
        self._said = 0

    def at(self, t_ns: int, messages: Iterable[AnyMessage]) -> None:
        """:raises UnderfootError: as the stores."""
        while self._to_come and self._to_come[0][0] <= t_ns:
            self._deliver([heappop(self._to_come)[2]])
        self._deliver(list(messages))

    def later(self, t_ns: int, message: AnyMessage) -> None:
        """Somebody will say this then."""
        heappush(self._to_come, (t_ns, self._said, message))
        self._said += 1

    def _deliver(self, messages: list[AnyMessage]) -> None:
        taken = self._desk.receive(messages)
        kept = self.stores.recordings.append_all(taken.portions) if taken.portions else []
        new = [block for blocks in kept for block in blocks]
        self._hear(self._desk.settle(taken, new))
        while self._desk.busy:
            self._hear(self._desk.work())
        self._desk.write_points()

    def _hear(self, told: Iterable[Outgoing]) -> None:
        for message in (each.message for each in told):
            if isinstance(message, Alert):
                self._listen(message)
            elif isinstance(message, EntryTaken) and not message.taken:
                self.refused.append(message)

    def _listen(self, alert: Alert) -> None:
        before, self._heard[alert.id] = self._heard.get(alert.id, 0), len(alert.sounded_t_ns)
        if len(alert.sounded_t_ns) > before:
            answer = to_sound(alert, self._seed)
            if answer is not None:
                self.later(*answer)
