"""Open Insole profile 1.1: what the insole keeps in flash, as it says in HELD and in its counts, and the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.drivers.base import Intent, Output, Read, Subscribe, Write
from ingest.drivers.open_insole_control import Count
from ingest.drivers.open_insole_fetching import RecordAccess
from ingest.drivers.open_insole_records import HELD, RACP, RECORD_KIND, HeldBoot, is_whole_held, unpack_held
from ingest.drivers.open_insole_wire import DATA, Features, Info, check
from ingest.events import HeldSeen


class Memory:
    """Of one insole, across links. HELD is read in the hand-shake and told from when the stream runs."""

    def __init__(self) -> None:
        self.access = RecordAccess()
        self._held: dict[int, HeldBoot] = {}
        self._running_boot: int | None = None
        self._offered = False
        self._streaming = False

    def greet(self, info: Info) -> Iterable[Intent]:
        """What the hand-shake has to ask of this insole."""
        self._held, self._running_boot, self._streaming = {}, info.boot, False
        self._offered = Features.FLASH in info.features
        return [Read(HELD), Subscribe(HELD), Subscribe(RACP)] if self._offered else []

    def begin(self, info: Info, count: Count) -> Iterator[Output]:
        """The stream runs."""
        if not self._offered or self._streaming:
            return
        self._streaming = True
        self.access.open(info)
        self._count(count)
        yield from map(_seen, self._held.values())

    def end(self) -> Iterator[Output]:
        """The link is gone."""
        self._offered = self._streaming = False
        yield from self.access.close()

    def on_failed(self, intent: Intent, now_ns: int) -> Iterator[Output]:
        """An intent could not be carried out. An insole that does not let itself be asked keeps nothing for us."""
        if isinstance(intent, Write) and intent.characteristic == RACP:
            yield from self.access.on_failed(now_ns)
        elif intent in (Read(HELD), Subscribe(RACP)) and not self._streaming:
            self._offered = False

    def is_record(self, characteristic: str, data: bytes) -> bool:
        return self._offered and characteristic == DATA and data[1:2] == bytes([RECORD_KIND])

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        """HELD, an answer of the Record Access Control Point, or a record."""
        if characteristic == RACP:
            return self.access.on_response(data, now_ns)
        return self._on_held_notified(data) if characteristic == HELD else self.access.on_record(data, now_ns)

    def _on_held_notified(self, data: bytes) -> Iterator[Output]:
        if is_whole_held(data):
            yield from self.on_held(data)
        elif self._offered:
            yield Read(HELD)

    def on_held(self, data: bytes) -> Iterator[Output]:
        """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
        if not self._offered:
            return
        boots = unpack_held(data)
        check(boots and boots[-1].boot == self._running_boot, "a HELD that does not end with the running boot")
        before, self._held = self._held, {one.boot: one for one in boots}
        if (running := before.get(boots[-1].boot)) is not None:
            self._held[running.boot] = replace(boots[-1], next_seq=max(boots[-1].next_seq, running.next_seq))
        if not self._streaming:
            return
        gone = [one for boot, one in before.items() if boot not in self._held]
        yield from (HeldSeen(boot=one.boot, first_seq=one.next_seq, next_seq=one.next_seq) for one in gone)
        yield from (_seen(one) for one in self._held.values() if one != before.get(one.boot))

    def on_count(self, count: Count) -> Iterator[Output]:
        """The insole has told how many rows it has taken; all of them are kept."""
        if self._streaming and self._count(count):
            yield _seen(self._held[count.boot])

    def _count(self, count: Count) -> bool:
        running = self._held.get(count.boot)
        if running is None or count.boot != self._running_boot:
            return False
        self._held[count.boot] = replace(running, next_seq=max(running.next_seq, count.next_seq))
        return True


def _seen(held: HeldBoot) -> HeldSeen:
    return HeldSeen(boot=held.boot, first_seq=held.first_seq, next_seq=held.next_seq, booted_t_ns=held.booted_t_ns)
