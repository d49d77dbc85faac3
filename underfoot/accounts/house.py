"""Everything about accounts over one file, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from underfoot.accounts.file import AccountsFile
from underfoot.accounts.keeping import Keeping
from underfoot.accounts.register import Register
from underfoot.accounts.sessions import Sessions
from underfoot.accounts.signing_in import SigningIn
from underfoot.accounts.trail import Trail


class Accounts:
    """:raises UnderfootError: as `AccountsFile`."""

    def __init__(
        self, path: Path, now_ns: Callable[[], int] = time.time_ns, tick_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._file = AccountsFile(path)
        self.now_ns = now_ns
        self.register = Register(self._file)
        self.sessions = Sessions(self._file)
        self.trail = Trail(self._file)
        self.keeping = Keeping(self.register, self.sessions, self.trail, now_ns)
        self.signing_in = SigningIn(self.register, self.sessions, self.trail, now_ns, tick_ns)

    def close(self) -> None:
        self.trail.settle()
        self._file.close()
