"""`underfoot people`: who may sign in on the page."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.rights import SiteRole
from underfoot.cli._front import Front, json_option, print_json
from underfoot.places import Places

if TYPE_CHECKING:
    from underfoot.accounts.account import Account
    from underfoot.accounts.house import Accounts

_MEANS = "patient (own feet, diary), carer, clinician (records, limits), keeper (insoles, broker, people)"


@click.group(name="people")
def command() -> None:
    """Show and change who may sign in on the page.

    While nobody has an account, the page is open to this machine and closed to all others; the first account, a
    keeper's, is made here or on the page with the code that `underfoot people code` shows. Changes hold at once,
    also while the service runs. For a pair at home:

    \b
      underfoot people add anna --role keeper --role carer
      underfoot people add otto --role patient --person p1 --generate
    """


@contextmanager
def _open(front: Front) -> Iterator[Accounts]:
    from underfoot.accounts.house import Accounts

    settings = front.settings({"log.level": "warning"})
    accounts = Accounts(Places(settings.data_dir).accounts)
    try:
        yield accounts
    finally:
        accounts.close()


def _roles_option(function: Callable[..., None]) -> Callable[..., None]:
    roles = click.Choice([str(role) for role in SiteRole])
    return click.option("--role", "roles", type=roles, multiple=True, required=True, help=f"May be several: {_MEANS}.")(
        function
    )


def _people_option(function: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--person", "people", multiple=True, metavar="ID", help="A wearer that they see; may be several; else all."
    )(function)


def _generate_option(function: Callable[..., None]) -> Callable[..., None]:
    return click.option("--generate", is_flag=True, help="Make the password up; it has to be changed at first.")(
        function
    )


@command.command("list", short_help="List the accounts.")
@json_option
@click.pass_obj
def list_(front: Front, as_json: bool) -> None:
    """List who may sign in, as whom and for which wearers."""
    with _open(front) as accounts:
        found, now_ns = accounts.register.accounts(), accounts.now_ns()
    if as_json:
        print_json([_told(each) for each in found])
        return
    for each in found:
        seen = "all wearers" if each.people is None else ", ".join(sorted(each.people)) or "nobody"
        linked = f"  Home Assistant: {each.home_hub_user}" if each.home_hub_user else ""
        waiting = "  has to change the password" if each.one_time else ""
        waiting = "  needs a new password: the one made up was not used in time" if each.outlived(now_ns) else waiting
        click.echo(f"{each.name}  {', '.join(sorted(each.roles))}  sees {seen}{linked}{waiting}")
    if not found:
        click.echo("nobody has an account")


@command.command(short_help="Give somebody an account.")
@click.argument("name")
@_roles_option
@_people_option
@click.option("--home-hub-user", default="", metavar="USER", help="Their name or id in Home Assistant.")
@_generate_option
@click.pass_obj
def add(
    front: Front, *, name: str, roles: tuple[str, ...], people: tuple[str, ...], home_hub_user: str, generate: bool
) -> None:
    """Let NAME sign in. The password is asked for and not shown, or made up with --generate."""
    from underfoot.accounts.account import fit_name
    from underfoot.accounts.keeping import new_account
    from underfoot.accounts.passwords import hashed

    with _open(front) as accounts:
        known = fit_name(name)
        if accounts.register.named(known) is not None:
            raise UnderfootError(FaultCode.ENTRY_REFUSED, f"{known} has an account already")
        password = _password(known, generate=generate)
        account = new_account(
            known,
            roles,
            frozenset(people) or None,
            hashed(password),
            accounts.now_ns(),
            one_time=generate,
            home_hub_user=home_hub_user,
        )
        accounts.keeping.add(_by(), account)
    click.echo(f"{account.name} may sign in as {', '.join(sorted(account.roles))}", err=True)
    _show(password, generate=generate)


@command.command(short_help="Change as whom somebody signs in.")
@click.argument("name")
@_roles_option
@_people_option
@click.pass_obj
def role(front: Front, *, name: str, roles: tuple[str, ...], people: tuple[str, ...]) -> None:
    """Give NAME these roles instead of the old ones. They are signed out everywhere."""
    with _open(front) as accounts:
        account = _named(accounts, name)
        wanted = frozenset(SiteRole(each) for each in roles)
        accounts.keeping.change(_by(), account.id, wanted, frozenset(people) or account.people)
    click.echo(f"{account.name} is {', '.join(sorted(wanted))} now", err=True)


@command.command(short_help="Give somebody a new password.")
@click.argument("name")
@_generate_option
@click.pass_obj
def password(front: Front, *, name: str, generate: bool) -> None:
    """Set NAME's password: asked for and not shown, or made up. They are signed out everywhere."""
    from underfoot.accounts.passwords import hashed

    with _open(front) as accounts:
        account = _named(accounts, name)
        new = _password(account.name, generate=generate)
        accounts.keeping.set_password(_by(), account.id, hashed(new), one_time=generate)
    click.echo(f"{account.name} has a new password", err=True)
    _show(new, generate=generate)


@command.command(short_help="Take an account away.")
@click.argument("name")
@click.pass_obj
def remove(front: Front, *, name: str) -> None:
    """Remove NAME's account; they are signed out everywhere. What they said and did stays where it is kept."""
    with _open(front) as accounts:
        account = _named(accounts, name)
        accounts.keeping.remove(_by(), account.id)
    click.echo(f"{account.name} has no account any more", err=True)


@command.command(short_help="Show the code of the first account.")
@click.pass_obj
def code(front: Front) -> None:
    """Show the code with which the first account is made on the page. It holds until there is one."""
    with _open(front) as accounts:
        found = accounts.register.first_code()
    if found is None:
        raise UnderfootError(FaultCode.NOTHING_STORED, "there are accounts already, so no code is needed")
    click.echo(found)


def _named(accounts: Accounts, name: str) -> Account:
    found = accounts.register.named(name)
    if found is None:
        there = ", ".join(each.name for each in accounts.register.accounts()) or "nobody"
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no account {name!r}; there is {there}")
    return found


def _password(name: str, *, generate: bool) -> str:
    """A line of the input where nobody sits at a terminal.

    :raises UnfitError: as `check_fit`.
    """
    from underfoot.accounts.passwords import check_fit, made_up

    if generate:
        return made_up()
    if sys.stdin.isatty():
        said = str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        said = sys.stdin.readline().rstrip("\n")
    check_fit(said, name)
    return said


def _show(made: str, *, generate: bool) -> None:
    if generate:
        click.echo(made)


def _by() -> str:
    return f"command line ({getpass.getuser()})"


def _told(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "roles": sorted(account.roles),
        "people": None if account.people is None else sorted(account.people),
        "home_hub_user": account.home_hub_user or None,
        "has_to_change_password": account.one_time,
    }
