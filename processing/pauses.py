"""Where one walk ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.wire.block import Origin
from ingest.wire.messages import AnyMessage, LinkState, Samples, Status

IDLE_ENDS_WALK_NS = 600 * 10**9  # ten minutes without a row: longer than a rest that is still the same walk


def stretches(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """The messages, cut where a pause between their rows is so long that a new walk begins; late rows begin none."""
    parts: list[list[AnyMessage]] = [[]]
    last_t_ns = 0
    for message in messages:
        if isinstance(message, Samples) and message.origin is not Origin.BACKFILL and message.time_known:
            if last_t_ns and message.t_ns - last_t_ns > IDLE_ENDS_WALK_NS:
                parts.append([])
            last_t_ns = max(last_t_ns, message.t_ns)
        parts[-1].append(message)
    return parts


def no_rows_can_come(status: Status | None, begun_t_ns: int) -> bool:
    """Of a foot, by its latest status; one from before the walk says nothing about it."""
    if status is None or status.t_ns < begun_t_ns:
        return False
    return status.link is LinkState.ENDED and not status.waiting
