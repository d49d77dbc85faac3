"""`underfoot insole update`: new firmware into one insole, and in one sentence how that ended."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._bar import Bar, bar
from underfoot.cli._front import Exit, Front, json_option, print_json, when_stopped
from underfoot.cli._insole_fetch import into_the_spool
from underfoot.cli._insole_target import settings_for, target_options
from underfoot.radio import Meant, Radio, driver_for, meant_by, no_service, open_radio
from underfoot.settings import Settings

if TYPE_CHECKING:
    from ingest.firmware.image import FirmwareImage
    from ingest.firmware.stages import Outcome, Progress
    from ingest.firmware.updater import Policy

_SCAN_S = 4.0
_NEVER_REACHED = (Exit.UNREACHABLE, "The insole was not reached; nothing was changed.")
_WORDS = {
    "checking": "Checking battery, version and that nobody wears it",
    "uploading": "Uploading",
    "marking": "Marking it for a try",
    "restarting": "Restarting",
    "proving": "Watching whether the new firmware works",
    "confirming": "Keeping it",
    "rolling-back": "Going back to the old firmware",
}
_ENDS = {
    "updated": (Exit.FINE, "The insole runs {runs} and keeps it."),
    "up-to-date": (Exit.FINE, "The insole runs this very firmware already ({runs})."),
    "refused": (Exit.FAILED, "Nothing was changed; the insole runs {runs}."),
    "interrupted": (Exit.LATER, "The update stopped half-way; the insole runs {runs}, start it again to go on."),
    "rolled-back": (Exit.FAILED, "The new firmware did not show that it works; the insole is back on {runs}."),
    "not-heard": (Exit.UNREACHABLE, "The insole has not come back yet; charge it, wait some minutes and look at it."),
}


@click.command(short_help="New firmware into it.")
@target_options
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--allow-older", is_flag=True, help="Also to an older version, or to the same again.")
@click.option("--rows-may-go", is_flag=True, help="Leave what it recorded unfetched; new firmware may discard it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def update(front: Front, /, *, insole: str, driver: str | None, radio: str | None, **said: Any) -> None:
    """Put a signed firmware image (.bin, MCUboot) into the insole, try it, and keep it only if it works.

    Take the shoe off and lay it near the hub. What it recorded away is fetched first. Whatever breaks off leaves the
    old firmware running. Exit code 0 when the insole runs the image, 1 refused or rolled back, 69 not reached or not
    heard again, 75 interrupted: start it again.
    """
    try:
        from ingest.firmware.image import read_image
    except ModuleNotFoundError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[update]'") from error
    settings = settings_for(front, radio, driver)
    image = read_image(said["file"])
    if not said["yes"]:
        click.confirm(f"Update {insole} to version {image.version}?", err=True, abort=True)
    from ingest.firmware.stages import Stage
    from ingest.firmware.updater import Policy

    policy = Policy(allow_older=said["allow_older"], rows_may_go=said["rows_may_go"], search_s=said["seconds"])
    heard: list[Progress] = []
    with when_stopped(lambda: _left_behind(heard)):
        outcome = asyncio.run(_update(settings, insole, image, policy, heard.append))
    never_reached = outcome.stage is Stage.INTERRUPTED and outcome.runs is None
    code, sentence = _NEVER_REACHED if never_reached else _ENDS[outcome.stage]
    if said["as_json"]:
        fault = None if outcome.fault is None else {"code": outcome.fault.code, "detail": outcome.fault.detail}
        print_json({"ended": outcome.stage, "runs": outcome.runs, "fault": fault})
    else:
        click.echo(sentence.format(runs=outcome.runs or "what it ran before"))
    if outcome.fault is not None:
        click.echo(str(outcome.fault), err=True)
    if code is not Exit.FINE:
        sys.exit(code)


def _left_behind(heard: list[Progress]) -> str:
    from ingest.firmware.stages import TRIED

    if heard and heard[-1].stage in TRIED:
        return "The insole may be trying the new firmware and goes back at its next start; start the update again."
    return "The insole runs its old firmware; start the update again to go on."


async def _update(
    settings: Settings, insole: str, image: FirmwareImage, policy: Policy, hear: Callable[[Progress], None]
) -> Outcome:
    meant = meant_by(insole, settings)
    with no_service(settings):
        pass  # before the radio is touched
    async with open_radio(settings) as radio:
        with bar("Connecting", time_left=True) as line:

            def tell(progress: Progress) -> None:
                hear(progress)
                _show(line, progress)

            outcome = await _tried(settings, meant, radio, image, policy, tell)
            lacks = outcome.fault is not None and outcome.fault.code is FaultCode.ROWS_UNFETCHED
            if not lacks or meant.side is None:
                return outcome
            await into_the_spool(settings, meant, radio, line, policy.search_s)
            return await _tried(settings, meant, radio, image, policy, tell)


async def _tried(
    settings: Settings,
    meant: Meant,
    radio: Radio,
    image: FirmwareImage,
    policy: Policy,
    tell: Callable[[Progress], None],
) -> Outcome:
    from ingest.firmware.updater import Updater
    from ingest.sources.radio.updating import OverTheRadio

    with no_service(settings):
        driver = await driver_for(meant, radio.adapter, min(policy.search_s, _SCAN_S))
        there = OverTheRadio(radio.adapter, driver, meant.is_it, radio.now_ns)
        return await Updater(there, image, policy, tell).run()


def _show(line: Bar, progress: Progress) -> None:
    words = _WORDS.get(progress.stage, str(progress.stage))
    if progress.total_octets:
        kb = f"{progress.done_octets / 1000:.0f} of {progress.total_octets / 1000:.0f} kB"
        line.show(f"{words}, {kb}", progress.done_octets, progress.total_octets)
    else:
        line.show(words)
