"""`underfoot definitions`: what a figure means, its unit, its formula and where that is from."""

from __future__ import annotations

from dataclasses import asdict

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli import NOT_MEDICAL
from underfoot.cli._front import json_option, print_json


@click.command("definitions")
@click.argument("figure", required=False)
@click.option("--markdown", is_flag=True, help="A page with formulas and sources.")
@json_option
def command(figure: str | None, markdown: bool, as_json: bool) -> None:
    """What each figure means; FIGURE is its path in a summary, such as stride.cv_pct, or a word.

    In a path SIDE is a foot, AREA an area of it; what begins with `live` is told every second of a walk.
    """
    from processing.definitions import as_markdown, asked_for, definitions

    every = definitions()
    found = every if figure is None else asked_for(figure, every)
    if not found:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"figure {figure!r}; `underfoot definitions` lists them")
    if as_json:
        print_json([asdict(each) for each in found])
    elif markdown:
        click.echo(f"{as_markdown(found)}\n{NOT_MEDICAL}")
    else:
        for each in found:
            click.echo(f"{each.path} [{each.unit}]\n    {each.words}")
        for family, basis in {each.family: each.basis for each in found}.items() if figure else ():
            click.echo(f"\n{family}\n{basis}")
        click.echo(f"\n{NOT_MEDICAL}")
