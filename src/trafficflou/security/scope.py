"""The scope guard: only loopback is played, judged by the resolved addresses and never by the name.

A target's name is resolved once, here, before the first byte. Every address must be loopback; one that is not refuses the
whole target, since a resolver could hand out either. Connections are later made to these addresses only, so a name that
changes its mind during the run (DNS rebinding) changes nothing.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from trafficflou.core import GrantError, TargetError, UsageError

__all__ = ["PermittedTarget", "Resolver", "resolve_permitted"]

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Resolves a host name or address and a port to numeric addresses; raises `OSError` where it cannot."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_RESOLUTION_TIMEOUT_S: Final = 10.0
_LONGEST_URL_CHARS: Final = 2048
_MOST_ADDRESSES: Final = 64
_NOT_PRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
# `urlsplit` lets much pass here, such as text behind a bracket, differently in each Python version.
_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@%/?#]+)(?::[0-9]{0,5})?")
_EXAMPLE: Final = "write it like http://127.0.0.1:8080 or http://localhost:8080"
_ONLY_LOOPBACK: Final = (
    "only targets on this machine (127.0.0.0/8, ::1) can be played in this version; owners' grants for other hosts come"
    " with a later one"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermittedTarget:
    """A target that may be played, with the only addresses to which connections may be made. Survives pickling.

    Attributes:
        scheme: `http` or `https`.
        host: The name as it was given, lower case, IPv6 without brackets: for the `Host` field and for TLS.
        port: 1..65535.
        addresses: Numeric addresses, all loopback, in the resolver's order, each once; never empty.
    """

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


async def resolve_permitted(origin_url: str, resolver: Resolver | None = None) -> PermittedTarget:
    """Resolve a target and check that it may be played. Nothing is sent to it.

    Args:
        origin_url: The target, such as `http://127.0.0.1:8080`; a path is not part of an origin, so only `/` may follow.
        resolver: Resolves its name; the operating system's resolver by default.

    Returns:
        The target with its addresses.

    Raises:
        UsageError: The text is not the URL of an origin.
        TargetError: The name does not resolve, or not within 10 seconds.
        GrantError: An address is not loopback.
    """
    scheme, host, port = _split_origin(origin_url)
    addresses = await _resolve(host, port, resolver or _system_addresses)
    for address in addresses:
        if not _is_loopback(address):
            raise GrantError(_refusal(host, address, len(addresses)), hint=_ONLY_LOOPBACK)
    return PermittedTarget(scheme=scheme, host=host, port=port, addresses=addresses)


def _refusal(host: str, address: str, count: int) -> str:
    if host == address:
        return f"{host} is not this machine, and its owner has not granted anything"
    among = f", one of its {count} addresses," if count > 1 else ","
    return f"{host} resolves to {address}{among} which is not this machine, and its owner has not granted anything"


def _split_origin(origin_url: str) -> tuple[str, str, int]:
    text = origin_url.strip()
    shown = repr(text[:100])
    if len(text) > _LONGEST_URL_CHARS or _NOT_PRINTABLE.search(text):
        raise UsageError(f"the target {shown} has characters that no URL has, or is too long", hint=_EXAMPLE)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"the target {shown} is not a URL: {error}", hint=_EXAMPLE) from error
    _check_parts(parts, shown)
    if port is None:
        port = _DEFAULT_PORTS[parts.scheme]
    if port == 0:
        raise UsageError(f"the target {shown} has port 0; ports are 1 to 65535", hint=_EXAMPLE)
    return parts.scheme, _ascii_host(parts.hostname or "", shown), port


def _check_parts(parts: SplitResult, shown: str) -> None:
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        raise UsageError(f"the target {shown} is not an http or https URL", hint=_EXAMPLE)
    if "@" in parts.netloc:
        raise UsageError(
            "the target's URL carries a user name or password, which is never sent", hint="leave it out"
        )
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise UsageError(f"the target {shown} has no valid host and port", hint=_EXAMPLE)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError(
            f"the target {shown} has a path or query; a target is a whole site",
            hint=f"{_EXAMPLE}; the paths come from the model",
        )


def _ascii_host(host: str, shown: str) -> str:
    """Lower-case a host and write an international name in ASCII."""
    try:
        return host.lower() if ":" in host else host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise UsageError(f"the target {shown} has a host that is no valid name", hint=_EXAMPLE) from error


async def _resolve(host: str, port: int, resolver: Resolver) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(_RESOLUTION_TIMEOUT_S):
            found = await resolver(host, port)
    except TimeoutError as error:
        raise TargetError(
            f"{host} was not resolved within {_RESOLUTION_TIMEOUT_S:.0f} seconds",
            hint="Check the name server.",
        ) from error
    except OSError as error:
        raise TargetError(
            f"{host} does not resolve ({error.strerror or error})",
            hint="Check the spelling of the target's name.",
        ) from error
    addresses = tuple(dict.fromkeys(found))
    if not addresses:
        raise TargetError(f"{host} resolves to no address", hint="Check the spelling of the target's name")
    if len(addresses) > _MOST_ADDRESSES:
        raise GrantError(
            f"{host} resolves to {len(addresses)} addresses, which no loopback name does", hint=_ONLY_LOOPBACK
        )
    return addresses


def _is_loopback(address: str) -> bool:
    """Say whether a numeric address is this machine: 127.0.0.0/8, ::1, or the former mapped into IPv6."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return False
        # Asked by hand: whether `IPv6Address.is_loopback` looks into mapped addresses depends on the Python version.
        parsed = parsed.ipv4_mapped or parsed
    return parsed.is_loopback


async def _system_addresses(host: str, port: int) -> Sequence[str]:
    # getaddrinfo reads all spellings of an IPv4 address (127.1, 0x7f.1, 2130706433), so what is judged is what is used.
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
