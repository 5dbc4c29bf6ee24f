"""Which hosts and addresses this deployment may call: the list `OUTPOST_OUTGOING_HOSTS`. Pure; `outgoing` calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

PORTS: Mapping[str, int] = MappingProxyType({"https": 443, "http": 80, "smtps": 465, "smtp": 587})
PLAIN = frozenset({"http", "smtp"})
"""Schemes without encryption: a host must be listed with the scheme to be called so."""

# Not public, though `is_global` of some Python versions says so: protocol assignments, and ranges that carry an IPv4
# address inside (6to4, Teredo, NAT64, IPv4-compatible), by which a private one could be reached.
_SPECIAL = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "::/96",
            "64:ff9b::/96",
            "2001::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
        ),
    )
)

_NETWORK_MISSPELT = re.compile(r"[0-9a-f.:]+/\d+", re.IGNORECASE)

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
    """The deployment's list: `hosts` as (scheme or "", host, port or 0), the same with the beginning of a path, and
    networks that are not public."""

    hosts: frozenset[tuple[str, str, int]] = frozenset()
    networks: tuple[Network, ...] = ()
    places: frozenset[tuple[tuple[str, str, int], str]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Read `host`, `host:port`, `http://host:port` (not encrypted), each with or without the beginning of a path
        (`sms.gov.cn/district/`), and `10.1.0.0/16`, parted by commas.

        Raises ValueError naming the entry that is none of these.
        """
        hosts, networks, places = set(), [], set()
        for entry in filter(None, (part.strip() for part in text.split(","))):
            network = _network(entry)
            if network is not None:
                networks.append(network)
                continue
            host, path = _place(entry)
            if path.strip("/"):
                places.add((host, path))
            else:
                hosts.add(host)
        return cls(frozenset(hosts), tuple(networks), frozenset(places))

    def check_name(self, scheme: str, host: str, port: int) -> None:
        """Raise NotAllowedError when the list does not name this host, or not without encryption."""
        known = {host for host, _path in self.places} if scheme in {"http", "https"} else set()
        if not _spelled(scheme, host, port) & (self.hosts | known):
            raise NotAllowedError("host_not_listed")

    def check_url(self, parts: SplitResult) -> None:
        """Raise NotAllowedError when the list does not name this host, or only other paths on it."""
        asked = _spelled(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])
        if asked & self.hosts:
            return
        path = _plain_path(parts.path)
        if not any(host in asked and _begins(path, start) for host, start in self.places):
            raise NotAllowedError("host_not_listed")

    def check_address(self, address: Address) -> None:
        """Raise NotAllowedError for an address that is not public, unless a listed network holds it."""
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if any(address in network for network in self.networks):
            return
        is_odd = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
        if not address.is_global or is_odd or any(address in network for network in _SPECIAL):
            raise NotAllowedError("private_address")


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError:
        return None


def _place(entry: str) -> tuple[tuple[str, str, int], str]:
    parts = urlsplit(entry if "://" in entry else f"//{entry}")
    is_plain = not (parts.query or parts.fragment or parts.username) and _plain_path(parts.path) == parts.path
    is_plain = is_plain and not _NETWORK_MISSPELT.fullmatch(entry)
    if not parts.hostname or not is_plain or parts.scheme not in {"", *PORTS}:
        raise ValueError(f"{entry!r} is no host, host:port, scheme://host, host/path or network")
    scheme = parts.scheme if parts.scheme in PLAIN else ""
    return (scheme, parts.hostname, parts.port or 0), parts.path


def _spelled(scheme: str, host: str, port: int) -> set[tuple[str, str, int]]:
    given = scheme if scheme in PLAIN else ""
    return {(given, host, port), (given, host, 0)}


def _plain_path(path: str) -> str:
    """The path as its peer reads it in the end; empty where that could be read in two ways (`..`, `%2e`, `//`)."""
    is_plain = "%" not in path and "\\" not in path and "//" not in path
    is_plain = is_plain and not {".", ".."} & set(path.split("/"))
    return path if is_plain else ""


def _begins(path: str, start: str) -> bool:
    return path == start.rstrip("/") or path.startswith(start.rstrip("/") + "/")


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
