"""`underfoot people`: accounts without the page."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.house import Accounts
from underfoot.accounts.passwords import matches
from underfoot.cli import underfoot
from underfoot.mistakes import ConfigError
from underfoot.settings import load

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERFOOT_CONFIG", raising=False)
    return tmp_path


def people(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(underfoot, ["people", *words], input=typed)


def refused(*words: str, typed: str = "") -> UnderfootError:
    done = people(*words, typed=typed)
    assert isinstance(done.exception, UnderfootError), done.output
    return done.exception


def test_accounts_are_made_changed_and_removed() -> None:
    assert people("list").output == "nobody has an account\n"
    assert len(people("code").output.strip()) == 10
    assert people("add", "anna", "--role", "keeper", typed=PASSWORD + "\n").exit_code == 0
    made = people("add", "otto", "--role", "patient", "--person", "p1", "--generate").stdout.strip()
    assert len(made) == 19
    told = json.loads(people("list", "--json").output)
    assert told == [
        {"name": "anna", "roles": ["keeper"], "people": None, "home_hub_user": None, "has_to_change_password": False},
        {"name": "otto", "roles": ["patient"], "people": ["p1"], "home_hub_user": None, "has_to_change_password": True},
    ]
    assert people("role", "otto", "--role", "carer", "--role", "clinician").exit_code == 0
    assert "otto  carer, clinician  sees p1" in people("list").output
    assert people("password", "otto", typed="another good one\n").exit_code == 0
    with closing(Accounts(Path("underfoot-data/accounts.sqlite"))) as accounts:
        otto = accounts.register.named("otto")
        assert otto is not None
        assert matches("another good one", otto.password)
        assert not otto.one_time
        assert [step.who.partition(" ")[0] for step in accounts.trail.steps()] == ["command"] * 4
    assert people("remove", "otto").exit_code == 0
    assert people("list").output == "anna  keeper  sees all wearers\n"


def test_what_is_refused_says_why() -> None:
    assert refused("add", "otto", "--role", "patient", "--generate").code is FaultCode.ENTRY_REFUSED
    assert "at least 10" in refused("add", "anna", "--role", "keeper", typed="short\n").fault.detail
    people("add", "anna", "--role", "keeper", typed=PASSWORD + "\n")
    assert refused("add", "Anna", "--role", "carer").fault.detail == "Anna has an account already"
    assert "last keeper" in refused("remove", "anna").fault.detail
    assert "there is anna" in refused("password", "otto").fault.detail
    assert refused("code").code is FaultCode.NOTHING_STORED
    assert people("add", "otto", "--role", "king").exit_code == 2


def test_nobody_leaves_the_door_open_to_others() -> None:
    Path("underfoot.toml").write_text('[web]\nhost = "0.0.0.0"\nsign_in = "never"\n')
    with pytest.raises(ConfigError, match=r"web\.sign_in is 'never' where others reach the page"):
        load()
    Path("underfoot.toml").write_text('[web]\nsign_in = "never"\n')
    assert load().web.sign_in == "never"
