"""What one insole takes over all its boots: numbered, kept in flash where it has one, dated by its own clock. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ingest.drivers.open_insole_control import Count
from ingest.drivers.open_insole_packing import MAX_KEPT_CELLS
from ingest.drivers.open_insole_wire import RowsFrame
from ingest.drivers.sig import ElapsedTime, TimeSource
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.taking import Taking
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walk import Walk


class Recorder:
    """Times are world time in ns, where not said otherwise.

    :raises ValueError: a flash, and more cells than fit a record.
    """

    def __init__(self, walk: Walk, flash: Flash | None, new_boot: Callable[[], int], now_ns: int) -> None:
        if flash is not None and len(walk.description.cells) > MAX_KEPT_CELLS:
            raise ValueError(f"{len(walk.description.cells)} cells, a record has room for {MAX_KEPT_CELLS}")
        self.flash = flash
        self.clock_set_to: ElapsedTime | None = None
        self._walk = walk
        self._description = walk.description
        self._new_boot = new_boot
        self._earlier_boots: Counter[int] = Counter()
        self._booted_t_ns: int | None = None  # UTC at which the ticks of this boot were 0, by its own clock
        self._begin_boot(now_ns)

    # -- boots ------------------------------------------------------------------------------------------------------

    def _begin_boot(self, now_ns: int) -> None:
        self.booted_ns = now_ns
        boot = self._new_boot()
        self._taking = Taking(self._walk, boot, None if self.flash is None else self.flash.add)
        if self.flash is not None:
            ticks_per_row = self._description.ns_per_row // self._description.tick_ns
            self.flash.begin_boot(boot, ticks_per_row, self._booted_t_ns)

    def boot_again(self, now_ns: int) -> None:
        """Numbers and ticks begin again; a clock that has been set goes on."""
        self._booted_t_ns = self.utc_ns(now_ns)
        self._earlier_boots[self.boot] += self._taking.next_seq
        self._begin_boot(now_ns)

    def lose_power(self) -> None:
        """The open record is gone, and the clock's setting."""
        if self.flash is not None:
            self.flash.power_cut()
        self._booted_t_ns = self.clock_set_to = None

    def lose_clock(self) -> None:
        """The setting of the clock is gone, nothing else."""
        self._set_booted(None)
        self.clock_set_to = None

    # -- the insole's own clock -------------------------------------------------------------------------------------

    def set_clock(self, time: ElapsedTime, now_ns: int) -> None:
        self.clock_set_to = time
        good = time.source is not TimeSource.NOT_SYNCHRONISED
        self._set_booted(time.t_ns - self._counted_ns(now_ns) if good else None)

    def utc_ns(self, now_ns: int) -> int | None:
        """What the clock shows; None: nobody has set it."""
        return None if self._booted_t_ns is None else self._booted_t_ns + self._counted_ns(now_ns)

    def _set_booted(self, booted_t_ns: int | None) -> None:
        self._booted_t_ns = booted_t_ns
        if self.flash is not None:
            self.flash.set_booted(booted_t_ns)

    def _counted_ns(self, now_ns: int) -> int:
        return self._taking.ticks_after(now_ns - self.booted_ns) * self._description.tick_ns

    # -- rows -------------------------------------------------------------------------------------------------------

    @property
    def boot(self) -> int:
        return self._taking.boot

    @property
    def taken_by_boot(self) -> dict[int, int]:
        return dict(self._earlier_boots + Counter({self.boot: self._taking.next_seq}))

    @property
    def upto_ns(self) -> int:
        """Walk time before which every row that was due has been taken."""
        return self._taking.upto_ns

    def count(self) -> Count:
        return Count(boot=self.boot, first_seq=self._taking.first_seq, next_seq=self._taking.next_seq)

    def expect(self) -> None:
        """A stream has been asked for; its first row is the next one."""
        self._taking.first_seq = self._taking.next_seq

    def begin(self, walk_ns: int, now_ns: int) -> None:
        """A stream begins at walk time `walk_ns`."""
        self._taking.begin(walk_ns - (now_ns - self.booted_ns), walk_ns)

    def take(self, upto_walk_ns: int, trouble: Trouble, rows_per_frame: int) -> list[RowsFrame]:
        """As `Taking.take`."""
        return self._taking.take(upto_walk_ns, trouble, rows_per_frame)

    def flush(self) -> list[RowsFrame]:
        """As `Taking.flush`."""
        return self._taking.flush()

    def next_ns(self, rows_per_frame: int) -> int | None:
        """As `Taking.next_ns`."""
        return self._taking.next_ns(rows_per_frame)
