"""`underfoot conform`: does a device keep to the Open Insole profile, and what is to be mended where it does not."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ingest.conform.asking import FULL, QUICK, Asking, HubTime, Pace
from ingest.conform.asking_restart import AskToRestart
from ingest.conform.conversation import Conversation
from ingest.conform.report import conforms, judge
from ingest.conform.script import converse
from ingest.conform.verdicts import Finding, Verdict
from underfoot.cli._bar import bar
from underfoot.cli._front import Exit, Front, json_option, print_json, when_stopped
from underfoot.cli._typed import typed
from underfoot.radio import apart_if_virtual, meant_by, no_service, open_radio
from underfoot.settings import RadioKind, Settings

_STYLES = {
    Verdict.OK: "green",
    Verdict.BROKEN: "bold red",
    Verdict.NOT_OFFERED: "dim",
    Verdict.NOT_TRIED: "yellow",
}


@click.command(name="conform")
@click.argument("insole", metavar="left|right|ADDRESS")
@click.option("--quick", is_flag=True, help="Look for half a minute; the rate is then told less surely.")
@click.option("--radio", type=click.Choice([str(kind) for kind in RadioKind]), help="Instead of what the settings say.")
@json_option
@click.pass_obj
def command(front: Front, insole: str, quick: bool, radio: str | None, as_json: bool) -> None:
    """Check a device against the Open Insole profile, in about a minute and a half.

    It is connected three times, put out of reach once and restarted once, by itself where it offers SMP. Rows of before
    are not touched. Exit code 0: nothing is broken, 1: something is, 69: the device was not heard.
    """
    settings = apart_if_virtual(front.settings({"log.level": "error", "radio.kind": radio}))
    ask = None if as_json or not sys.stdin.isatty() else _ask_to_restart
    with when_stopped(
        lambda: "The device may take no rows now: let the service or `underfoot insole info` connect to it."
    ):
        conversation = asyncio.run(_converse(settings, insole, QUICK if quick else FULL, ask))
    findings = judge(conversation)
    if as_json:
        print_json({"conforms": conforms(findings), "checks": [_as_row(one) for one in findings]})
    else:
        _show(findings)
    raise SystemExit(Exit.FINE if conforms(findings) else Exit.FAILED)


async def _converse(settings: Settings, word: str, pace: Pace, ask: AskToRestart | None) -> Conversation:
    meant = meant_by(word, settings)
    with no_service(settings), bar(f"Connecting to {word}") as line:
        async with open_radio(settings) as radio:

            def tell(words: str, share: float) -> None:
                line.show(words.capitalize(), share, 1.0)

            hub_time = HubTime(now_ns=radio.now_ns)
            return await converse(Asking(radio.adapter, meant.is_it, pace, hub_time, tell), ask)


async def _ask_to_restart() -> bool:
    answer = await typed(
        "It offers no SMP: restart the device now, then press Enter (or s and Enter to leave that out): "
    )
    return answer != "s"


def _as_row(finding: Finding) -> dict[str, Any]:
    check = finding.check
    return {
        "check": check.name,
        "section": check.section,
        "asks": check.asks,
        "verdict": str(finding.verdict),
        "seen": finding.seen,
        "advice": check.advice,
    }


def _show(findings: tuple[Finding, ...]) -> None:
    screen = Console()
    table = Table(box=None, pad_edge=False)
    for title in ("check", "section", "verdict", "seen"):
        table.add_column(title, overflow="fold")
    for one in findings:
        words = f"[{_STYLES[one.verdict]}]{one.verdict}[/]"
        table.add_row(one.check.name, one.check.section, words, _plain(one.seen))
    screen.print(table)
    for one in findings:
        if one.verdict is Verdict.BROKEN:
            click.echo(f"\n{one.check.name} (section {one.check.section}): {one.check.asks}\n  {one.check.advice}")
    counts = ", ".join(f"{sum(one.verdict is each for one in findings)} {each}" for each in Verdict)
    click.echo(f"\n{counts}.")


def _plain(text: str) -> str:
    """A device may say brackets, which rich would take for a style."""
    return text.replace("[", r"\[")
