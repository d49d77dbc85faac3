"""`underfoot insole fetch`: what one insole recorded away, into the spool, while somebody looks on."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import click

from ingest.events import Source
from ingest.spool import Spool
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._bar import Bar, bar
from underfoot.cli._front import Front, json_option, print_json, when_stopped
from underfoot.cli._insole_target import settings_for, target_options
from underfoot.coming_home import ComingHome, Fetched
from underfoot.known import KnownFile
from underfoot.known_sides import SideWatch
from underfoot.places import Places
from underfoot.radio import Meant, Radio, meant_by, no_service, open_radio
from underfoot.real_pair import link_of
from underfoot.settings import RadioKind, Settings
from underfoot.wanted import wanted_by


@click.command(short_help="Fetch what it recorded away.")
@target_options
@json_option
@click.pass_obj
def fetch(front: Front, *, insole: str, driver: str | None, seconds: float, radio: str | None, as_json: bool) -> None:
    """Fetch every row that the insole keeps and this machine lacks, into the spool.

    A service that runs does this by itself. Stopped half-way, the next fetch goes on where this one stood.
    """
    settings = settings_for(front, radio, driver)
    with when_stopped(lambda: "What has come is kept; the next fetch, or the service, goes on from there."):
        fetched = asyncio.run(_fetch(settings, insole, seconds))
    spool = Places(settings.data_dir).spool
    if as_json:
        print_json(_as_json(fetched, str(spool)))
        return
    if not fetched.keeps_rows:
        click.echo("This insole keeps no rows: there is nothing to fetch.")
        return
    click.echo(f"{fetched.rows:,} rows fetched" + (f", {fetched.lacking:,} still lack." if fetched.lacking else "."))
    if settings.radio.kind is RadioKind.VIRTUAL:
        click.echo(f"They are in {spool}; a service would send them on from there.")
        return
    click.echo(f"{fetched.waiting:,} rows wait in {spool} until the service sends them on; `underfoot account` tells.")


async def _fetch(settings: Settings, word: str, seconds: float) -> Fetched:
    meant = meant_by(word, settings)
    with no_service(settings):
        pass  # the spool takes the same lock in a moment, and would not say how to stop the service
    async with open_radio(settings) as radio:
        with bar(f"Connecting to {word}", time_left=True) as line:
            return await into_the_spool(settings, meant, radio, line, seconds)


async def into_the_spool(settings: Settings, meant: Meant, radio: Radio, line: Bar, seconds: float) -> Fetched:
    """As `ComingHome.run`.

    :raises UnderfootError: as that; INSOLES_UNKNOWN for an insole that is not the wearer's, STORE_IN_USE.
    """
    source = _source(settings, meant, radio)
    path = Places(settings.data_dir).spool
    with closing(Spool(path, max_bytes=settings.spool.max_mb * 2**20)) as spool:
        return await ComingHome(source, spool, radio.now_ns, lambda *rows: _show(line, *rows), seconds).run()


def _source(settings: Settings, meant: Meant, radio: Radio) -> Source:
    """As the service reads it: rows of an insole that is not the wearer's do not get into their spool."""
    known = KnownFile(Places(settings.data_dir).known_insoles).read()
    if meant.side is None:
        raise UnderfootError(FaultCode.INSOLES_UNKNOWN, meant.name)
    return link_of(meant.side, wanted_by(settings, known)[meant.side], radio.adapter, SideWatch())


def _show(line: Bar, rows: int, of: int) -> None:
    line.show(f"{rows:,} of {of:,} rows" if of else "Looking what lacks", rows, of or None)


def _as_json(fetched: Fetched, spool: str) -> dict[str, Any]:
    return {
        "fetched": fetched.rows,
        "lacking": fetched.lacking,
        "waiting": fetched.waiting,
        "keeps_rows": fetched.keeps_rows,
        "spool": spool,
    }
