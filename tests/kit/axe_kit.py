"""axe-core in the page under test: what it calls serious or critical, each with where."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def serious(page: Page) -> list[str]:
    """One line for each finding of WCAG 2.2 AA that is serious or critical; none is what every page has to give."""
    await page.evaluate(_source())  # over the debugger: the page's own policy lets no foreign script in
    found: dict[str, Any] = await page.evaluate("(tags) => axe.run(document, {runOnly: tags})", _TAGS)
    assert found["passes"], "axe looked at nothing"
    return [
        f"{each['id']}: {each['help']} at {[' '.join(node['target']) for node in each['nodes']][:5]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
