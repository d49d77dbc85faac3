"""Passwords made up by another, the code of the first account, and names that are none: what each is worth."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from gate_kit import DAY, PASSWORD, House, S, house

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import Account
from underfoot.accounts.device import Device
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import hashed
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import TooOftenError, UnfitError

HERE = Device("192.168.1.0/24", "firefox")


async def comes_in(home: House, name: str) -> bool:
    try:
        await home.accounts.signing_in.sign_in(name, PASSWORD, HERE)
    except UnderfootError as error:
        if error.code is not FaultCode.SIGN_IN_REFUSED:
            raise
        return False
    return True


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def slip(home: House) -> Account:
    home.add("anna", SiteRole.KEEPER)
    return home.add("otto", SiteRole.PATIENT, one_time=True)


async def test_a_password_made_up_by_another_is_worth_something_for_a_week(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        slip(home)
        home.clock.t_ns += 7 * DAY
        assert await comes_in(home, "otto")
        home.clock.t_ns += S
        assert not await comes_in(home, "otto")
        assert await comes_in(home, "anna"), "one's own holds"


async def test_nothing_but_a_new_one_makes_it_worth_something_again(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        otto = slip(home)
        home.clock.t_ns += 5 * DAY
        home.accounts.keeping.set_language(otto, "de")
        home.accounts.keeping.change("anna", otto.id, frozenset({SiteRole.CARER}), None)
        home.clock.t_ns += 3 * DAY
        assert not await comes_in(home, "otto")
        with pytest.raises(UnderfootError) as raised:
            await home.accounts.signing_in.change_password(otto, PASSWORD, "another good one", HERE, stays=False)
        assert raised.value.code is FaultCode.SIGN_IN_REFUSED, "a session that was begun with it does not help"
        home.accounts.keeping.set_password("anna", otto.id, hashed(PASSWORD), one_time=True)
        assert await comes_in(home, "otto")


async def test_guessing_the_first_code_is_slow_and_costs_the_hub_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        signing_in = home.accounts.signing_in
        ends = []
        for number in range(100):
            keeper = new_account("eve", ["keeper"], None, "", home.clock())
            with pytest.raises(UnderfootError) as raised:
                await signing_in.begin_first(keeper, PASSWORD, f"{number}", HERE)
            ends.append(type(raised.value))
        assert ends == [UnfitError] * 5 + [TooOftenError] * 95
        assert signing_in.hashes == 5


async def test_what_was_typed_for_a_name_is_kept_only_if_it_is_one(tmp_path: Path) -> None:
    """It may be a password in the wrong field."""
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        for name in ("anna", "my secret password", *["my secret password"] * 8):
            with pytest.raises(UnderfootError):
                await home.accounts.signing_in.sign_in(name, "wrong", HERE)
        assert {step.who for step in home.accounts.trail.steps()} == {"anna", ""}
        assert b"my secret" not in on_disk(tmp_path)


def test_what_sqlite_writes_beside_the_file_is_the_owners_too(tmp_path: Path) -> None:
    with house(tmp_path) as home, home.accounts.register._file.transaction() as tx:
        tx.execute("INSERT INTO labels VALUES ('p1', 'Frau Huber')")
        tx.execute("PRAGMA cache_spill = 1")
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("accounts.sqlite*")}
    assert len(files) > 1
    assert set(files.values()) == {0o600}
