"""The wearer's home as the settings tell it, and what others there can reach of this machine."""

from __future__ import annotations

from processing.household import Household
from underfoot.settings import Settings
from underfoot.zones import zone_named

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never listened on


def page_url(settings: Settings) -> str | None:
    """Where others see the page; None: they do not, or nobody has said under which name."""
    host = settings.web.host
    if not settings.web.enabled or host in _THIS_MACHINE | _EVERYWHERE:
        return None
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web.port}/"


def household(settings: Settings) -> Household:
    return Household(zone=zone_named(settings.household.zone), clinic_phone=settings.household.clinic_phone)
