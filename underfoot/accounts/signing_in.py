"""Signing in: how often somebody may try, two hashes at a time, and the session that comes of it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import Account, key_of
from underfoot.accounts.device import Device
from underfoot.accounts.limiter import Limiter, Pace
from underfoot.accounts.passwords import check_fit, hashed, matches
from underfoot.accounts.register import Register
from underfoot.accounts.sessions import Session, Sessions
from underfoot.accounts.trail import Happened, Step, Trail
from underfoot.accounts.unfit import TooOftenError, UnfitError

_T = TypeVar("_T")

HERE = Pace(free=5, first_s=30, longest_s=3600)  # one account from one network
NETWORK = Pace(free=20, first_s=30, longest_s=3600)  # whatever account: a family may mistype more than one of them
ANYWHERE = Pace(free=50, first_s=30, longest_s=300)  # one account from networks where it was never signed in
EVERYWHERE = Pace(free=60, first_s=1, longest_s=2)  # all that are strange together: what hashing may cost the hub
_AT_ONCE = 2  # each takes 32 MB and a core
_MAY_WAIT = 16
_BUSY_S = 5
_FIRST = "\0first"  # no name can be that


class SigningIn:
    """`now_ns` dates what is kept; `tick_ns` measures waits and never goes back."""

    def __init__(
        self,
        register: Register,
        sessions: Sessions,
        trail: Trail,
        now_ns: Callable[[], int],
        tick_ns: Callable[[], int],
    ) -> None:
        self._register = register
        self._sessions = sessions
        self._trail = trail
        self._now_ns = now_ns
        self._tick_ns = tick_ns
        self._here, self._network, self._anywhere = Limiter(HERE), Limiter(NETWORK), Limiter(ANYWHERE)
        self._everywhere = Limiter(EVERYWHERE)
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self.hashes = 0

    @property
    def remembered(self) -> int:
        """How many names and networks are remembered for wrong tries."""
        return len(self._here) + len(self._network) + len(self._anywhere)

    async def sign_in(
        self, name: str, password: str, device: Device, *, stays: bool = False, before: Session | None = None
    ) -> tuple[Account, str]:
        """The account, and the token of a new session; the one before is over.

        :raises UnderfootError: SIGN_IN_REFUSED, the same for a wrong name and a wrong password; TooOftenError.
        """
        account = self._register.named(name)
        await self._verify(account, name, password, device)
        if account is None:
            raise UnderfootError(FaultCode.SIGN_IN_REFUSED)
        if before is not None:
            self._sessions.end(before)
        token = self._sessions.begin(account.id, device, self._now_ns(), stays=stays)
        self._keep(Happened.SIGNED_IN, account, device, device.browser)
        return account, token

    def sign_out(self, account: Account, session: Session, device: Device) -> None:
        self._sessions.end(session)
        self._keep(Happened.SIGNED_OUT, account, device)

    async def change_password(self, account: Account, present: str, new: str, device: Device, *, stays: bool) -> str:
        """The token of a new session; all others of the account are over.

        :raises UnderfootError: SIGN_IN_REFUSED where the present one is wrong; TooOftenError; UnfitError.
        """
        check_fit(new, account.name)
        if new == present:
            raise UnfitError("password", "password_same")
        await self._verify(account, account.name, present, device)
        kept = await self.hash(new)
        now_ns = self._now_ns()
        self._register.change(account.id, lambda each: replace(each, password=kept, one_time=False), now_ns)
        self._sessions.end_all(account.id)
        self._keep(Happened.PASSWORD_CHANGED, account, device)
        return self._sessions.begin(account.id, device, now_ns, stays=stays)

    async def begin_first(self, account: Account, password: str, code: str, device: Device) -> str:
        """Keep the first account for whoever knows the code; the token of its session. Who has to wait costs no hash.

        :raises UnderfootError: UnfitError; TooOftenError.
        """
        keys = self._keys(_FIRST, device, known=False)
        self._try(keys, "", device)
        try:
            account = replace(account, password=await self.hash(password))
            self._register.add(account, code.strip())
        except TooOftenError:
            self._take_back(keys)
            raise
        except UnfitError as error:
            if error.field == "code":
                self._refuse(Happened.WRONG_CODE, "", device)
            else:
                self._take_back(keys)
            raise
        self._take_back(keys)
        self._keep(Happened.ACCOUNT_MADE, account, device, ", ".join(sorted(account.roles)))
        return self._sessions.begin(account.id, device, self._now_ns(), stays=False)

    async def hash(self, password: str) -> str:
        """:raises TooOftenError: too many want one at once."""
        return await self._one_of_few(lambda: hashed(password))

    async def _verify(self, account: Account | None, name: str, password: str, device: Device) -> None:
        known = account is not None and self._sessions.knows(account.id, device.network)
        keys = self._keys(name, device, known=known)
        self._try(keys, account.name if account else "", device)
        try:
            right = await self._one_of_few(lambda: matches(password, account.password if account else None))
        except TooOftenError:
            self._take_back(keys)
            raise
        if not right or account is None or account.outlived(self._now_ns()):
            self._refuse(Happened.WRONG_PASSWORD, account.name if account else "", device)
            raise UnderfootError(FaultCode.SIGN_IN_REFUSED)
        self._take_back(keys)
        self._here.right(keys[0][1])

    def _keys(self, name: str, device: Device, *, known: bool) -> list[tuple[Limiter, str]]:
        """Which counts a try adds to. Who has been there before is not kept out by what others do elsewhere."""
        who = hashlib.sha256(key_of(name[:200]).encode("utf-8", "replace")).hexdigest()[:24]
        keys = [(self._here, f"{who} {device.network}"), (self._network, device.network)]
        return keys if known else [*keys, (self._anywhere, who), (self._everywhere, "")]

    def _try(self, keys: list[tuple[Limiter, str]], who: str, device: Device) -> None:
        """`who`: an account's name, never what somebody typed: it may be a password in the wrong field."""
        tick_ns = self._tick_ns()
        wait_s = max(limiter.wait_s(key, tick_ns) for limiter, key in keys)
        if wait_s:
            self._refuse(Happened.TOO_OFTEN, who, device)
            raise TooOftenError(wait_s)
        for limiter, key in keys:
            limiter.tried(key, tick_ns)

    def _take_back(self, keys: list[tuple[Limiter, str]]) -> None:
        for limiter, key in keys:
            limiter.taken_back(key, self._tick_ns())

    async def _one_of_few(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _MAY_WAIT:
            raise TooOftenError(_BUSY_S)
        self._waiting += 1
        try:
            async with self._hashing:
                self.hashes += 1
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    def _keep(self, what: Happened, account: Account, device: Device, detail: str = "") -> None:
        self._trail.keep(Step(t_ns=self._now_ns(), what=what, who=account.name, place=device.network, detail=detail))

    def _refuse(self, what: Happened, who: str, device: Device) -> None:
        self._trail.refuse(Step(t_ns=self._now_ns(), what=what, who=who, place=device.network))
