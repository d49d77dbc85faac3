"""Where the broker is and who we are to it. The password stays out of every text that this value gives of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ingest.wire.faults import FaultCode, UnderfootError

_PORTS = {"mqtt": 1883, "tcp": 1883, "mqtts": 8883, "ssl": 8883}
_TLS = frozenset({"mqtts", "ssl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """One MQTT broker. `ca_file`: PEM of the authorities to trust; None: those of the system."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None

    @classmethod
    def parse(
        cls, url: str, *, user: str | None = None, password: str | None = None, ca_file: str | None = None
    ) -> BrokerAddress:
        """`mqtt://[user[:password]@]host[:port]`, `mqtts://` for TLS. What is given beside the URL stands before it.

        :raises UnderfootError: CONFIG_INVALID, without the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UnderfootError(FaultCode.CONFIG_INVALID, "the broker's URL cannot be read") from error
        scheme, host = parts.scheme.lower(), parts.hostname
        if scheme not in _PORTS or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise UnderfootError(FaultCode.CONFIG_INVALID, "the broker's URL is mqtt[s]://[user:password@]host[:port]")
        if ca_file is not None and scheme not in _TLS:
            raise UnderfootError(FaultCode.CONFIG_INVALID, "a file of authorities needs mqtts://")
        return cls(
            host=host,
            port=_PORTS[scheme] if port is None else port,
            user=user if user is not None else _plain(parts.username),
            password=password if password is not None else _plain(parts.password),
            tls=scheme in _TLS,
            ca_file=ca_file,
        )

    def __str__(self) -> str:
        who = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt{'s' if self.tls else ''}://{who}{host}:{self.port}"


def _plain(quoted: str | None) -> str | None:
    return None if quoted is None else unquote(quoted)
