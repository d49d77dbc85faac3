"""Refusals of what somebody typed: which field, and why."""

from __future__ import annotations

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.words import DEFAULT, words_in


class UnfitError(UnderfootError):
    """ENTRY_REFUSED. `key`: of the words that say why, `account.unfit.<key>`."""

    def __init__(self, field: str, key: str) -> None:
        self.field = field
        self.key = f"account.unfit.{key}"
        super().__init__(FaultCode.ENTRY_REFUSED, words_in(DEFAULT)(self.key))


class TooOftenError(UnderfootError):
    """TRIED_TOO_OFTEN. `wait_s`: whole seconds until the next try is looked at."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(FaultCode.TRIED_TOO_OFTEN, f"{wait_s} s")
