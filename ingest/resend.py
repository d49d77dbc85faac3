"""Where in a lane of the spool publishing stands, and when it goes back to what has no receipt.

Pure; time comes in as monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.wire.messages import Receipt

_LONGEST_WAIT_S = 120.0
_HOLE_WAIT_S = 5.0  # a hole may only be late


class Resend:
    """The cursor is the id of the last block that the broker has acknowledged since publishing last went back.

    It goes back to the beginning when another processing answers than before (a new session: it may have missed
    anything), and to the first block of a hole that receipts keep naming. Without any receipt for `quiet_s` the oldest
    blocks are sent again as a probe; only when that brings a receipt does the rest follow, so that a processing that
    is away for a night does not have the whole spool sent over and over.
    """

    def __init__(self, quiet_s: float) -> None:
        self.cursor = 0
        self.turn = 0
        self._quiet_s = quiet_s
        self._probe_wait_s = quiet_s
        self._probe_at = 0.0
        self._probing = False
        self._sessions: dict[str, str] = {}
        self._hole_id = 0
        self._hole_at = 0.0
        self._hole_wait_s = _HOLE_WAIT_S

    def acknowledged(self, last_id: int, turn: int, now: float) -> None:
        """The broker has everything up to `last_id`, read at `turn`; what was read before going back does not count."""
        if turn == self.turn:
            self.cursor = last_id
            self._probe_at = max(self._probe_at, now + self._probe_wait_s)

    def heard(self, receipt: Receipt, released_rows: int, hole_ids: Sequence[int], now: float) -> None:
        """A receipt came; it released so many rows of the lane, and these waiting blocks lie in its holes."""
        if self._sessions.get(receipt.insole) != receipt.session:
            self._sessions[receipt.insole] = receipt.session
            self._back_to(0)
        if released_rows:
            if self._probing:
                self._back_to(0)
            self._probing, self._probe_wait_s = False, self._quiet_s
            self._probe_at = now + self._quiet_s
        missed = [block_id for block_id in hole_ids if block_id <= self.cursor]
        if missed:
            self._go_back_for_hole(missed[0], now)

    def probe_due(self, now: float) -> bool:
        return now >= self._probe_at

    def probed(self, now: float, *, anything: bool) -> None:
        self._probing = anything
        self._probe_wait_s = min(2 * self._probe_wait_s, _LONGEST_WAIT_S) if anything else self._quiet_s
        self._probe_at = now + self._probe_wait_s

    def wait_s(self, now: float) -> float:
        """Until the next probe."""
        return max(0.01, self._probe_at - now)

    def _back_to(self, block_id: int) -> None:
        self.cursor = min(self.cursor, block_id)
        self.turn += 1

    def _go_back_for_hole(self, first_id: int, now: float) -> None:
        if first_id != self._hole_id:
            self._hole_id, self._hole_at, self._hole_wait_s = first_id, now, _HOLE_WAIT_S
        elif now >= self._hole_at + self._hole_wait_s:
            self._hole_at, self._hole_wait_s = now, min(2 * self._hole_wait_s, _LONGEST_WAIT_S)
            self._back_to(first_id - 1)
