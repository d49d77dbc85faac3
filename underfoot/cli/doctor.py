"""`underfoot doctor`: one line a check, and what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import click

from ingest.wire.faults import ADVICE, FaultCode
from underfoot import __version__
from underfoot.checks import FULL, QUICK, Check, Looks, State, clock, machine
from underfoot.cli._front import Exit, Front, json_option, print_json
from underfoot.mistakes import ConfigError
from underfoot.settings import Settings, config_path


@click.command(name="doctor")
@click.option("--quick", is_flag=True, help="Leave out what waits for a server.")
@json_option
@click.pass_obj
def command(front: Front, quick: bool, as_json: bool) -> None:
    """Check this machine and say what to do. Exit code 1 when a check failed."""
    logging.disable(logging.WARNING)  # what the log would say of an outage is what a check says
    try:
        checks = list(_all(front, QUICK if quick else FULL))
    finally:
        logging.disable(logging.NOTSET)
    failed = sum(check.state is State.FAIL for check in checks)
    if as_json:
        rows = [{"name": c.name, "state": str(c.state), "found": c.found, "advice": c.advice} for c in checks]
        print_json({"version": __version__, "failed": failed, "checks": rows})
    else:
        for check in checks:
            click.echo(str(check))
    raise SystemExit(Exit.FAILED if failed else Exit.FINE)


def _all(front: Front, looks: tuple[Looks, ...]) -> Iterator[Check]:
    yield from machine()
    settings: Settings | None = None
    try:
        settings = front.settings({"log.level": "warning"})
    except ConfigError as error:
        for each in error.mistakes:
            yield Check("settings", State.FAIL, str(each), ADVICE[FaultCode.CONFIG_INVALID])
    else:
        yield Check("settings", State.OK, str(config_path(front.config) or "defaults (no file found)"))
    yield from clock()
    for look in looks:
        if settings is not None:
            yield from look(settings)
        else:
            yield Check(look.__name__, State.WARN, "not checked", "Correct the settings first.")
