"""What every page has to be in a browser, whatever is on it: labelled, in order, in its window, worked by keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.async_api import Page

_MOST_TABS = 800


@cache
def _source() -> str:
    return (Path(__file__).parent / "screen.js").read_text(encoding="utf-8")


async def _looked_at(page: Page, what: str, argument: str = "") -> list[str]:
    return list(await page.evaluate(f"(argument) => {_source().strip()}.{what}(argument) ?? []", argument))


async def ill_made(page: Page, language: str) -> list[str]:
    """What is amiss with language, title, headings, labels and the size of targets."""
    return await _looked_at(page, "illMade", language)


async def too_wide(page: Page) -> list[str]:
    """How far the page is wider than its window, and some of what makes it so."""
    return await _looked_at(page, "tooWide")


async def broken_words(page: Page) -> list[str]:
    """Each word that is cut in two by the end of a line; paths and codes may be."""
    return await _looked_at(page, "brokenWords")


async def unreached(page: Page) -> list[str]:
    """What Tab does not come to, or does not show; a trap shows itself by all that comes after it."""
    await _looked_at(page, "watchFocus")
    for pressed in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        if pressed % 10 == 9 and await page.evaluate("window.focusSeen.round"):
            break
    return await _looked_at(page, "unreached")
