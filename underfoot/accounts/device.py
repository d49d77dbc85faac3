"""From where somebody comes: the network and the browser, as coarse as it takes to be the same tomorrow. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass

_VERSIONS = re.compile(r"[\d._]+")
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """`agent`: a digest of what the browser calls itself. `browser`: the same for people, such as Firefox, Linux."""

    network: str
    agent: str
    browser: str = ""


def device(address: str, user_agent: str) -> Device:
    return Device(network_of(address), agent_of(user_agent), browser_of(user_agent))


def network_of(address: str) -> str:
    """/24 of IPv4, /64 of IPv6: a lease or a privacy address that changes is not another place."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def agent_of(user_agent: str) -> str:
    """Without the numbers in it: an update of the browser is not another browser."""
    return hashlib.sha256(_VERSIONS.sub("", user_agent).encode("utf-8", "replace")).hexdigest()[:32]


def browser_of(user_agent: str) -> str:
    found = (next((name for sign, name in known if sign in user_agent), "") for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))
