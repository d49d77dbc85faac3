"""Accounts, labels and secrets in their file."""

from __future__ import annotations

import stat
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from gate_kit import house

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import fit_name
from underfoot.accounts.house import Accounts
from underfoot.accounts.keeping import new_account
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import UnfitError


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        files = list(tmp_path.glob("accounts.sqlite*"))
    assert files
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * len(files)


def test_an_account_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        otto = home.add(
            "Otto Fuß", SiteRole.PATIENT, SiteRole.CARER, people=frozenset({"p1"}), language="de", home_hub_user="u1"
        )
        assert home.accounts.register.named("  OTTO   FUSS ") == otto
        assert home.accounts.register.of_home_hub("u1", "otto") == otto
        assert home.accounts.register.of_home_hub("", "") is None


def test_what_cannot_be(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        register = home.accounts.register
        with pytest.raises(UnfitError, match="first account has to be a keeper"):
            home.add("otto", SiteRole.PATIENT)
        anna = home.add("anna", SiteRole.KEEPER, home_hub_user="u1")
        with pytest.raises(UnfitError, match="already; choose another"):
            home.add("ANNA", SiteRole.CARER)
        with pytest.raises(UnfitError, match="linked to this user"):
            home.add("otto", SiteRole.PATIENT, home_hub_user="u1")
        with pytest.raises(UnfitError, match="last keeper"):
            register.remove(anna.id)
        with pytest.raises(UnfitError, match="last keeper"):
            register.change(anna.id, lambda each: replace(each, roles=frozenset({SiteRole.CARER})), 1)
        assert register.accounts() == [anna]
        with pytest.raises(UnderfootError) as raised:
            register.get("nobody")
        assert raised.value.code is FaultCode.UNKNOWN_NAME


@pytest.mark.parametrize("name", ["", "  ", "a\nb\0", "x" * 41, "\u202eevil"])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(UnfitError):
        fit_name(name)


def test_a_script_in_a_name_is_a_name() -> None:
    assert fit_name("<script>alert(1)</script>") == "<script>alert(1)</script>"


def test_the_code_makes_one_account_and_no_second(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        register = home.accounts.register
        code = register.first_code()
        assert code == register.first_code()
        keeper = new_account("anna", ["keeper"], None, "", 1)
        with pytest.raises(UnfitError, match="not the code"):
            register.add(keeper, "0" * 10 if code != "0" * 10 else "1" * 10)
        register.add(keeper, code)
        assert register.first_code() is None
        with pytest.raises(UnfitError, match="not the code"):
            register.add(new_account("otto", ["keeper"], None, "", 1), code)


def test_labels_stay_here(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        register = home.accounts.register
        assert register.label("p1") == "p1"
        register.set_label("p1", "  Frau   <b>Huber</b> ")
        assert register.labels() == {"p1": "Frau <b>Huber</b>"}
        register.set_label("p1", "")
        assert register.label("p1") == "p1"
        with pytest.raises(UnfitError):
            register.set_label("p1", "x" * 61)


def test_two_programs_may_write_at_once(tmp_path: Path) -> None:
    """The service and the command line: each with the file open, each in its own transactions."""

    def add(number: int) -> None:
        with closing(Accounts(tmp_path / "accounts.sqlite")) as accounts:
            for each in range(10):
                accounts.register.add(new_account(f"{number} {each}", ["keeper"], None, "", 1))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with closing(Accounts(tmp_path / "accounts.sqlite")) as accounts:
        assert len(accounts.register.accounts()) == 40
