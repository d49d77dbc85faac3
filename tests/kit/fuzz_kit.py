"""Drivers under packets that are cut, stretched, flipped, mixed, out of order, twice, late or nothing but noise.

What is claimed of every driver, whatever comes: no exception leaves it; what it says are outputs of the interface; rows
have as many columns as the layout that was told before them, are int16, and their names and device times go on within
a boot. Of a driver with a `Talker` that knows the truth, besides: codes lie within the full scale that the layout
states, and a row that was never sent comes out only while a spoilt packet is within reach, and where packets are
whole frames, only if it stands in that very packet. None of these formats but Open Insole's layout has a checksum, so a
flipped bit in a code cannot be told from a measurement; Bluetooth's own 24-bit CRC is what keeps it from happening.
Links whose answers were spoilt are held to the first claim alone, until the next link.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from fuzz_talkers import TALKERS, Said, Talker, as_key

from ingest.drivers import registry
from ingest.drivers.base import Drop, Intent, OfOther, Output, Read, Remembering, Subscribe, Write
from ingest.events import FaultSeen, Fetch, HeldSeen, LayoutSeen, Release, Rows, SourceEvent
from ingest.wire.messages import Layout

T0 = 1_760_000_000_000_000_000
STEP_NS = 20_000_000
_MOST_INTENTS = 24  # that are carried out between two packets
_LINK_PACKETS = 600
_EVENTS = get_args(SourceEvent)


@dataclass
class Tally:
    """What went in and came out."""

    packets: int = 0
    spoilt: int = 0
    links: int = 0
    rows: int = 0
    untrue_rows: int = 0  # out of spoilt packets that were well-formed by themselves
    faults: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        for name in ("packets", "spoilt", "links", "rows", "untrue_rows", "faults"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def spoil(data: bytes, rng: random.Random, earlier: deque[Said]) -> bytes:
    """Cut, stretched, flipped, overwritten, grown together with another, turned round, or noise."""
    at = rng.randrange(len(data) + 1)
    other = rng.choice(earlier)[1] if earlier else b""
    match rng.randrange(7):
        case 0:
            spoilt = data[:at]
        case 1:
            spoilt = data + rng.randbytes(rng.randrange(1, 12))
        case 2 if data:
            flipped = bytearray(data)
            for _ in range(rng.randrange(1, 5)):
                flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            spoilt = bytes(flipped)
        case 3:
            spoilt = data[:at] + rng.choice((b"\0", b"\xff", b"\n", b"[", b"\x80")) + data[at + 1 :]
        case 4:
            spoilt = data[:at] + other[rng.randrange(len(other) + 1) :]
        case 5:
            spoilt = data[at:] + data[:at]
        case _:
            spoilt = rng.randbytes(rng.randrange(250))
    return spoilt


@dataclass
class _Check:
    """Holds what comes out against the claims."""

    name: str
    tally: Tally
    layout: Layout | None = None
    next_seq: dict[int, int] = field(default_factory=dict)
    newest_ns: dict[int, int] = field(default_factory=dict)
    held: list[HeldSeen] = field(default_factory=list)
    other: _Check | None = None

    def outputs(self, outputs: Iterable[Output], talker: Talker, near: list[bytes], *, trusted: bool) -> list[Intent]:
        """The intents among them. `near`: the spoilt packets within reach."""
        intents: list[Intent] = []
        for one in outputs:
            if isinstance(one, Intent):
                intents.append(one)
                continue
            event = one.event if isinstance(one, OfOther) else one
            assert isinstance(event, _EVENTS), event
            if isinstance(one, OfOther):  # another foot, with a layout and names of its own
                self.other = self.other or _Check(self.name, self.tally)
                self.other.outputs([one.event], talker, near, trusted=False)
                continue
            if isinstance(event, LayoutSeen):
                self.layout = event.layout
            elif isinstance(event, HeldSeen):
                self.held = [*self.held[-7:], event]
            elif isinstance(event, FaultSeen):
                self.tally.faults += 1
                if event.fault.detail.startswith("again and again"):
                    self.newest_ns.clear()  # the insole has insisted: its clock is believed afresh
            elif isinstance(event, Rows):
                self._rows(event)
                if talker.known and trusted:
                    self._true(event, talker, near)
        return intents

    def _rows(self, rows: Rows) -> None:
        assert self.layout is not None, "rows before a layout"
        assert rows.codes.dtype == np.int16
        assert rows.codes.ndim == 2
        assert rows.codes.shape[1] == len(self.layout.cells)
        assert rows.ns_per_row > 0
        assert rows.ns_per_row % rows.tick_ns == 0
        self.tally.rows += len(rows.codes)
        if rows.kept or not len(rows.codes):
            return
        first_ns = rows.ticks * rows.tick_ns
        assert 0 <= rows.boot < 2**32
        assert rows.seq >= self.next_seq.get(rows.boot, 0), "a name that was taken"
        assert first_ns > self.newest_ns.get(rows.boot, -1), "time ran backwards"
        self.next_seq[rows.boot] = rows.seq + len(rows.codes)
        assert self.next_seq[rows.boot] <= 2**32
        self.newest_ns[rows.boot] = first_ns + (len(rows.codes) - 1) * rows.ns_per_row

    def _true(self, rows: Rows, talker: Talker, near: list[bytes]) -> None:
        assert self.layout is not None
        measured = np.array([not rows.not_measured >> cell & 1 for cell in range(rows.codes.shape[1])])
        for row in rows.codes:
            if as_key(row) in talker.true:
                continue
            if rows.not_measured and not measured.any():
                continue
            self.tally.untrue_rows += 1
            assert near, "a row that was never sent"
            if talker.spoils == 1:
                stand = [np.frombuffer(one, dtype="<i2")[measured] for one in talker.rows_in(near[-1])]
                assert any(np.array_equal(row[measured], one) for one in stand), "a row that stands in no packet"
                if self.name != "open-insole":  # codes of that profile may be below 0 and above what a cell states
                    highest = [cell.full_scale for cell in self.layout.cells]
                    assert (row >= 0).all()
                    assert (row <= np.array(highest)).all()


class Fuzz:
    """One driver and its far end, over many links."""

    def __init__(self, name: str, seed: int) -> None:
        self._rng = random.Random(f"{name} {seed}")
        self._driver: Any = registry.driver_class(name)("fuzzed")
        self._talker = TALKERS.get(name, Talker)(self._rng)
        self.tally = Tally()
        self._check = _Check(name, self.tally)
        self._now_ns = T0
        self._earlier: deque[Said] = deque(maxlen=64)
        self._near: deque[bytes | None] = deque(maxlen=self._talker.spoils)
        self._intents: deque[Intent] = deque()
        self._later: list[tuple[int, Read]] = []
        self._subscribed: list[str] = []
        self._trusted = True
        self._linked = False
        self._link_ends = 0

    def run(self, packets: int) -> Tally:
        while self.tally.packets < packets:
            if not self._linked or self.tally.packets >= self._link_ends:
                self._link_afresh()
            self._carry_out()
            for said in self._arranged(self._talker.packets(self._subscribed)):
                self._notify(*said)
            self._now_and_then()
        return self.tally

    def _hear(self, outputs: Iterable[Output]) -> None:
        near = [packet for packet in self._near if packet is not None]
        for intent in self._check.outputs(outputs, self._talker, near, trusted=self._trusted):
            self._intents.append(intent)

    def _link_afresh(self) -> None:
        if self._linked:
            self._hear(self._driver.on_disconnected(self._now_ns))
        self._linked = True
        self._link_ends = self.tally.packets + self._rng.randrange(1, 2 * _LINK_PACKETS)
        self.tally.links += 1
        self._now_ns += self._rng.choice((50_000_000, 3_000_000_000, 7_200_000_000_000))
        self._trusted = self._rng.random() < 0.8
        self._intents.clear()
        self._later.clear()
        self._subscribed.clear()
        self._near.clear()
        self._talker.connected()
        self._hear(self._driver.on_connected(self._now_ns))

    def _read_what_is_due(self) -> None:
        for due in [due for due in self._later if due[0] <= self._now_ns]:
            self._later.remove(due)
            self._read(due[1])

    def _carry_out(self) -> None:
        self._read_what_is_due()
        for _ in range(_MOST_INTENTS):
            if not self._intents:
                return
            intent = self._intents.popleft()
            if isinstance(intent, Drop):
                self._linked = False
                self._hear(self._driver.on_disconnected(self._now_ns))
                return
            if isinstance(intent, Read) and intent.after_s:
                self._later.append((self._now_ns + round(intent.after_s * 1e9), intent))
            elif isinstance(intent, Read):
                self._read(intent)
            elif isinstance(intent, Subscribe):
                self._subscribed.append(intent.characteristic)
            elif isinstance(intent, Write):
                for characteristic, data in self._talker.write(intent.characteristic, intent.data):
                    if self._talker.sends_on_request:
                        self._notify(characteristic, data)
                    else:
                        self._hear(self._driver.on_notified(characteristic, self._answer(data), self._now_ns))

    def _read(self, intent: Read) -> None:
        data = self._talker.read(intent.characteristic)
        if data is None or (not self._trusted and self._rng.random() < 0.1):
            self._hear(self._driver.on_failed(intent, "no", self._now_ns))
        else:
            self._hear(self._driver.on_read(intent.characteristic, self._answer(data), self._now_ns))

    def _answer(self, data: bytes) -> bytes:
        spoilt = not self._trusted and self._rng.random() < 0.15
        return spoil(data, self._rng, self._earlier) if spoilt else data

    def _arranged(self, said: list[Said]) -> list[Said]:
        """Some lost, some twice, some late, some from long ago; their octets as they were sent."""
        chance = self._rng.random()
        if chance < 0.05:
            return said[1:]
        if chance < 0.10:
            return said + said
        if chance < 0.15:
            return [*said, *self._talker.packets(self._subscribed)][::-1]
        if chance < 0.20 and self._earlier:
            return [self._rng.choice(self._earlier), *said]
        return said

    def _notify(self, characteristic: str, data: bytes) -> None:
        if not self._linked:
            return
        self.tally.packets += 1
        self._now_ns += STEP_NS
        self._earlier.append((characteristic, data))
        self._near.append(None)
        if self._rng.random() < self._talker.spoilt_share:
            data = spoil(data, self._rng, self._earlier)
            self._near[-1] = data
            self.tally.spoilt += 1
            if self._rng.random() < 0.05 and self._subscribed:
                characteristic = self._rng.choice(self._subscribed)
        self._hear(self._driver.on_notified(characteristic, data, self._now_ns))

    def _now_and_then(self) -> None:
        chance = self._rng.random()
        if chance < 0.001:
            intent = Write("nobody", b"") if not self._subscribed else Subscribe(self._rng.choice(self._subscribed))
            self._hear(self._driver.on_failed(intent, "no", self._now_ns))
        elif chance < 0.01 and isinstance(self._driver, Remembering) and self._check.held:
            held = self._rng.choice(self._check.held)
            first = self._rng.randrange(held.first_seq, held.next_seq + 1)
            wanted = Fetch(boot=held.boot, first_seq=first, next_seq=first + self._rng.randrange(1, 2000))
            request = wanted if self._rng.random() < 0.8 else Release(boot=held.boot, next_seq=first)
            self._hear(self._driver.on_request(request, self._now_ns))


def fuzz(name: str, seed: int, packets: int) -> Tally:
    """:raises AssertionError: with the driver and the seed in its notes."""
    one = Fuzz(name, seed)
    try:
        return one.run(packets)
    except Exception as error:
        error.add_note(f"driver {name}, seed {seed}, packet {one.tally.packets}")
        raise
