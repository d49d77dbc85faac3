"""Limits of rules as they are typed: `A4.enter_points=20`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

import click

Value = float | str | bool

_KEY = re.compile(r"[A-Za-z0-9_]{1,16}(\.[a-z_]+)*", re.ASCII)


def limit_and_value(ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> dict[str, Value]:
    """Each `KEY=VALUE` apart; a number, true or false, or a word."""
    found = dict[str, Value]()
    for each in given:
        key, sign, value = each.partition("=")
        if not sign or not value.strip():
            raise click.BadParameter(f"{each!r} is not KEY=VALUE, such as A4.enter_points=20", ctx, param)
        found[_key(key.strip(), ctx, param)] = _value(value.strip(), ctx, param)
    return found


def is_a_limit(ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    return tuple(_key(each.strip(), ctx, param) for each in given)


def spelled(value: Value | None) -> str:
    """As a person would type it."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, int | float) else value


def _key(text: str, ctx: click.Context, param: click.Parameter) -> str:
    if not _KEY.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no limit; `underfoot rules show` lists them", ctx, param)
    return text


def _value(text: str, ctx: click.Context, param: click.Parameter) -> Value:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    if not isfinite(number):
        raise click.BadParameter(f"{text} is not a number to reckon with", ctx, param)
    return number
