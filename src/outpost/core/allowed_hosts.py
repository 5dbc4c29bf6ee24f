"""Which hosts and addresses this deployment may call: the list `OUTPOST_OUTGOING_HOSTS`. Pure; `outgoing` calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

PORTS: Mapping[str, int] = MappingProxyType({"https": 443, "http": 80, "smtps": 465, "smtp": 587})
PLAIN = frozenset({"http", "smtp"})
"""Schemes without encryption: a host must be listed with the scheme to be called so."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class OutgoingError(Exception):
    """A call that brought no answer. `reason` is a stable code; texts of peers and addresses are not in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAllowedError(OutgoingError):
    """The list of hosts, or the address behind a name, forbids the call. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The deployment's list: `hosts` as (scheme or "", host, port or 0), and networks that are not public."""

    hosts: frozenset[tuple[str, str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Read `host`, `host:port`, `http://host:port` (not encrypted) and `10.1.0.0/16`, parted by commas.

        Raises ValueError naming the entry that is none of these.
        """
        hosts, networks = set(), []
        for entry in filter(None, (part.strip() for part in text.split(","))):
            network = _network(entry)
            if network is None:
                hosts.add(_host(entry))
            else:
                networks.append(network)
        return cls(frozenset(hosts), tuple(networks))

    def check_name(self, scheme: str, host: str, port: int) -> None:
        """Raise NotAllowedError when the list does not name this host, or not without encryption."""
        given = scheme if scheme in PLAIN else ""
        if not {(given, host, port), (given, host, 0)} & self.hosts:
            raise NotAllowedError("host_not_listed")

    def check_address(self, address: Address) -> None:
        """Raise NotAllowedError for an address that is not public, unless a listed network holds it."""
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if any(address in network for network in self.networks):
            return
        if not address.is_global or address.is_multicast or address.is_reserved:
            raise NotAllowedError("private_address")


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError:
        return None


def _host(entry: str) -> tuple[str, str, int]:
    parts = urlsplit(entry if "://" in entry else f"//{entry}")
    is_plain_name = not (parts.path or parts.query or parts.fragment or parts.username)
    if not parts.hostname or not is_plain_name or parts.scheme not in {"", *PORTS}:
        raise ValueError(f"{entry!r} is no host, host:port, scheme://host or network")
    scheme = parts.scheme if parts.scheme in PLAIN else ""
    return scheme, parts.hostname, parts.port or 0


def split_url(url: str) -> SplitResult:
    """The parts of an http or https address. Raises NotAllowedError for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowedError("bad_address") from None
    is_clean = not any(character.isspace() or not character.isprintable() for character in url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or port == 0:
        raise NotAllowedError("bad_address")
    if not is_clean or not url.isascii():
        raise NotAllowedError("bad_address")
    return parts
