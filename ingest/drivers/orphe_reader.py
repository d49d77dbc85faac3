"""Reads the ring of an ORPHE INSOLE: which packets to ask for next, live ones first, and rows of what came. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.drivers import orphe_wire as wire
from ingest.drivers.base import Output, Write
from ingest.drivers.orphe_ring import Asked, Fetching, RowJoiner
from ingest.drivers.orphe_time import PACKETS_THAT_TELL, PacketGrid, Stamped, row_ns_of
from ingest.events import FaultSeen, Fetch, FetchEnded, FetchResult, HeldSeen, Rows, TakenSeen
from ingest.wire.faults import Fault, FaultCode, UnderfootError

_LIVE_PACKETS = 60  # a second's worth, which is also what one connection carries in a second
_KEPT_PACKETS = 25  # less than half of that, so that live rows never wait long behind a repair
_TELL_NS = 2_000_000_000
_RESUME_WITHIN_NS = 1_200_000_000_000  # serials come round after 21 min
_ANSWER_PACKETS = 10  # taken while an answer is on its way
_ROWS = wire.ROWS_PER_PACKET


class RingReader:
    """One boot of the ring. Serials in here are unwrapped; row 0 is the first of the packet `base`."""

    def __init__(self, boot: int = 0) -> None:
        self.boot = boot
        self.grid: PacketGrid | None = None
        self._base = 0
        self._next = 0  # the next packet to ask for as it comes
        self._newest = 0
        self._newest_at_ns = 0
        self._told_ns = 0
        self._asked: Asked | None = None
        self._fetching: Fetching | None = None

    @property
    def waits(self) -> bool:
        """Packets are on their way."""
        return self._asked is not None

    @property
    def fetching(self) -> bool:
        """A `Fetch` is under way."""
        return self._fetching is not None

    @property
    def drained(self) -> bool:
        """Every packet that is known of was asked for, and has come or was given up."""
        return self._asked is None and self._next > self._newest

    # -- what is new ------------------------------------------------------------------------------------------------

    def may_resume(self, now_ns: int) -> bool:
        """The serial numbers can still tell whether the ring has gone on since the last link."""
        return self.grid is not None and now_ns - self._newest_at_ns < _RESUME_WITHIN_NS

    def resume(self, newest: wire.Newest, now_ns: int) -> bool:
        """Whether the ring has gone on at its pace; live packets then go on from the newest, the rest is fetched."""
        if self.grid is None:
            return False
        ahead = (newest.serial - self._newest) % wire.SERIALS
        due = (now_ns - self._newest_at_ns) / (_ROWS * self.grid.row_ns)
        if ahead == 0 or abs(ahead - due) > _ANSWER_PACKETS + 0.02 * due:
            return False
        self._next = self._newest + ahead + 1
        return True

    def on_newest(self, newest: wire.Newest, now_ns: int) -> Iterator[Output]:
        """The answer to what is newest: counts now and then, and the next request.

        :raises UnderfootError: TIME_BACKWARDS, the ring is not the one it was.
        """
        if self.grid is None:
            waiting = min(newest.waiting, _LIVE_PACKETS)
            if waiting > PACKETS_THAT_TELL and self._asked is None:
                self._newest, self._newest_at_ns = newest.serial, now_ns
                self._base = self._next = newest.serial - waiting + 1
                yield from self.ask_live(now_ns)
            return
        ahead = (newest.serial - self._newest) % wire.SERIALS
        if ahead > wire.SERIALS // 2:
            raise UnderfootError(FaultCode.TIME_BACKWARDS, f"packet {newest.serial} is called the newest")
        self._newest += ahead
        self._newest_at_ns = now_ns
        self._next = max(self._next, self._newest - wire.PACKETS_IN_RING + 1)
        if now_ns - self._told_ns >= _TELL_NS:
            self._told_ns = now_ns
            yield from self.counts()
        yield from self.ask_live(now_ns)
        yield from self.ask_kept(now_ns)

    def counts(self) -> Iterator[Output]:
        """What the insole has taken, and what of it that was asked for once it can still give."""
        oldest = max(self._base, self._newest - wire.PACKETS_IN_RING + 1)
        taken = (self._newest - self._base + 1) * _ROWS
        yield TakenSeen(self.boot, 0, taken)
        first, end = self._seq(oldest), self._seq(max(oldest, self._next))
        yield HeldSeen(boot=self.boot, first_seq=first, next_seq=end)

    def ask_live(self, now_ns: int) -> Iterator[Output]:
        count = min(_LIVE_PACKETS, self._newest - self._next + 1)
        if self._asked is None and count > 0:
            yield self._ask(Asked(self._next, count, now_ns, kept=False))

    # -- what is lacking --------------------------------------------------------------------------------------------

    def fetch(self, request: Fetch, now_ns: int) -> Iterator[Output]:
        if self._fetching is not None:
            yield _ended(request, FetchResult.BROKEN_OFF)
            return
        first = max(self._newest - wire.PACKETS_IN_RING + 1, self._base + request.first_seq // _ROWS)
        end = min(self._next, self._base - (-request.next_seq // _ROWS))
        if request.boot != self.boot or first >= end:
            yield _ended(request, FetchResult.NOTHING)
            return
        self._fetching = Fetching(request, first, end)
        yield from self.ask_kept(now_ns)

    def ask_kept(self, now_ns: int) -> Iterator[Output]:
        if self._fetching is not None and self._asked is None:
            count = min(_KEPT_PACKETS, self._fetching.end - self._fetching.next)
            yield self._ask(Asked(self._fetching.next, count, now_ns, kept=True))

    def end_fetch(self, result: FetchResult) -> Iterator[Output]:
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            yield _ended(fetching.request, result)

    # -- what comes -------------------------------------------------------------------------------------------------

    def on_packet(self, packet: wire.Packet, now_ns: int) -> Iterator[Output]:
        if self._asked is None or not self._asked.take(packet, now_ns):
            yield FaultSeen(Fault(FaultCode.ROWS_REPEATED, f"packet {packet.serial} was not awaited"))

    def on_not_there(self, told: wire.NotThere, now_ns: int) -> None:
        if self._asked is not None:
            self._asked.not_there(told.span, now_ns)

    def burst_over(self, now_ns: int) -> bool:
        """All that was asked for has come, or nothing more of it comes."""
        return self._asked is not None and (self._asked.over or self._asked.idle(now_ns))

    def drop(self) -> None:
        """What is on its way no longer counts."""
        self._asked = None

    def hand_over(self) -> Iterator[Output]:
        """Rows of what has come of the last request; what has not is given up, or fetched later.

        :raises UnderfootError: TIME_BACKWARDS, the insole's clock was set.
        """
        asked, self._asked = self._asked, None
        if asked is None or not self._grid_for(asked):
            return
        if asked.kept:
            yield from self._kept_rows(asked)
        else:
            self._next = max(self._next, asked.end)
            yield from self._rows(asked)

    def _grid_for(self, asked: Asked) -> bool:
        """The first burst settles how far apart rows are; until one does, none is used."""
        if self.grid is None:
            stamped = [Stamped(serial, packet.stamp_ms) for serial, packet in asked.came]
            if not stamped or stamped[-1].serial - stamped[0].serial < PACKETS_THAT_TELL:
                return False
            self.grid = PacketGrid(stamped[0], row_ns_of(stamped))
            self._base = stamped[0].serial
        return True

    def _rows(self, asked: Asked, wanted: Fetch | None = None) -> Iterator[Rows | FaultSeen]:
        if self.grid is None:
            return
        joiner = RowJoiner(self.boot, self.grid.row_ns)
        for serial, packet in asked.came:
            stamped = Stamped(serial, packet.stamp_ms)
            t_ns = self.grid.newer(stamped) if wanted is None else self.grid.older(stamped)
            if t_ns is not None:
                joiner.add(self._seq(serial), t_ns, packet)
            elif wanted is None:
                raise UnderfootError(FaultCode.TIME_BACKWARDS, f"packet {packet.serial}: the insole's clock was set")
            else:
                yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, f"packet {packet.serial} is of another time"))
        if wanted is None:
            yield from joiner.rows(asked.arrived_ns)
        else:
            yield from joiner.rows(asked.arrived_ns, kept=True, first_seq=wanted.first_seq, next_seq=wanted.next_seq)

    def _kept_rows(self, asked: Asked) -> Iterator[Output]:
        fetching = self._fetching
        if fetching is None:
            return
        for output in self._rows(asked, fetching.request):
            fetching.rows += len(output.codes) if isinstance(output, Rows) else 0
            yield output
        fetching.next = asked.end
        if fetching.next >= fetching.end:
            yield from self.end_fetch(FetchResult.DONE if fetching.rows else FetchResult.NOTHING)

    def _ask(self, asked: Asked) -> Write:
        self._asked = asked
        return Write(wire.DEVICE_INFORMATION, wire.pack_data_request([asked.span]))

    def _seq(self, serial: int) -> int:
        return (serial - self._base) * _ROWS


def _ended(request: Fetch, result: FetchResult) -> FetchEnded:
    return FetchEnded(boot=request.boot, first_seq=request.first_seq, next_seq=request.next_seq, result=result)
