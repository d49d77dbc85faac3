"""Who may try, how often, and from where."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gate_kit import PASSWORD, House, S, house

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.device import Device
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import TooOftenError

HERE = Device("192.168.1.0/24", "firefox")


def away(number: int) -> Device:
    return Device(f"10.0.{number}.0/24", "robot")


async def wrong(home: House, name: str, device: Device) -> FaultCode:
    with pytest.raises(UnderfootError) as raised:
        await home.accounts.signing_in.sign_in(name, "not the password", device)
    return raised.value.code


async def test_a_wrong_name_is_told_as_a_wrong_password_is(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        assert await wrong(home, "anna", HERE) is await wrong(home, "nobody", HERE) is FaultCode.SIGN_IN_REFUSED
        assert home.accounts.signing_in.hashes == 2, "both cost the same"


async def test_who_tries_from_afar_does_not_lock_out_who_is_at_home(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        signing_in = home.accounts.signing_in
        await signing_in.sign_in("anna", PASSWORD, HERE)
        codes = [await wrong(home, "anna", away(number % 30)) for number in range(60)]
        assert codes.count(FaultCode.SIGN_IN_REFUSED) == 50, "after that the account waits for all strange networks"
        with pytest.raises(TooOftenError):
            await signing_in.sign_in("anna", PASSWORD, away(99))
        account, _ = await signing_in.sign_in("anna", PASSWORD, HERE)
        assert account.name == "anna"
        home.clock.t_ns += 301 * S
        await signing_in.sign_in("anna", PASSWORD, away(99))


async def test_the_right_password_is_not_looked_at_while_it_has_to_wait(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        for _ in range(5):
            await wrong(home, "anna", HERE)
        hashes = home.accounts.signing_in.hashes
        with pytest.raises(TooOftenError) as raised:
            await home.accounts.signing_in.sign_in("anna", PASSWORD, HERE)
        assert raised.value.wait_s == 30
        assert home.accounts.signing_in.hashes == hashes
        home.clock.t_ns += 30 * S
        await home.accounts.signing_in.sign_in("anna", PASSWORD, HERE)


async def test_tries_made_at_once_do_not_slip_through_together(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        tries = (home.accounts.signing_in.sign_in("anna", f"guess number {n}", HERE) for n in range(200))
        ends = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(end, TooOftenError) for end in ends) == 195
        assert home.accounts.signing_in.hashes == 5


async def test_a_right_password_of_ones_own_does_not_free_the_network_for_guessing(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        home.add("mallory", SiteRole.PATIENT)
        looked_at = 0
        for number in range(40):
            if number % 4 == 3:
                try:
                    await home.accounts.signing_in.sign_in("mallory", PASSWORD, HERE)
                except TooOftenError:
                    continue
            looked_at += await wrong(home, f"victim {number}", HERE) is FaultCode.SIGN_IN_REFUSED
        assert looked_at == 20


async def test_a_password_that_is_changed_ends_every_other_session(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        anna = home.add("anna", SiteRole.KEEPER)
        signing_in, sessions = home.accounts.signing_in, home.accounts.sessions
        tokens = [(await signing_in.sign_in("anna", PASSWORD, HERE))[1] for _ in range(2)]
        token = await signing_in.change_password(anna, PASSWORD, "another good one", HERE, stays=False)
        assert [sessions.find(each) for each in tokens] == [None, None]
        assert sessions.find(token) is not None
        assert (await wrong(home, "anna", HERE)) is FaultCode.SIGN_IN_REFUSED
        await signing_in.sign_in("anna", "another good one", HERE)
