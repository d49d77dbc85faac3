"""A folder with twelve weeks in it: the stores opened, the days lived, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingest.alone import take_alone
from ingest.wire.faults import FaultBook
from ingest.wire.topics import Address
from processing.desk import Desk
from processing.outgoing import Stores
from processing.rule_changes import rules_maker
from processing.rules.preset import load_preset
from processing.terms import terms_maker
from underfoot import judging
from underfoot.at_home import household
from underfoot.places import Places
from underfoot.settings import HouseholdSettings, NotifySettings, Settings, WebSettings
from underfoot.twelve_weeks.hub import Hub
from underfoot.twelve_weeks.insoles import Pair
from underfoot.twelve_weeks.living import Life
from underfoot.twelve_weeks.person import DAYS, FIRST_DAY, ZONE, script
from underfoot.twelve_weeks.progress import Progress
from underfoot.twelve_weeks.told import SCHEMA, told

CONFIG, KEPT = "underfoot.toml", "story.json"
_PHONE = "01 234 56 78"  # of nobody

Tell = Callable[[str, int, int], None]  # words, days done, days in all


def settings_of(folder: Path) -> Settings:
    """Those of the story, whatever the wearer's own are: nothing made up may reach a server or a phone."""
    return Settings(
        data_dir=folder,
        household=HouseholdSettings(zone=ZONE.key, clinic_phone=_PHONE),
        web=WebSettings(enabled=False),
        notify=NotifySettings(home_assistant=False),
    )


def holds_other_data(folder: Path) -> bool:
    """Whether it holds anything, and no story."""
    return folder.is_dir() and any(folder.iterdir()) and not (folder / KEPT).is_file()


def make_ready(folder: Path, seed: int) -> None:
    """The settings for it, and nothing of an earlier story; to be asked only of a folder that holds no other data.

    :raises UnderfootError: STORE_IN_USE while somebody works with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with closing(take_alone(Places(folder).recordings)):
        for old in (*folder.glob("*.sqlite"), *folder.glob("*.sqlite-*")):
            old.unlink()
        (folder / KEPT).write_text(json.dumps({"schema": SCHEMA, "seed": seed, "complete": False}), encoding="utf-8")
        (folder / CONFIG).write_text(_config(folder), encoding="utf-8")


def keep(folder: Path, story: Mapping[str, Any]) -> None:
    """Beside the data, so that it can be read again without living it again."""
    (folder / KEPT).write_text(as_text(story), encoding="utf-8")


def as_text(story: Mapping[str, Any]) -> str:
    """JSON; the same story, the same bytes."""
    return json.dumps(story, ensure_ascii=False, indent=2)


async def make(folder: Path, seed: int, days: int = DAYS, tell: Tell | None = None) -> dict[str, Any]:
    """Live so many days into a folder that is made ready. Cancelled, it ends after the day under way.

    :raises UnderfootError: STORE_IN_USE, and as the stores.
    """
    settings = settings_of(folder)
    faults = FaultBook()
    async with judging.stores(settings, faults) as stores:
        hub = Hub(_desk(settings, stores, faults), stores, seed)
        pair, progress = Pair(settings.person), Progress(settings.person, stores.journal)
        life, lived = Life(hub, pair, progress, seed), script(seed, days)
        life.begin(lived[0])
        for day in lived:
            if tell is not None:
                tell(f"{day.day:%a %d %b}", day.index, days)
            life.live(day)
            await asyncio.sleep(0)
        last = FIRST_DAY + timedelta(days=days - 1)
        rules = load_preset(settings.rules.preset).title
        return told(stores, pair, hub, progress, faults, seed=seed, rules=rules, last=last)


def _desk(settings: Settings, stores: Stores, faults: FaultBook) -> Desk:
    preset, house = settings.rules.preset, household(settings)
    make_terms = terms_maker(preset, stores.journal, faults=faults)
    rules_for = rules_maker(preset, stores.journal, faults)
    return Desk(Address(settings.hub, settings.person), stores, make_terms, rules_for, "0", faults, house)


def _config(folder: Path) -> str:
    """With it every command shows this folder as it would a wearer's own."""
    return (
        f'data_dir = "{folder.resolve().as_posix()}"\n\n[household]\nzone = "{ZONE.key}"\n'
        f'clinic_phone = "{_PHONE}"\n\n[notify]\nhome_assistant = false\n'
    )
